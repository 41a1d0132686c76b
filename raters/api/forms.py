"""What a researcher says of a token or a webhook, checked before a service hears of it."""

from django import forms

from raters.models import Event
from raters.services.tokens import LONGEST_NAME, SCOPES

DAYS = (("30", "30 days"), ("90", "90 days"), ("365", "a year"), ("", "for ever"))


def _ticks(label: str, choices: list[tuple[str, str]]) -> forms.MultipleChoiceField:
    ticks = forms.CheckboxSelectMultiple
    return forms.MultipleChoiceField(label=label, choices=choices, widget=ticks)


class TokenForm(forms.Form):
    name = forms.CharField(max_length=LONGEST_NAME, help_text="What you will know it by.")
    days = forms.TypedChoiceField(
        label="It holds for",
        choices=DAYS,
        coerce=int,
        empty_value=None,
        required=False,
        initial="90",
    )
    scopes = _ticks("It may", [(scope, f"{scope}: {says}") for scope, says in SCOPES.items()])


class WebhookForm(forms.Form):
    url = forms.CharField(
        label="Address", max_length=500, help_text="Such as https://example.org/told."
    )
    kinds = _ticks("Tell it when", list(Event.Kind.choices))
