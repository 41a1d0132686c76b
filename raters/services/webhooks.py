"""Tells the addresses that asked for it that a batch ended or a study has all its ratings.

What happened is found by looking, every few seconds (`webhooks_sweep`): an `Event` is written once,
with a `Delivery` for each webhook of somebody who may see it. A delivery is claimed by
compare-and-set on its attempts and tried until the address takes it, ever more slowly, under one
id: a receiver that was told twice, because our worker died in between, knows it by that. Addresses
take their time, so the clock is read anew at each claim, at each signature and at each result.

Knows no socket (posting.py). Tells no pick and no source of a study: only that it is full.
"""

import base64
import json
import logging
import secrets
from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from generation.access import sets_of
from generation.models import GenerationBatch
from raters.models import Assignment, Bundle, Delivery, Event, Place, Study, Webhook, new_code
from raters.services.posting import (
    SECRET_PREFIX,
    AddressRefused,
    NotDelivered,
    message_post,
    url_check,
)

log = logging.getLogger(__name__)
MOST_WEBHOOKS = 20  # of one researcher
NOTICED_FOR = timedelta(days=7)  # a batch that ended before is no news
KEPT_FOR = timedelta(days=30)
CLAIM = timedelta(minutes=2)  # of a worker that may die on the way
SENDING = timedelta(seconds=30)  # of one sweep; the clerk has other work too
PAUSES = tuple(
    timedelta(seconds=each) for each in (5, 30, 120, 600, 3600, 6 * 3600, 24 * 3600, 24 * 3600)
)
Kind, State = Event.Kind, Delivery.State
Clock = Callable[[], datetime]


class WebhookRefused(Exception):
    """Why an address is not told anything, as a sentence."""


def webhook_create(*, owner: User, url: str, kinds: Iterable[str], now: datetime) -> Webhook:
    """An address to tell from now on; its secret signs what it is told."""
    kinds = set(kinds)
    if unknown := sorted(kinds - set(Kind.values)):
        raise WebhookRefused(f"There is no event '{unknown[0]}'; use {' or '.join(Kind.values)}.")
    if not kinds:
        raise WebhookRefused("Choose at least one event to be told of.")
    try:
        url_check(url)
    except AddressRefused as problem:
        raise WebhookRefused(str(problem)) from None
    if Webhook.objects.filter(owner=owner).count() >= MOST_WEBHOOKS:
        raise WebhookRefused(f"You have {MOST_WEBHOOKS} webhooks, which is the most; remove one.")
    secret = SECRET_PREFIX + base64.b64encode(secrets.token_bytes(24)).decode()
    return Webhook.objects.create(
        owner=owner, url=url, secret=secret, kinds=sorted(kinds), created_at=now
    )


def webhook_remove(*, webhook: Webhook) -> None:
    webhook.delete()


def webhooks_of(*, user: User) -> QuerySet[Webhook]:
    """A researcher's own; nobody else's, not even an admin's: the secret is theirs."""
    return Webhook.objects.filter(owner=user)


def webhooks_sweep(*, clock: Clock) -> None:
    """Notice what happened, tell it where it is due, forget what is long past."""
    now = clock()
    for event in [*_ended_batches(now), *_filled_studies(now)]:
        _note(event)
    deliveries_send(clock=clock)
    old = Event.objects.filter(at__lt=now - KEPT_FOR, kind=Kind.BATCH_ENDED)
    old.exclude(delivery__state=State.WAITING).delete()


def deliveries_send(*, clock: Clock) -> None:
    """Send what is due for a while; the next sweep goes on. Where one fails, all else of its
    researcher waits for the next sweep, so that dead addresses hold up nobody else's."""
    end, failed = clock() + SENDING, set[int]()
    while clock() < end and (delivery := _claimed(clock(), failed)):
        if not _tell(delivery, clock):
            failed.add(delivery.webhook.owner_id)


# --- telling -------------------------------------------------------------------------------------
def _claimed(now: datetime, not_of: Collection[int]) -> Delivery | None:
    """What is due and was tried least, in our hands for as long as a claim holds."""
    due = Delivery.objects.filter(state=State.WAITING, next_at__lte=now)
    due = due.exclude(webhook__owner__in=not_of).select_related("webhook__owner", "event")
    for delivery in due.order_by("attempts", "next_at", "pk")[:5]:  # another may be quicker
        as_found = _as_it_is(delivery)
        delivery.attempts += 1
        if as_found.update(next_at=now + CLAIM, attempts=delivery.attempts, tried_at=now):
            return delivery
    return None


def _tell(delivery: Delivery, clock: Clock) -> bool:
    """Whether the address took it. Who lost the right to know since it happened is not told."""
    may_see = _may_see(delivery.webhook.owner, delivery.event)
    problem = _post(delivery, clock) if may_see else "Its researcher may not see this any more."
    columns: dict[str, Any] = {"problem": problem[:300], "next_at": None}
    if not problem:
        columns["state"] = State.DELIVERED
    elif not may_see or delivery.attempts > len(PAUSES):
        columns["state"] = State.GIVEN_UP
    else:
        columns["next_at"] = clock() + PAUSES[delivery.attempts - 1]
    _as_it_is(delivery).update(**columns)
    return not problem


def _post(delivery: Delivery, clock: Clock) -> str:
    """What went wrong; nothing where it was taken."""
    event = delivery.event
    told = {"type": event.kind, "timestamp": event.at.isoformat(), "data": event.payload}
    try:
        message_post(
            url=delivery.webhook.url,
            secret=delivery.webhook.secret,
            code=delivery.code,
            body=json.dumps(told, separators=(",", ":")).encode(),
            timestamp=int(clock().timestamp()),
        )
    except (NotDelivered, AddressRefused) as refusal:
        return str(refusal)
    except Exception as unforeseen:  # of one address: the others are told all the same
        log.exception("Delivery %s", delivery.pk)
        return f"It could not be sent: {type(unforeseen).__name__}."
    return ""


def _as_it_is(delivery: Delivery) -> QuerySet[Delivery]:
    """This delivery, unless another worker has claimed it or told it since."""
    return Delivery.objects.filter(pk=delivery.pk, state=State.WAITING, attempts=delivery.attempts)


def _note(event: Event) -> None:
    """Write the event once, with whom it is to be told."""
    with transaction.atomic():
        Event.objects.bulk_create([event], ignore_conflicts=True)
        stored = Event.objects.get(key=event.key)
        told = Webhook.objects.filter(created_at__lte=stored.at)
        Delivery.objects.bulk_create(
            [
                Delivery(webhook=webhook, event=stored, code=new_code(), next_at=stored.at)
                for webhook in told.select_related("owner")
                if event.kind in webhook.kinds and _may_see(webhook.owner, event)
            ],
            ignore_conflicts=True,
        )


def _may_see(user: User, event: Event) -> bool:
    if not (user.is_active and user.is_staff):
        return False
    if event.batch is not None:
        return sets_of(user).filter(pk=event.batch.question_set_id).exists()
    return event.study is not None and Study.objects.of(user).filter(pk=event.study.pk).exists()


# --- looking -------------------------------------------------------------------------------------
def _ended_batches(now: datetime) -> list[Event]:
    batches = GenerationBatch.objects.filter(
        kind=GenerationBatch.Kind.GENERATION, finished_at__gt=now - NOTICED_FOR
    )
    known = set(Event.objects.filter(batch__in=batches.values("pk")).values_list("key", flat=True))
    events = []
    for batch in batches.select_related("source", "question_set"):
        if batch.finished_at is None:
            continue
        # A batch that was cancelled may go on and end once more: that is another event.
        key = f"batch/{batch.pk}/{batch.finished_at.isoformat()}"
        if key not in known:
            payload = {
                "batch": batch.pk,
                "state": batch.state,
                "question_set": batch.question_set.name,
                "source": batch.source.name,
            }
            event = Event(key=key, kind=Kind.BATCH_ENDED, batch=batch, payload=payload)
            event.at = batch.finished_at
            events.append(event)
    return events


def _filled_studies(now: datetime) -> list[Event]:
    """Asked in the order of what it costs: a study with a million places is counted once."""
    open_place = Place.objects.filter(study=OuterRef("pk"), state=Place.State.OPEN)
    in_hand = Assignment.objects.filter(study=OuterRef("pk"), state=Assignment.State.HELD)
    bundle_left = Bundle.objects.filter(
        Q(state=Bundle.State.OPEN) | Q(held_until__isnull=False), study=OuterRef("pk")
    )
    likely = Study.objects.filter(
        ~Exists(bundle_left), ~Exists(in_hand), ~Exists(open_place.filter(bundle=None)),
        state__in=[Study.State.OPEN, Study.State.PAUSED, Study.State.CLOSED],
    ).select_related("question_set")  # fmt: skip
    known = set(Event.objects.filter(study__isnull=False).values_list("key", flat=True))
    events = []
    for study in likely.defer("funnel", "instructions"):
        # One that was extended fills once more.
        key = f"study/{study.pk}/{study.raters_per_triple}"
        if key in known or study.places.exclude(state=Place.State.FILLED).exists():
            continue
        payload = {
            "study": study.code,
            "name": study.name,
            "state": study.state,
            "ratings": study.places.count(),
        }
        event = Event(key=key, kind=Kind.STUDY_FILLED, study=study, payload=payload, at=now)
        events.append(event)
    return events
