"""Signs of life come while work goes on, and no longer."""

import threading
from queue import Queue

import pytest
from django.db import OperationalError

from generation.heartbeat import heartbeat


def two_signs_and_break(signs: Queue[int]) -> None:
    signs.get(timeout=20)
    signs.get(timeout=20)
    raise ValueError("broken")


def test_signs_come_until_the_work_ends_however_it_ends():
    signs: Queue[int] = Queue()
    with pytest.raises(ValueError, match="broken"), heartbeat(lambda: signs.put(1), seconds=0.01):
        two_signs_and_break(signs)
    assert "heartbeat" not in {thread.name for thread in threading.enumerate()}


def test_a_database_that_does_not_answer_ends_no_signs(caplog):
    signs: Queue[int] = Queue()

    def sign() -> None:
        signs.put(1)
        raise OperationalError("gone")

    with heartbeat(sign, seconds=0.01):
        signs.get(timeout=20)
        signs.get(timeout=20)
    assert "could not be given" in caplog.text
