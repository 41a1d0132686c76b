"""What a person hands over on the workshop's pages: a file, a batch, a source, a filter.

Knows what can be read; whether it makes sense is for the services to say, in a sentence.
"""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import Count, QuerySet

from generation.access import sets_of
from generation.models import GenerationBatch, QuestionSet, Rationale, Source
from generation.prompts import STYLES

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
            ("rationales:jsonl", "Rationales, or questions with theirs: one JSON object a line"),
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
            said = "Another researcher has a set of this name; choose one."
            raise forms.ValidationError(said, code="taken")
        return name

    def clean_format(self) -> tuple[str, str]:
        """("questions" or "rationales", the format's own name)."""
        kind, _, name = self.cleaned_data["format"].partition(":")
        return kind, name


class _CountedSelect(forms.Select):
    """Tells the page how many questions each set has, so that it can say what a batch makes."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if value:
            option["attrs"]["data-questions"] = str(value.instance.questions_n)
        return option


class SetField(forms.ModelChoiceField):
    widget = _CountedSelect

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.questions_n} question{'' if obj.questions_n == 1 else 's'})"


class BatchForm(forms.Form):
    """What a batch is to write. Which numbers make sense is the service's to say."""

    source = forms.ModelChoiceField(
        Source.objects.exclude(model=""),
        empty_label="Choose…",
        help_text="Those with a model.",
    )
    question_set = SetField(QuestionSet.objects.none(), empty_label="Choose…")
    samples = forms.IntegerField(label="Samples per question", initial=4)
    temperature = forms.FloatField(initial=0.8, help_text="0 is greedy: one sample says it all.")
    max_new_tokens = forms.IntegerField(label="Longest rationale, in tokens", initial=256)
    seed = forms.IntegerField(initial=0, help_text="The same seed writes the same.")
    rationalize = forms.BooleanField(
        label="Rationalize failures: ask again with the gold answer shown", required=False
    )
    calculator = forms.BooleanField(
        label="Compute what the model writes as <<48/2= (GSM8K’s calculator)", required=False
    )
    priority = forms.TypedChoiceField(
        choices=GenerationBatch.Priority,
        initial=GenerationBatch.Priority.NORMAL,
        coerce=int,
        empty_value=None,
        required=False,
        help_text="Who is first where several batches wait; alike, they share the workers.",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sets = sets_of(user).annotate(questions_n=Count("questions"))
        self.fields["question_set"].queryset = sets  # type: ignore[attr-defined]
        self.fields["temperature"].widget.attrs["step"] = "any"

    def clean_priority(self) -> int:
        return self.cleaned_data["priority"] or GenerationBatch.Priority.NORMAL.value


class SourceForm(forms.Form):
    name = forms.CharField(max_length=100, help_text="Raters never see it.")
    kind = forms.ChoiceField(choices=Source.Kind)
    model = forms.CharField(
        max_length=500,
        required=False,
        help_text="A hub id, such as EleutherAI/gpt-j-6b; an admin may also name a folder with "
        "safetensors. Empty: its rationales are imported.",
    )
    revision = forms.CharField(
        max_length=100, required=False, help_text="The commit of a hub model. Empty: its newest."
    )
    prompt = forms.ChoiceField(
        label="How the model is prompted", choices=Source.Prompt, required=False
    )
    style = forms.ChoiceField(
        label="Format of the prompt",
        choices=[("", "what fits each question"), *((style, style) for style in STYLES)],
        required=False,
    )
    parent = forms.ModelChoiceField(
        Source.objects.all(), required=False, empty_label="none", help_text="What it came from."
    )
    examples = forms.CharField(
        label="Worked examples",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="“Q: …”, then “A: …”, a blank line between two. Empty: ours for the format.",
    )
    server = forms.CharField(
        max_length=500,
        required=False,
        help_text="Such as http://127.0.0.1:8000/v1, without any password. Empty: the model runs "
        "in our own workers.",
    )
    api = forms.ChoiceField(label="Asked for", choices=Source.Api, required=False)
    key_variable = forms.CharField(
        label="Variable with the key",
        max_length=100,
        required=False,
        help_text="Its name, such as OPENAI_API_KEY; never the key. Empty: no key.",
    )
    at_once = forms.IntegerField(
        label="Requests at once", initial=8, required=False, min_value=1, max_value=256
    )

    def clean_at_once(self) -> int:
        return self.cleaned_data["at_once"] or 8

    def clean_examples(self) -> str:
        return self.cleaned_data["examples"].replace("\r\n", "\n").strip("\n")


class RationaleFilter(forms.Form):
    """Narrows what is browsed; nothing in it is required, and nonsense narrows nothing."""

    set = forms.ModelChoiceField(
        QuestionSet.objects.none(), required=False, empty_label="all", label="Question set"
    )
    verdict = forms.ChoiceField(choices=[("", "all"), *Rationale.Verdict.choices], required=False)
    hinted = forms.TypedChoiceField(
        label="Hint",
        choices=[("", "with or without"), ("no", "without"), ("yes", "with")],
        coerce=lambda value: value == "yes",
        empty_value=None,
        required=False,
    )
    steps = forms.TypedChoiceField(
        label="Reasoning",
        choices=[("", "any"), ("wrong", "right answer by wrong steps")],
        coerce=lambda value: value == "wrong",
        empty_value=None,
        required=False,
    )

    def __init__(self, *args: Any, sets: QuerySet[QuestionSet], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["set"].queryset = sets  # type: ignore[attr-defined]


class CompareForm(forms.Form):
    """Two of the sources that wrote for a question."""

    left = forms.ModelChoiceField(Source.objects.none(), label="One source")
    right = forms.ModelChoiceField(Source.objects.none(), label="Another")

    def __init__(self, *args: Any, sources: QuerySet[Source], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.queryset = sources  # type: ignore[attr-defined]
