"""A study's figures as pictures to be drawn, each with its numbers: what a paper prints."""

from collections.abc import Iterator

from raters.charts import Bar, Picture, bars_picture
from raters.services.results import StudyResults
from raters.statistics import Comparison, SlotEffect


def pictures(results: StudyResults) -> tuple[Picture, ...]:
    return (*_flows(results), *(_found(results) if results.ratings else ()))


def _found(results: StudyResults) -> Iterator[Picture]:
    if results.picks:
        yield _shares(results)
    if results.rankings:
        yield from _pairs(results.rankings.pairs, results.sources)
        if results.rankings.rankings:
            yield _ranks(results)
    if results.best_worst:
        yield _scores(results)
        yield from _pairs(results.best_worst.pairs, results.sources)
    yield from _slots(results)
    yield from _audit(results)
    yield from _strengths(results)
    yield from _difficulty(results)
    yield from _reasons(results)
    yield from _people(results)
    for each in results.reasoning.against_human:
        if each.counts.questions:
            yield _steps(results, each.source)


def _shares(results: StudyResults) -> Picture:
    assert results.picks
    bars = [
        Bar(each.source, each.plain.value or 0.0, each.share.low, each.share.high)
        for each in results.picks.shares.sources
    ]
    reference = sum(bar.share for bar in bars) / len(bars)
    return bars_picture("share-best", bars, reference=reference)


def _scores(results: StudyResults) -> Picture:
    assert results.best_worst
    bars = [
        Bar(source, each.value or 0.0, each.low, each.high)
        for source, each in zip(results.sources, results.best_worst.scores, strict=True)
    ]
    return bars_picture("scores", bars, kind="scores")


def _pairs(pairs: tuple[Comparison, ...], sources: tuple[str, ...]) -> Iterator[Picture]:
    bars = [
        Bar(
            f"{pair.first} above {pair.second}",
            pair.plain.value,
            pair.share.low,
            pair.share.high,
            sources.index(pair.first),
        )
        for pair in pairs
        if pair.plain.value is not None
    ]
    if bars:
        yield bars_picture("pairs", bars, reference=0.5)


def _ranks(results: StudyResults) -> Picture:
    assert results.rankings
    rows = list(zip(results.sources, results.rankings.ranks, strict=True))
    return Picture(
        name="ranks",
        kind="ranks",
        given={"sources": rows},
        columns=("source", *(f"rank {rank}" for rank in range(1, len(rows) + 1))),
        numbers=tuple((source, *counts) for source, counts in rows),
    )


def _slots(results: StudyResults) -> Iterator[Picture]:
    found: SlotEffect | None = next(
        (each.slots for each in (results.picks, results.rankings, results.best_worst) if each),
        None,
    )
    if found and sum(found.picks):
        named = [(f"A{slot}", count) for slot, count in enumerate(found.picks, start=1)]
        expected = found.expected or (None,) * len(named)
        yield Picture(
            name="slots",
            kind="counts",
            given={"rows": named},
            columns=("slot", "best", "expected"),
            numbers=tuple((*row, e) for row, e in zip(named, expected, strict=True)),
        )


def _audit(results: StudyResults) -> Iterator[Picture]:
    found = results.robustness.audit
    bars = [
        Bar(source, one.value, one.low, one.high, at)
        for at, (source, one) in enumerate(zip(found.sources, found.found, strict=True))
        if one.value is not None
    ]
    if bars:
        yield bars_picture("audit", bars, reference=found.chance)


def _strengths(results: StudyResults) -> Iterator[Picture]:
    found = results.robustness.adjusted
    bars = [
        Bar(name, one.value, one.low, one.high, at)
        for at, source in enumerate(results.sources)
        for name, one in (
            (f"{source}, as it is", found.raw[at]),
            (f"{source}, slot and length out", found.adjusted[at]),
        )
        if one.value is not None
    ]
    if bars:
        yield bars_picture("strengths", bars, kind="logs")


def _reasons(results: StudyResults) -> Iterator[Picture]:
    bars = [
        Bar(f"{reason.name}: {source}", one.value or 0.0, one.low, one.high, at)
        for reason in results.annotations.reasons
        if any(reason.counts)
        for at, (source, one) in enumerate(zip(results.sources, reason.shares, strict=True))
    ]
    if bars:
        yield bars_picture("reasons", bars)


def _people(results: StudyResults) -> Iterator[Picture]:
    """The chart has those whose pace and agreement are known, its numbers everybody."""
    lines = results.people.lines
    points = [
        (line.rater, line.median_seconds, line.agreement.value)
        for line in lines
        if line.median_seconds is not None and line.agreement.value is not None
    ]
    if not points:
        return
    slots = tuple(f"best in A{slot}" for slot in range(1, len(results.sources) + 1))
    yield Picture(
        name="people",
        kind="points",
        given={
            "points": points,
            "across": "median seconds a rating",
            "up": "others who say the same",
        },
        columns=(
            "rater", "ratings", "median seconds", *slots, "no single best", "agreement", "low",
            "high", "others among themselves", "right by Dawid-Skene", "checks", "checks passed",
            "repeats", "repeats with the same best",
        ),
        numbers=tuple(
            (line.rater, line.ratings, line.median_seconds, *line.slots, line.others,
             line.agreement.value, line.agreement.low, line.agreement.high, line.expected,
             line.right, line.checks, line.checks_passed, line.repeats, line.repeats_same)
            for line in lines
        ),
    )  # fmt: skip


def _difficulty(results: StudyResults) -> Iterator[Picture]:
    bars, numbers = [], []
    for at, source in enumerate(results.reasoning.difficulty):
        for one in source.bins:
            if one.share.value is not None:
                bars.append(
                    Bar(
                        f"{source.source}, {steps_named(one.fewest, one.most)}",
                        one.share.value, one.share.low, one.share.high, at,
                    )
                )  # fmt: skip
                numbers.append(
                    (source.source, one.fewest, one.most, one.questions, one.share.n,
                     one.share.value, one.share.low, one.share.high)
                )  # fmt: skip
    if bars:
        yield Picture(
            name="difficulty",
            kind="shares",
            given=bars_picture("", bars).given,
            columns=(
                "source", "fewest steps", "most steps", "questions", "ratings", "share best",
                "low", "high",
            ),
            numbers=tuple(numbers),
        )  # fmt: skip


def _steps(results: StudyResults, source: str) -> Picture:
    at = [each.source for each in results.reasoning.against_human].index(source)
    counts = results.reasoning.against_human[at].counts
    labels = [str(count) for count in counts.counts]
    return Picture(
        name=f"steps-{at + 1}",
        kind="grid",
        given={
            "labels": labels,
            "table": counts.table,
            "down": f"steps of {results.reasoning.human}",
            "across": f"steps of {source}",
        },
        columns=(f"{results.reasoning.human} \\ {source}", *labels),
        numbers=tuple((label, *row) for label, row in zip(labels, counts.table, strict=True)),
    )


def _flows(results: StudyResults) -> Iterator[Picture]:
    yield _counts("questions", question_stages(results))
    yield _counts("raters", rater_stages(results))
    yield _counts("ratings", rating_stages(results))


def question_stages(results: StudyResults) -> list[tuple[str, int]]:
    """From what was imported to what was drawn, and rated at least once."""
    funnel = results.funnel
    if not funnel:
        return [("questions rated", results.questions)]
    return [
        ("questions of the set", funnel.questions),
        *((f"with an answer: {each.name}", each.parsed) for each in funnel.sources),
        *((f"right: {each.name}", each.right) for each in funnel.sources),
        ("right: every source", funnel.all_right),
        *([("different ones", funnel.different)] if funnel.repeated else []),
        ("drawn as triples", funnel.drawn),
        ("with ratings that count", results.questions),
    ]


def rating_stages(results: StudyResults) -> list[tuple[str, int]]:
    flow = results.flow
    return [
        ("ratings asked for", results.places),
        ("triples handed out", flow.handed),
        ("ratings given", flow.given),
        *([("by simulated raters, set aside", flow.rehearsed)] if flow.rehearsed else []),
        *([("of raters left out", flow.excluded_ratings)] if flow.excluded_ratings else []),
        ("in time, of bundles kept: counted", flow.counted),
    ]


def rater_stages(results: StudyResults) -> list[tuple[str, int]]:
    flow = results.flow
    return [
        ("raters let in", flow.added),
        ("had a triple in hand", flow.begun),
        ("rated at least one", flow.rated),
        *([] if flow.completed is None else [("completed their bundle", flow.completed)]),
        *([("left out", flow.excluded)] if flow.excluded else []),
        ("with ratings that count", flow.counted_raters),
    ]


def steps_named(fewest: int, most: int) -> str:
    if fewest == most:
        return f"{fewest} step{'' if fewest == 1 else 's'}"
    return f"{fewest} to {most} steps"


def _counts(name: str, rows: list[tuple[str, int]]) -> Picture:
    return Picture(name, "counts", {"rows": rows}, ("stage", "number"), tuple(rows))
