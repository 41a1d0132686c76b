"""Sources trained from one base, beside it: what is measured, refused, and what the figures say.

Hand-made likelihoods stand in for torch: six pairs of three questions, and four questions to write
for.
"""

import pytest

from generation.lm.checkpoints import content_hash
from generation.lm.scoring import Likelihood
from generation.models import QuestionSet, Source, TrainingPart, TrainingRun
from generation.services.backends import source_sampler
from generation.services.comparison_figures import (
    comparison_against,
    comparison_arms,
    comparison_rules,
    preferred,
    rewarded,
)
from generation.services.comparisons import comparable_sources, comparison_create
from generation.services.training import run_resume, run_stop
from generation.services.training_parts import part_run
from generation.services.training_settings import TrainingRefused
from tests.factories import NOW
from tests.generation.datasets.test_preferences import row, save
from tests.generation.services.trainer import held_out_set, use_learner, work
from tests.generation.services.writer import make_source
from tests.tiny_model import save_tiny_model

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _worker(settings, tmp_path, monkeypatch):
    settings.MODELS_DIR = tmp_path / "models"
    use_learner(monkeypatch)
    monkeypatch.setattr("generation.services.training_parts.source_sampler", Scorer)


class Scorer:
    """The base likes what is short; what was trained likes what says a number."""

    revision = "hash"

    def __init__(self, source: Source) -> None:
        self.trained = source.parent is not None

    def likelihoods(self, texts, progress):
        found = []
        for number, (_, text) in enumerate(texts):
            progress(number)
            by_number = 3.0 if self.trained and any(c.isdigit() for c in text) else 0.0
            found.append(Likelihood(by_number - len(text), len(text)))
        return found


def make_trained(base: Source, name: str, kind: str, pairs) -> Source:
    """As training leaves it."""
    rated = shelves()
    settings = {"pairs": str(pairs), "held_out": "", "sha256": "", "held_out_sha256": ""}
    run = TrainingRun.objects.create(
        name=name, kind=kind, base=base, question_set=rated, held_out=rated, settings=settings,
        state="done", created_at=NOW, finished_at=NOW,
    )  # fmt: skip
    source = make_source(name, kind="preferences", parent=base)
    TrainingPart.objects.create(run=run, loop=1, name="train", state="done", source=source)
    return source


def shelves() -> QuestionSet:
    return QuestionSet.objects.filter(name="shelves").first() or held_out_set(
        "shelves", first=60, questions=8
    )


def pairs_file(folder, name: str, questions: range):
    keys = list(shelves().questions.order_by("key").values_list("key", flat=True))
    rows = [{**row(n), "question": keys[n]} for n in questions for _ in range(2)]
    folder.mkdir(exist_ok=True)
    return save(folder / name, rows)


@pytest.fixture
def base():
    return make_source("base")


@pytest.fixture
def trained_on(base, tmp_path):
    return pairs_file(tmp_path / "train", "dpo.jsonl", range(5))


@pytest.fixture
def held_out(tmp_path, trained_on):
    return pairs_file(tmp_path / "held", "dpo.jsonl", range(5, 8))


def compared(base, sources, pairs, **more) -> TrainingRun:
    given = {"name": "which way", "held_out": held_out_set(), "now": NOW, **more}
    return comparison_create(base=base, sources=sources, pairs=pairs, **given)


def test_each_source_and_the_base_writes_and_is_scored_and_the_run_is_done(
    base, trained_on, held_out
):
    made = [make_trained(base, name, name, trained_on) for name in ("dpo", "all")]
    assert comparable_sources(base=base) == made
    run = work(compared(base, made, held_out))
    assert (run.state, run.problem) == ("done", "")
    assert run.parts.filter(state="done").count() == 6
    assert run.parts.get(loop=0, name="score").told["scores"][0] == [-3.0, 3, -13.0, 13]

    arms = comparison_arms(run=run)
    assert [(arm.source, arm.learned) for arm in arms] == [
        ("base", "the base"), ("dpo", "pairs (DPO)"), ("all", "all right ones")
    ]  # fmt: skip
    base_arm, dpo, _ = arms
    assert (base_arm.accuracy.value, base_arm.accuracy.n) == (0.0, 4)
    assert (base_arm.prefers.value, base_arm.prefers.n, base_arm.prefers.questions) == (0.5, 6, 3)
    assert (base_arm.rewards, base_arm.against_base) == (None, None)
    assert (dpo.prefers.value, dpo.rewards.value) == (1.0, 1.0)
    assert (dpo.against_base.value, dpo.longer_than_base.value) == (0.0, 0.0)

    (against,) = comparison_against(run=run)
    assert (against.first, against.second, against.prefers.value) == ("all", "dpo", 0.0)
    rules = comparison_rules(run=run)
    assert (rules.source, rules.always_source, rules.longer) == ("STaR", 1.0, 0.0)


def test_a_model_of_our_own_scores_both_sides_of_each_pair(
    trained_on, held_out, tmp_path, monkeypatch
):
    monkeypatch.setattr("generation.services.training_parts.source_sampler", source_sampler)
    base = make_source("real", model=str(save_tiny_model(tmp_path / "model", positions=64)))
    run = compared(base, [make_trained(base, "dpo", "dpo", trained_on)], held_out)
    part = run.parts.get(loop=0, name="score")
    part_run(part_id=part.pk)
    part.refresh_from_db()
    assert (part.state, part.steps, part.checkpoint_hash) == (
        "done", 12, content_hash(tmp_path / "model"),
    )  # fmt: skip
    assert len(part.told["scores"]) == 6
    chosen, n, rejected, m = part.told["scores"][0]
    assert chosen < 0 > rejected
    assert 0 < n < m


def test_a_stopped_comparison_goes_on_where_it_was(base, trained_on, held_out):
    run = work(compared(base, [make_trained(base, "dpo", "dpo", trained_on)], held_out), most=1)
    run_stop(run=run, now=NOW)
    done = set(run.parts.filter(state="done").values_list("pk", flat=True))
    run_resume(run=run, now=NOW)
    assert work(run).state == "done"
    assert done < set(run.parts.filter(state="done").values_list("pk", flat=True))
    assert run.parts.count() == 4


def test_a_file_that_was_replaced_fails_the_comparison(base, trained_on, held_out):
    run = compared(base, [make_trained(base, "dpo", "dpo", trained_on)], held_out)
    pairs_file(held_out.parent, "dpo.jsonl", range(6, 8))
    work(run)
    assert run.state == "failed"
    assert "Scoring source 0 failed." in run.problem
    assert "was replaced since this was queued" in run.problem


def test_what_a_source_learned_from_measures_nothing(base, trained_on):
    made = make_trained(base, "dpo", "dpo", trained_on)
    with pytest.raises(TrainingRefused, match="'dpo' learned from 4 questions of the pairs"):
        compared(base, [made], trained_on)
    assert not TrainingRun.objects.filter(kind="compare").exists()


def test_held_out_questions_that_a_source_learned_from_are_refused(base, trained_on, held_out):
    made = make_trained(base, "dpo", "dpo", trained_on)
    with pytest.raises(TrainingRefused, match="'dpo' learned from 4 questions of 'shelves'"):
        compared(base, [made], held_out, held_out=shelves())


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"sources": []}, "Choose at least one source"),
        ({"max_new_tokens": 0}, "1 to 100,000 tokens, not 0"),
        ({"name": ""}, "A run needs a name"),
    ],
)
def test_what_cannot_be_is_refused(base, trained_on, held_out, changed, said):
    given = {"sources": [make_trained(base, "dpo", "dpo", trained_on)], **changed}
    with pytest.raises(TrainingRefused, match=said):
        compared(base, given.pop("sources"), held_out, **given)


def test_a_source_of_another_base_is_refused(base, trained_on, held_out):
    other = make_trained(make_source("another"), "dpo", "dpo", trained_on)
    with pytest.raises(TrainingRefused, match="'dpo' was not trained from 'base'"):
        compared(base, [other], held_out)


def test_likelier_is_by_the_token_and_gained_is_over_the_base():
    scores, before = (
        [[-10.0, 10, -9.0, 3], [-4.0, 2, -2.0, 1]],
        [[-12.0, 10, -9.0, 3], [0, 2, 0, 1]],
    )
    assert preferred(scores) == [1.0, 0.5]
    assert rewarded(scores, before) == [1.0, 0.0]
    assert rewarded(before, before) == [0.5, 0.5]
