"""What a researcher says of the people of a study: consent, who comes in, how it ends, pay."""

from typing import Any

from django import forms
from django.conf.global_settings import LANGUAGES

from raters.models import Study, StudyPath
from raters.services.crowd import PLAIN_ID, WAYS_OUT

LONGEST_CONSENT = 20_000
MOST_MINUTES = 24 * 60
MOST_REWARD = 100_000
MOST_RATERS = 100_000
PAY = ("minutes", "reward", "currency", "least_hourly")
ENDING = ("rater_limit", "qualification_percent", "asks_guesses", "debrief", "reveals")


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
        choices=LANGUAGES,  # of all that there are, not only of those that the pages speak
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

    rater_limit = forms.IntegerField(
        label="Places of raters",
        help_text="How many may come by the invitation or the crowd link. Who returns, is screened "
        "out, or stays away without an answer gives the place back. Empty: no limit.",
        required=False,
        min_value=1,
        max_value=MOST_RATERS,
    )
    qualification_percent = forms.IntegerField(
        label="To pass, % of the practice",
        help_text="Raters who pass less of the practice that counts are screened out before "
        "anything is kept for them. 0: nobody is.",
        required=False,
        min_value=0,
        max_value=100,
        initial=0,
    )
    asks_guesses = forms.BooleanField(
        label="Ask at the end who wrote what",
        help_text="Each rater guesses, for the last triples they rated, which kind of writer wrote "
        "which text: the blinding audit. Only where the sources are of more than one kind.",
        required=False,
    )
    debrief = forms.CharField(
        label="Debrief",
        help_text="Markdown, shown at the very end, after the guesses. Empty: none.",
        widget=forms.Textarea(attrs={"rows": 6}),
        required=False,
        max_length=LONGEST_CONSENT,
    )
    reveals = forms.BooleanField(
        label="Reveal once the study is closed",
        help_text="Each rater may then read how often they preferred which source, by its name.",
        required=False,
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
        initial = {name: getattr(path, name) for name in (*PAY, *ENDING)}
        initial |= {f"exit_{way}": path.exits.get(way, "") for way in WAYS_OUT}
        if path.consent:
            initial |= {"consent": path.consent.text, "language": path.consent.language}
        return cls(initial=initial)

    def settings(self) -> dict[str, Any]:
        """What was said, but for the consent text, by the names of StudyPath's columns."""
        said = {name: self.cleaned_data[name] for name in (*PAY, *ENDING)}
        said["qualification_percent"] = said["qualification_percent"] or 0
        said["debrief"] = said["debrief"].replace("\r\n", "\n").strip()
        return {**said, "exits": self.exits()}

    def exits(self) -> dict[str, str]:
        codes = {way.value: self.cleaned_data[f"exit_{way}"] for way in WAYS_OUT}
        return {way: code for way, code in codes.items() if code}
