"""Celery's way in: ids in, one service call each. State lives in the database."""

from celery import shared_task
from django.utils import timezone

from generation.services.batches import batches_sweep


@shared_task
def generate_chunk(chunk_id: int) -> None:
    from generation.services.chunks import chunk_run  # torch: only where a chunk is written

    chunk_run(chunk_id=chunk_id)


@shared_task
def sweep_batches() -> None:
    batches_sweep(now=timezone.now())
