"""A report on its way: asked for, lost, sent again, computed and drawn by a real worker."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from raters.models import StudyReport
from raters.services.reports import report_ask
from raters.services.study_states import study_close
from tests.factories import NOW, make_raters, make_study, rate_all
from tests.raters.views.people import client_of
from tests.worker import eventually, triptych

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_real_worker_computes_and_draws_what_a_page_asked_for():
    study = make_study(questions=3, raters_per_triple=2)
    rate_all(study, make_raters(study, 2))
    study_close(study=study, user=study.owner, now=NOW)
    client, address = client_of("alice", study), reverse("study-results", args=[study.code])
    report_ask(study=study, now=timezone.now() - timedelta(hours=1))
    assert StudyReport.objects.get().sent_at  # and nobody got it
    with triptych() as started:
        assert "being computed" in client.get(address).content.decode()  # sends it again
        eventually(
            lambda: StudyReport.objects.get().state == StudyReport.State.MADE, 60, started.said
        )
    page = client.get(address)
    assert "<svg xmlns" in page.content.decode()
    png = client.get(reverse("study-figure", args=[study.code, "share-best.png"])).content
    assert png.startswith(b"\x89PNG")
