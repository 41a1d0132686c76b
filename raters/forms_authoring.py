"""What a researcher writes to practise on, and to check attention with.

As many texts as the study shows. Knows what can be read; whether it makes sense the services say.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms

from raters.models import Study

LONGEST_QUESTION, LONGEST_TEXT, LONGEST_WHY = 10_000, 20_000, 2_000


def _area(label: str, rows: int, most: int, help_text: str = "", **more: Any) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, widget=area, max_length=most, help_text=help_text, **more)


def _shown_as(slot: int) -> str:
    return f"A{slot + 1}"


def _right_or_wrong(slot: int) -> str:
    return f"Another text, {slot}" if slot else "The text to pick"


class _Texts(forms.Form):
    """A form with a text for each slot of the study, labelled by its number from 0."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        study: Study,
        prefix: str,
        label: Callable[[int], str],
    ) -> None:
        super().__init__(data, prefix=prefix, auto_id=f"{prefix}_%s")
        slots = study.study_sources.count()
        self.names = [f"text_{slot}" for slot in range(slots)]
        for slot, name in enumerate(self.names):
            self.fields[name] = _area(label(slot), 4, LONGEST_TEXT)

    def texts(self) -> list[str]:
        return [self.cleaned_data[name] for name in self.names]

    @property
    def text_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.names]


class PracticeForm(_Texts):
    """The texts stand in this order for every rater."""

    question = _area("Question", 3, LONGEST_QUESTION)
    gold_answer = forms.CharField(
        label="Correct answer", max_length=200, required=False, help_text="Shown above the texts."
    )
    expected = forms.TypedChoiceField(label="The one to pick", coerce=int)
    why = _area(
        "Why",
        3,
        LONGEST_WHY,
        "Shown as feedback: name the planted defect, such as “A2 says 3 × 4 = 13”. Nothing of "
        "taste: what somebody may dispute teaches an opinion.",
    )
    qualifies = forms.BooleanField(
        label="Counts towards qualification", required=False, initial=True
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, study: Study) -> None:
        super().__init__(data, study=study, prefix="practice", label=_shown_as)
        slots = [(slot, _shown_as(slot)) for slot in range(len(self.names))]
        self.fields["expected"].choices = slots  # type: ignore[attr-defined]


class CheckForm(_Texts):
    """The first text is the one to pick; raters see them in orders that differ."""

    question = _area("Question", 3, LONGEST_QUESTION, "One that the study does not ask itself.")
    answer = forms.CharField(
        label="Correct answer", max_length=200, help_text="A number, or the words of a choice."
    )
    choices = _area(
        "Choices", 3, LONGEST_QUESTION, "One a line, where there are any.", required=False
    )
    why = _area(
        "Why the first is to be picked",
        2,
        LONGEST_WHY,
        "For whoever reads the study later; raters never see it.",
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, study: Study) -> None:
        super().__init__(data, study=study, prefix="check", label=_right_or_wrong)

    def record(self, sources: list[str]) -> dict[str, Any]:
        """The question with its texts, as a line of an import."""
        said = self.cleaned_data
        choices = [line.strip() for line in said["choices"].splitlines() if line.strip()]
        return {
            "question": said["question"].strip(),
            "answer": said["answer"].strip(),
            **({"choices": choices} if choices else {}),
            "rationales": [
                {"source": source, "text": text.strip()}
                for source, text in zip(sources, self.texts(), strict=True)
            ],
        }
