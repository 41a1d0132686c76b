"""Studies: who may see and move them, and what a running one tells."""

import re

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils.html import escape

from generation.models import QuestionSet, Source
from raters.models import Assignment, AuditEntry, Flag, Place, Rater, Study
from raters.services.people import rater_join
from tests.factories import (
    NOW,
    claim,
    make_question_set,
    make_raters,
    make_rationales,
    make_study,
    rate,
    rate_all,
    submit,
)

from .people import REFUSED, client_of

pytestmark = pytest.mark.django_db
XSS = "<script>alert(1)</script>"
CONFIRMED = ("study-open", "study-pause", "study-resume", "study-close")
PAGES = ("study", *CONFIRMED)
ACTS = (*CONFIRMED, "study-per-triple", "study-raters", "study-invitation")


@pytest.fixture
def study():
    return make_study(name="balls", questions=4, raters_per_triple=2, seed=1)


# --- who ---
@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("who", ["alice", "root"])
def test_owner_and_admin_see_a_study(study, who, name):
    page = client_of(who, study).get(reverse(name, args=[study.code]))
    assert page.status_code == 200
    assert study.name in page.content.decode()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("who", REFUSED)
def test_anyone_else_learns_nothing(study, who, name):
    page = client_of(who, study).get(reverse(name, args=[study.code]))
    assert page.status_code == REFUSED[who]
    assert study.name not in page.content.decode()


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("who", REFUSED)
def test_anyone_else_moves_nothing(study, who, name):
    client = client_of(who, study)
    before = Rater.objects.count(), Study.objects.values().get(), AuditEntry.objects.count()
    done = client.post(reverse(name, args=[study.code]), {"count": 3, "to": "on", "raters": 5})
    assert done.status_code == REFUSED[who]
    now = Rater.objects.count(), Study.objects.values().get(), AuditEntry.objects.count()
    assert now == before


@pytest.mark.parametrize("name", ["studies", "study-new"])
@pytest.mark.parametrize(
    ("who", "status"),
    [("bob", 200), ("root", 200), ("rae", 302), ("stranger", 302), ("plain", 404)],
)
def test_lists_are_for_researchers(study, who, status, name):
    assert client_of(who, study).get(reverse(name)).status_code == status


def test_a_researcher_lists_their_own_studies_and_an_admin_all(study):
    for who, listed in (("alice", True), ("bob", False), ("root", True)):
        html = client_of(who, study).get(reverse("studies")).content.decode()
        assert (study.name in html) == listed


def test_acts_want_a_token_of_the_page(study):
    client = client_of("alice", study)
    client.handler.enforce_csrf_checks = True
    for name in ACTS:
        assert client.post(reverse(name, args=[study.code]), {"count": 1}).status_code == 403


# --- the list ---
def test_empty_lists_say_what_to_do_next(study):
    bob = client_of("bob", study)
    assert "It starts with a file" in bob.get(reverse("studies")).content.decode()
    make_rationales(make_question_set("commands'"))  # no owner: everybody's
    assert "Make the first study" in bob.get(reverse("studies")).content.decode()


# --- its page ---
def test_a_running_study_tells_nothing_of_its_sources_figures(study):
    """Whatever is picked, the page is the same byte for byte: it reads no pick."""
    other = make_study(name="b study", questions=4, raters_per_triple=2, seed=1, owner=study.owner)
    rate_all(study, make_raters(study, 2), slot=0)
    rate_all(other, make_raters(other, 2), slot=2)
    client = client_of("alice", study)
    pages = []
    for each in (study, other):
        html = client.get(reverse("study", args=[each.code])).content.decode()
        for rater in each.raters.all():
            html = html.replace(rater.code, "CODE")
        pages.append(html.replace(each.code, "CODE").replace(each.name, "NAME"))
    assert strip(pages[0]) == strip(pages[1])


def strip(html: str) -> list[str]:
    return [line for line in html.splitlines() if "csrfmiddlewaretoken" not in line]


def test_links_are_whole_and_work(study):
    rater = make_raters(study, 1)[0]
    html = client_of("alice", study).get(reverse("study", args=[study.code])).content.decode()
    assert f"http://testserver/r/{rater.code}/" in html
    assert "/s/" not in html


def test_the_invitation_is_off_until_it_is_switched_on(study):
    client, act = client_of("alice", study), reverse("study-invitation", args=[study.code])
    html = client.post(act, {"to": "on"}, follow=True).content.decode()
    study.refresh_from_db()
    first = study.invitation_code
    assert f"http://testserver/s/{first}/" in html
    rater_join(study=study, now=NOW)
    client.post(act, {"to": "on"})
    study.refresh_from_db()
    assert study.invitation_code == first
    assert "1 rater came by invitation" in client.get(study_of(study)).content.decode()
    html = client.post(act, {"to": "off"}, follow=True).content.decode()
    assert "/s/" not in html
    assert "1 came by an invitation that is off now" in html
    client.post(act, {"to": "on"})
    study.refresh_from_db()
    assert study.invitation_code not in (None, first)
    notes = list(AuditEntry.objects.values_list("action", flat=True))
    assert notes[-3:] == ["invitation on", "invitation off", "invitation on"]


def test_late_ratings_are_counted_apart(study):
    slow, quick = make_raters(study, 2)
    held = claim(slow)
    Assignment.objects.filter(pk=held.pk).update(state="lapsed", place=None, lease_until=None)
    Place.objects.filter(triple=held.triple).update(state="filled")
    submit(slow, held)
    rate(slow)
    rate(quick)
    html = " ".join(client_of("alice", study).get(study_of(study)).content.decode().split())
    assert html.count("1 counted, 1 late") == 1
    assert "counts towards what its rater was asked to do" in html


def test_a_paused_study_shows_no_pace_and_offers_to_go_on(study):
    Study.objects.update(state="paused")
    html = client_of("alice", study).get(study_of(study)).content.decode()
    assert reverse("study-resume", args=[study.code]) in html
    assert reverse("study-pause", args=[study.code]) not in html
    assert "at this pace" not in html


def test_what_raters_are_asked_stands_on_the_page(study):
    Study.objects.update(protocol="ranking", reasons=[{"key": "q", "name": "assumes it"}])
    html = client_of("alice", study).get(study_of(study)).content.decode()
    assert "Answer: rank them all" in html
    assert "Reasons: assumes it (q)" in html


def test_a_flag_shows_the_question_and_what_was_said_and_no_source(study):
    held = claim(make_raters(study, 1)[0])
    Flag.objects.create(assignment=held, reason="unclear", comment=XSS + "which box?", at=NOW)
    html = client_of("alice", study).get(study_of(study)).content.decode()
    flagged = html[html.index('id="flagged"') : html.index("What raters are asked")]
    assert held.triple.question.text in flagged
    assert "Rater 1: the question cannot be understood" in flagged
    assert escape(XSS + "which box?") in flagged
    assert not re.search(r"\bS[123]\b", flagged)


def study_of(study) -> str:
    return reverse("study", args=[study.code])


def test_raters_are_added_each_with_a_link(study):
    client = client_of("alice", study)
    page = client.post(reverse("study-raters", args=[study.code]), {"count": 3}, follow=True)
    assert study.raters.count() == 3
    assert "3 raters added" in page.content.decode()


@pytest.mark.parametrize("count", ["0", "-1", "501", "many", ""])
def test_a_senseless_number_of_raters_adds_none(study, count):
    page = client_of("alice", study).post(
        reverse("study-raters", args=[study.code]), {"count": count}
    )
    assert page.status_code == 422
    assert not study.raters.exists()


# --- opening and closing ---
def test_opening_says_in_numbers_what_it_does_and_does_it_on_post_only():
    study = make_study(questions=4, raters_per_triple=2, opened=False)
    client = client_of("alice", study)
    html = client.get(reverse("study-open", args=[study.code])).content.decode()
    assert "8 ratings become available: 4 triples, 2 raters each" in html
    study.refresh_from_db()
    assert study.state == "draft"
    client.post(reverse("study-open", args=[study.code]))
    study.refresh_from_db()
    assert study.state == "open"


def test_closing_says_what_is_lost(study):
    rate_all(study, make_raters(study, 1))
    client = client_of("alice", study)
    html = client.get(reverse("study-close", args=[study.code])).content.decode()
    assert "4 of 8 ratings are given; the other 4 will never be." in html
    client.post(reverse("study-close", args=[study.code]))
    study.refresh_from_db()
    assert study.state == "closed"
    assert AuditEntry.objects.filter(action="closed", user=study.owner).exists()


def test_pausing_says_what_stays_and_going_on_takes_it_up(study):
    rater = make_raters(study, 1)[0]
    rate(rater)
    claim(rater)
    client = client_of("alice", study)
    html = " ".join(client.get(reverse("study-pause", args=[study.code])).content.decode().split())
    assert "in raters' hands can still be sent and count" in html
    html = client.post(reverse("study-pause", args=[study.code]), follow=True).content.decode()
    assert "It is paused" in html
    assert "Results stay hidden" not in html
    html = client.get(reverse("study-resume", args=[study.code])).content.decode()
    assert "can be given again, by 1 rater with their links" in " ".join(html.split())
    client.post(reverse("study-resume", args=[study.code]))
    study.refresh_from_db()
    assert study.state == "open"


def test_more_or_fewer_ratings_per_triple_are_said_in_numbers_first(study):
    client, change = client_of("alice", study), reverse("study-per-triple", args=[study.code])
    rate_all(study, make_raters(study, 1))
    html = " ".join(client.get(change, {"raters": 5}).content.decode().split())
    assert "12 ratings more can be given, 20 in all." in html
    html = " ".join(client.get(change, {"raters": 1}).content.decode().split())
    assert "4 ratings that nobody has begun are taken away; no rating that was given is." in html
    assert "nothing would change" in client.get(change, {"raters": 2}).content.decode()
    assert study.places.count() == 8
    client.post(change, {"raters": 1})
    study.refresh_from_db()
    assert (study.raters_per_triple, study.places.count()) == (1, 4)
    assert AuditEntry.objects.filter(action="raters per triple", user=study.owner).exists()


@pytest.mark.parametrize("who", REFUSED)
def test_nobody_else_learns_what_a_change_would_do(study, who):
    change = reverse("study-per-triple", args=[study.code])
    page = client_of(who, study).get(change, {"raters": 5})
    assert page.status_code == REFUSED[who]
    assert study.name not in page.content.decode()


@pytest.mark.parametrize("raters", ["0", "-1", "1001", "many", ""])
def test_a_senseless_number_of_ratings_changes_nothing(study, raters):
    client, change = client_of("alice", study), reverse("study-per-triple", args=[study.code])
    for done in (client.get(change, {"raters": raters}), client.post(change, {"raters": raters})):
        assert done.status_code == 302
    assert "Name a number of ratings" in client.get(study_of(study)).content.decode()
    assert study.places.count() == 8


def test_an_act_that_comes_too_late_is_answered_with_a_sentence(study):
    client = client_of("alice", study)
    refused = client.post(reverse("study-open", args=[study.code]))
    assert refused.status_code == 302
    assert "only a draft can be opened" in str(next(iter(get_messages(refused.wsgi_request))))


# --- what people typed ---
def test_names_are_shown_as_text_never_as_markup(study):
    Study.objects.update(name=XSS + "study")
    QuestionSet.objects.update(name=XSS + "set")
    Source.objects.filter(name="S1").update(name=XSS + "source")
    funnel = study.funnel
    funnel["parsed"][XSS], funnel["right"][XSS] = 1, 1
    Study.objects.update(funnel=funnel)
    rater = make_raters(study, 1)[0]
    Rater.objects.filter(pk=rater.pk).update(name=XSS + "rater")
    client = client_of("alice", study)
    for address in (
        reverse("studies"),
        reverse("study-new"),
        f"{reverse('study-new')}?set={study.question_set.pk}",
        reverse("import"),
        *(reverse(name, args=[study.code]) for name in PAGES),
    ):
        html = client.get(address).content.decode()
        assert XSS not in html
        assert escape(XSS) in html


@pytest.mark.parametrize(
    ("repeated", "said"),
    [
        (0, "by every source; 4 were drawn"),
        (1, "by every source; 1 of them asks what another asks and was left out; 4 were drawn"),
        (2, "by every source; 2 of them ask what another asks and were left out; 4 were drawn"),
        (None, "by every source; 4 were drawn"),
    ],
)
def test_the_funnel_says_how_many_questions_repeat_another(study, repeated, said):
    """None: of a study that was drawn before they were counted."""
    study.funnel |= {"repeated": repeated}
    if repeated is None:
        del study.funnel["repeated"]
    study.save()
    html = client_of("alice", study).get(reverse("study", args=[study.code])).content.decode()
    assert said in " ".join(html.split())


def test_fill_alone_is_what_the_page_asks_for_while_it_is_open(study):
    alone = client_of("alice", study).get(reverse("study", args=[study.code]), {"fill": ""})
    assert alone.content.decode().lstrip().startswith('<section class="fill-block"')
    for name in ("S1", "S2", "S3", "</form>"):
        assert name not in alone.content.decode()
    for who, status in REFUSED.items():
        page = client_of(who, study).get(reverse("study", args=[study.code]), {"fill": ""})
        assert page.status_code == status
