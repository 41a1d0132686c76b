"""The pages of people who write: who may see which, what a writer learns, and what a form does."""

import pytest
from django.test import Client
from django.urls import reverse

from generation.models import Rationale, Writer, Writing, WrittenText
from generation.services.writing import writers_add, writing_create
from generation.services.writing_texts import consent_digest
from tests.factories import NOW, make_study
from tests.raters.views.people import REFUSED, client_of

pytestmark = pytest.mark.django_db
ACTS = ["writing-writers", "writing-invite", "writing-take", "writing-close"]


@pytest.fixture
def study():
    """Alice's, so that she has a question set whose questions have rationales by others."""
    return make_study(questions=4)


@pytest.fixture
def writing(study):
    return writing_create(
        owner=study.owner,
        source_name="people of ours",
        question_set=study.question_set,
        consent="Do you agree to <b>this</b>?",
        now=NOW,
    )


@pytest.fixture
def writer(writing):
    return writers_add(writing=writing, count=1, now=NOW)[0]


def agreed(writer):
    client = Client()
    said = {"answer": "agree", "digest": consent_digest(writer.writing)}
    client.post(reverse("write-agree", args=[writer.code]), said)
    return client


def html(page):
    return page.content.decode()


# --- the researcher's ---
@pytest.mark.parametrize("who", ["alice", "root"])
def test_the_owner_and_an_admin_see_and_move_a_writing(study, writing, who):
    client = client_of(who, study)
    assert client.get(reverse("writing", args=[writing.code])).status_code == 200
    client.post(reverse("writing-writers", args=[writing.code]), {"count": 2})
    client.post(reverse("writing-invite", args=[writing.code]), {"to": "on"})
    writing.refresh_from_db()
    assert (writing.writers.count(), writing.invitation_code is not None) == (2, True)
    assert client.get(reverse("writing-close", args=[writing.code])).status_code == 200
    client.post(reverse("writing-close", args=[writing.code]))
    writing.refresh_from_db()
    assert (writing.closed_at is None, writing.invitation_code) == (False, None)


@pytest.mark.parametrize("who", REFUSED)
def test_anyone_else_neither_sees_nor_moves_it(study, writing, who):
    client = client_of(who, study)
    assert client.get(reverse("writing", args=[writing.code])).status_code == REFUSED[who]
    for act in ACTS:
        page = client.post(reverse(act, args=[writing.code]), {"count": 2, "to": "on"})
        assert page.status_code == REFUSED[who]
    now = Writing.objects.get()
    assert (now.closed_at, now.invitation_code, now.writers.count()) == (None, None, 0)


@pytest.mark.parametrize(
    ("who", "status"), [("bob", 200), ("rae", 302), ("stranger", 302), ("plain", 404)]
)
def test_the_list_is_for_researchers_and_names_only_their_own(study, writing, who, status):
    page = client_of(who, study).get(reverse("writings"))
    assert page.status_code == status
    assert "people of ours" not in html(page)


def test_a_writer_cannot_open_the_researchers_pages(study, writing, writer):
    client = agreed(writer)
    assert client.get(reverse("writing", args=[writing.code])).status_code == 302
    assert client.get(reverse("writings")).status_code == 302


def test_a_form_that_makes_no_sense_makes_nothing(study):
    alice = client_of("alice", study)
    asked = {"source_name": "S1", "question_set": study.question_set.pk}
    page = alice.post(reverse("writings"), asked)
    assert page.status_code == 422
    assert "is imported, not human" in html(page)
    asked |= {"source_name": "people", "questions_per_writer": 9}
    page = html(alice.post(reverse("writings"), asked))
    assert "A writer cannot be given 9 questions" in page
    assert not Writing.objects.exists()
    made = alice.post(reverse("writings"), asked | {"questions_per_writer": 2})
    assert made["Location"] == reverse("writing", args=[Writing.objects.get().code])


def test_handed_in_texts_are_taken_over_by_a_button(study, writing, writer):
    client = agreed(writer)
    hand_in(client, writer)
    alice = client_of("alice", study)
    page = alice.post(reverse("writing-take", args=[writing.code]), follow=True)
    assert "1 text taken over: 1 right, 0 wrong." in html(page)
    assert Rationale.objects.filter(source=writing.source).count() == 1


# --- the writer's ---
def hand_in(client, writer, number=1, **more):
    answer = writer.texts.get(number=number).question.gold_answer
    sent = {"number": number, "text": f"I count. The answer is {answer}."} | more
    return client.post(reverse("write", args=[writer.code]), sent)


def test_a_stranger_without_a_link_reaches_no_writer(writing):
    client = Client()
    for name in ("write", "write-withdraw", "write-join"):
        assert client.get(reverse(name, args=["unknown"])).status_code == 404
    assert client.post(reverse("write-agree", args=["unknown"])).status_code == 404
    assert client.get(reverse("write", args=[writing.code])).status_code == 404


def test_consent_comes_before_any_question(writing, writer, study):
    client = Client()
    own = reverse("write", args=[writer.code])
    page = html(client.get(own))
    assert "Do you agree to &lt;b&gt;this&lt;/b&gt;?" in page
    assert "balls" not in page
    client.post(own, {"number": 1, "text": "The answer is 3."})
    refused = client.post(reverse("write-agree", args=[writer.code]), {"answer": "refuse"})
    assert "nothing is asked of you" in html(refused)
    assert not WrittenText.objects.exists()
    client = agreed(writer)
    assert "balls" in html(client.get(own))


def test_a_writer_sees_one_question_and_no_rationale_of_anybody(writing, writer):
    client = agreed(writer)
    page = html(client.get(reverse("write", args=[writer.code])))
    first = writer.texts.get(number=1).question
    assert first.text in page
    assert not any(each.question.text in page for each in writer.texts.exclude(number=1))
    for rationale in Rationale.objects.all():
        assert rationale.text.splitlines()[0] not in page
    assert "people of ours" not in page
    assert "The correct answer" not in page


def test_the_answer_is_shown_where_the_author_says_so(writing, writer):
    client = agreed(writer)
    Writing.objects.update(shows_answer=True)
    assert "The correct answer:" in html(client.get(reverse("write", args=[writer.code])))


def test_drafts_are_saved_by_the_script_and_by_the_button(writing, writer):
    client, own = agreed(writer), reverse("write", args=[writer.code])
    sent = {"number": 1, "text": "First", "draft": "1"}
    assert client.post(own, sent, HTTP_X_FRAGMENT="1").status_code == 204
    assert client.post(own, sent | {"text": "First I"}).status_code == 303
    assert ">First I</textarea>" in html(client.get(own))
    gone = sent | {"number": 99}
    assert client.post(own, gone, HTTP_X_FRAGMENT="1").status_code == 409
    assert client.post(own, {"number": "x"}).status_code == 303


def test_a_text_without_an_answer_comes_back_with_what_to_do(writing, writer):
    client = agreed(writer)
    page = hand_in(client, writer, text="I do not know")
    assert page.status_code == 422
    assert "states no answer yet" in html(page)
    assert ">I do not know</textarea>" in html(page)


def test_every_question_done_the_list_offers_to_change_them(writing, writer):
    client, own = agreed(writer), reverse("write", args=[writer.code])
    for number in (1, 2, 3):
        hand_in(client, writer, number)
    client.post(own, {"number": 4, "leave": ""})
    page = html(client.get(own))
    assert "That was the last" in page
    assert page.count(">Change<") == 4
    assert "Hand in the changed text" in html(client.get(f"{own}?text=1"))


def test_an_invitation_makes_a_writer_only_by_agreeing(writing):
    Writing.objects.update(invitation_code="come-in")
    there = reverse("write-join", args=["come-in"])
    client = Client()
    assert client.get(there).status_code == 200
    client.post(there, {"answer": "refuse"})
    client.post(there, {"answer": "agree", "digest": "an older text"})
    assert not Writer.objects.exists()
    digest = consent_digest(Writing.objects.get())
    page = client.post(there, {"answer": "agree", "digest": digest})
    assert page["Location"] == reverse("write", args=[Writer.objects.get().code])


def test_withdrawing_says_first_what_it_does(writing, writer):
    client = agreed(writer)
    hand_in(client, writer)
    there = reverse("write-withdraw", args=[writer.code])
    assert "You wrote 1 text." in html(client.get(there))
    assert client.post(there, {"texts": "7"}).status_code == 422
    assert client.post(there, {"texts": "delete"}).status_code == 303
    assert "Nothing here leads" in html(client.get(there))
    assert not WrittenText.objects.exists()
    assert client.get(reverse("write", args=[writer.code])).status_code == 303


def test_a_closed_writing_says_so_and_lets_withdraw(writing, writer):
    client = agreed(writer)
    Writing.objects.update(closed_at=NOW)
    page = client.get(reverse("write", args=[writer.code]))
    assert page.status_code == 410
    assert client.get(reverse("write-withdraw", args=[writer.code])).status_code == 200
