"""What a researcher says of the people of a study: consent, crowd codes, time and pay."""

from typing import Any

from django import forms
from django.conf import settings

from raters.models import Study, StudyPath
from raters.services.crowd import PLAIN_ID, WAYS_OUT

LONGEST_CONSENT = 20_000
MOST_MINUTES = 24 * 60
MOST_REWARD = 100_000


def _money(label: str, help_text: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        help_text=help_text,
        required=False,
        min_value=0,
        max_value=MOST_REWARD,
        decimal_places=2,
    )


class PathForm(forms.Form):
    consent = forms.CharField(
        label="Consent text",
        help_text="Markdown. Asked before anything else; a change is a new version, which every "
        "rater is asked about. Empty: nothing is asked.",
        widget=forms.Textarea(attrs={"rows": 10}),
        required=False,
        max_length=LONGEST_CONSENT,
    )
    language = forms.ChoiceField(
        label="Its language",
        choices=[(code, str(name)) for code, name in settings.LANGUAGES],
        initial="en",
    )
    minutes = forms.IntegerField(
        label="Expected minutes",
        help_text="For one rater's whole share; raters read it before they begin.",
        required=False,
        min_value=1,
        max_value=MOST_MINUTES,
    )
    reward = _money("Reward", "What a rater who finishes is paid.")
    currency = forms.RegexField(
        r"^[A-Z]{3}$",
        label="Currency",
        help_text="Three letters: GBP, EUR, USD.",
        initial="GBP",
        error_messages={"invalid": "A currency is three capital letters, such as GBP."},
    )
    least_hourly = _money(
        "Least per hour", "Who took longer than this pays for is owed the rest, as a top-up."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for way in WAYS_OUT:
            self.fields[f"exit_{way}"] = forms.RegexField(
                rf"^{PLAIN_ID.pattern}$",
                label=way.label.capitalize(),
                required=False,
                max_length=64,
                error_messages={"invalid": "A completion code is letters, digits, - and _ only."},
            )

    @classmethod
    def of(cls, study: Study) -> "PathForm":
        path = StudyPath.objects.select_related("consent").filter(study=study).first()
        if path is None:
            return cls()
        names = ("minutes", "reward", "currency", "least_hourly")
        initial = {name: getattr(path, name) for name in names}
        initial |= {f"exit_{way}": path.exits.get(way, "") for way in WAYS_OUT}
        if path.consent:
            initial |= {"consent": path.consent.text, "language": path.consent.language}
        return cls(initial=initial)

    def exits(self) -> dict[str, str]:
        codes = {way.value: self.cleaned_data[f"exit_{way}"] for way in WAYS_OUT}
        return {way: code for way, code in codes.items() if code}
