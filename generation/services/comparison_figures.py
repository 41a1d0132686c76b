"""What a comparison has found, as plain values: each source, and each against the others.

Reads what the parts left. Everything is counted by question: one greedy rationale each, and pairs
whose likelihoods were scored. Writes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from generation.datasets.preferences import FileRefused, Row, Rules, rules
from generation.models import Rationale, Source, TrainingPart, TrainingRun
from generation.services.comparisons import compared_pairs
from generation.services.preferring import preferring_rows
from generation.services.training import compared_sources
from generation.uncertainty import Estimate, difference, mean, share

Name, State = TrainingPart.Name, TrainingPart.State
Kind = TrainingRun.Kind
LEARNED = {Kind.STAR: "its own right ones (STaR, loop {loop})", Kind.DPO: "pairs (DPO)",
           Kind.SFT: "the best rated", Kind.ALL: "all right ones"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measured:
    """One source's raw values: question -> (right, tokens); a pair -> log-probabilities."""

    rows: dict[int, tuple[float, int]] | None
    scores: list[list[float]] | None


@dataclass(frozen=True, slots=True)
class Arm:
    """One source. What is not measured yet is None, as is what a base cannot have."""

    source: str
    source_pk: int
    learned: str
    kind: str
    accuracy: Estimate | None
    tokens: Estimate | None
    prefers: Estimate | None
    rewards: Estimate | None
    against_base: Estimate | None
    longer_than_base: Estimate | None


@dataclass(frozen=True, slots=True)
class Against:
    """One source less another, in what it gets right and in what it prefers."""

    first: str
    second: str
    accuracy: Estimate | None
    prefers: Estimate | None


def comparison_arms(*, run: TrainingRun) -> list[Arm]:
    sources = compared_sources(run)
    found = _measured(run, len(sources))
    names = _questions_of_pairs(run)
    return [_arm(source, found[n], found[0], names) for n, source in enumerate(sources)]


def comparison_against(*, run: TrainingRun) -> list[Against]:
    """Every pair of ways to learn, but for the base: the question is which of them to take."""
    sources = compared_sources(run)
    found, names = _measured(run, len(sources)), _questions_of_pairs(run)
    numbers = range(1, len(sources))
    return [
        Against(
            first=sources[b].name,
            second=sources[a].name,
            accuracy=_paired(found[b], found[a], 0),
            prefers=_prefers_more(found[b], found[a], names),
        )
        for a in numbers
        for b in numbers
        if a < b
    ]


def comparison_rules(*, run: TrainingRun) -> Rules | None:
    """What rules without any reading get right of the pairs; the source to bet on is the one that
    was chosen most in what a source here was trained on. None where that cannot be read."""
    try:
        pairs = compared_pairs(run=run).rows
        trained = next(filter(None, (_trained_pairs(each) for each in compared_sources(run))), None)
    except FileRefused:
        return None
    return rules(trained, pairs) if trained else None


def _trained_pairs(source: Source) -> tuple[Row, ...]:
    part = getattr(source, "training_part", None)
    if part is None or part.run.kind not in (Kind.DPO, Kind.ALL):
        return ()
    return preferring_rows(run=part.run)


def _questions_of_pairs(run: TrainingRun) -> list[str]:
    try:
        return [row["question"] for row in compared_pairs(run=run).rows]
    except FileRefused:
        return []


def _measured(run: TrainingRun, sources: int) -> list[Measured]:
    done = {(part.loop, part.name): part for part in run.parts.filter(state=State.DONE)}
    return [
        Measured(_rows(done.get((number, Name.MEASURE))), _scores(done.get((number, Name.SCORE))))
        for number in range(sources)
    ]


def _rows(part: TrainingPart | None) -> dict[int, tuple[float, int]] | None:
    if part is None:
        return None
    rows = Rationale.objects.filter(batch=part.batch_id, hinted=False, sample_index=0)
    return {
        question: (float(verdict == Rationale.Verdict.RIGHT), tokens or 0)
        for question, verdict, tokens in rows.values_list("question", "verdict", "tokens")
    }


def _scores(part: TrainingPart | None) -> list[list[float]] | None:
    return part.told["scores"] if part else None


def _arm(source: Source, found: Measured, base: Measured, names: list[str]) -> Arm:
    part = getattr(source, "training_part", None)
    is_base = found is base
    learned = LEARNED[Kind(part.run.kind)].format(loop=part.loop) if part and not is_base else ""
    rows, scores = found.rows, found.scores
    scored = scores if scores and len(scores) == len(names) else None
    return Arm(
        source=source.name,
        source_pk=source.pk,
        learned=learned or "the base",
        kind="" if is_base or part is None else part.run.kind,
        accuracy=share([right for right, _ in rows.values()], list(rows)) if rows else None,
        tokens=mean([tokens for _, tokens in rows.values()], list(rows)) if rows else None,
        prefers=share(preferred(scored), names) if scored else None,
        rewards=share(rewarded(scored, base.scores), names)
        if scored and base.scores and not is_base
        else None,
        against_base=None if is_base else _paired(found, base, 0),
        longer_than_base=None if is_base else _paired(found, base, 1),
    )


def _paired(first: Measured, second: Measured, which: int) -> Estimate | None:
    """Over the questions that both were asked."""
    if not first.rows or not second.rows:
        return None
    both = sorted(first.rows.keys() & second.rows.keys())
    if not both:
        return None
    left, right = ([rows[q][which] for q in both] for rows in (first.rows, second.rows))
    return difference(left, right, both)


def _prefers_more(first: Measured, second: Measured, names: list[str]) -> Estimate | None:
    if not first.scores or not second.scores or len(first.scores) != len(names):
        return None
    return difference(preferred(first.scores), preferred(second.scores), names)


def preferred(scores: Sequence[Sequence[float]]) -> list[float]:
    """1 where a token of the chosen text is likelier in the mean than one of the rejected."""
    return [_half(chosen / n - rejected / m) for chosen, n, rejected, m in scores]


def rewarded(scores: Sequence[Sequence[float]], base: Sequence[Sequence[float]]) -> list[float]:
    """1 where the chosen text gained more over the base than the rejected: DPO's own measure."""
    return [
        _half((now[0] - before[0]) - (now[2] - before[2]))
        for now, before in zip(scores, base, strict=True)
    ]


def _half(lead: float) -> float:
    return 0.5 if lead == 0 else float(lead > 0)
