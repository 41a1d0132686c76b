"""The steps in which a study is made, and the fields of each; what is entered is kept as it is.

Knows: which field stands in which step, and what a preset proposes. What a whole study may be, its
settings (protocols.py) and the services say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.html import strip_tags

from raters.forms import StudyForm
from raters.forms_path import ENDING, PAY, PathForm
from raters.protocols import PRESETS

FIRST_PRESET = "quick"


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    title: str
    fields: tuple[str, ...]


STEPS = (
    Step("questions", "Questions", ("name", "question_set", "preset")),
    Step("sources", "Sources", ("sources", "questions", "seed")),
    Step(
        "protocol",
        "What is asked",
        (
            "protocol", "allows_none_good", "allows_too_close", "allows_ties", "shows_gold_answer",
            "asks_reasons", "reasons", "asks_step_marks", "criteria", "asks_comment",
        ),
    ),
    Step(
        "raters",
        "Raters",
        (
            "raters_per_triple", "triples_per_rater", "most_per_rater", "lease_minutes",
            "bundle_hours", "counts_partial", "rater_limit",
        ),
    ),
    Step("checks", "Checks", ("check_percent", "repeat_percent", "qualification_percent")),
    Step(
        "texts",
        "Texts and pay",
        (
            "consent", "language", "instructions", "minutes", "reward", "currency", "least_hourly",
            "asks_guesses", "debrief", "reveals",
        ),
    ),
    Step("preview", "Preview", ()),
)  # fmt: skip
BY_NAME = {step.name: step for step in STEPS}
FIRST, LAST = STEPS[0], STEPS[-1]


def step_after(step: Step) -> Step:
    return STEPS[STEPS.index(step) + 1]


def step_before(step: Step) -> Step | None:
    return STEPS[STEPS.index(step) - 1] if step is not FIRST else None


class WizardForm(StudyForm, PathForm):
    """A step of the wizard or, without one, all of them."""

    question_set = forms.TypedChoiceField(
        label="Question set", coerce=int, widget=forms.RadioSelect
    )
    preset = forms.ChoiceField(
        label="Start from",
        choices=[(key, preset.name) for key, preset in PRESETS.items()],
        widget=forms.RadioSelect,
        initial=FIRST_PRESET,
        help_text="It fills the steps that follow; another one fills them anew.",
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        step: Step | None,
        answers: Mapping[str, Any],
        sets: Sequence[tuple[int, str]],
        sources: Sequence[tuple[int, str]] = (),
    ) -> None:
        preset = PRESETS[preset_of(answers)]
        super().__init__(data, sources=sources, preset=preset, kept=answers)
        self.fields["question_set"].choices = sets  # type: ignore[attr-defined]
        names = [name for each in ([step] if step else STEPS) for name in each.fields]
        self.fields = {name: self.fields[name] for name in names}

    def entered(self, sent: QueryDict) -> dict[str, Any]:
        """What the browser sent for these fields, whether or not it makes sense."""
        return {
            name: _storable(field.widget.value_from_datadict(sent, {}, name))
            for name, field in self.fields.items()
        }

    def proposed(self) -> dict[str, Any]:
        """What stands in every field before anything is sent: to be read as if it were sent."""
        return {name: self.get_initial_for_field(f, name) for name, f in self.fields.items()}

    def path(self) -> dict[str, Any]:
        """How raters come in, are paid and leave, by the names of StudyPath's columns."""
        said = {name: self.cleaned_data[name] for name in (*PAY, *ENDING)}
        said["qualification_percent"] = said["qualification_percent"] or 0
        return {**said, "debrief": said["debrief"].replace("\r\n", "\n").strip()}

    def said(self, step: Step) -> list[tuple[str, str]]:
        """The fields of a step with what they say by now, in words; what is empty is left out."""
        lines = []
        for name in step.fields:
            field, value = self.fields[name], self.cleaned_data.get(name)
            words = _words(field, value)
            if words:
                lines.append((strip_tags(str(field.label or name.capitalize())), words))
        return lines


def preset_of(answers: Mapping[str, Any]) -> str:
    """The preset that a draft starts from."""
    name = answers.get("preset")
    return name if name in PRESETS else FIRST_PRESET


def kept_of(before: Mapping[str, Any], entered: Mapping[str, Any]) -> dict[str, Any]:
    """A draft's answers once more was entered. Another preset fills anew what presets decide."""
    kept = {**before, **entered}
    if "preset" in entered and preset_of(entered) != preset_of(before):
        decided = {name for step in STEPS[2:5] for name in step.fields} | {"questions"}
        kept = {name: value for name, value in kept.items() if name not in decided}
    return kept


def _storable(value: Any) -> Any:
    """Without NUL, which PostgreSQL cannot hold."""
    if isinstance(value, list):
        return [_storable(each) for each in value]
    return value.replace("\0", "") if isinstance(value, str) else value


def _words(field: forms.Field, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        if isinstance(field, forms.MultipleChoiceField):
            names = dict(field.choices)  # type: ignore[arg-type]
            return ", ".join(str(names[each]) for each in value)
        return ", ".join(" ".join(str(part) for part in each.values()) for each in value)
    if isinstance(field, forms.ChoiceField):
        return str(dict(field.choices).get(value, value))  # type: ignore[arg-type]
    return "" if value is None else str(value)
