"""A text is taken while its writer withdraws or changes it: one comes first, the other knows."""

import threading

import pytest
from django.db import connection

from generation.models import Rationale, WrittenText
from generation.services import writing as taking
from generation.services.writing import WritingRefused, writing_take
from generation.services.writing_texts import text_hand_in, writer_withdraw
from tests.factories import NOW

from .test_writing import alice, begin, gold, hand_in, question_set, writing

__all__ = ["alice", "question_set", "writing"]  # fixtures
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time"),
]
A_WHILE = 0.5  # seconds, in which somebody who need not wait is done


@pytest.fixture
def meanwhile(monkeypatch):
    """Does something in another connection once the texts to take are read; gives its refusals."""
    refused, real = [], taking.rationales_import

    def during(act):
        def other():
            try:
                act()
            except WritingRefused as problem:
                refused.append(str(problem))
            finally:
                connection.close()

        thread = threading.Thread(target=other)

        def read_then_act(*, lines, **given):
            lines = list(lines)
            thread.start()
            thread.join(A_WHILE)
            return real(lines=lines, **given)

        monkeypatch.setattr(taking, "rationales_import", read_then_act)
        return thread

    during.refused = refused
    return during


def test_a_text_that_is_withdrawn_while_it_is_taken_is_no_rationale(alice, writing, meanwhile):
    (writer,) = begin(writing)
    hand_in(writer, 1)
    act = meanwhile(lambda: writer_withdraw(writer=writer, deletes=True, now=NOW))
    writing_take(writing=writing, user=alice, now=NOW)
    act.join()
    writer.refresh_from_db()
    assert writer.deleted == 1
    assert not WrittenText.objects.exists()
    assert not Rationale.objects.filter(source=writing.source).exists()


def test_a_text_that_is_being_taken_can_be_changed_no_more(alice, writing, meanwhile):
    (writer,) = begin(writing)
    hand_in(writer, 1)
    first = writer.texts.get(number=1).text
    another = f"Counted once more: the answer is {gold(writer, 1)}."
    act = meanwhile(lambda: text_hand_in(writer=writer, number=1, text=another, now=NOW))
    writing_take(writing=writing, user=alice, now=NOW)
    act.join()
    assert meanwhile.refused == ["This text can be changed no more."]
    written = writer.texts.get(number=1)
    assert (written.text, written.rationale.text) == (first, first)
