"""What a person asks of training: a STaR run, learning from a file that raters' work came to, and a
comparison of what was learned. Knows what can be read; whether it makes sense the services say.
"""

from dataclasses import asdict
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Count

from generation.access import sets_of
from generation.forms import SetField
from generation.models import QuestionSet, Source, TrainingRun
from generation.services.comparisons import EXPORT, comparable_sources
from generation.services.pair_files import KeptFile, pair_files
from generation.services.preferring import RANGES as PREFERENCE_RANGES
from generation.services.preferring import PreferenceSettings
from generation.services.training_settings import DTYPES, RANGES, TrainingSettings

TRAINABLE = Source.objects.exclude(model="").filter(server="")
KINDS = (
    (TrainingRun.Kind.DPO, "By DPO on its pairs (dpo.jsonl)"),
    (TrainingRun.Kind.SFT, "The best rated of each question (sft.jsonl)"),
    (TrainingRun.Kind.ALL, "Every rationale of its pairs, as all are right (dpo.jsonl)"),
)


class TrainingForm(forms.Form):
    """What a training run is asked for: its data, then the fields of TrainingSettings."""

    name = forms.CharField(max_length=80, help_text="Its loops become sources of this name.")
    base = forms.ModelChoiceField(
        TRAINABLE, empty_label="Choose…", help_text="Every loop fine-tunes this one anew."
    )
    question_set = SetField(
        QuestionSet.objects.none(), empty_label="Choose…", label="Questions to learn from"
    )
    held_out = SetField(
        QuestionSet.objects.none(),
        empty_label="Choose…",
        label="Questions held out",
        help_text="Each loop is measured on these, greedily.",
    )
    loops = forms.IntegerField()
    first_steps = forms.IntegerField(label="Steps in loop 1")
    growth = forms.FloatField(label="Times in each further loop")
    patience = forms.IntegerField(label="End after so many loops without gain (0: never)")
    temperature = forms.FloatField(help_text="0 is greedy, as in the paper.")
    max_new_tokens = forms.IntegerField(label="Longest rationale, in tokens")
    rate = forms.FloatField(label="Learning rate")
    warm_up = forms.IntegerField(label="Steps of warm-up")
    rows = forms.IntegerField(label="Rationales a step")
    seed = forms.IntegerField()
    lora_rank = forms.IntegerField(label="Rank of LoRA (0: all weights)")
    dtype = forms.ChoiceField(label="Trained in", choices=[(name, name) for name in DTYPES])
    processes = forms.IntegerField(label="GPUs")
    rationalizes = forms.BooleanField(
        label="Rationalize: ask again with the gold answer shown where it fails", required=False
    )
    keeps_examples = forms.BooleanField(
        label="Keep the worked examples in the prompt of the loops", required=False
    )
    checkpointing = forms.BooleanField(
        label="Gradient checkpointing: less memory, more time", required=False
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sets = sets_of(user).annotate(questions_n=Count("questions"))
        for name in ("question_set", "held_out"):
            self.fields[name].queryset = sets  # type: ignore[attr-defined]
        for name, value in asdict(TrainingSettings()).items():
            self.fields[name].initial = value
            if name in RANGES:
                self.fields[name].widget.attrs["step"] = "any"

    @property
    def numbers(self) -> list[forms.BoundField]:
        return [field for field in self if field.name in RANGES or field.name == "dtype"]

    @property
    def asked(self) -> TrainingSettings:
        names = asdict(TrainingSettings())
        return TrainingSettings(**{name: self.cleaned_data[name] for name in names})


class PairFileForm(forms.Form):
    """A file that was downloaded from a closed study, and what vouches for it."""

    file = forms.FileField(label="File", help_text="dpo.jsonl or sft.jsonl, as it was downloaded.")
    manifest = forms.FileField(label="Its manifest")

    def clean(self) -> dict[str, Any]:
        given: dict[str, UploadedFile] = super().clean() or {}
        for name, file in given.items():
            if (file.size or 0) > settings.UPLOAD_MAX_BYTES:
                most = settings.UPLOAD_MAX_BYTES // 1_000_000
                self.add_error(name, f"This file is larger than {most} MB, the most taken here.")
        return given


class PreferenceForm(forms.Form):
    """Which source learns what from which kept file; then the fields of PreferenceSettings."""

    name = forms.CharField(max_length=80, help_text="Of the run, and of the source it makes.")
    base = forms.ModelChoiceField(TRAINABLE, empty_label="Choose…", label="Source")
    kind = forms.ChoiceField(label="What it learns from", choices=KINDS)
    pairs = forms.ChoiceField(label="File")
    held_out = forms.ChoiceField(
        label="Pairs held out",
        required=False,
        help_text="Another split, to measure on. Without one, a fifth of the questions.",
    )
    epochs = forms.IntegerField(label="Times through the file")
    rate = forms.FloatField(label="Learning rate")
    beta = forms.FloatField(label="Beta, of DPO")
    rows = forms.IntegerField(label="Rows a step")
    seed = forms.IntegerField()
    lora_rank = forms.IntegerField(label="Rank of LoRA (0: all weights)")
    dtype = forms.ChoiceField(label="Trained in", choices=[(name, name) for name in DTYPES])
    processes = forms.IntegerField(label="GPUs")
    checkpointing = forms.BooleanField(
        label="Gradient checkpointing: less memory, more time", required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = pair_files()
        self.fields["pairs"].choices = choices_of(kept)  # type: ignore[attr-defined]
        pairs = [each for each in kept if each.export == EXPORT]
        self.fields["held_out"].choices = choices_of(pairs, "none")  # type: ignore[attr-defined]
        for name, value in asdict(PreferenceSettings(pairs="")).items():
            if name in PREFERENCE_RANGES:
                self.fields[name].initial = value
                self.fields[name].widget.attrs["step"] = "any"

    def numbers(self) -> list[forms.BoundField]:
        return [field for field in self if field.name in PREFERENCE_RANGES or field.name == "dtype"]

    @property
    def asked(self) -> dict[str, Any]:
        """What PreferenceSettings takes, but for the files."""
        known = {*PREFERENCE_RANGES, "dtype", "checkpointing"}
        return {name: self.cleaned_data[name] for name in known}


class ComparisonForm(forms.Form):
    """What was trained from one base, on which questions and pairs."""

    name = forms.CharField(max_length=80)
    sources = forms.ModelMultipleChoiceField(
        Source.objects.none(), widget=forms.CheckboxSelectMultiple, label="Sources"
    )
    held_out = SetField(
        QuestionSet.objects.none(),
        empty_label="Choose…",
        label="Questions held out",
        help_text="Each source writes one greedy rationale for each of these.",
    )
    pairs = forms.ChoiceField(
        label="Pairs held out", help_text="The validation or test split of a study’s dpo.jsonl."
    )
    max_new_tokens = forms.IntegerField(label="Longest rationale, in tokens", initial=256)

    def __init__(self, *args: Any, user: User, base: Source, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        made = [source.pk for source in comparable_sources(base=base)]
        self.fields["sources"].queryset = Source.objects.filter(pk__in=made)  # type: ignore[attr-defined]
        self.fields["sources"].initial = made
        sets = sets_of(user).annotate(questions_n=Count("questions"))
        self.fields["held_out"].queryset = sets  # type: ignore[attr-defined]
        pairs = [each for each in pair_files() if each.export == EXPORT]
        self.fields["pairs"].choices = choices_of(pairs)  # type: ignore[attr-defined]


def choices_of(kept: list[KeptFile], nothing: str = "Choose…") -> list[tuple[str, str]]:
    return [("", nothing), *((each.key, str(each)) for each in kept)]
