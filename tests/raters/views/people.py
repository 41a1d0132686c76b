"""Who comes to a researcher's pages: Alice owns the study, Bob has his own, Root is an admin.

Rae rates Alice's study and is nobody here; a stranger has nothing at all.
"""

from django.test import Client
from django.urls import reverse

from raters.models import Study
from tests.factories import make_admin, make_rater, make_researcher

REFUSED = {"bob": 404, "rae": 302, "stranger": 302, "plain": 404}


def client_of(who: str, study: Study) -> Client:
    """A browser in which this person is signed in, or has opened their rater's link."""
    client = Client()
    if who == "alice":
        client.force_login(study.owner)
    elif who == "bob":
        client.force_login(make_researcher("bob"))
    elif who == "root":
        client.force_login(make_admin())
    elif who == "plain":
        plain = make_researcher("plain")
        type(plain).objects.filter(pk=plain.pk).update(is_staff=False)
        client.force_login(plain)
    elif who == "rae":
        client.get(reverse("rater-link", args=[(study.raters.first() or make_rater(study)).code]))
    return client
