"""A report in words, sentences first, and the same figures as plain values for JSON.

Knows how figures are printed. Computes nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from raters.analysis.ratings_file import PICKS
from raters.analysis.report import Report
from raters.statistics import PLAIN, Comparison, Estimate

MOST_LISTED = 50  # raters
WHO = {
    "raters like these": "raters and questions like these",
    "these raters": "questions like these and these raters",
    PLAIN: "ratings as if independent",
}


def words(report: Report) -> str:
    """The whole report, a section each, ending in a line break."""
    sections = [
        ("", _headline(report)),
        ("Pairs (ties count half)", _pairs(report)),
        ("Share best", _shares(report)),
        ("First places (ties share one)", _firsts(report)),
        ("Strengths, by a model (Davidson-Luce)", _strengths(report)),
        ("Agreement beyond chance on who is best", _agreement(report)),
        ("Order", _order(report)),
        ("Slot and length taken out, by a model (log strengths)", _adjusted(report)),
        ("The intervals by another method (two-way bootstrap)", _resampled(report)),
        ("Does the text give its source away?", _audit(report)),
        ("Raters (nobody is left out for disagreeing)", _raters(report)),
        ("Notes", [f"- {note}" for note in _all_notes(report)]),
    ]
    blocks = [
        "\n".join([title, "-" * len(title), *lines] if title else lines)
        for title, lines in ((title, list(lines)) for title, lines in sections)
        if lines
    ]
    return "\n\n".join(blocks) + "\n"


def figures(report: Report) -> dict[str, Any]:
    """Everything that `words` prints and more, as values that JSON knows."""
    return {"headline": list(_headline(report)), **asdict(report)}


def _headline(report: Report) -> Iterator[str]:
    who = "unnamed raters" if report.raters is None else _count(report.raters, "rater")
    yield (
        f"{report.ratings:,} {report.form} by {who} on {_count(report.items, 'item')} "
        f"({_count(report.questions, 'question')}), {len(report.sources)} sources."
    )
    for pair in report.pairs:
        yield pair_sentence(pair)
    for source in report.shares.sources if report.shares else ():
        found = _asked(report, source)
        yield (
            f"{source.source} was picked as best in {_percent(found.value)} of {source.shown:,} "
            f"ratings; {_interval(found)}."
            if found.value is not None
            else f"How often {source.source} is picked as best is undefined: {found.undefined}."
        )
    effective = [f"{report.effective_questions:.1f} effective questions"]
    if report.effective_raters is not None:
        effective.insert(0, f"{report.effective_raters:.1f} effective raters")
    yield f"That is worth {' and '.join(effective)}."


def pair_sentence(pair: Comparison) -> str:
    """The sentence of a pair, the source that came out ahead first."""
    found, first, second = pair.share, pair.first, pair.second
    if found.value is None:
        return f"How often {first} ranks above {second} is undefined: {found.undefined}."
    low, high = found.low, found.high
    if found.value < 0.5:
        first, second = second, first
        low, high = (None, None) if low is None or high is None else (1 - high, 1 - low)
    level = f"{found.level:.0%}".replace("%", " %")
    interval = (
        f"no interval ({found.undefined})"
        if low is None or high is None
        else f"{level} interval for {WHO[found.estimand]} {_percent(low)} to {_percent(high)}"
    )
    return (
        f"Raters ranked {first} above {second} in {_percent(max(found.value, 1 - found.value))} of "
        f"{_count(found.n, 'comparison')}; {interval}{_verdict(pair)}."
    )


def _verdict(pair: Comparison) -> str:
    if pair.p_holm is None:
        return ""
    return f"; {_p(pair.p_holm)}" + ("" if pair.p_holm < 0.05 else ", no difference shown")


def _pairs(report: Report) -> Iterator[str]:
    if not report.pairs:
        return
    rows = [("", "win/tie/loss", "share", "95 % interval", "plain", "odds", "p", "p (Holm)")]
    rows += [
        (
            f"{one.first} > {one.second}",
            f"{one.wins}/{one.ties}/{one.losses}",
            _percent(one.share.value),
            _range(one.share),
            _range(one.plain),
            "-" if one.odds.value is None else f"{one.odds.value:.2f}",
            _p(one.p_value, ""),
            _p(one.p_holm, ""),
        )
        for one in report.pairs
    ]
    yield from _table(rows)
    yield "'plain' takes ratings as independent; it is for comparison with papers only."


def _shares(report: Report) -> Iterator[str]:
    if not report.shares:
        return
    rows = [("", "picked", "shown", "share", "95 % interval", "without none good", "plain")]
    rows += [
        (
            one.source,
            str(one.picked),
            str(one.shown),
            _percent(_asked(report, one).value),
            _range(_asked(report, one)),
            _percent(one.among_good.value),
            _range(one.plain),
        )
        for one in report.shares.sources
    ]
    yield from _table(rows)
    yield f"{report.shares.ties} too close, {report.shares.none_good} none good."


def _asked(report: Report, source: Any) -> Estimate:
    found: Estimate = source.these_raters if report.raters is None else source.share
    return found


def _firsts(report: Report) -> Iterator[str]:
    rows = [
        (source, _percent(one.value), _range(one))
        for source, one in zip(report.sources, report.firsts, strict=False)
    ]
    return _table(rows)


def _strengths(report: Report) -> Iterator[str]:
    found = report.strengths
    if found is None:
        return
    if found.undefined:
        yield f"undefined: {found.undefined}"
        return
    rows = [("", "worth", "log strength", "95 % interval")]
    rows += [
        (source, f"{worth:.3f}", f"{one.value:+.3f}", _range(one, "{:+.2f}".format))
        for source, worth, one in zip(found.sources, found.worths, found.log_strengths, strict=True)
    ]
    yield from _table(rows)


def _agreement(report: Report) -> Iterator[str]:
    found = report.agreement
    kinds = [
        ("raw", found.raw), ("alpha", found.alpha), ("AC1", found.ac1), ("Fleiss", found.fleiss),
    ]  # fmt: skip
    if report.concordance is not None:
        kinds += [("W", report.concordance.w), ("W by chance 0", report.concordance.corrected)]
    yield from _table([(name, _figure(one)) for name, one in kinds])
    rates = ", ".join(f"{name} {_percent(rate)}" for name, rate in found.base_rates)
    yield f"{found.pairable_units} of {found.units} units rated twice; base rates: {rates}."


def _order(report: Report) -> Iterator[str]:
    if report.slots is None:
        return
    slots = [f"A{slot}" for slot in range(1, len(report.slots.picks) + 1)]
    rows = [("", *slots)]
    rows += [
        (f"{source} stood there", *map(str, counts))
        for source, counts in zip(report.sources, report.balance, strict=True)
    ]
    rows.append(("ranked or picked best", *map(str, report.slots.picks)))
    if not report.slots.undefined:
        rows.append(("expected", *(f"{count:.1f}" for count in report.slots.expected)))
    yield from _table(rows)
    yield (
        f"Slot effect undefined: {report.slots.undefined}."
        if report.slots.p_value is None
        else f"Slot effect: {_p(report.slots.p_value)}, the stored orders dealt anew."
    )
    if (effect := report.beside.by_chance) is not None:
        yield (
            f"Source effect undefined: {effect.undefined}."
            if effect.p_value is None
            else f"Source effect, these raters: {_p(effect.p_value)}, the stored orders dealt anew."
        )


def _adjusted(report: Report) -> Iterator[str]:
    found = report.beside.adjusted
    if found is None:
        return
    if found.undefined:
        yield f"undefined: {found.undefined}"
        return
    log = "{:+.2f}".format
    rows = [("", "as it is", "95 % interval", "taken out", "95 % interval")]
    rows += [
        (source, f"{raw.value:+.3f}", _range(raw, log), f"{one.value:+.3f}", _range(one, log))
        for source, raw, one in zip(found.sources, found.raw, found.adjusted, strict=True)
    ]
    beside = [(f"slot A{number}", one) for number, one in enumerate(found.slots, start=1)]
    beside += [("twice the length", found.length)] if found.length else []
    rows += [(name, "", "", f"{one.value:+.3f}", _range(one, log)) for name, one in beside]
    yield from _table(rows)


def _resampled(report: Report) -> Iterator[str]:
    names = [f"{pair.first} > {pair.second}" for pair in report.pairs]
    names = names or [one.source for one in report.shares.sources] if report.shares else names
    rows = zip(names, report.beside.resampled, strict=False)
    yield from _table([(name, _range(one)) for name, one in rows])


def _audit(report: Report) -> Iterator[str]:
    found = report.beside.audit
    if found is None:
        return
    if found.chance is None:
        yield f"undefined: {found.overall.undefined}"
        return
    rows = [("", "found by style", "95 % interval", "by chance")]
    rows += [
        (name, _percent(one.value), _range(one), _percent(found.chance))
        for name, one in zip(
            ("all guesses", *found.sources), (found.overall, *found.found), strict=True
        )
    ]
    yield from _table(rows)


def _raters(report: Report) -> Iterator[str]:
    lines = report.beside.raters
    if not lines:
        return
    slots = len(lines[0].habit.slots)
    names = [f"best in A{slot}" for slot in range(1, slots + 1)]
    rows = [("rater", "ratings", *names, "agreement", "others'", "right (Dawid-Skene)")]
    rows += [
        (
            report.rater_names[number],
            str(line.habit.ratings),
            *map(str, line.habit.slots),
            _percent(line.others.agreement.value),
            _percent(line.others.expected),
            _percent(line.right),
        )
        for number, line in enumerate(lines[:MOST_LISTED])
    ]
    yield from _table(rows)
    if len(lines) > MOST_LISTED:
        yield f"The first {MOST_LISTED} of {len(lines)}; --json has them all."


def _all_notes(report: Report) -> Iterator[str]:
    yield from report.notes
    for pair in report.pairs:
        for note in pair.share.notes:
            yield f"{pair.first} > {pair.second}: {note}."
    for source in report.shares.sources if report.shares else ():
        for note in _asked(report, source).notes:
            yield f"{source.source}: {note}."
    method = next((one.share.method for one in report.pairs), "")
    if report.form == PICKS and report.shares:
        method = _asked(report, report.shares.sources[0]).method
    yield f"Intervals: {method}; {WHO[report.estimand]}. Formulas: docs/statistics.md."


def _table(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        yield "  ".join([first.ljust(widths[0]), *cells]).rstrip()


def _figure(found: Estimate) -> str:
    if found.value is None:
        return f"undefined: {found.undefined}"
    if found.low is None or found.high is None:
        return f"{found.value:.3f} (no interval: {found.undefined})"
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"


def _interval(found: Estimate) -> str:
    if found.low is None or found.high is None:
        return f"no interval ({found.undefined})"
    return (
        f"95 % interval for {WHO[found.estimand]} {_percent(found.low)} to {_percent(found.high)}"
    )


def _range(found: Estimate, form: Any = None) -> str:
    if found.low is None or found.high is None:
        return "undefined"
    form = form or "{:.1%}".format
    return f"{form(found.low)} to {form(found.high)}".replace("%", " %")


def _percent(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.1%}".replace("%", " %")


def _p(value: float | None, name: str = "p ") -> str:
    if value is None:
        return "undefined"
    equals = "= " if name else ""
    return f"{name}< .001" if value < 0.001 else f"{name}{equals}{value:.3f}".replace("0.", ".", 1)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
