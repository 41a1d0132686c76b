"""The tiny STaR model that ships learns from what a person rated in a browser.

A study of the shipped sample rationales is made, rated by keyboard, closed, its pairs downloaded;
`train_dpo` trains the shipped model on the file behind a real worker; what comes of it writes word
problems and stands in a new study beside the model it came from.
"""

import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Page, expect

from generation.lm.checkpoints import content_hash
from generation.models import GenerationBatch, QuestionSet, Rationale, Source
from generation.services.batches import batch_create
from generation.services.imports import questions_import, rationales_import
from generation.services.problems import problems_make
from generation.services.sources import source_create
from raters.models import Rating, Study
from tests.browser import begin_rating, press
from tests.factories import NOW, make_researcher
from tests.flows.test_circle import close_and_download, make_study, sign_in
from tests.worker import eventually, triptych

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "generation/checkpoints/star-loop-2"
SAMPLES = ROOT / "generation/samples"


@pytest.fixture
def researcher(transactional_db, settings, tmp_path):
    """With the sample rationales of three hands, word problems, and the shipped model."""
    settings.EXPORT_DIR = str(tmp_path / "exports")
    someone = make_researcher()
    given = {"format": "jsonl", "set_name": "samples", "user": someone, "now": NOW}
    with (SAMPLES / "questions.jsonl").open() as lines:
        questions_import(lines=lines, **given)
    with (SAMPLES / "rationales.jsonl").open() as lines:
        rationales_import(lines=lines, **given)
    problems_make(number=20, seed=5, set_name="problems", user=someone, now=NOW)
    source_create(
        name="tiny STaR", kind="star", model=str(SHIPPED), prompt="few-shot",
        style="word-problems", now=NOW,
    )  # fmt: skip
    return someone


def opened(page: Page, site: str, name: str, set_name: str, sources: list[str]) -> Study:
    page.goto(f"{site}/studies/new/?set={QuestionSet.objects.get(name=set_name).pk}")
    return make_study(page, name, tuple(sources))


def rated_in_the_browser(page: Page, site: str, study: Study) -> None:
    page.context.clear_cookies()
    begin_rating(page, site, study.raters.get().code)
    for number in range(study.triple_count):
        press(page, "123"[number % 3])
    expect(page.get_by_role("heading", name="That was all. Thank you.")).to_be_visible()
    assert Rating.objects.count() == study.triple_count


def written(running, source: str) -> None:
    batch = batch_create(
        source=Source.objects.get(name=source),
        question_set=QuestionSet.objects.get(name="problems"),
        samples=2, temperature=0.8, seed=1, max_new_tokens=160, now=timezone.now(),
    )  # fmt: skip
    eventually(lambda: GenerationBatch.objects.get(pk=batch.pk).finished_at, 180, running.said)
    assert GenerationBatch.objects.get(pk=batch.pk).state == "done"


def test_pairs_of_a_study_in_the_browser_train_the_shipped_star_model(
    page, live_server, researcher, tmp_path
):
    hands = sorted(Source.objects.exclude(name__in=["tiny STaR", "reference"]).values_list(
        "name", flat=True))  # fmt: skip
    assert hands == ["careful", "terse", "winding"]
    site = live_server.url
    sign_in(page, site, researcher)
    study = opened(page, site, "Whose reasoning", "samples", hands)
    rated_in_the_browser(page, site, study)
    sign_in(page, site, researcher)
    pairs = close_and_download(page, f"{site}/studies/{study.code}/", tmp_path)

    said = StringIO()
    with triptych(MODELS_DIR=str(tmp_path / "models"), HF_HUB_OFFLINE="1") as running:
        call_command(
            "train_dpo", source="tiny STaR", pairs=str(pairs), name="liked", rate=1e-4, epochs=2,
            rows=4, stdout=said,
        )  # fmt: skip
        written(running, "tiny STaR")
        written(running, "liked")
    figures = re.search(
        r"(\d+) pairs trained on, (\d+) held out\. Of those it prefers the chosen one in "
        r"([\d.]+)%; always '(\w+)': ([\d.]+)%; the longer one: ([\d.]+)%",
        said.getvalue(),
    )
    assert figures, said.getvalue()
    assert int(figures[1]) + int(figures[2]) == 2 * study.triple_count
    assert figures[4] in hands

    liked = Source.objects.get(name="liked")
    assert (liked.parent.name, liked.style) == ("tiny STaR", "word-problems")
    assert liked.training_part.checkpoint_hash != content_hash(SHIPPED)
    right = {
        name: set(
            Rationale.objects.filter(source__name=name, verdict="right").values_list(
                "question", flat=True
            )
        )
        for name in ("liked", "tiny STaR")
    }
    again = opened(page, site, "Is it better", "problems", ["liked", "tiny STaR", "reference"])
    assert again.triple_count == len(right["liked"] & right["tiny STaR"]) > 0
