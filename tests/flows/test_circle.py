"""The whole circle by hand: queue, generate, draw, rate, close, download, train.

An admin queues two batches on a page; a real worker behind a real Valkey writes them with two
GPT-J models; a researcher draws a study; a rater rates it by keyboard; the pairs come down as a
file; `datasets` reads it and TRL takes three steps of DPO on one of the two models.
"""

import json
import math
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from generation.models import GenerationBatch
from generation.services.imports import rationales_import
from generation.services.sources import source_create
from raters.models import Rating, Study, StudyExport
from raters.services.export_files import study_export_build
from raters.services.people import sign_in_link_create
from tests.browser import begin_rating, press
from tests.factories import NOW, make_admin, make_researcher
from tests.tiny_model import save_speaking_model
from tests.worker import triptych

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

QUESTIONS = 6
# The last phrase states the answer and goes on to the next question: there a text is cut off.
PHRASES = {
    "few-shot": (" One is red.", " Two are blue.", " So 1 + 2 = 3.\n#### 3\nQ:"),
    "STaR": (" First the red one.", " Then the others.", " 2 + 1 = 3.\n#### 3\nQ:"),
}


@pytest.fixture
def models(tmp_path) -> dict[str, Path]:
    return {
        name: save_speaking_model(tmp_path / name, phrases) for name, phrases in PHRASES.items()
    }


@pytest.fixture
def people(transactional_db, models, settings, tmp_path):
    """An admin, a researcher, her questions with a reference, and the two sources."""
    settings.EXPORT_DIR = str(tmp_path / "exports")
    admin, researcher = make_admin(), make_researcher()
    lines = [
        json.dumps(
            {
                "question": f"Shelf {n} holds 1 red and 2 blue balls. How many does it hold?",
                "answer": "3",
                "rationales": [
                    {"source": "reference", "text": f"On shelf {n}: 1 + 2 = 3.\n#### 3"}
                ],
            }
        )
        for n in range(QUESTIONS)
    ]
    rationales_import(lines=lines, format="jsonl", set_name="shelves", user=researcher, now=NOW)
    for name, folder in models.items():
        source_create(name=name, kind=name.lower(), model=str(folder), prompt="zero-shot", now=NOW)
    return admin, researcher


def sign_in(page: Page, site: str, user) -> None:
    page.context.clear_cookies()
    token = sign_in_link_create(user=user, now=timezone.now(), hours=1)
    page.goto(f"{site}/enter/{token}/")
    page.locator("main button").first.click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def queue_batch(page: Page, site: str, source: str) -> None:
    page.goto(f"{site}/batches/")
    page.get_by_label("Source").select_option(source)
    page.get_by_label("Question set").select_option("shelves (6 questions)")
    page.get_by_label("Samples per question").fill("2")
    page.get_by_label("Temperature").fill("1")
    page.get_by_role("button", name="Queue the batch").click()


def wait_until_written(page: Page, said) -> None:
    """The page tells by itself, without a reload."""
    try:
        expect(page.get_by_role("status")).to_have_text(
            "All of it is written: 100 % of 12 rationales reach the gold answer.", timeout=90_000
        )
    except AssertionError as problem:
        raise AssertionError(f"{problem}\n{said()}") from None


def make_study(page: Page) -> Study:
    page.get_by_role("link", name="Make a study of shelves").click()
    page.get_by_label("Name").fill("Whose reasoning")
    for source in ("few-shot", "STaR", "reference"):
        page.get_by_label(source, exact=True).check()
    page.get_by_label("Ratings per triple").fill("1")
    page.get_by_role("button", name="Draw the triples").click()
    page.get_by_label("More raters").fill("1")
    page.get_by_role("button", name="Add raters").click()
    page.get_by_role("link", name="Open the study…").click()
    page.get_by_role("button", name="Open the study").click()
    return Study.objects.get(state="open", triple_count=QUESTIONS)


def close_and_download(page: Page, study_page: str, tmp_path: Path) -> Path:
    page.goto(study_page)
    page.get_by_role("link", name="Close the study…").click()
    page.get_by_role("button", name="Close the study for good").click()
    page.goto(study_page)
    page.get_by_role("button", name="jsonl of dpo").click()
    study_export_build(export_id=StudyExport.objects.get().pk, now=timezone.now())
    page.goto(study_page)
    with page.expect_download() as started:
        page.get_by_role("link", name="whose-reasoning-dpo.jsonl", exact=True).click()
    path = tmp_path / started.value.suggested_filename
    started.value.save_as(path)
    return path


def test_from_a_queued_batch_to_a_trained_model(
    page, live_server, people, models, tmp_path, monkeypatch
):
    admin, researcher = people
    site = live_server.url
    with triptych() as running:
        sign_in(page, site, admin)
        queue_batch(page, site, "few-shot")
        wait_until_written(page, running.said)
        queue_batch(page, site, "STaR")
        wait_until_written(page, running.said)
    assert set(GenerationBatch.objects.values_list("kind", "state")) == {
        ("import", "done"),
        ("generation", "done"),
    }

    sign_in(page, site, researcher)
    page.goto(f"{site}/batches/")
    page.get_by_role("link", name="STaR").first.click()
    study = make_study(page)
    study_page = page.url

    page.context.clear_cookies()
    begin_rating(page, site, study.raters.get().code)
    for key in "123123":
        press(page, key)
    expect(page.get_by_role("heading", name="That was all. Thank you.")).to_be_visible()
    assert Rating.objects.count() == QUESTIONS

    sign_in(page, site, researcher)
    pairs = close_and_download(page, study_page, tmp_path)
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    losses = take_three_steps(pairs, models["STaR"], tmp_path)
    assert len(losses) == 3
    assert losses[0] == pytest.approx(0.6931, abs=1e-3)  # ln 2: the model is its own reference
    assert all(math.isfinite(loss) for loss in losses)


def take_three_steps(pairs: Path, model: Path, tmp_path: Path) -> list[float]:
    from datasets import load_dataset
    from trl import DPOConfig, DPOTrainer

    from generation.lm.checkpoints import load_checkpoint

    data = load_dataset("json", data_files=str(pairs), split="train", cache_dir=str(tmp_path))
    assert len(data) == QUESTIONS * 2, "a pick is better than each of the other two"
    assert all("Shelf" in row["prompt"] and row["chosen"] != row["rejected"] for row in data)
    checkpoint = load_checkpoint(str(model))
    trainer = DPOTrainer(
        model=checkpoint.model,
        args=DPOConfig(
            output_dir=str(tmp_path / "out"),
            max_steps=3,
            per_device_train_batch_size=QUESTIONS * 2,
            learning_rate=1e-3,
            max_length=512,
            precompute_ref_log_probs=True,
            use_cpu=True,
            bf16=False,
            report_to=[],
            save_strategy="no",
            logging_steps=1,
            disable_tqdm=True,
        ),
        train_dataset=data,
        processing_class=checkpoint.tokenizer,
    )
    before = checkpoint.model.lm_head.bias.clone()
    trainer.train()
    assert not checkpoint.model.lm_head.bias.equal(before), "it has learned something"
    return [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
