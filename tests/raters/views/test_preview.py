"""The preview: the room as raters see it, for the study's owner; it writes and tells nothing."""

import re

import pytest
from django.apps import apps
from django.urls import reverse

from raters.models import Triple, TripleRationale
from tests.factories import make_study
from tests.flows.sentinels import PROTOCOLS, leaks, make_world
from tests.raters.views.people import REFUSED, client_of
from tests.raters.views.room import whole

pytestmark = pytest.mark.django_db


def rows() -> dict[str, list]:
    return {
        model.__name__: list(model.objects.order_by("pk").values()) for model in apps.get_models()
    }


def page_of(study) -> str:
    return reverse("study-preview", args=[study.code])


@pytest.mark.parametrize(("who", "status"), [*REFUSED.items(), ("alice", 200), ("root", 200)])
def test_who_may_look(who, status):
    study = make_study(opened=False)
    assert client_of(who, study).get(page_of(study)).status_code == status


@pytest.mark.parametrize("settings", PROTOCOLS, ids=["picks", "picks+", "ranking+", "best-worst+"])
def test_looking_and_sending_write_nothing_at_all(settings):
    study = make_study(**settings)
    client = client_of("alice", study)
    before = rows()
    page = client.get(page_of(study))
    assert "nothing of it is stored" in page.content.decode()
    sent = client.post(page_of(study), whole(page))
    assert (sent.status_code, sent.url) == (303, page_of(study) + "?sent")
    assert "What you sent went nowhere" in client.get(sent.url).content.decode()
    assert rows() == before


def test_it_shows_the_texts_of_one_triple_and_every_form_goes_to_itself():
    study = make_study()
    html = client_of("alice", study).get(page_of(study)).content.decode()
    texts = TripleRationale.objects.filter(triple__study=study).values_list("triple", "shown_text")
    shown = {triple for triple, text in texts if all(line in html for line in text.splitlines())}
    assert len(shown) == 1
    targets = set(re.findall(r' (?:form)?action="([^"]+)"', html))
    assert targets == {page_of(study)}


def test_nothing_in_it_says_who_wrote_what():
    study = make_world()["open"]
    for _ in range(6):
        page = client_of("alice", study).get(page_of(study))
        assert leaks(page) == []


def test_another_look_may_show_another_order():
    study = make_study(questions=1)
    client = client_of("alice", study)
    first = {re.findall(r'<li dir="auto">([^<]+)', client.get(page_of(study)).content.decode())[0]
             for _ in range(40)}  # fmt: skip
    assert len(first) > 1


def test_a_void_triple_is_never_drawn_and_sends_nobody_away():
    study = make_study(questions=2)
    Triple.objects.filter(study=study, number=0).update(kind=Triple.Kind.VOID)
    client = client_of("alice", study)
    left = study.triples.get(number=1).question.text
    pages = [client.get(page_of(study)) for _ in range(12)]
    assert {page.status_code for page in pages} == {200}
    assert all(left in page.content.decode() for page in pages)
