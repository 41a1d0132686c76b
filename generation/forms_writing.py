"""What a researcher says of people who are to write, and what a writer sends."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import Count

from generation.access import sets_of
from generation.models import QuestionSet
from generation.services.writing import LONGEST_WORDS, MOST_WRITERS


def _text(label: str, help_text: str, rows: int) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(
        label=label, help_text=help_text, widget=area, required=False, max_length=LONGEST_WORDS
    )


class _SetField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.questions_n} question{'' if obj.questions_n == 1 else 's'})"


class WritingForm(forms.Form):
    source_name = forms.CharField(
        label="Source",
        max_length=100,
        help_text="What writes, of kind human; a new name makes it. Neither writers nor raters see "
        "the name.",
    )
    question_set = _SetField(QuestionSet.objects.none(), empty_label="Choose…")
    questions_per_writer = forms.IntegerField(
        label="Questions per writer",
        min_value=1,
        required=False,
        help_text="Those that fewest have so far come first. Empty: all of the set.",
    )
    minutes = forms.IntegerField(
        label="Expected minutes", min_value=1, max_value=24 * 60, required=False
    )
    shows_answer = forms.BooleanField(
        label="Writers see the correct answer, and explain it", required=False
    )
    consent = _text(
        "Consent text",
        "Plain text, asked before anything else. A change is asked anew. Empty: nothing is asked.",
        6,
    )
    instructions = _text("Instructions", "Plain text. Empty: what is asked, in two sentences.", 4)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sets = sets_of(user).annotate(questions_n=Count("questions")).filter(questions_n__gt=0)
        self.fields["question_set"].queryset = sets  # type: ignore[attr-defined]


class WritersForm(forms.Form):
    count = forms.IntegerField(label="More writers", min_value=1, max_value=MOST_WRITERS, initial=5)
