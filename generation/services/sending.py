"""Tells the workers of chunks: a few ahead of what they can begin, of all batches in turn.

A chunk's state lives in the database; a message only says that there is something to take, and
may be lost or come twice. Few are on their way at a time, so that a batch that is queued later, or
matters more, need not wait behind all of another. Knows no model and no text.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from celery import current_app
from django.conf import settings
from django.db.models import Count, Q
from kombu.exceptions import OperationalError

from generation.models import GenerationBatch, GenerationChunk

log = logging.getLogger(__name__)

TASK = "generation.tasks.generate_chunk"
AHEAD = 4
RUNNABLE = (GenerationBatch.State.QUEUED, GenerationBatch.State.RUNNING)
_QUEUED = Q(chunks__state=GenerationChunk.State.QUEUED)


def chunks_send(*, now: datetime) -> int:
    """Fill up what is on its way; how many chunks were sent.

    A broker that does not answer is no error: the sweeper sends again.
    """
    sent = 0
    for chunk_id in _next_chunks():
        chunk = GenerationChunk.objects.filter(pk=chunk_id, state=GenerationChunk.State.QUEUED)
        if not chunk.filter(sent_at=None).update(sent_at=now):
            continue  # another process sent it just now
        try:
            current_app.send_task(TASK, [chunk_id], retry=False)
        except OperationalError as problem:
            chunk.update(sent_at=None)
            log.warning("The broker does not answer (%s); the sweeper will send again.", problem)
            break
        sent += 1
    return sent


def chunks_send_lost(*, now: datetime) -> int:
    """Send also what was sent long ago and lost: nobody took it, and nothing is on its way."""
    lost = GenerationChunk.objects.filter(
        state=GenerationChunk.State.QUEUED,
        batch__state__in=RUNNABLE,
        sent_at__lt=now - timedelta(seconds=settings.SEND_AGAIN_SECONDS),
    )
    if lost.exists() and nothing_is_on_its_way():
        lost.update(sent_at=None)
    return chunks_send(now=now)


def _next_chunks() -> list[int]:
    """Of the batches that matter most, the one with the fewest chunks in work is next, and again:
    so batches side by side get like shares of the workers."""
    batches = GenerationBatch.objects.filter(state__in=RUNNABLE).annotate(
        unsent=Count("chunks", filter=_QUEUED & Q(chunks__sent_at=None)),
        told=Count("chunks", filter=_QUEUED & Q(chunks__sent_at__isnull=False)),
        in_hand=Count("chunks", filter=Q(chunks__state=GenerationChunk.State.RUNNING)),
    )
    found = list(batches.order_by("pk"))
    in_hand = sum(batch.in_hand for batch in found)
    free = max(AHEAD, in_hand) - sum(batch.told for batch in found)
    in_work = {batch.pk: batch.told + batch.in_hand for batch in found}
    unsent = {batch.pk: batch.unsent for batch in found}
    picked: list[int] = []
    for _ in range(free):
        able = [batch for batch in found if unsent[batch.pk]]
        if not able:
            break
        pk = min(able, key=lambda batch: (-batch.priority, in_work[batch.pk], batch.pk)).pk
        picked.append(pk)
        in_work[pk] += 1
        unsent[pk] -= 1
    chunks = {pk: _first_unsent(pk, n) for pk, n in Counter(picked).items()}
    return [chunk for pk in picked if (chunk := next(chunks[pk], None))]  # others may be quicker


def _first_unsent(batch_id: int, n: int) -> Iterator[int]:
    unsent = GenerationChunk.objects.filter(
        batch=batch_id, state=GenerationChunk.State.QUEUED, sent_at=None
    )
    return iter(list(unsent.order_by("number").values_list("pk", flat=True)[:n]))


def nothing_is_on_its_way() -> bool:
    """Whether the workers' queue is empty, so that a chunk which nobody has taken was lost."""
    queue = settings.CELERY_TASK_ROUTES[TASK]["queue"]
    with current_app.connection_for_write() as connection:
        try:
            return not connection.default_channel.queue_declare(queue).message_count
        except (OperationalError, *connection.connection_errors) as problem:
            log.warning("The broker does not answer (%s).", problem)
            return False
