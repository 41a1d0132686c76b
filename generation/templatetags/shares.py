"""Estimates as words: a value and its interval, in per cent, points or a plain number."""

from django.template import Library

from generation.uncertainty import Estimate

register = Library()


def _words(found: Estimate | None, times: float, sign: str, unit: str) -> str:
    if found is None:
        return ""
    said = f"{times * found.value:{sign}.1f}{unit}"
    if found.low is None or found.high is None:
        return said
    return f"{said} ({times * found.low:{sign}.1f} to {times * found.high:{sign}.1f})"


@register.filter
def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


@register.filter
def percent_with(found: Estimate | None) -> str:
    return _words(found, 100, "", " %")


@register.filter
def points_with(found: Estimate | None) -> str:
    return _words(found, 100, "+", "")


@register.filter
def number_with(found: Estimate | None) -> str:
    return _words(found, 1, "", "")


@register.filter
def points(found: Estimate) -> str:
    """As in "3.0 points more"."""
    if found.value == 0:
        return "as much"
    return f"{abs(100 * found.value):.1f} points {'more' if found.value > 0 else 'less'}"


@register.filter
def span(found: Estimate) -> str:
    """As in " (-1.2 to +7.2)"."""
    if found.low is None or found.high is None:
        return ""
    return f" ({100 * found.low:+.1f} to {100 * found.high:+.1f})"
