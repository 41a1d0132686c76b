"""Takes an open place for a rater in one statement, alike on PostgreSQL and SQLite.

The hot path of the rating room, hence plain SQL: the read walks one partial index (`place_open` or
`place_open_in_bundle`) from where the rater stands, whatever the size of the study, and takes what
it finds before anybody else sees it. "Not met" is a scalar look-up, because a planner may turn NOT
EXISTS into a hash of all that a diligent rater has ever rated. Knows nothing of leases or turns.
"""

from typing import NamedTuple

from django.db import connection


class Taken(NamedTuple):
    place: int
    triple: int
    order: str
    queue: int


NOT_MET = """
    (SELECT met.id FROM raters_assignment met
     WHERE met.triple_id = place.triple_id AND met.rater_id = %(rater)s AND met.kind = 'study')
    IS NULL"""

# As many places are open as raters have something in hand: one kept ahead strands nobody. In the
# order of the partial index, or a planner that guesses would walk all that is filled.
NO_TAIL = """
    (SELECT id FROM raters_place
     WHERE study_id = %(study)s AND state = 'open' AND bundle_id IS NULL
     ORDER BY "order", queue
     LIMIT 1 OFFSET (SELECT count(DISTINCT rater_id) - 1 FROM raters_assignment
                     WHERE study_id = %(study)s AND state = 'held')) IS NOT NULL"""

OF_QUEUE = """
    place.study_id = %(study)s AND place."order" = %(order)s AND place.queue >= %(start)s
    AND place.bundle_id IS NULL"""

OF_BUNDLE = "place.bundle_id = (SELECT id FROM raters_bundle WHERE rater_id = %(rater)s)"


def taken_from_queue(
    *, study: int, rater: int, order: str, start: int, ahead: bool
) -> Taken | None:
    """The first open place of this order from `start` on; ahead only where the study has no tail.

    Call inside a transaction that holds the rater's row, as with every function here.
    """
    where = OF_QUEUE + (f" AND {NO_TAIL}" if ahead else "")
    return _taken(where, {"study": study, "rater": rater, "order": order, "start": start})


def taken_from_bundle(*, rater: int) -> Taken | None:
    """The first open place of the bundle that is kept for this rater."""
    return _taken(OF_BUNDLE, {"rater": rater})


def is_open_to(*, study: int, rater: int, bundled: bool) -> bool:
    """Whether a place is open, in the rater's bundle or the study's queue, that is new to them."""
    of_study = "place.study_id = %(study)s AND place.bundle_id IS NULL"
    with connection.cursor() as cursor:
        cursor.execute(  # as below (S608)
            f"""
            SELECT 1 FROM raters_place place
            WHERE {OF_BUNDLE if bundled else of_study} AND place.state = 'open' AND {NOT_MET}
            LIMIT 1""",  # noqa: S608
            {"study": study, "rater": rater},
        )
        return cursor.fetchone() is not None


def at_tail(*, study: int) -> bool:
    """Whether fewer places are open than raters have something in hand."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {NO_TAIL}", {"study": study})
        return not cursor.fetchone()[0]


def _taken(where: str, values: dict[str, int | str]) -> Taken | None:
    skip_taken = ""
    if connection.features.has_select_for_update_skip_locked:
        skip_taken = connection.ops.for_update_sql(skip_locked=True, of=("place",), no_key=True)
    with connection.cursor() as cursor:
        cursor.execute(  # all of it written above, so nothing can be put in between (S608)
            f"""
            UPDATE raters_place SET state = 'held' WHERE id = (
                SELECT place.id FROM raters_place place
                WHERE {where} AND place.state = 'open' AND {NOT_MET}
                ORDER BY place.queue LIMIT 1 {skip_taken})
            RETURNING id, triple_id, "order", queue""",  # noqa: S608
            values,
        )
        row = cursor.fetchone()
    return Taken(*row) if row else None
