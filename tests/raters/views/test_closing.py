"""After the last triple: guesses for the blinding audit, a debrief, and the reveal once closed."""

import re
from collections import Counter
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from generation.models import Source
from raters.judgement import Judgement
from raters.models import Assignment, Guess, Rater, StudyPath
from raters.services.assigning import assignment_skip
from raters.services.bundles import bundles_lapse
from raters.services.guessing import guesses_asked, guesses_save, kinds_of
from raters.services.revealing import reveal_of
from raters.services.study_states import study_close
from raters.services.withdrawing import rater_leave, rater_withdraw
from tests.factories import NOW, claim, make_rater, make_study, rate, rate_all, submit, take
from tests.raters.views.people import client_of
from tests.raters.views.room import begin, entered, room

pytestmark = pytest.mark.django_db

KINDS = {"S1": Source.Kind.FEW_SHOT, "S2": Source.Kind.STAR, "S3": Source.Kind.HUMAN}


def ending(*, kinds=KINDS, asks_guesses=True, debrief="", reveals=False, **settings):
    study = make_study(**{"questions": 4, **settings})
    for name, kind in kinds.items():
        Source.objects.filter(name=name).update(kind=kind)
    StudyPath.objects.create(
        study=study, asks_guesses=asks_guesses, debrief=debrief, reveals=reveals
    )
    return study


def finished(study, *, slot: int = 0) -> Rater:
    rater = make_rater(study)
    rate_all(study, [rater], slot=slot)
    rater.refresh_from_db()
    return rater


def page_of(study) -> str:
    return reverse("rate-closing", args=[study.code])


def links_of(response) -> list[str]:
    return re.findall(r'name="triple" value="([^"]+)"', response.content.decode())


# --- who, and when ---
@pytest.mark.parametrize("who", ["alice", "bob", "stranger"])
@pytest.mark.parametrize("name", ["rate-closing", "rate-reveal"])
def test_only_a_rater_of_the_study_comes_in(who, name):
    study = ending()
    client = client_of(who, study)
    assert client.get(reverse(name, args=[study.code])).status_code == 403
    assert client.post(reverse(name, args=[study.code])).status_code in (403, 405)


def test_it_opens_when_nothing_is_left_to_rate_and_not_before():
    study = ending()
    rater = make_rater(study)
    client = entered(rater)
    rate(rater)
    for _ in range(2):
        assert client.get(page_of(study)).url == room(study) + "?begin"
        take(rater)
    rate_all(study, [rater])
    assert page_of(study) in begin(client, study).content.decode()
    assert client.get(page_of(study)).status_code == 200


def test_a_draft_shows_no_ending_and_gives_no_code_whatever_link_is_open_already():
    study = make_study(opened=False)
    exits = {"nothing-left": "ZqLEFT", "returned": "ZqBACK"}
    StudyPath.objects.create(study=study, debrief="Zqdebrief", exits=exits)
    rater = make_rater(study)
    Rater.objects.filter(pk=rater.pk).update(crowd_digest="x" * 64)
    client = entered(rater)
    assert client.get(page_of(study)).url == room(study) + "?begin"
    client.post(reverse("rate-return", args=[study.code]))
    response = client.get(page_of(study), follow=True)
    assert response.status_code == 403
    said = response.content.decode()
    assert not [word for word in ("ZqLEFT", "ZqBACK", "Zqdebrief") if word in said]
    assert page_of(study) not in response.content.decode()


def with_nothing_left_just_now(study) -> tuple[Rater, Rater]:
    """Somebody has rated all that another does not hold."""
    rater, other = make_rater(study), make_rater(study)
    now = timezone.now()
    rate(rater, now=now)
    assert take(other, now=now)
    while take(rater, now=now):
        rate(rater, now=now)
    return rater, other


def test_nothing_left_just_now_is_no_end_and_shows_neither_kinds_nor_debrief():
    study = ending(questions=5, raters_per_triple=1, debrief="Zqdebrief")
    rater, other = with_nothing_left_just_now(study)
    client = entered(rater)
    assert client.get(page_of(study)).url == room(study) + "?begin"
    assert guesses_asked(rater=rater) == []
    rater_leave(rater=other, way_out="returned", now=timezone.now())
    assert b'name="token"' in begin(client, study).content
    client.post(page_of(study), {"end": ""})
    assert client.get(page_of(study)).url == room(study) + "?begin"


def test_who_says_that_this_is_the_end_reads_it_and_is_handed_nothing_that_comes_back():
    study = ending(questions=5, raters_per_triple=1, debrief="Zqdebrief")
    rater, other = with_nothing_left_just_now(study)
    client = entered(rater)
    assert (
        '<button class="button" form="ending" name="end">' in begin(client, study).content.decode()
    )
    assert client.post(page_of(study), {"end": ""}).url == page_of(study)
    assert b"<select" in client.get(page_of(study)).content
    rater_leave(rater=other, way_out="returned", now=timezone.now())
    assert study.places.filter(state="open").exists()
    assert take(rater, now=timezone.now()) == []
    assert "You have left" in begin(client, study).content.decode()
    assert page_of(study) in begin(client, study).content.decode()
    assert Rater.objects.get(pk=rater.pk).way_out == Rater.WayOut.NOTHING_LEFT


def test_who_skipped_something_that_waits_cannot_end_yet():
    study = ending(questions=2)
    rater = make_rater(study)
    rate(rater)
    client = entered(rater)
    held = claim(rater)
    assignment_skip(rater=rater, token=str(held.token), now=NOW)
    client.post(page_of(study), {"end": ""})
    assert client.get(page_of(study)).url == room(study) + "?begin"


def test_a_set_that_went_to_another_is_no_end():
    study = ending(questions=4, triples_per_rater=2, counts_partial=True, debrief="Zqdebrief")
    rater = make_rater(study)
    rate(rater)
    bundles_lapse(study=study, now=NOW + timedelta(days=30))
    client = entered(rater)
    client.post(page_of(study), {"end": ""})
    assert client.get(page_of(study)).url == room(study) + "?begin"


def test_a_study_without_an_ending_names_none():
    study = make_study(questions=1)
    client = entered(finished(study))
    assert "You can close this page." in begin(client, study).content.decode()
    assert page_of(study) not in begin(client, study).content.decode()


# --- guesses ---
def test_the_last_three_triples_are_asked_about_with_every_kind_and_no_name():
    study = ending()
    rater = finished(study)
    response = entered(rater).get(page_of(study))
    html = response.content.decode()
    assert len(links_of(response)) == 3
    assert html.count("<select") == 9
    offered = set(re.findall(r'<option value="([^"]+)"', html))
    assert offered == {"few-shot", "star", "human"}
    last = list(rater.assignments.order_by("-pk")[:3])
    assert guesses_asked(rater=rater) == last
    assert not {"S1", "S2", "S3"} & set(re.findall(r"\bS[123]\b", html))


def test_guesses_are_kept_slot_after_slot_and_only_once():
    study = ending()
    rater = finished(study)
    client = entered(rater)
    first, *others = links_of(client.get(page_of(study)))
    form = {"triple": [first, *others], f"guess {first}": ["human", "", "star"]}
    for _ in range(2):
        assert client.post(page_of(study), form).url == page_of(study)
        assert Guess.objects.count() == 9
        form = {"triple": [first], f"guess {first}": ["star", "star", "star"]}
    about = guesses_of(rater.assignments.order_by("-pk")[0])
    assert about == [(0, "human"), (1, ""), (2, "star")]
    assert b"<select" not in client.get(page_of(study)).content


def guesses_of(assignment) -> list[tuple[int, str]]:
    return list(assignment.guesses.order_by("slot").values_list("slot", "kind"))


@pytest.mark.parametrize(
    "form",
    [{"rather_not": ""}, {}, {"triple": ["forged"], "guess forged": ["human"] * 3}],
    ids=["rather not", "empty", "forged"],
)
def test_who_would_rather_not_has_said_do_not_know(form):
    study = ending(debrief="# Why\n\nBecause.")
    client = entered(finished(study))
    assert b"Because." not in client.get(page_of(study)).content
    client.post(page_of(study), form)
    assert set(Guess.objects.values_list("kind", flat=True)) == {""}
    assert b"<h2>Why</h2>" in client.get(page_of(study)).content


def test_a_kind_that_no_source_has_is_do_not_know():
    study = ending()
    rater = finished(study)
    token = str(guesses_asked(rater=rater)[0].token)
    guesses_save(rater=rater, said={token: ["program", "human", "Zq"]}, now=NOW)
    assert guesses_of(Assignment.objects.get(token=token)) == [(0, ""), (1, "human"), (2, "")]


def test_nobody_guesses_where_it_is_not_asked_or_there_is_nothing_to_guess():
    one_kind = dict.fromkeys(KINDS, Source.Kind.STAR)
    for number, study in enumerate(
        (ending(asks_guesses=False, name="a", sources=("A", "B"), kinds={"A": "star"}),
         ending(name="b", kinds=one_kind))
    ):  # fmt: skip
        rater = finished(study)
        assert guesses_asked(rater=rater) == [], number
        assert not guesses_save(rater=rater, said={}, now=NOW)


def test_kinds_stand_in_one_order_whatever_the_sources_order():
    assert kinds_of(study=ending()) == ("few-shot", "star", "human")


def test_no_guess_is_taken_once_the_study_has_closed_or_its_rater_has_withdrawn():
    study = ending()
    gone, late = finished(study), finished(study)
    rater_withdraw(rater=gone, deletes=False, now=NOW)
    assert guesses_asked(rater=gone) == []
    assert guesses_asked(rater=late)
    study_close(study=study, user=study.owner, now=NOW)
    late.study.refresh_from_db()
    assert not guesses_save(rater=late, said={}, now=NOW)
    assert entered(late).get(page_of(study)).status_code == 200


def test_withdrawing_with_the_answers_deletes_the_guesses_too():
    study = ending()
    rater = finished(study)
    guesses_save(rater=rater, said={}, now=NOW)
    rater_withdraw(rater=rater, deletes=True, now=NOW)
    assert not Guess.objects.exists()


def test_who_has_left_may_guess_about_what_they_rated():
    study = ending()
    rater = make_rater(study)
    rate(rater)
    rater_leave(rater=rater, way_out="returned", now=NOW)
    assert len(guesses_asked(rater=rater)) == 1


# --- the reveal ---
def test_the_reveal_waits_for_the_end_and_then_counts_this_raters_own_bests():
    study = ending(asks_guesses=False, reveals=True)
    rater, other = finished(study, slot=1), finished(study)
    client, page = entered(rater), reverse("rate-reveal", args=[study.code])
    assert "It is not closed yet" in client.get(page_of(study)).content.decode()
    early = client.get(page)
    assert early.status_code == 403
    assert "not closed yet" in early.content.decode()
    assert reveal_of(rater=rater) is None
    study_close(study=study, user=study.owner, now=NOW)
    html = client.get(page).content.decode()
    for who, slot in ((rater, 1), (other, 0)):
        who.study.refresh_from_db()
        wanted = Counter(
            each.triple.members.get(position=int(each.order[slot])).source.name
            for each in who.assignments.all()
        )
        found = dict(reveal_of(rater=who).preferred)
        assert found == {name: wanted[name] for name in ("S1", "S2", "S3")}
        assert sum(found.values()) == 4
        if who == rater:
            for name, count in found.items():
                assert f'<bdi>{name}</bdi></th><td class="number">{count}</td>' in html


def test_a_study_that_promised_none_reveals_nothing():
    study = ending(asks_guesses=False, debrief="Bye")
    rater = finished(study)
    study_close(study=study, user=study.owner, now=NOW)
    page = entered(rater).get(reverse("rate-reveal", args=[study.code]))
    assert page.status_code == 404
    assert "<bdi>S1" not in page.content.decode()


def test_answers_that_call_none_the_best_are_counted_apart():
    study = ending(asks_guesses=False, reveals=True, protocol="ranking", allows_ties=True)
    rater = make_rater(study)
    for said in (
        Judgement("none"),
        Judgement("ranking", ranks="112"),
        Judgement("ranking", ranks="213"),
    ):
        submit(rater, claim(rater), judgement=said)
        rater.refresh_from_db()
    study_close(study=study, user=study.owner, now=NOW)
    rater.study.refresh_from_db()
    found = reveal_of(rater=rater)
    assert (found.others, sum(count for _, count in found.preferred)) == (2, 1)
