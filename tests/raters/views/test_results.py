"""The results page: the fill while a study runs, every figure once it is closed, on record."""

import re

import pytest
from django.urls import reverse
from django.utils.html import escape

from generation.models import Source
from raters.models import AuditEntry, Rater, Rating
from raters.services.study_states import study_close
from tests.factories import NOW, make_raters, make_study, rate_all
from tests.raters.judged import best_worst, make_judged, picking, ranking
from tests.raters.reports import make_report

from .people import REFUSED, client_of

pytestmark = pytest.mark.django_db
SOURCES = ("first source", "second source", "third source")  # no random code spells these
XSS = "<script>alert(1)</script>"


@pytest.fixture
def running():
    study = make_study(questions=6, raters_per_triple=3, sources=SOURCES)
    rate_all(study, make_raters(study, 3))
    return study


@pytest.fixture
def study(running):
    study_close(study=running, user=running.owner, now=NOW)
    return running


def address(study):
    return reverse("study-results", args=[study.code])


def read(study, who="alice", *, draws=False):
    """The page once a worker has computed what it shows."""
    make_report(study, draws=draws)
    return client_of(who, study).get(address(study))


@pytest.mark.parametrize("who", REFUSED)
def test_nobody_else_sees_results(study, who):
    assert client_of(who, study).get(address(study)).status_code == REFUSED[who]
    assert not AuditEntry.objects.filter(action="un-blinded").exists()


@pytest.mark.parametrize("who", ["alice", "root"])
def test_owner_and_admin_see_them_and_leave_an_audit_row(study, who):
    page = read(study, who)
    assert page.status_code == 200
    entry = AuditEntry.objects.get(action="un-blinded")
    assert (entry.user.get_username(), entry.detail) == (who, "results")


def test_a_running_study_shows_its_fill_and_names_no_source(running):
    for source in Source.objects.all():  # a name that no random token on the page can hold
        Source.objects.filter(pk=source.pk).update(name=f"sentinel {source.name}")
    page = client_of("alice", running).get(address(running))
    html = page.content.decode()
    assert "Results are shown once the study is closed" in html
    assert "18<small> of 18</small>" in html
    assert "sentinel" not in html
    assert not AuditEntry.objects.filter(action="un-blinded").exists()


@pytest.mark.parametrize("page", ["study", "study-results"])
def test_while_it_runs_its_pages_say_when_the_interval_will_be_reached_and_name_no_source(page):
    study = make_study(questions=6, raters_per_triple=10, sources=SOURCES)
    rate_all(study, make_raters(study, 10))
    make_report(study)
    html = client_of("alice", study).get(reverse(page, args=[study.code])).content.decode()
    (said,) = re.findall(r'<p class="reach">(.*?)</p>', html, re.S)
    assert "points either way, over all sources together" in said
    assert re.search(r"14 points wide", said)
    assert not [source for source in SOURCES if source in said]


def test_how_sure_it_is_stands_beside_by_other_means(study):
    html = read(study).content.decode()
    for part in (
        "Does the text give its source away?",
        "Found by style alone, in the shown texts",
        "Slot and length taken out",
        "Bootstrap, the check",
        "Differences of share best, in points",
        "p, orders dealt anew",
        "Agreement with others",
        "Right, by the model",
    ):
        assert part in html, part
    for ending in ("svg", "png", "csv"):
        assert f"figures/audit.{ending}" in html


def test_a_sentence_first_a_chart_second_a_table_third(study):
    html = read(study).content.decode()
    places = [html.index(part) for part in ('class="lede"', "<svg xmlns", "<caption>Share best")]
    assert places == sorted(places)


def test_the_chart_needs_nothing_that_the_policy_forbids(study):
    page = read(study, draws=True)
    html = page.content.decode()
    assert "style=" not in html
    assert "onclick" not in html
    assert "unsafe" not in page["Content-Security-Policy"]


def test_every_figure_of_the_contract_is_there(study):
    html = read(study).content.decode()
    for part in (
        "95 % interval, raters like these",
        "Plain, as if independent",
        "effective",
        "too close",
        "none good",
        "Krippendorff&#x27;s alpha",
        "Triples rated twice or more",
        "How often each source stood in each slot",
        "picks expected",
        "re-randomisations",
        "Of 6 questions, 6 were answered right by every source",
    ):
        assert part in html, part


def test_a_closed_study_without_ratings_says_so():
    study = make_study(questions=3, closed=True)
    html = read(study).content.decode()
    assert "No rating counts in this study" in html
    assert set(re.findall(r"figures/([a-z-]+)\.svg", html)) == {"questions", "raters", "ratings"}


def test_one_rater_gets_a_reason_in_place_of_an_interval():
    study = make_study(questions=4, raters_per_triple=1)
    rate_all(study, make_raters(study, 1))
    study_close(study=study, user=study.owner, now=NOW)
    html = read(study).content.decode()
    assert "says nothing about raters like these" in html


def test_simulated_raters_are_said_to_be(study):
    Rater.objects.update(is_simulated=True)
    html = read(study).content.decode()
    assert "3 of the 3 raters are simulated" in html


def test_once_a_person_has_rated_programs_are_counted_nowhere(study):
    person, *programs = Rater.objects.order_by("pk")
    Rater.objects.filter(pk__in=[each.pk for each in programs]).update(is_simulated=True)
    html = " ".join(read(study).content.decode().split())
    theirs = Rating.objects.exclude(assignment__rater=person).count()
    assert f"{theirs} ratings by simulated raters rehearsed this study" in html
    assert f"leaving out {theirs} by simulated raters" in html
    assert "this is a rehearsal" not in html


def test_a_source_name_is_text_in_tables_and_in_the_chart(study):
    Source.objects.filter(name=SOURCES[0]).update(name=XSS)
    html = read(study, draws=True).content.decode()
    assert XSS not in html
    assert html.count(escape(XSS)) >= 4


# -- the other protocols ---------------------------------------------------------------------------

WHOLE = {
    "reasons": [{"key": "x", "name": "skips <i>steps</i>"}],
    "criteria": [{"name": "clear", "points": 5}],
    "asks_step_marks": True,
}


def said(answer):
    """Ratings that say all there is to say, with this answer."""

    def says(rater, question, sources):
        if (rater + question) % 5 == 4:
            answered = {"outcome": "tie"}
        else:
            answered = answer(sources, (rater + question) % 2)
        return {
            **answered,
            "reasons": [[0, "x"]],
            "step_marks": [[], *[[-1]] * (len(sources) - 1)],
            "scores": [[1 + slot] for slot in range(len(sources))],
            "comment": XSS if rater == 0 else "",
        }

    return says


def ranked(sources, turn):
    one, two, three = SOURCES
    return ranking(sources, **{one: 1 + turn, two: 2 - turn, three: 3})


def extremes(sources, turn):
    return best_worst(sources, SOURCES[turn], SOURCES[2])


@pytest.mark.parametrize(
    ("protocol", "answer", "parts"),
    [
        (
            "ranking",
            ranked,
            ["Every pair", "Interval for all pairs at once", "p, Holm", "Odds", "Times ranked",
             "Mean rank", "Strengths", "Kendall&#x27;s W beyond chance", "first places expected",
             "effective raters"],
        ),
        (
            "best-worst",
            extremes,
            ["Best less worst", "Share best", "Share worst", "Every pair", "bests expected",
             "are a whole ranking"],
        ),
    ],
)  # fmt: skip
def test_a_protocol_has_its_sentence_charts_and_tables_in_this_order(protocol, answer, parts):
    study = make_judged(
        said(answer), protocol=protocol, questions=5, raters_per_triple=3, sources=SOURCES, **WHOLE
    )
    page = read(study, draws=True)
    html = page.content.decode()
    assert page.status_code == 200
    places = [html.index(part) for part in ('class="lede"', "<svg xmlns", "<caption>")]
    assert places == sorted(places)
    for part in [*parts, "skips &lt;i&gt;steps", "Free of errors", "clear, 1 to 5", escape(XSS)]:
        assert part in html, part
    for never in (XSS, "style=", "onclick", ">nan", " nan", ">None<", " inf "):
        assert never not in html, never


@pytest.mark.parametrize("protocol", ["ranking", "best-worst"])
@pytest.mark.parametrize("outcome", ["tie", "none"])
@pytest.mark.parametrize("raters", [1, 2])
def test_where_nothing_tells_the_sources_apart_there_are_reasons_and_no_crash(
    protocol, outcome, raters
):
    study = make_judged(
        lambda *_: {"outcome": outcome}, protocol=protocol, questions=1, raters_per_triple=raters
    )
    page = read(study)
    assert page.status_code == 200
    assert not re.search(r"[> ](nan|None<|inf )", page.content.decode())


@pytest.mark.parametrize(
    ("protocol", "answer", "above"),
    [
        ("pick-best", lambda rater, question, shown: picking(shown, SOURCES[rater % 2]), 0),
        ("ranking", lambda rater, question, shown: ranked(shown, rater % 2), 3),
    ],
)
def test_an_interval_of_these_raters_that_is_missing_has_its_reason(protocol, answer, above):
    study = make_judged(
        answer, protocol=protocol, questions=1, raters_per_triple=3, sources=SOURCES
    )
    html = read(study).content.decode()
    (who,) = re.findall(r"<p class=\"muted\">([^<]*): no interval for these raters only", html)
    assert (who.count(","), who.count(" above ")) == (2, above)
    assert "because one question, or one with nearly all ratings, says nothing about" in html


@pytest.mark.parametrize("protocol", ["ranking", "best-worst"])
def test_a_closed_study_of_any_protocol_without_ratings_says_so(protocol):
    study = make_judged(said(ranked), protocol=protocol, questions=2, closed=False, sources=SOURCES)
    study.assignments.all().delete()
    study_close(study=study, user=study.owner, now=NOW)
    html = read(study).content.decode()
    assert "No rating counts in this study" in html
    assert set(re.findall(r"figures/([a-z-]+)\.svg", html)) == {"questions", "raters", "ratings"}


def test_picks_set_no_source_above_another(study):
    html = read(study).content.decode()
    for first in SOURCES:
        assert not [second for second in SOURCES if f"{first} above {second}" in html]
    assert "Every pair" not in html


def test_what_is_asked_of_no_rating_has_no_table(study):
    html = read(study).content.decode()
    for title in ("<h2>Reasons", "<h2>Steps", "<h2>Scores", "<h2>Comments"):
        assert title not in html
