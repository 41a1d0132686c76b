"""What a researcher hands over on the import page."""

from typing import Any

from django import forms
from django.contrib.auth.models import User

from generation.access import sets_of
from generation.models import QuestionSet

FORMATS = (
    ("", "Choose…"),
    (
        "Questions",
        (
            ("questions:gsm8k", "GSM8K questions"),
            ("questions:commonsenseqa", "CommonsenseQA questions"),
            ("questions:jsonl", "Questions, one JSON object a line"),
        ),
    ),
    (
        "Rationales",
        (
            ("rationales:jsonl", "Rationales, one JSON object a line"),
            ("rationales:gsm8k-solutions", "GSM8K example model solutions"),
            ("rationales:cos-e", "CoS-E explanations"),
        ),
    ),
)


class ImportForm(forms.Form):
    # The name of the set comes first: what is sent before the file is read before it.
    set_name = forms.CharField(
        label="Question set",
        max_length=200,
        help_text="A new name makes a new set; a known one is added to.",
        widget=forms.TextInput(attrs={"list": "sets", "autocomplete": "off"}),
    )
    format = forms.ChoiceField(label="What is in the file", choices=FORMATS)
    file = forms.FileField(label="File", help_text="UTF-8 text, one JSON object a line.")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_set_name(self) -> str:
        name = self.cleaned_data["set_name"]
        taken = QuestionSet.objects.filter(name=name).exclude(pk__in=sets_of(self.user))
        if taken.exists():
            raise forms.ValidationError("Another researcher has a set of this name; choose one.")
        return name

    def clean_format(self) -> tuple[str, str]:
        """("questions" or "rationales", the format's own name)."""
        kind, _, name = self.cleaned_data["format"].partition(":")
        return kind, name
