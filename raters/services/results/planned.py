"""The comparison that the plan names, with the p of its sides: one test, not corrected.

Computed from arrays alone, so the export gives the same digits. Of a ranking or best and worst it
is one source above another, against one half; of picks one source's share, against an equal share
where one was good. Does not know what else was planned (services/freezing.py).
"""

from dataclasses import dataclass

from raters.models import Study, StudyPlan
from raters.services.results.counted import Counted
from raters.services.results.exclusions import headline, only
from raters.statistics import NONE_GOOD, Estimate, one_sided_p, two_sided_p


@dataclass(frozen=True, slots=True)
class Planned:
    """`key` and `sides` as the plan has them; `p_value` is of `share` being `null`, or of picks of
    its share among ratings that call one good."""

    key: str
    sides: str
    share: Estimate
    null: float
    p_value: float | None


def planned(
    counted: Counted, names: tuple[str, ...], protocol: str, key: str, sides: str
) -> Planned | None:
    """None where the plan names no comparison, or there is no plan."""
    if not key:
        return None
    share = tested = headline(counted, names, protocol, key)
    null = 0.5
    if protocol == Study.Protocol.PICK_BEST:
        null = 1 / len(names)
        tested = headline(only(counted, counted.best != NONE_GOOD), names, protocol, key)
    p_of = one_sided_p if sides == StudyPlan.Sides.ONE else two_sided_p
    return Planned(key, sides, share, null, p_of(tested, null=null))
