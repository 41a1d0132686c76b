"""The rows, for superusers: every list opens and searches, nothing is changed, no link leaks."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from raters.models import Assignment, Rating, Study
from raters.services.study_states import study_close
from tests.factories import NOW, make_admin, make_raters, make_researcher, make_study, rate

pytestmark = pytest.mark.django_db
OURS = [
    model for model in admin.site._registry if model._meta.app_label in ("generation", "raters")
]


@pytest.fixture
def study():
    study = make_study(questions=1, raters_per_triple=1)
    rate(make_raters(study, 1)[0])
    study_close(study=study, user=study.owner, now=NOW)
    return study


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("model", OURS)
def test_an_admin_lists_searches_and_opens_rows_and_changes_none(study, model):
    client = signed_in(make_admin())
    assert client.get(address(model, "changelist"), {"q": "a"}).status_code == 200
    for row in model.objects.all()[:1]:
        assert client.get(address(model, "change", row.pk)).status_code == 200
        assert client.post(address(model, "change", row.pk), {"name": "x"}).status_code == 403
        assert client.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert client.get(address(model, "add")).status_code == 403


@pytest.mark.parametrize("model", [Assignment, Rating])
def test_what_was_rated_is_listed_once_its_study_is_closed(study, model):
    running = make_study(name="running", questions=1, raters_per_triple=1)
    rate(make_raters(running, 1)[0])
    client = signed_in(make_admin())
    listed = client.get(address(model, "changelist")).context["cl"].queryset
    assert (listed.count(), model.objects.count()) == (1, 2)
    assert client.get(address(model, "change", listed.get().pk)).status_code == 200
    hidden = model.objects.exclude(pk=listed.get().pk).get()
    assert client.get(address(model, "change", hidden.pk)).status_code == 302


@pytest.mark.parametrize("model", OURS)
def test_a_researcher_gets_no_rows(study, model):
    client = signed_in(make_researcher("bob"))
    assert client.get(address(model, "changelist")).status_code in (302, 403)
    assert study.name not in client.get(reverse("admin:index"), follow=True).content.decode()


def test_a_raters_link_and_token_are_nowhere(study):
    client = signed_in(make_admin())
    rater = study.raters.get()
    token = str(rater.assignments.get().token)
    for model in OURS:
        pages = [address(model, "changelist")]
        pages += [address(model, "change", row.pk) for row in model.objects.all()[:1]]
        for page in pages:
            html = client.get(page).content.decode()
            assert rater.code not in html
            assert token not in html


def test_lists_do_not_query_once_a_row(study, django_assert_max_num_queries):
    make_study(name="another", questions=12)
    client = signed_in(make_admin())
    for model in OURS:
        with django_assert_max_num_queries(14):
            client.get(address(model, "changelist"))
    assert Study.objects.count() == 2
