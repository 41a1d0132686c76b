"""A rater's browser: the room of a study, what its page holds, and what its form sends."""

import re

from django.test import Client
from django.urls import reverse

FRAGMENT = {"X-Fragment": "1"}


def entered(rater) -> Client:
    client = Client()
    client.get(reverse("rater-link", args=[rater.code]))
    return client


def room(study) -> str:
    return reverse("rate", args=[study.code])


def begin(client, study, **headers):
    return client.get(room(study) + "?begin", headers=headers)


def ahead_of(response) -> str:
    """The part of a page that holds the triple claimed ahead; "" where there is none."""
    found = re.search(r'<template id="ahead">.*</template>', response.content.decode(), re.DOTALL)
    return found[0] if found else ""


def fields(response) -> dict[str, str]:
    """What the form of the triple on the screen would send; without an answer."""
    html = response.content.decode().replace(ahead_of(response), "")
    return fields_in(html)


def fields_in(html: str) -> dict[str, str]:
    names = ("token", "key", "revise")
    found = {name: re.search(rf'name="{name}" value="([^"]+)"', html) for name in names}
    return {name: match[1] for name, match in found.items() if match}


def whole(response) -> dict:
    """A whole answer to whatever the triple on the screen asks, by the fields of its form."""
    html = response.content.decode().replace(ahead_of(response), "")
    names = set(re.findall(r'name="([a-z_0-9]+)"', html))
    protocol = re.search(r'data-protocol="([^"]+)"', html)[1]
    form = fields_in(html) | {name: "1" for name in names if re.match("no_errors|score", name)}
    form |= {name: name[-1] for name in names if name.startswith("rank_")}
    form |= {"reason": re.findall(r'name="reason" value="(\d:[a-z])"', html)[:2]}
    form |= {"comment": "so far"} if 'id="comment"' in html else {}
    if protocol == "pick-best":
        return form | {"pick": "2", "answer": "pick" if "pick" in names else "2"}
    if protocol == "best-worst":
        return form | {"best": "2", "worst": "1", "answer": "best-worst"}
    return form | {"answer": "rank"}


def send(client, study, name: str, form: dict, **headers):
    return client.post(reverse(f"rate-{name}", args=[study.code]), form, headers=headers)


def answer(client, study, response, value="2", **headers):
    return send(client, study, "submit", fields(response) | {"answer": value}, **headers)
