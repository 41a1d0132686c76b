"""Staff at a real screen: queue a batch, see it written without a reload, stop it, let it go on.

The worker is this very thread, which writes a chunk when the test says so; the model is a random
GPT-J of two layers in a folder of its own.
"""

import pytest
import torch
from playwright.sync_api import expect
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import GPTJConfig, GPTJForCausalLM, PreTrainedTokenizerFast

from generation.lm.checkpoints import save_checkpoint
from generation.models import GenerationBatch, GenerationChunk, Rationale
from generation.services import batches
from generation.services.chunks import chunk_run
from generation.services.sources import source_create
from tests.browser import assert_accessible, follow
from tests.factories import NOW, make_admin, make_question_set, make_rationales

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory) -> str:
    """A token is a byte, and the weights mean nothing."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({letter: n for n, letter in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|end|>"])
    torch.manual_seed(0)
    shape = {"n_embd": 32, "n_layer": 2, "n_head": 2, "rotary_dim": 8, "n_positions": 512}
    model = GPTJForCausalLM(GPTJConfig(vocab_size=257, eos_token_id=256, bos_token_id=256, **shape))
    folder = tmp_path_factory.mktemp("model")
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|end|>")
    save_checkpoint(model, fast, folder)
    return str(folder)


@pytest.fixture
def source(transactional_db, model_folder):
    return source_create(
        name="random GPT-J", kind="few-shot", model=model_folder, prompt="zero-shot", now=NOW
    )


@pytest.fixture
def question_set(transactional_db):
    return make_question_set("sums", questions=6)


@pytest.fixture
def staff_page(page, client, live_server, monkeypatch, settings):
    """Signed in as an admin; chunks of two questions; no broker is told of them."""
    settings.CHUNK_ROWS = 2
    monkeypatch.setattr(batches, "chunks_send", lambda **_: 0)
    client.force_login(make_admin())
    cookie = client.cookies["sessionid"]
    page.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])
    return page


def write_next() -> None:
    """What a worker does with the next message."""
    chunk_run(chunk_id=GenerationChunk.objects.filter(state="queued").order_by("number")[0].pk)


def queue(page, live_server) -> GenerationBatch:
    page.goto(f"{live_server.url}/batches/")
    page.get_by_label("Source").select_option("random GPT-J")
    page.get_by_label("Question set").select_option("sums (6 questions)")
    page.get_by_label("Samples per question").fill("1")
    page.get_by_label("Longest rationale").fill("8")
    expect(page.get_by_text("6 questions × 1 sample: 6 rationales.")).to_be_visible()
    follow(page.get_by_role("button", name="Queue the batch"))
    expect(page.get_by_role("status")).to_have_text("Waiting for a worker: 3 chunks to write.")
    return GenerationBatch.objects.get()


def test_a_batch_from_the_form_to_its_end_without_a_reload(
    staff_page, live_server, source, question_set
):
    page = staff_page
    batch = queue(page, live_server)
    page.evaluate("window.here = true")
    write_next()
    expect(page.get_by_role("status")).to_contain_text("33 % written")
    expect(page.locator(".output")).to_have_count(2)
    write_next()
    expect(page.get_by_role("status")).to_contain_text("66 % written")
    expect(page.get_by_text("tokens a second")).to_be_visible()
    assert page.evaluate("window.here")

    follow(page.get_by_role("link", name="Stop the batch…"))
    expect(page.get_by_text("4 rationales are written and stay.")).to_be_visible()
    expect(page.get_by_text("2 of 6 will not be written")).to_be_visible()
    follow(page.get_by_role("button", name="Stop the batch"))
    expect(page.get_by_role("status")).to_contain_text("Stopped at 66 %")
    batch.refresh_from_db()
    assert batch.state == "cancelled"

    follow(page.get_by_role("link", name="Go on…"))
    follow(page.get_by_role("button", name="Go on"))
    expect(page.get_by_role("status")).to_have_text("Waiting for a worker: 1 chunk to write.")
    write_next()
    expect(page.get_by_role("status")).to_contain_text("All of it is written")
    assert Rationale.objects.filter(batch=batch).count() == 6
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2500)
    assert asked == [], "what is over is not asked for again"


def test_following_a_batch_outlives_a_lost_network(staff_page, live_server, source, question_set):
    page = staff_page
    queue(page, live_server)
    page.context.set_offline(True)
    page.wait_for_timeout(2500)
    write_next()
    page.context.set_offline(False)
    expect(page.get_by_role("status")).to_contain_text("33 % written")


def test_the_list_follows_every_batch(staff_page, live_server, source, question_set):
    page = staff_page
    queue(page, live_server)
    follow(page.get_by_role("link", name="Batches").first)
    expect(page.get_by_role("row", name="random GPT-J")).to_contain_text("none yet")
    for _ in range(3):
        write_next()
    expect(page.get_by_role("row", name="random GPT-J")).to_contain_text("done")
    expect(page.get_by_role("row", name="random GPT-J")).to_contain_text("of 6")


def test_without_script_a_link_loads_the_page_again(
    staff_page, live_server, chromium, source, question_set
):
    cookies = staff_page.context.cookies()
    page = chromium.new_context(java_script_enabled=False).new_page()
    page.context.add_cookies(cookies)
    page.goto(f"{live_server.url}/batches/")
    page.get_by_label("Source").select_option("random GPT-J")
    page.get_by_label("Question set").select_option("sums (6 questions)")
    page.get_by_label("Longest rationale").fill("8")
    follow(page.get_by_role("button", name="Queue the batch"))
    expect(page.get_by_role("status")).to_contain_text("Waiting for a worker")
    write_next()
    follow(page.get_by_role("link", name="Load this page again"))
    expect(page.get_by_role("status")).to_contain_text("% written")
    page.context.close()


def test_axe_finds_nothing(staff_page, live_server, source, question_set):
    page = staff_page
    batch = queue(page, live_server)
    write_next()
    make_rationales(question_set)
    expect(page.get_by_role("status")).to_contain_text("33 % written")
    for address in (
        f"/batches/{batch.pk}/",
        f"/batches/{batch.pk}/stop/",
        "/sources/",
        f"/sources/{source.pk}/rationales/",
    ):
        page.goto(live_server.url + address)
        for prompt in page.locator("summary").all():
            prompt.click()
        assert_accessible(page)
    page.goto(f"{live_server.url}/batches/")
    page.get_by_label("Source").select_option("random GPT-J")
    page.get_by_label("Question set").select_option("sums (6 questions)")
    page.get_by_label("Temperature").fill("0")
    follow(page.get_by_role("button", name="Queue the batch"))
    expect(page.get_by_text("Greedy samples are all alike")).to_be_visible()
    assert_accessible(page)
