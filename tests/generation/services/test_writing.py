"""People who write: for what, what is taken of their texts, and what withdrawing does."""

import pytest
from django.db.models import ProtectedError

from generation.models import GenerationBatch, Rationale, Source, Writer, WrittenText
from generation.services.bad_lines import ImportRefused
from generation.services.sources import source_create
from generation.services.writing import (
    WritingRefused,
    invitation_switch,
    writers_add,
    writing_close,
    writing_create,
    writing_progress,
    writing_take,
)
from generation.services.writing_texts import (
    NoAnswer,
    asked_of,
    consent_digest,
    draft_save,
    has_agreed,
    text_hand_in,
    text_leave_out,
    text_now,
    withdrawal_outlook,
    writer_agree,
    writer_join,
    writer_withdraw,
)
from raters.services.studies import study_create
from tests.factories import NOW, make_question_set, make_rationales, make_researcher

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice():
    return make_researcher()


@pytest.fixture
def question_set(alice):
    """Question 3 asks for 4 + 5."""
    return make_question_set(questions=4, user=alice)


@pytest.fixture
def writing(alice, question_set):
    return writing_create(
        owner=alice, source_name="people", question_set=question_set, now=NOW, consent="Agree?"
    )


def begin(writing, count=1):
    made = writers_add(writing=writing, count=count, now=NOW)
    for writer in made:
        agree(writer)
    return made


def agree(writer):
    return writer_agree(writer=writer, digest=consent_digest(writer.writing), now=NOW)


def gold(writer, number):
    return writer.texts.get(number=number).question.gold_answer


def hand_in(writer, number, text=None):
    said = text or f"I count them: the answer is {gold(writer, number)}."
    text_hand_in(writer=writer, number=number, text=said, now=NOW)


# --- asked to write ---
def test_a_new_name_makes_a_source_of_kind_human(writing):
    assert (writing.source.kind, writing.source.model) == (Source.Kind.HUMAN, "")


def test_an_existing_human_source_is_written_on(alice, question_set):
    source = source_create(name="experts", kind="human", now=NOW)
    made = writing_create(owner=alice, source_name="experts", question_set=question_set, now=NOW)
    assert made.source == source


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"questions_per_writer": 5}, "cannot be given 5 questions: 'sums' has 4"),
        ({"questions_per_writer": 0}, "cannot be given 0 questions"),
        ({"source_name": "S1"}, "'S1' is imported, not human"),
        ({"source_name": " "}, "needs a name"),
        ({"source_name": "people"}, "People write as 'people' for 'sums' already"),
        ({"consent": "x" * 20_001}, "at most 20,000 characters"),
    ],
)
def test_what_cannot_be_asked_names_the_value(alice, question_set, writing, changes, sentence):
    make_rationales(question_set, user=alice)
    asked = {"owner": alice, "source_name": "new", "question_set": question_set, "now": NOW}
    with pytest.raises(WritingRefused, match=sentence.replace("'", ".")):
        writing_create(**asked | changes)


def test_writers_have_names_and_links_of_their_own(writing):
    made = writers_add(writing=writing, count=3, now=NOW)
    assert [writer.name for writer in made] == ["Writer 1", "Writer 2", "Writer 3"]
    assert len({writer.code for writer in made}) == 3


def test_an_invitation_lets_people_join_until_it_is_off(writing):
    with pytest.raises(WritingRefused):
        writer_join(writing=writing, now=NOW)
    invitation_switch(writing=writing, on=True)
    assert writer_join(writing=writing, now=NOW).name == "Writer 1"
    invitation_switch(writing=writing, on=False)
    with pytest.raises(WritingRefused):
        writer_join(writing=writing, now=NOW)


# --- consent, and which questions ---
def test_nothing_is_given_before_the_text_as_it_is_now_was_agreed_to(writing):
    (writer,) = writers_add(writing=writing, count=1, now=NOW)
    assert not writer_agree(writer=writer, digest="an older one", now=NOW)
    assert (has_agreed(writer), writer.texts.count()) == (False, 0)
    assert agree(writer)
    assert (has_agreed(writer), writer.texts.count()) == (True, 4)
    writing.consent = "Another text"
    writing.save()
    writer.refresh_from_db()
    assert not has_agreed(writer)
    assert not draft_save(writer=writer, number=1, text="late")


def test_questions_that_fewest_have_come_first(alice, question_set):
    writing = writing_create(
        owner=alice, source_name="p", question_set=question_set, questions_per_writer=2, now=NOW
    )
    one, two = begin(writing, 2)
    keys = [set(each.texts.values_list("question", flat=True)) for each in (one, two)]
    assert [len(own) for own in keys] == [2, 2]
    assert not keys[0] & keys[1]


def test_a_writer_meets_one_question_and_nothing_else_of_it(writing):
    (writer,) = begin(writing)
    asked = asked_of(writer=writer, written=text_now(writer=writer, number=None, now=NOW))
    assert (asked.number, asked.of, asked.answer, asked.text) == (1, 4, "", "")
    writing.shows_answer = True
    writing.save()
    writer.refresh_from_db()
    asked = asked_of(writer=writer, written=text_now(writer=writer, number=1, now=NOW))
    assert asked.answer == gold(writer, 1)


# --- writing ---
def test_a_draft_is_kept_and_comes_again(writing):
    (writer,) = begin(writing)
    assert draft_save(writer=writer, number=1, text="First I\r\ncount")
    assert text_now(writer=writer, number=None, now=NOW).text == "First I\ncount"


def test_a_text_is_judged_as_it_is_handed_in(writing):
    (writer,) = begin(writing)
    hand_in(writer, 1)
    hand_in(writer, 2, "It must be more. The answer is 99.")
    verdicts = list(writer.texts.exclude(verdict="").values_list("verdict", flat=True))
    assert verdicts == ["right", "wrong"]
    assert text_now(writer=writer, number=None, now=NOW).number == 3


@pytest.mark.parametrize(("text", "reason"), [("", "empty"), ("I do not know", "no answer")])
def test_a_text_without_an_answer_comes_back_and_is_kept(writing, text, reason):
    (writer,) = begin(writing)
    with pytest.raises(NoAnswer) as refused:
        hand_in_as_is(writer, text)
    assert refused.value.reason == reason
    kept = writer.texts.get(number=1)
    assert (kept.text, kept.state) == (text, "draft")


def hand_in_as_is(writer, text):
    text_hand_in(writer=writer, number=1, text=text, now=NOW)


def test_who_sees_the_answer_and_ends_in_another_is_told(alice, question_set):
    writing = writing_create(
        owner=alice, source_name="p", question_set=question_set, shows_answer=True, now=NOW
    )
    (writer,) = begin(writing)
    with pytest.raises(NoAnswer) as refused:
        hand_in_as_is(writer, "The answer is 99.")
    assert (refused.value.reason, refused.value.answer) == ("another answer", "99")


def test_what_is_left_out_is_asked_no_more_and_may_be_written_later(writing):
    (writer,) = begin(writing)
    text_leave_out(writer=writer, number=1)
    assert text_now(writer=writer, number=None, now=NOW).number == 2
    hand_in(writer, 1)
    assert writer.texts.get(number=1).state == "written"


def test_a_draft_that_comes_late_undoes_nothing(writing):
    (writer,) = begin(writing)
    hand_in(writer, 1)
    assert not draft_save(writer=writer, number=1, text="half a sent")
    assert "the answer is" in writer.texts.get(number=1).text


# --- taken over ---
def test_texts_become_rationales_of_the_source_by_the_import(writing, alice):
    one, two = begin(writing, 2)
    hand_in(one, 1)
    hand_in(one, 2, "It must be more. The answer is 99.")
    draft_save(writer=two, number=1, text="not handed in")
    imported = writing_take(writing=writing, user=alice, now=NOW)
    counts = imported.sources["people"]
    assert (counts.read, counts.added, counts.right, counts.wrong) == (2, 2, 1, 1)
    assert GenerationBatch.objects.get(source=writing.source).kind == "import"
    made = Rationale.objects.filter(source=writing.source)
    assert {(each.verdict, each.hinted) for each in made} == {("right", False), ("wrong", False)}
    assert {each.rationale.text == each.text for each in one.texts.filter(state="written")} == {
        True
    }
    progress = writing_progress(writing=writing)
    assert (progress.covered, progress.taken, progress.waiting) == (2, 2, 0)
    with pytest.raises(WritingRefused, match="Nothing was handed in"):
        writing_take(writing=writing, user=alice, now=NOW)


def test_a_text_that_was_taken_is_changed_no_more(writing, alice):
    (writer,) = begin(writing)
    hand_in(writer, 1)
    writing_take(writing=writing, user=alice, now=NOW)
    with pytest.raises(WritingRefused):
        hand_in(writer, 1)
    assert text_now(writer=writer, number=1, now=NOW) is None


def test_two_who_write_the_same_are_one_rationale(writing, alice):
    one, two = begin(writing, 2)
    question = one.texts.get(number=1).question
    same = two.texts.get(question=question).number
    text = f"The answer is {question.gold_answer}."
    hand_in(one, 1, text)
    hand_in(two, same, text)
    writing_take(writing=writing, user=alice, now=NOW)
    assert Rationale.objects.filter(source=writing.source).count() == 1
    assert WrittenText.objects.filter(rationale__isnull=False).count() == 2


def test_what_the_import_refuses_is_not_taken(writing, alice):
    (writer,) = begin(writing)
    hand_in(writer, 1)
    Source.objects.filter(pk=writing.source_id).update(model="gpt", prompt="few-shot")
    with pytest.raises(ImportRefused):
        writing_take(writing=writing, user=alice, now=NOW)
    assert writing_progress(writing=writing).waiting == 1


def test_once_closed_nothing_is_written_and_what_there_is_can_be_taken(writing, alice):
    (writer,) = begin(writing)
    hand_in(writer, 1)
    writing_close(writing=writing, now=NOW)
    writer = Writer.objects.get()
    with pytest.raises(WritingRefused):
        hand_in(writer, 2)
    with pytest.raises(WritingRefused):
        writers_add(writing=writing, count=1, now=NOW)
    assert writing_take(writing=writing, user=alice, now=NOW).sources["people"].added == 1


# --- withdrawing ---
def test_who_lets_texts_stand_leaves_them_without_drafts(writing):
    (writer,) = begin(writing)
    hand_in(writer, 1)
    draft_save(writer=writer, number=2, text="half")
    writer_withdraw(writer=writer, deletes=False, now=NOW)
    writer.refresh_from_db()
    assert (writer.texts.count(), writer.deleted) == (1, None)
    assert not draft_save(writer=writer, number=1, text="more")


def test_who_deletes_their_texts_deletes_the_rationales_too(writing, alice):
    (writer,) = begin(writing)
    hand_in(writer, 1)
    hand_in(writer, 2)
    writing_take(writing=writing, user=alice, now=NOW)
    hand_in(writer, 3)
    assert (withdrawal_outlook(writer=writer).deletable, Rationale.objects.count()) == (3, 2)
    writer_withdraw(writer=writer, deletes=False, now=NOW)
    writer_withdraw(writer=writer, deletes=True, now=NOW)  # the first word is not the last
    writer.refresh_from_db()
    assert (Rationale.objects.count(), writer.texts.count(), writer.deleted) == (0, 0, 3)


def test_what_a_study_shows_stays_in_it_without_its_writer(writing, alice, question_set):
    (writer,) = begin(writing)
    for number in range(1, 5):
        hand_in(writer, number)
    writing_take(writing=writing, user=alice, now=NOW)
    study_create(
        owner=alice,
        name="s",
        question_set=question_set,
        sources=[writing.source, *make_rationales(question_set, user=alice)],
        raters_per_triple=1,
        questions=3,
        now=NOW,
    )
    outlook = withdrawal_outlook(writer=writer)
    assert (outlook.texts, outlook.held, outlook.deletable) == (4, 3, 1)
    writer_withdraw(writer=writer, deletes=True, now=NOW)
    writer.refresh_from_db()
    assert (writer.deleted, writer.texts.count()) == (1, 0)
    left = Rationale.objects.filter(source=writing.source)
    assert left.count() == 3
    with pytest.raises(ProtectedError):
        left.first().delete()


def test_who_has_withdrawn_on_another_device_hands_in_nothing_more(writing):
    (writer,) = begin(writing)
    hand_in(writer, 1)
    writer_withdraw(writer=writer, deletes=False, now=NOW)  # by a row of its own
    writer.withdrawn_at = None  # as a request holds it that came before
    with pytest.raises(WritingRefused):
        hand_in(writer, 1)
