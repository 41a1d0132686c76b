"""Decides what a rater is handed next, and hands it out: a place of the study, a check, a repeat.

Knows: whose turn an order is, and the rates of checks and repeats. Does not know: leases that run
out, skips, or what is in hand already (assigning).

- `Rater.orders` keeps for each order of the study how often this rater was shown it, and from which
  turn of the queue on its places may be open and new to them. The order shown the fewest times
  comes first. Where nothing is left from there on, the search begins once more from the start: it
  finds what others have given back.
- Whether a turn is a check or a repeat follows from the study's seed, the rater's name in it and
  the number of the turn: the same again, and nothing that a rater could foretell.
"""

from datetime import datetime, timedelta
from random import Random

from django.db.models import Exists, JSONField, OuterRef

from raters import assignment as design
from raters.models import Assignment, Rater, Rating, Study, Triple
from raters.prepared import PK, Given, PreparedUpdate, store
from raters.services import taking
from raters.services.keeping import bundle_renew

RATINGS_BETWEEN = 5  # a triple and its repeat
LOOKS_BACK = 60  # ratings, for one to repeat
HELD = Assignment.State.HELD
ORDERS = PreparedUpdate(
    lambda: Rater.objects.filter(pk=Given("rater", PK)), orders=Given("orders", JSONField())
)


def turn_take(*, rater: Rater, study: Study, now: datetime, ahead: bool) -> Assignment | None:
    """The rater's next triple, held under a lease; None where nothing is left for them.

    Call inside a transaction that holds the rater's row; `rater.orders` is as that row has it.
    """
    _orders_begin(rater, study)
    before = str(rater.orders)
    rng = Random(f"{study.seed}:{rater.name}:{sum(times for times, _ in rater.orders.values())}")
    handed = Assignment(
        study=study,
        rater=rater,
        claimed_at=now,
        lease_until=now + timedelta(minutes=study.lease_minutes),
    )
    if _aside(handed, rng) or _place(handed, rng, ahead):
        rater.orders[handed.order][0] += 1
        store(handed)
    if str(rater.orders) != before:
        ORDERS.run(rater=rater.pk, orders=rater.orders)
    return handed if handed.pk else None


def _orders_begin(rater: Rater, study: Study) -> None:
    if not rater.orders:
        orders = design.design_orders(slots=study.study_sources.count(), seed=study.seed)
        rater.orders = {"".join(map(str, order)): [0, 0] for order in orders}


def _scarcest_first(orders: dict[str, list[int]], rng: Random) -> list[str]:
    """Sorted first: PostgreSQL keeps the keys of JSON in an order of its own."""
    return sorted(sorted(orders), key=lambda order: (orders[order][0], rng.random()))


# --- places --------------------------------------------------------------------------------------
def _place(handed: Assignment, rng: Random, ahead: bool) -> bool:
    bundled = handed.study.triples_per_rater is not None
    taken = _from_bundle(handed) if bundled else _from_queue(handed, rng, ahead)
    if taken is None:
        return False
    handed.place_id, handed.triple_id, handed.order = taken.place, taken.triple, taken.order
    return True


def _from_bundle(handed: Assignment) -> taking.Taken | None:
    taken = taking.taken_from_bundle(rater=handed.rater_id)
    bundle_renew(rater=handed.rater, now=handed.claimed_at)
    return taken


def _from_queue(handed: Assignment, rng: Random, ahead: bool) -> taking.Taken | None:
    orders = handed.rater.orders
    turn = _scarcest_first(orders, rng)
    # An order of which nothing was left has no start; after all others it is sought from 0 again.
    starts = [(order, orders[order][1]) for order in turn if orders[order][1] is not None]
    again = [(order, 0) for order in turn if orders[order][1] != 0]
    for order, start in starts + again:
        taken = taking.taken_from_queue(
            study=handed.study_id, rater=handed.rater_id, order=order, start=start, ahead=ahead
        )
        if taken:
            orders[order][1] = taken.queue + 1
            return taken
        if ahead and taking.at_tail(study=handed.study_id):
            return None
        orders[order][1] = None
    return None


# --- checks and repeats --------------------------------------------------------------------------
def _aside(handed: Assignment, rng: Random) -> bool:
    """Make this turn a check or a repeat where it is one and a place is open to the rater too."""
    study, drawn = handed.study, rng.random() * 100
    if drawn >= study.check_percent + study.repeat_percent:
        return False
    bundled = study.triples_per_rater is not None
    if not taking.is_open_to(study=study.pk, rater=handed.rater_id, bundled=bundled):
        return False
    return _check(handed, rng) if drawn < study.check_percent else _repeat(handed, rng)


def _check(handed: Assignment, rng: Random) -> bool:
    met = Assignment.objects.filter(rater=handed.rater, triple_id=OuterRef("pk"))
    # Checks are numbered after the study's own triples, so the index passes those by.
    new = Triple.objects.filter(
        ~Exists(met),
        study=handed.study,
        kind=Triple.Kind.CHECK,
        number__gte=handed.study.triple_count,
    ).order_by("number")
    if not (triples := list(new.values_list("pk", flat=True))):
        return False
    handed.kind, handed.triple_id = Assignment.Kind.CHECK, rng.choice(triples)
    handed.order = _scarcest_first(handed.rater.orders, rng)[0]
    return True


def _repeat(handed: Assignment, rng: Random) -> bool:
    """One of the triples rated lately, though not just now, in another order; each once."""
    repeated = Assignment.objects.filter(
        rater=handed.rater, triple_id=OuterRef("triple_id"), kind=Assignment.Kind.REPEAT
    )
    lately = list(
        Assignment.objects.filter(
            rater=handed.rater, state=Assignment.State.RATED, kind=Assignment.Kind.STUDY
        )
        .order_by("-pk")
        .annotate(was_repeated=Exists(repeated))
        .values_list("triple_id", "order", "was_repeated", "pk")[:LOOKS_BACK]
    )
    rated = Rating.objects.filter(assignment__in=[pk for *_, pk in lately])
    first = dict(rated.order_by("-pk").values_list("assignment_id", "pk"))
    lately.sort(key=lambda row: first[row[3]], reverse=True)
    old = [row for row in lately[RATINGS_BETWEEN:] if not row[2]]
    if not old:
        return False
    handed.triple_id, shown, *_ = rng.choice(old)
    others = (order for order in _scarcest_first(handed.rater.orders, rng) if order != shown)
    handed.kind, handed.order = Assignment.Kind.REPEAT, next(others)
    return True
