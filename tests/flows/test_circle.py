"""The whole circle by hand: queue, generate, draw, rate, close, download, train.

An admin queues two batches on a page; a real worker behind a real Valkey writes them with two
GPT-J models; a researcher draws a study; a rater rates it by keyboard; the pairs come down as a
file; `train_dpo` trains one of the two models on it; what comes of that writes, and stands in a new
study.
"""

import json
import math
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Page, expect

from generation.models import GenerationBatch, Source
from generation.services.imports import rationales_import
from generation.services.sources import source_create
from raters.models import Rating, Study, StudyExport
from raters.services.export_files import study_export_build
from raters.services.people import sign_in_link_create
from tests.browser import begin_rating, follow, press
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
    follow(page.locator("main button").first)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def queue_batch(page: Page, site: str, source: str) -> None:
    page.goto(f"{site}/batches/")
    page.get_by_label("Source").select_option(source)
    page.get_by_label("Question set").select_option("shelves (6 questions)")
    page.get_by_label("Samples per question").fill("2")
    page.get_by_label("Temperature").fill("1")
    follow(page.get_by_role("button", name="Queue the batch"))


def wait_until_written(page: Page, said) -> None:
    """The page tells by itself, without a reload."""
    try:
        expect(page.get_by_role("status")).to_have_text(
            "All of it is written: 100 % of 12 rationales reach the gold answer.", timeout=90_000
        )
    except AssertionError as problem:
        raise AssertionError(f"{problem}\n{said()}") from None


def make_study(page: Page, name: str, sources: tuple[str, ...]) -> Study:
    """Through the wizard, from its first page, to an open study with one rater."""
    page.get_by_label("Name").fill(name)
    step(page)
    for source in sources:
        page.get_by_role("checkbox", name=source).check()
    step(page)
    step(page)
    page.get_by_label("Ratings per triple").fill("1")
    for _ in ("raters", "checks", "texts"):
        step(page)
    follow(page.get_by_role("button", name="Make it, open it later"))
    page.get_by_label("More raters").fill("1")
    follow(page.get_by_role("button", name="Add raters"))
    follow(page.get_by_role("link", name="Open the study…"))
    follow(page.get_by_role("button", name="Open the study"))
    return Study.objects.get(name=name, state="open")


def step(page: Page) -> None:
    """On to the wizard's next step."""
    follow(page.locator(".actions").get_by_role("button", name="Next"))


def close_and_download(page: Page, study_page: str, tmp_path: Path) -> Path:
    page.goto(study_page)
    follow(page.get_by_role("link", name="Close the study…"))
    follow(page.get_by_role("button", name="Close the study for good"))
    page.goto(study_page)
    follow(page.get_by_role("button", name="jsonl of dpo"))
    study_export_build(export_id=StudyExport.objects.get().pk, now=timezone.now())
    page.goto(study_page)
    path = tmp_path / "whose-reasoning-dpo.jsonl"
    for name, place in (
        (path.name, path),
        (f"manifest of {path.name}", path.with_name(f"{path.name}.manifest.json")),
    ):
        with page.expect_download() as started:
            page.get_by_role("link", name=name, exact=True).click()
        assert started.value.suggested_filename == place.name
        started.value.save_as(place)
    return path


def test_from_a_queued_batch_to_a_trained_model(page, live_server, people, models, tmp_path):
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
    follow(page.get_by_role("link", name="STaR").first)
    follow(page.get_by_role("link", name="Make a study of shelves"))
    study = make_study(page, "Whose reasoning", ("few-shot", "STaR", "reference"))
    assert study.triple_count == QUESTIONS
    study_page = page.url

    page.context.clear_cookies()
    begin_rating(page, site, study.raters.get().code)
    for key in "123123":
        press(page, key)
    expect(page.get_by_role("heading", name="That was all. Thank you.")).to_be_visible()
    assert Rating.objects.count() == QUESTIONS

    sign_in(page, site, researcher)
    pairs = close_and_download(page, study_page, tmp_path)
    with triptych(MODELS_DIR=str(tmp_path / "models"), HF_HUB_OFFLINE="1") as running:
        said = StringIO()
        call_command(
            "train_dpo", source="STaR", pairs=str(pairs), name="liked", rate=1e-3, stdout=said
        )
        assert (
            "10 pairs trained on, 2 held out. Of those it prefers the chosen one in "
        ) in said.getvalue()
        assert "; always '" in said.getvalue()
        assert "; the longer one: " in said.getvalue()
        check_learned(models["STaR"])
        sign_in(page, site, admin)
        queue_batch(page, site, "liked")
        wait_until_written(page, running.said)
    sign_in(page, site, researcher)
    page.goto(f"{site}/batches/")
    follow(page.get_by_role("link", name="liked").first)
    follow(page.get_by_role("link", name="Make a study of shelves"))
    again = make_study(page, "Is it better", ("liked", "STaR", "reference"))
    assert set(again.study_sources.values_list("source__name", flat=True)) == {
        "liked",
        "STaR",
        "reference",
    }


def check_learned(model: Path) -> None:
    """The new source is another model, which TRL left as it is left to others."""
    from generation.lm.checkpoints import load_checkpoint

    made = Source.objects.get(name="liked")
    part = made.training_part
    assert (made.parent.name, made.kind) == ("STaR", "preferences")
    assert (part.steps_done, part.steps) == (2, 2)
    assert math.isfinite(part.loss)
    assert 0 <= part.told["held_out_accuracy"] <= 1
    learned, before = (load_checkpoint(folder) for folder in (made.model, str(model)))
    assert learned.revision == part.checkpoint_hash
    assert not learned.model.lm_head.bias.equal(before.model.lm_head.bias)
