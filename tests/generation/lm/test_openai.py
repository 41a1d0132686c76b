"""Asking a server: all at once, in order, again where it is busy, and never telling the key."""

import json
import logging
import threading
import time

import pytest

from generation.lm import openai
from generation.lm.openai import Server, ServerBackend, ServerFailed, back_off, seconds_asked_for
from tests.generation import openai_server
from tests.generation.openai_server import KEY

PROMPTS = [f"Q: A box holds {n} red and {n + 1} blue balls.\nA:" for n in range(20)]


@pytest.fixture(scope="module")
def address():
    openai_server.Handler.log_message = lambda *_: None
    server = openai_server.Server(("127.0.0.1", 0), openai_server.Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def _haste(monkeypatch):
    monkeypatch.setattr(openai, "back_off", lambda tries: 0.01)
    openai_server.tries.clear()


def ask(address, behaviour, prompts=PROMPTS[:1], *, stop=("\nQ:",), progress=None, **more):
    backend = ServerBackend(Server(f"{address}/{behaviour}/v1", "tiny", **more))
    written = backend.generate(
        prompts, temperature=0.7, seeds=range(len(prompts)), stop=stop, progress=progress
    )
    return backend, written


@pytest.mark.parametrize("chat", [False, True])
def test_every_prompt_gets_its_own_answer_cut_at_the_stop(address, chat):
    backend, written = ask(address, "good", PROMPTS, chat=chat)
    sums = [2 * n + 1 for n in range(20)]
    assert [w.text for w in written] == [f" They are {total}.\n#### {total}" for total in sums]
    assert all(w.finished and w.tokens == 9 for w in written)
    assert backend.revision == f"tiny@7 at {address}/good/v1"
    assert backend.conditions["api"] == ("chat" if chat else "completions")


def test_seed_stop_and_settings_are_sent_and_the_key_in_its_header_alone(address):
    backend = ServerBackend(Server(f"{address}/echo/v1", "tiny", key=KEY))
    (written,) = backend.generate(
        ["Q: ?\nA:"], temperature=0.5, seeds=[2**62 + 7], max_new_tokens=33, stop=["\nQ:", "\n\n"]
    )
    assert json.loads(written.text) == {
        "prompt": "Q: ?\nA:",
        "model": "tiny",
        "temperature": 0.5,
        "seed": 7,
        "max_tokens": 33,
        "stop": ["\nQ:", "\n\n"],
        "path": "v1/completions",
        "key": f"Bearer {KEY}",
    }
    assert not written.finished, "the server says that it ran out of tokens"
    assert KEY not in repr(backend.server)


@pytest.mark.parametrize("behaviour", ["busy-twice", "broken-once", "hangs-up"])
def test_a_server_that_is_busy_broken_or_hangs_up_is_asked_again(address, behaviour):
    _, (written,) = ask(address, behaviour)
    assert written.text == " They are 1.\n#### 1"
    assert openai_server.tries[behaviour] > 1


def test_it_is_asked_no_sooner_than_it_asked_for(address):
    started = time.monotonic()
    ask(address, "busy-twice")
    assert time.monotonic() - started > 0.6


def test_a_server_that_stays_broken_or_away_ends_in_a_sentence(address):
    with pytest.raises(ServerFailed) as failed:
        ask(address, "always-broken", key=KEY, patience=0.2)
    assert "gave no rationale in" in str(failed.value)
    assert str(failed.value).endswith(
        "last: 500 for Bearer (the key). Start it, then let the batch go on."
    )
    away = f"http://127.0.0.1:{openai_server.free_port()}"
    with pytest.raises(ServerFailed, match="All connection attempts failed"):
        ask(away, "good", patience=0.1)


def test_a_server_that_thinks_too_long_is_given_up(address):
    with pytest.raises(ServerFailed, match=r"ReadTimeout|timed out"):
        ask(address, "hangs", timeout=0.1, patience=0.15)


def test_what_a_server_refuses_is_not_asked_again_and_its_words_are_shown_without_the_key(address):
    with pytest.raises(ServerFailed) as failed:
        ask(address, "refuses", key=KEY)
    assert str(failed.value) == (
        f"{address}/refuses/v1 refused the request: 401 Incorrect API key provided: "
        "Bearer (the key). See the manual."
    )
    assert openai_server.tries["refuses"] == 1


def test_a_redirect_is_not_followed(address):
    with pytest.raises(ServerFailed, match="refused the request: 307"):
        ask(address, "moved", key=KEY)
    assert openai_server.tries["good"] == 0


def test_nonsense_is_called_so(address):
    with pytest.raises(ServerFailed, match="is no OpenAI answer"):
        ask(address, "mumbles")


def test_two_models_behind_one_address_are_told(address):
    backend, _ = ask(address, "two-models", ["one", "two"])
    with pytest.raises(ServerFailed, match="several models in one go: one, two"):
        _ = backend.revision


def test_no_key_comes_into_a_log(address, caplog):
    with caplog.at_level(logging.DEBUG):
        ask(address, "good", key=KEY)
        with pytest.raises(ServerFailed):
            ask(address, "refuses", key=KEY)
    assert caplog.text
    assert KEY not in caplog.text


def test_a_key_that_no_header_carries_is_refused_unsaid():
    with pytest.raises(ServerFailed) as failed:
        ServerBackend(Server("http://127.0.0.1/v1", "tiny", key="sk-\nX: y"))
    assert "sk-" not in str(failed.value)


def test_who_no_longer_wants_the_answers_ends_the_asking(address, monkeypatch):
    monkeypatch.setattr(openai, "LOOK_UP_SECONDS", 0.05)

    def unwanted(done: int) -> None:
        raise RuntimeError("stopped")

    started = time.monotonic()
    with pytest.raises(RuntimeError, match="stopped"):
        ask(address, "hangs", PROMPTS, progress=unwanted, at_once=2)
    assert time.monotonic() - started < 5


def test_no_more_requests_run_at_once_than_asked(address):
    started = time.monotonic()
    ask(address, "slow", PROMPTS[:10], at_once=1)
    one_by_one = time.monotonic() - started
    assert one_by_one > 0.2


def test_pauses_double_up_to_a_bound(monkeypatch):
    pauses = [back_off(tries) for tries in range(12)]
    assert 0.375 <= pauses[0] <= 0.5
    assert 1.5 <= pauses[2] <= 2
    assert max(pauses) <= 30
    assert seconds_asked_for({"Retry-After": "7"}) == 7
    assert seconds_asked_for({"Retry-After": "Wed, 21 Oct"}) == 0
    assert seconds_asked_for({"Retry-After": "99999"}) == 30
