"""What a researcher decides of a study, checked before a service hears of it."""

from collections.abc import Sequence
from typing import Any

from django import forms

from raters.protocols import LONGEST_INSTRUCTIONS, LONGEST_LEASE

MOST_RATERS = 500


class StudyForm(forms.Form):
    name = forms.CharField(max_length=200, help_text="Raters do not see it.")
    sources = forms.TypedMultipleChoiceField(
        label="Sources",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text="Three make a triple; two to six can be compared.",
    )
    raters_per_triple = forms.IntegerField(
        label="Ratings per triple",
        min_value=1,
        max_value=1000,
        initial=3,
        help_text="How many different raters judge each triple.",
    )
    questions = forms.IntegerField(
        label="Questions",
        min_value=1,
        required=False,
        help_text="Drawn by the seed from those that every source got right. Empty: all.",
    )
    triples_per_rater = forms.IntegerField(
        label="Triples per rater",
        min_value=1,
        required=False,
        help_text="What each rater is asked to do. Empty: as many as they like.",
    )
    seed = forms.IntegerField(
        min_value=0,
        max_value=2**62,
        required=False,
        help_text="The same seed draws the same study and orders. Empty: a secret one, kept.",
    )
    instructions = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        max_length=LONGEST_INSTRUCTIONS,
        help_text="Plain text, above our own rules. Empty: what the task is, in two sentences.",
    )
    shows_gold_answer = forms.BooleanField(
        label="Raters see the correct answer", required=False, initial=True
    )
    allows_none_good = forms.BooleanField(
        label="Raters may say that none is good", required=False, initial=True
    )
    allows_too_close = forms.BooleanField(
        label="Raters may say that it is too close to call", required=False, initial=True
    )
    lease_minutes = forms.IntegerField(
        label="Minutes in hand",
        min_value=1,
        max_value=LONGEST_LEASE,
        initial=20,
        help_text="How long a triple waits for the rater who has it before others may have it.",
    )

    def __init__(self, *args: Any, sources: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sources"].choices = sources  # type: ignore[attr-defined]


class RatersForm(forms.Form):
    count = forms.IntegerField(label="More raters", min_value=1, max_value=MOST_RATERS, initial=5)
