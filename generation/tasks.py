"""Celery's way in: ids in, one service call each. State lives in the database."""

from celery import shared_task
from django.utils import timezone

from generation.services.batches import batches_sweep
from generation.services.training import runs_sweep


@shared_task
def generate_chunk(chunk_id: int) -> None:
    from generation.services.chunks import chunk_run  # torch: only where a chunk is written

    chunk_run(chunk_id=chunk_id)


@shared_task
def sweep_batches() -> None:
    batches_sweep(now=timezone.now())


@shared_task
def train_part(part_id: int) -> None:
    from generation.services.training_parts import part_run

    part_run(part_id=part_id)


@shared_task
def sweep_runs() -> None:
    runs_sweep(now=timezone.now())
