"""The paper's figure as a page: every seed and the means, with and without rationalization.

Of runs that differ in seed and arm alone, or of the file that ships with the documentation.
"""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from generation.access import StaffRequest, researcher_required, sets_of
from generation.curve import COLOURS, Curve, Line, curve
from generation.models import TrainingRun
from generation.services.seeds import (
    Loops,
    SeedCurve,
    mean_curve,
    seed_curves,
    seed_curves_of_file,
)
from generation.services.training_figures import training_runs

ARMS = ((True, "with", COLOURS[0]), (False, "without", COLOURS[1]))
SUMS = "docs/star-addition.json"


@require_safe
@never_cache
@researcher_required
def run_seeds_page(request: StaffRequest, pk: int) -> HttpResponseBase:
    runs = training_runs(sets=sets_of(request.user)).filter(kind=TrainingRun.Kind.STAR)
    run = get_object_or_404(runs, pk=pk)
    counted = "digit" if run.base.style.startswith("addition") else "step"
    about = {"run": {"pk": run.pk, "name": run.name}, "base": run.base.name}
    return _page(request, seed_curves(run=run), counted, {**about, "held_out": run.held_out.name})


@require_safe
@researcher_required
def sums_page(request: StaffRequest) -> HttpResponseBase:
    """The figures that `star_addition` left in the documentation."""
    path = settings.BASE_DIR / SUMS
    if not path.exists():
        raise Http404
    command, curves = seed_curves_of_file(path=path)
    return _page(request, curves, "digit", {"command": command, "file": SUMS})


def _page(
    request: StaffRequest, curves: list[SeedCurve], counted: str, about: dict[str, Any]
) -> HttpResponse:
    sizes = sorted({size for each in curves for size in each.by_size})
    page = {
        **about,
        "seeds": sorted({each.seed for each in curves}),
        "overall": _figure(curves, None),
        "by_size": [
            (f"{size} {counted}{'' if size == 1 else 's'}", _figure(curves, size))
            for size in sizes
            if len(sizes) > 1
        ],
        "table": _table(curves),
        "said": _said(*(_mean(curves, how) for how, _, _ in ARMS)),
    }
    return render(request, "generation/seeds.html", page)


def _values(each: SeedCurve, size: int | None) -> Loops:
    return each.accuracy if size is None else each.by_size.get(size, ())


def _mean(curves: list[SeedCurve], rationalizes: bool, size: int | None = None) -> Loops:
    return mean_curve([_values(c, size) for c in curves if c.rationalizes == rationalizes])


def _figure(curves: list[SeedCurve], size: int | None) -> Curve | None:
    """A thin line a seed, and over them the mean of each arm."""
    thin = [
        Line("", _values(each, size), is_dashed=not each.rationalizes, colour=colour)
        for how, _, colour in ARMS
        for each in curves
        if each.rationalizes == how
    ]
    thick = [
        Line(name, _mean(curves, how, size), is_dashed=not how, colour=colour)
        for how, name, colour in ARMS
    ]
    return curve(thin + thick)


def _table(curves: list[SeedCurve]) -> list[dict[str, Any]]:
    """The means of both arms, then every seed."""
    means: list[dict[str, Any]] = [
        {"name": f"{name}, mean", "values": _mean(curves, how), "is_mean": True}
        for how, name, _ in ARMS
    ]
    each: list[dict[str, Any]] = [
        {"name": f"{name}, seed {c.seed}", "values": c.accuracy, "run_pk": c.run_pk}
        for how, name, _ in ARMS
        for c in curves
        if c.rationalizes == how
    ]
    return [row for row in [*means, *each] if any(v is not None for v in row["values"])]


def _said(with_it: Loops, without: Loops) -> dict[str, Any]:
    """In how many loops the mean is above the base's, and above the other arm's."""
    both = [
        (a, b)
        for a, b in zip(with_it[1:], without[1:], strict=False)
        if a is not None and b is not None
    ]
    known = [value for value in with_it[1:] if value is not None]
    base = with_it[0] if with_it else None
    return {
        "loops": len(known),
        "above_base": sum(base is not None and value > base for value in known),
        "compared": len(both),
        "ahead": sum(a > b for a, b in both),
    }
