"""What a researcher decides of a study, checked before a service hears of it.

Reasons and criteria are lines of text, so that a page without a script can edit them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, ClassVar

from django import forms

from raters.exclusion import FAILED_CHECKS, OFTEN_FAST, TOO_FAST, TOO_FEW, Rules
from raters.models import Study, StudyPlan
from raters.protocols import (
    DEFAULT_REASONS,
    LONGEST_BUNDLE,
    LONGEST_INSTRUCTIONS,
    LONGEST_LEASE,
    MOST_PERCENT,
    REASON_KEYS,
    Preset,
    StudySettings,
)

MOST_RATERS = 500
MOST_PER_TRIPLE = 1000
MOST_PLANNED = 3000
Lines = Sequence[Mapping[str, Any]]


def reason_lines(reasons: Lines) -> str:
    return "\n".join(f"{each['key']}  {each['name']}" for each in reasons)


def criterion_lines(criteria: Lines) -> str:
    return "\n".join(f"{each['name']} {each['points']}" for each in criteria)


def _number(label: str, help_text: str, **limits: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, help_text=help_text, **{"min_value": 1} | limits)


def _seconds(label: str, help_text: str) -> forms.FloatField:
    return forms.FloatField(
        label=label, help_text=help_text, min_value=0.1, max_value=3600, required=False
    )


def _tick(label: str, *, initial: bool = False) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, initial=initial)


def _text(label: str, help_text: str, rows: int, **more: Any) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, help_text=help_text, widget=area, required=False, **more)


class StudyForm(forms.Form):
    name = forms.CharField(max_length=200, help_text="Raters do not see it.")
    sources = forms.TypedMultipleChoiceField(
        label="Sources",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text="Three make a triple; two to six can be compared.",
    )
    # --- how much
    questions = _number(
        "Questions",
        "Drawn by the seed from those that every source got right. Empty: all.",
        required=False,
    )
    raters_per_triple = _number(
        "Ratings per triple",
        "How many different raters judge each triple.",
        max_value=MOST_PER_TRIPLE,
        initial=3,
    )
    triples_per_rater = _number(
        "Triples per rater",
        "A fixed number, kept as a bundle from the moment a rater begins. Empty: as many as they "
        "like, up to their share.",
        required=False,
    )
    most_per_rater = _number(
        "A rater's share",
        "The most that one rater may rate where no number is fixed. Empty: a fifth of all "
        "ratings, or 50 if that is more. 0: no limit.",
        min_value=0,
        required=False,
    )
    seed = _number(
        "Seed",
        "The same seed draws the same study and orders. Empty: a secret one, kept.",
        min_value=0,
        max_value=2**62,
        required=False,
    )
    # --- what a rater is asked
    protocol = forms.ChoiceField(
        label="Which answer",
        choices=Study.Protocol.choices,
        widget=forms.RadioSelect,
        initial=Study.Protocol.PICK_BEST,
        help_text="Best and worst needs three sources or more.",
    )
    allows_none_good = _tick("Raters may say that none is good", initial=True)
    allows_too_close = _tick("Raters may say that it is too close to call", initial=True)
    allows_ties = _tick("Two may share a rank, in a ranking")
    shows_gold_answer = _tick("Raters see the correct answer", initial=True)
    asks_reasons = _tick("Ask for reasons, from this list")
    reasons = _text(
        "Reasons",
        f"One a line: a key, then its name. Keys are letters of {REASON_KEYS}; the room needs the "
        "others itself. A rater may give none.",
        rows=len(DEFAULT_REASONS),
        initial=reason_lines(DEFAULT_REASONS),
    )
    asks_step_marks = _tick("Every step is marked −1, 0 or +1, up to the first error")
    criteria = _text(
        "Criteria",
        "One a line: a name, then how many points its scale has, such as “clarity 5”. Empty: none.",
        rows=3,
    )
    asks_comment = _tick("There is room for a comment")
    instructions = _text(
        "Instructions",
        "Plain text, above our own rules. Empty: what the task is, in two sentences.",
        rows=4,
        max_length=LONGEST_INSTRUCTIONS,
    )
    # --- rules
    repeat_percent = _number(
        "Repeats, in %",
        "The same triple again in another order, to see who agrees with themselves.",
        min_value=0,
        max_value=MOST_PERCENT,
        initial=0,
    )
    check_percent = _number(
        "Checks, in %",
        "Triples with an answer known beforehand, written on the study's page once it is made. "
        "Neither checks nor repeats count in the results.",
        min_value=0,
        max_value=MOST_PERCENT,
        initial=0,
    )
    lease_minutes = _number(
        "Minutes in hand",
        "How long a triple waits for the rater who has it before others may have it.",
        max_value=LONGEST_LEASE,
        initial=20,
    )
    bundle_hours = _number(
        "Hours for a bundle",
        "How long a bundle waits for a rater who stopped.",
        max_value=LONGEST_BUNDLE,
        initial=24,
    )
    counts_partial = _tick("Ratings of a bundle that was given back count")

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        sources: Sequence[tuple[int, str]],
        preset: Preset | None = None,
        kept: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=_initial(preset) | dict(kept or {}))
        self.fields["sources"].choices = sources  # type: ignore[attr-defined]

    def clean_reasons(self) -> Lines:
        if not self.cleaned_data.get("asks_reasons"):
            return []
        return [_reason(line) for line in _filled_lines(self.cleaned_data["reasons"])]

    def clean_criteria(self) -> Lines:
        return [_criterion(line) for line in _filled_lines(self.cleaned_data["criteria"])]

    def settings(self) -> dict[str, Any]:
        """What was asked, under the names that StudySettings has."""
        return {each.name: self.cleaned_data[each.name] for each in fields(StudySettings)}


def _initial(preset: Preset | None) -> dict[str, Any]:
    """A preset as the form shows it."""
    if preset is None:
        return {}
    settings = dict(preset.settings)
    reasons = settings.pop("reasons", ())
    return (
        settings
        | {"questions": preset.questions, "asks_reasons": bool(reasons)}
        | {"reasons": reason_lines(reasons or DEFAULT_REASONS)}
        | {"criteria": criterion_lines(settings.get("criteria", ()))}
    )


def _filled_lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _reason(line: str) -> dict[str, str]:
    key, _, name = line.partition(" ")
    if not name.strip():
        raise forms.ValidationError(f"In “{line}” a key, a space or a name is missing.")
    return {"key": key, "name": name.strip()}


def _criterion(line: str) -> dict[str, Any]:
    name, _, points = line.rpartition(" ")
    if not name.strip() or not points.isdecimal() or len(points) > 2:
        raise forms.ValidationError(f"“{line}” does not end in a number of points, as “clarity 5”.")
    return {"name": name.strip(), "points": int(points)}


class RatersForm(forms.Form):
    count = forms.IntegerField(label="More raters", min_value=1, max_value=MOST_RATERS, initial=5)


class RatersPerTripleForm(forms.Form):
    raters = forms.IntegerField(label="Ratings per triple", min_value=1, max_value=MOST_PER_TRIPLE)


class PlanForm(forms.Form):
    """A study's plan. A rule of exclusion is set where its numbers are, all of them."""

    hypothesis = _text("Hypothesis", "What you expect, so that ratings can contradict it.", rows=3)
    sides = forms.ChoiceField(
        label="Test",
        choices=StudyPlan.Sides.choices,
        initial=StudyPlan.Sides.TWO,
        help_text="One-sided only where the other way round would mean nothing; needs a headline.",
    )
    headline = forms.ChoiceField(
        required=False,
        help_text="The one figure that the study stands or falls with. The others are beside it.",
    )
    ratings = _number("Ratings wanted", "To close with fewer is a deviation.", required=False)
    raters = _number("Raters wanted", "More raters beat more ratings each.", required=False)
    stopping = _text("When it ends", "", rows=3)
    fast_seconds = _seconds("Median below, in seconds", "Half of their ratings were faster.")
    often_percent = _number("More than, in %", "Of their ratings", required=False, max_value=99)
    often_seconds = _seconds("below, in seconds", "Both numbers, or neither.")
    checks_right = _number("Fewer than", "checks right", required=False)
    checks_of = _number(
        "of the first", "checks answered; who met fewer is not judged.", required=False
    )
    fewest = _number(
        "Fewer ratings than", "Judged once they left or the study is closed.", required=False
    )
    why = _text("Why it is changed", "The plan is frozen: the change is listed with this.", rows=2)

    RULES: ClassVar = {
        TOO_FAST: {"seconds": "fast_seconds"},
        OFTEN_FAST: {"percent": "often_percent", "seconds": "often_seconds"},
        FAILED_CHECKS: {"right": "checks_right", "of": "checks_of"},
        TOO_FEW: {"ratings": "fewest"},
    }

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        headlines: Sequence[tuple[str, str]],
        is_frozen: bool,
        initial: Mapping[str, Any],
    ) -> None:
        super().__init__(data, initial=dict(initial))
        self.fields["headline"].choices = headlines  # type: ignore[attr-defined]
        if is_frozen:
            self.fields["why"].required = True
        else:
            del self.fields["why"]

    @classmethod
    def of_rules(cls, rules: Rules) -> dict[str, Any]:
        """Kept rules as the form shows them."""
        return {
            field: rules[kind][name]
            for kind, numbers in cls.RULES.items()
            if kind in rules
            for name, field in numbers.items()
        }

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        for numbers in self.RULES.values():
            given = [field for field in numbers.values() if said.get(field) is not None]
            if given and len(given) < len(numbers):
                self.add_error(given[0], "This rule needs both of its numbers, or neither.")
        if said.get("sides") == StudyPlan.Sides.ONE and not said.get("headline"):
            self.add_error("headline", "A one-sided test needs a headline: who is to be ahead?")
        return said

    def written(self) -> dict[str, Any]:
        names = ("hypothesis", "sides", "headline", "ratings", "raters", "stopping")
        return {name: self.cleaned_data[name] for name in names}

    def rules(self) -> dict[str, dict[str, Any]]:
        found = {
            kind: {name: self.cleaned_data[field] for name, field in numbers.items()}
            for kind, numbers in self.RULES.items()
        }
        return {kind: rule for kind, rule in found.items() if None not in rule.values()}


class WhyForm(forms.Form):
    """A reason that is listed with what was done."""

    why = forms.CharField(label="Why", max_length=300, help_text="It is listed with the change.")


class AskedForm(forms.Form):
    """A rater who asked to withdraw."""

    rater = forms.ChoiceField(label="Rater")
    reason = forms.CharField(
        label="How and why they asked", max_length=300, help_text="It is listed; name nobody."
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, raters: Sequence[tuple[str, str]]
    ) -> None:
        super().__init__(data)
        self.fields["rater"].choices = raters  # type: ignore[attr-defined]


class PlannerForm(forms.Form):
    """A study that nobody has made yet. The numbers that stand there first are the STaR paper's."""

    ratings = _number("Ratings", "In all, of one pair of sources.", max_value=MOST_PLANNED)
    raters = _number("Raters", "Each gives as many.", max_value=MOST_RATERS)
    questions = _number("Questions", "", max_value=MOST_PLANNED)
    odds = forms.FloatField(
        label="True odds",
        help_text="How much more likely the better source is preferred: 1.28 is “28 % more”.",
        min_value=1,
        max_value=50,
    )
    power = _number("Wanted power, %", "80 is usual.", max_value=99)
    width = _number("Wanted width, points", "Of the 95 % interval, both sides.", max_value=90)
    rater_sd = forms.FloatField(
        label="Spread of raters", help_text="SD in log-odds.", min_value=0, max_value=4
    )
    question_sd = forms.FloatField(
        label="Spread of questions", help_text="SD in log-odds.", min_value=0, max_value=4
    )
    drop_out = _number("Drop out, %", "Leave half-way.", min_value=0, max_value=90)
    seconds = _number("Seconds a rating", "", max_value=3600)
    before = _number("Seconds before", "Instructions and practice.", min_value=0, max_value=7200)
    pay = forms.FloatField(label="Pay an hour", help_text="In any money.", min_value=0)
    fee = _number("Fee, %", "Of the platform, on top.", min_value=0, max_value=200)
    at_once = _number("Raters at once", "", max_value=MOST_RATERS)

    PAPER: ClassVar = {
        "ratings": 200, "raters": 20, "questions": 50, "odds": 1.28, "power": 80, "width": 14,
        "rater_sd": 0.25, "question_sd": 0.8, "drop_out": 0, "seconds": 45, "before": 180,
        "pay": 12.0, "fee": 33, "at_once": 5,
    }  # fmt: skip


class OutlookForm(forms.Form):
    """What a running study is waited for."""

    width = _number("Wanted width, points", "Of the 95 % interval, both sides.", max_value=90)
