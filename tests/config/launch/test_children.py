"""Processes are started again where they were, and not for ever."""

import threading

import pytest

from config.launch import children as module
from config.launch.children import Children, Plan
from config.launch.ground import CannotStart, Ground


@pytest.fixture
def children(tmp_path):
    (tmp_path / "log").mkdir()
    ground = Ground(tmp_path, tmp_path, "http://127.0.0.1:1", {}, None)
    running = Children(ground, threading.Event())
    for name in ("valkey", "web"):
        running.start(Plan(name, ["/bin/sleep", "100"]))
    yield running
    running.stop()


def kill(children: Children, name: str) -> None:
    (child,) = (child for child in children.alive if child.plan.name == name)
    child.process.kill()
    child.process.wait()
    children.check()


def test_a_broker_that_was_started_again_is_still_the_last_to_stop(children, capsys):
    kill(children, "valkey")
    assert [child.plan.name for child in children.alive] == ["valkey", "web"]
    assert all(child.process.poll() is None for child in children.alive)
    assert "The valkey process ended (exit code -9)" in capsys.readouterr().out


def test_a_process_that_keeps_ending_is_given_up_in_a_sentence(children, monkeypatch):
    monkeypatch.setattr(module, "MOST_RESTARTS", 2)
    kill(children, "web")
    kill(children, "web")
    with pytest.raises(CannotStart, match="the web process ended 3 times in 10 minutes"):
        kill(children, "web")
