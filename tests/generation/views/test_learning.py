"""Learning from raters as pages: who may, handing a file over, queueing, what a run and a
comparison show. Alice is a researcher, Root an admin.
"""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from generation.models import TrainingPart, TrainingRun
from generation.services.pair_files import pair_file_find, pair_files
from tests.factories import make_question_set, make_researcher
from tests.generation.datasets.test_preferences import row, save
from tests.generation.services.test_comparisons import Scorer, make_trained, pairs_file
from tests.generation.services.trainer import held_out_set, use_learner, work
from tests.generation.services.writer import make_source
from tests.generation.views.test_training import text

pytestmark = pytest.mark.django_db(transaction=True)
FRAGMENT = {"X-Fragment": "1"}


@pytest.fixture(autouse=True)
def _work(settings, tmp_path, monkeypatch):
    settings.MODELS_DIR = tmp_path / "models"
    use_learner(monkeypatch)
    monkeypatch.setattr("generation.services.training_parts.source_sampler", Scorer)


def hand_over(client, path):
    files = [path, path.with_name(f"{path.name}.manifest.json")]
    file, manifest = (SimpleUploadedFile(each.name, each.read_bytes()) for each in files)
    return client.post(reverse("pair-file-new"), {"file": file, "manifest": manifest})


@pytest.fixture
def kept(admin_client, tmp_path):
    """Twenty pairs of twenty questions, handed over."""
    make_question_set("shelves", questions=3)
    path = save(tmp_path / "dpo.jsonl", [row(n) for n in range(20)])
    response = hand_over(admin_client, path)
    (found,) = pair_files()
    assert (response.status_code, response.url) == (
        302, f"/training/preferences/?pairs={found.key}#new"
    )  # fmt: skip
    return found


def asked(kept, **more) -> dict[str, object]:
    given = {
        "name": "liked", "base": make_source("base").pk, "kind": "dpo", "pairs": kept.key,
        "held_out": "", "epochs": 1, "rate": 1e-5, "beta": 0.1, "rows": 4, "seed": 0,
        "lora_rank": 0, "dtype": "float32", "processes": 1,
    }  # fmt: skip
    return given | more


# --- who may ---
def test_only_an_admin_hands_files_over_queues_and_compares(client, admin_client):
    addresses = [
        ("get", reverse("preference-new")), ("post", reverse("preference-new")),
        ("post", reverse("pair-file-new")),
        ("get", reverse("comparison-new", args=[make_source().pk])),
    ]  # fmt: skip
    for method, url in addresses:
        assert getattr(client, method)(url).status_code == 404
        assert getattr(admin_client, method)(url).status_code in (200, 422)
        assert getattr(Client(), method)(url).url.startswith("/sign-in/")


def test_a_run_on_anothers_questions_is_not_found(kept, client, admin_client):
    admin_client.post(reverse("preference-new"), asked(kept))
    run = TrainingRun.objects.get()
    assert client.get(reverse("run", args=[run.pk])).status_code == 200
    run.question_set.created_by = make_researcher("bob")
    run.question_set.save()
    assert client.get(reverse("run", args=[run.pk])).status_code == 404


# --- handing over, queueing ---
def test_a_file_that_its_manifest_does_not_vouch_for_is_refused_beside_the_form(
    admin_client, tmp_path
):
    response = hand_over(admin_client, save(tmp_path / "dpo.jsonl", [row(1)], changed="{}\n"))
    assert response.status_code == 422
    assert "its checksum differs" in text(response)
    assert pair_files() == []


def test_a_run_is_queued_from_a_kept_file_which_the_form_names(kept, admin_client):
    page = text(admin_client.get(reverse("preference-new") + f"?pairs={kept.key}"))
    assert f'<option value="{kept.key}" selected>' in page
    response = admin_client.post(reverse("preference-new"), asked(kept))
    run = TrainingRun.objects.get()
    assert (response.status_code, response.url) == (302, f"/training/{run.pk}/")
    assert (run.kind, run.settings["pairs"]) == ("dpo", str(pair_file_find(key=kept.key).path))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"kind": "sft"}, "is dpo.jsonl, not sft.jsonl"),
        ({"rate": 7}, "goes from 1e-09 to 1, not 7"),
        ({"pairs": "0" * 64}, "is not one of the available choices"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_queued(kept, admin_client, changed, said):
    response = admin_client.post(reverse("preference-new"), asked(kept, **changed))
    assert response.status_code == 422
    assert said in text(response)
    assert 'value="liked"' in text(response)
    assert not TrainingRun.objects.exists()


# --- a run ---
def test_a_run_tells_loss_margin_and_accuracy_beside_the_rules_while_it_goes_on(
    kept, admin_client, client
):
    admin_client.post(reverse("preference-new"), asked(kept))
    run = TrainingRun.objects.get()
    url = reverse("run", args=[run.pk])
    assert "Waits for a worker that trains." in text(client.get(url))
    TrainingPart.objects.filter(run=run).update(
        state="running", lease_until="2030-01-01T00:00Z", steps=8, steps_done=3, loss=0.61234,
        told={"margin": 0.4567, "held_out_accuracy": 0.75, "looks": [[1, 0.5], [3, 0.75]]},
    )  # fmt: skip
    page = text(client.get(url, headers=FRAGMENT))
    assert 'data-running="3"' in page
    assert "Step 3 of 8, loss 0.612." in page
    assert "16 pairs are trained on, 4 held out" in page
    for name, value in (("this run", "75.0 %"), ("always STaR", "100.0 %"),
                        ("the longer one", "0.0 %"), ("margin in training", "0.457")):  # fmt: skip
        assert f'<th scope="row">{name}</th><td class="number">{value}</td>' in page
    assert page.count("<path") == 3
    assert "liked" in text(client.get(reverse("runs")))
    assert "75.0 %" in text(client.get(reverse("runs")))


def test_stopping_a_dpo_run_says_that_it_goes_on_from_its_checkpoint(kept, admin_client):
    admin_client.post(reverse("preference-new"), asked(kept))
    run = TrainingRun.objects.get()
    run.parts.update(steps=8, steps_done=3)
    page = text(admin_client.get(reverse("run-stop", args=[run.pk])))
    assert "stops at step 3 of 8, and goes on from its last checkpoint" in page


def test_a_file_that_is_gone_is_said_and_the_page_stands(kept, admin_client, client):
    admin_client.post(reverse("preference-new"), asked(kept))
    kept.path.unlink()
    page = text(client.get(reverse("run", args=[TrainingRun.objects.get().pk])))
    assert "cannot be read" in page


# --- a comparison ---
def test_a_comparison_is_queued_and_shows_each_way_to_learn_with_intervals(
    admin_client, client, tmp_path
):
    base = make_source("base")
    learned = pairs_file(tmp_path / "train", "dpo.jsonl", range(5))
    made = [make_trained(base, name, name, learned) for name in ("dpo", "all")]
    hand_over(admin_client, pairs_file(tmp_path / "held", "dpo.jsonl", range(5, 8)))
    url = reverse("comparison-new", args=[base.pk])
    assert "All right ones, the best rated, or pairs by DPO" in text(admin_client.get(url))
    (held,) = pair_files()
    given = {
        "name": "which way", "sources": [each.pk for each in made], "pairs": held.key,
        "held_out": held_out_set().pk, "max_new_tokens": 64,
    }  # fmt: skip
    response = admin_client.post(url, given)
    run = TrainingRun.objects.get(kind="compare")
    assert response.url == f"/training/{run.pk}/"
    assert "0 of 6 parts are measured" in text(client.get(response.url, headers=FRAGMENT))
    assert work(run).state == "done"
    page = text(client.get(response.url))
    assert "“all” gets as much right as “dpo”." in page
    assert "pairs (DPO)" in page
    assert "100.0 % (43.9 to 100.0)" in page  # Wilson, three of three questions
    assert "Each source is one training run: another seed would give another model" in page


def test_nothing_to_compare_says_what_to_do(admin_client):
    url = reverse("comparison-new", args=[make_source().pk])
    assert "Nothing was trained from a model yet." in text(admin_client.get(url))
