"""Sources on servers: who may name which, where the key stands, one that dies mid-batch."""

import json
import threading
import time

import pytest

from generation.lm import openai
from generation.models import Source
from generation.services.batches import BatchRefused
from generation.services.servers import ServerRefused, server_key, server_url
from generation.services.sources import SourceRefused
from tests.factories import make_question_set
from tests.generation.openai_server import (
    KEY,
    free_port,
    small_server,
    transformers_server,
    wait_until_up,
)
from tests.generation.services.writer import make_batch, make_source, run_all
from tests.tiny_model import save_speaking_model

pytestmark = pytest.mark.django_db
URL = "http://127.0.0.1:8000/v1"


@pytest.fixture(autouse=True)
def _haste(monkeypatch):
    monkeypatch.setattr(openai, "back_off", lambda tries: 0.1)


@pytest.mark.parametrize(
    "url",
    ["", "127.0.0.1:8000", "ftp://127.0.0.1/v1", "http://", "http://[::1", "http://127.0.0.1:x/v1"],
)
def test_what_is_no_address_is_refused(url):
    with pytest.raises(ServerRefused, match="A server's address is like http"):
        server_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://me:secret@127.0.0.1/v1",
        "http://me@127.0.0.1/v1",
        "http://127.0.0.1/v1?api-key=secret",
        "http://127.0.0.1/v1#secret",
    ],
)
def test_an_address_with_a_secret_in_it_is_refused_without_saying_it(url):
    with pytest.raises(ServerRefused, match="holds no user, password or parameters") as refused:
        server_url(url)
    assert "secret" not in str(refused.value)


def test_only_listed_hosts_are_asked(settings):
    assert server_url(" HTTP://127.0.0.1:8000/v1/ ") == "HTTP://127.0.0.1:8000/v1"
    assert server_url("http://[::1]:8000/v1") == "http://[::1]:8000/v1"
    for url in ("http://169.254.169.254/latest", "http://127.0.0.1.example.org/v1"):
        with pytest.raises(ServerRefused, match="is not among the hosts"):
            server_url(url)
    settings.GENERATION_HOSTS = ["api.example.org"]
    assert server_url("https://api.example.org/v1") == "https://api.example.org/v1"
    with pytest.raises(ServerRefused, match=r"'127\.0\.0\.1' is not among the hosts"):
        server_url(URL)
    settings.GENERATION_HOSTS = ["*"]
    assert server_url("https://anywhere.example.org/v1")


def test_a_key_stands_in_the_environment_under_a_name_that_says_so(monkeypatch):
    monkeypatch.setenv("LAB_API_KEY", f" {KEY} ")
    assert server_key("LAB_API_KEY") == KEY
    assert server_key("") == ""
    monkeypatch.delenv("LAB_API_KEY")
    with pytest.raises(ServerRefused, match=r"The variable LAB_API_KEY, .* is not set where"):
        server_key("LAB_API_KEY")
    for other in ("SECRET_KEY", "DATABASE_URL", KEY, "lab_api_key"):
        with pytest.raises(ServerRefused, match="Give its name, never the key"):
            server_key(other)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"api": "telepathy"}, "A server is asked for completions or by chat, not 'telepathy'."),
        ({"at_once": 0}, "A server gets 1 to 256 requests at once, not 0."),
        ({"model": "m\n"}, "Name the model as the server knows it, in 1 to 500 printable"),
        ({"key_variable": KEY}, "The key's variable is named like OPENAI_API_KEY"),
        ({"server": "http://10.0.0.1/v1"}, "'10.0.0.1' is not among the hosts"),
        ({"server": ""}, "A protocol and a key go with a server's address."),
        ({"by_admin": False}, "Only an admin may name a server."),
    ],
)
def test_a_source_that_cannot_be_asked_is_refused(given, sentence):
    with pytest.raises(SourceRefused) as refused:
        make_source(**{"server": URL, "api": "chat", "model": "any name", **given})
    assert str(refused.value).startswith(sentence)
    assert KEY not in str(refused.value)
    assert not Source.objects.exists()


def test_a_server_computes_nothing_in_between():
    with pytest.raises(BatchRefused, match="The calculator works in our own workers only"):
        make_batch(source=make_source(server=URL), calculator=True)


@pytest.fixture
def port() -> int:
    return free_port()


def on_server(port: int, behaviour: str = "", **more) -> Source:
    url = f"http://127.0.0.1:{port}/{behaviour}v1"
    return make_source(f"server {behaviour}{more.get('model', '')}", server=url, **more)


def test_a_chunk_is_written_by_a_server(port, tmp_path, settings, monkeypatch):
    monkeypatch.setenv("LAB_API_KEY", KEY)
    server = small_server(tmp_path, port)
    try:
        source = on_server(port, "good/", key_variable="LAB_API_KEY", prompt="few-shot")
        batch = run_all(make_batch(questions=3, source=source))
        assert (batch.state, batch.problem) == ("done", "")
        assert batch.model_revision == f"tiny@7 at http://127.0.0.1:{port}/good/v1"
        assert batch.conditions == {"server": source.server, "api": "completions"}
        assert set(batch.rationales.values_list("verdict", "tokens")) == {("right", 9)}
        settings.SERVER_PATIENCE_SECONDS = 0
        refusing = on_server(port, "refuses/", key_variable="LAB_API_KEY")
        batch = run_all(make_batch(source=refusing, question_set=batch.question_set))
        assert batch.state == "failed"
        assert "refused the request: 401 Incorrect API key" in batch.problem
        assert KEY not in batch.problem
        assert KEY not in server.said()
    finally:
        server.kill()


def killed_in_the_middle(source: Source, questions: int, server, port: int, after: int) -> None:
    """`after` answers the server dies by -9 and comes back a moment later, as the batch goes on."""
    question_set = make_question_set("many", questions=questions)
    settings = {"temperature": 0.9, "max_new_tokens": 24}
    batch = make_batch(source=source, question_set=question_set, **settings)
    died, over = threading.Event(), threading.Event()

    def kill() -> None:
        while server.said().count("POST") < after and not over.is_set():
            time.sleep(0.02)
        server.kill()
        died.set()
        time.sleep(0.5)
        server.start()
        wait_until_up(server, port)
        over.wait()  # the server ends with the thread that started it

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        run_all(batch)
        assert died.is_set()
    finally:
        over.set()
        killer.join()
        server.kill()
    assert (batch.state, batch.problem) == ("done", "")
    keys = list(batch.rationales.values_list("question__key", "sample_index", "hinted"))
    assert len(keys) == len(set(keys)) == questions
    assert set(batch.chunks.values_list("state", "attempts")) == {("done", 1)}


@pytest.mark.django_db(transaction=True)
def test_a_server_killed_and_started_again_mid_batch_loses_and_doubles_nothing(port, tmp_path):
    server = small_server(tmp_path, port)
    killed_in_the_middle(on_server(port, "slow/"), 200, server, port, after=90)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_thousand_rationales_of_the_server_of_transformers_killed_in_the_middle(port, tmp_path):
    phrases = [" One", " and two", " are three.", "\nQ:", "\n#### 3", "\n#### 5"]
    model = save_speaking_model(tmp_path / "model", phrases)
    settings = json.loads((model / "generation_config.json").read_text())
    (model / "generation_config.json").write_text(json.dumps({**settings, "do_sample": True}))
    server = transformers_server(model, tmp_path, port)
    source = on_server(port, model=str(model))
    killed_in_the_middle(source, 1000, server, port, after=400)
    batch = source.batches.get()
    assert batch.model_revision == f"{model}@main at {source.server}"
    texts = list(batch.rationales.values_list("text", flat=True))
    assert len(set(texts)) > 100, "it sampled"
    assert not any("Q:" in text for text in texts)
    assert {"wrong", "unparsed"} <= set(batch.rationales.values_list("verdict", flat=True))
