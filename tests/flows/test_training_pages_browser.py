"""Training at a real screen: an export is handed over and queued, a run moves without a reload, and
axe finds nothing on the pages of learning, comparing and the seeds' curve.

The worker is this very thread; what torch would say is written into the row.
"""

import pytest
from playwright.sync_api import expect

from generation.models import TrainingPart, TrainingRun
from generation.services.pair_files import pair_files
from tests.browser import assert_accessible, follow
from tests.factories import NOW, make_admin, make_question_set
from tests.generation.datasets.test_preferences import row, save
from tests.generation.services.test_comparisons import (
    Scorer,
    comparison_create,
    make_trained,
    pairs_file,
)
from tests.generation.services.trainer import held_out_set, use_learner, work
from tests.generation.services.writer import make_source

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def admin_page(page, client, live_server, settings, tmp_path, monkeypatch):
    settings.MODELS_DIR = tmp_path / "models"
    use_learner(monkeypatch)
    monkeypatch.setattr("generation.services.training_parts.source_sampler", Scorer)
    client.force_login(make_admin())
    cookie = client.cookies["sessionid"]
    page.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])
    return page


def test_a_file_is_handed_over_queued_and_followed_without_a_reload(
    admin_page, live_server, tmp_path
):
    page = admin_page
    make_question_set("shelves", questions=3)
    make_source("tiny STaR")
    path = save(tmp_path / "dpo.jsonl", [row(n) for n in range(20)])
    page.goto(f"{live_server.url}/training/")
    follow(page.get_by_role("link", name="Learn from raters…"))
    page.get_by_label("File", exact=True).set_input_files(path)
    page.get_by_label("Its manifest").set_input_files(f"{path}.manifest.json")
    follow(page.get_by_role("button", name="Keep this file"))
    expect(page.get_by_label("File", exact=True).first).to_have_value(pair_files()[0].key)
    assert_accessible(page)
    page.get_by_label("Name").fill("liked")
    page.get_by_label("Source").select_option("tiny STaR")
    follow(page.get_by_role("button", name="Queue the run"))
    expect(page.get_by_role("status")).to_contain_text("Waits for a worker that trains.")
    page.evaluate("window.here = true")
    run = TrainingRun.objects.get()
    TrainingPart.objects.filter(run=run).update(
        state="running", lease_until="2030-01-01T00:00Z", steps=8, steps_done=3, loss=0.61234,
        told={"margin": 0.4567, "held_out_accuracy": 0.75, "looks": [[1, 0.5], [3, 0.75]]},
    )  # fmt: skip
    expect(page.get_by_role("status")).to_contain_text("Step 3 of 8, loss 0.612.")
    expect(page.get_by_role("row", name="this run")).to_contain_text("75.0 %")
    expect(page.get_by_role("row", name="always STaR")).to_contain_text("100.0 %")
    assert page.evaluate("window.here")
    assert_accessible(page)


def test_axe_finds_nothing_on_a_comparison_and_the_seeds_curve(admin_page, live_server, tmp_path):
    page, base = admin_page, make_source("base")
    learned = pairs_file(tmp_path / "train", "dpo.jsonl", range(5))
    held = pairs_file(tmp_path / "held", "dpo.jsonl", range(5, 8))
    made = [make_trained(base, name, name, learned) for name in ("dpo", "all")]
    run = comparison_create(
        name="which way", base=base, sources=made, held_out=held_out_set(), pairs=held, now=NOW
    )
    assert work(run).state == "done"
    for address in (
        f"/training/{run.pk}/",
        "/training/sums/",
        f"/training/from/{base.pk}/compare/",
    ):
        page.goto(live_server.url + address)
        assert_accessible(page)
