"""The training pages' part of the stage for take_screenshots.py: runs whose figures are made up.

A picture needs no GPU: the rows are written as workers would have left them, with numbers drawn
from a seed. Nothing here is a result.
"""

import json
import random
from hashlib import sha256
from pathlib import Path
from typing import Any

LOOPS = (48.0, 55.0, 61.0, 66.0)


def set_the_training(owner: Any, now: Any) -> dict[str, str]:
    """Addresses of a STaR run, a run by DPO half-way, a comparison, and the curve on sums."""
    from generation.models import QuestionSet
    from generation.services.problems import problems_make
    from generation.services.sources import source_create

    for name, seed in (("word problems", 3), ("word problems, held out", 4)):
        problems_make(number=60, seed=seed, set_name=name, user=owner, now=now)
    learn, held_out = QuestionSet.objects.filter(name__startswith="word problems").order_by("name")
    model = {"model": "lab/tiny-gpt-j", "prompt": "few-shot", "style": "word-problems", "now": now}
    base = source_create(name="tiny GPT-J", kind="few-shot", **model)
    rng = random.Random(11)
    star = _star(base, learn, held_out, model, rng, now)
    pairs, file = _pairs(learn, rng)
    made = {
        kind: source_create(name=name, kind="preferences", parent=base, **model)
        for kind, name in (("all", "all right ones"), ("sft", "best rated"), ("dpo", "by DPO"))
    }
    for kind, source in made.items():
        _learned(base, learn, source.name, kind, file, now, source=source)
    begun = _learned(base, learn, "by DPO, smaller steps", "dpo", file, now)
    compared = _compared(base, [base, *made.values()], learn, held_out, file, pairs, rng, now)
    return {
        "run": f"/training/{star.pk}/",
        "dpo": f"/training/{begun.pk}/",
        "compare": f"/training/{compared.pk}/",
        "sums": "/training/sums/",
        "list": "/training/",
    }


def _star(base, learn, held_out, model, rng, now):  # type: ignore[no-untyped-def]
    from dataclasses import asdict

    from generation.models import Source, TrainingRun
    from generation.services.training_settings import TrainingSettings

    run = TrainingRun.objects.create(
        name="STaR, first run", base=base, question_set=learn, held_out=held_out,
        settings=asdict(TrainingSettings(loops=3, seed=1)), state="done", created_at=now,
        finished_at=now,
    )  # fmt: skip
    before = base
    for loop, share in enumerate(LOOPS):
        source = before
        if loop:
            source = Source.objects.create(
                name=f"{run.name}, loop {loop}", kind="star", parent=before, created_at=now,
                **{name: model[name] for name in ("model", "prompt", "style")},
            )  # fmt: skip
            kept = _batch(before, learn, share / 100, rng, now)
            right = kept.rationales.filter(verdict="right").values_list("pk", flat=True)
            run.parts.create(
                loop=loop, name="train", state="done", source=source, kept_ids=list(right),
                steps=40, steps_done=40, loss=1.2 - loop / 5,
                checkpoint_hash=sha256(source.name.encode()).hexdigest(),
            )  # fmt: skip
        measured = _batch(source, held_out, share / 100, rng, now)
        run.parts.create(loop=loop, name="measure", state="done", batch=measured)
        before = source
    return run


def _batch(source, questions, share, rng, now):  # type: ignore[no-untyped-def]
    """One greedy rationale a question, right about this often."""
    from generation.models import GenerationBatch, Rationale

    batch = GenerationBatch.objects.create(
        source=source, question_set=questions, kind="generation", state="done", created_at=now,
        finished_at=now,
    )  # fmt: skip
    Rationale.objects.bulk_create(
        Rationale(
            batch=batch, source=source, question=question, text=question.solution or "So it is.",
            answer=question.gold_answer, verdict="right" if rng.random() < share else "wrong",
            tokens=rng.randrange(40, 90), created_at=now,
        )
        for question in questions.questions.all()
    )  # fmt: skip
    return batch


def _pairs(learn, rng):  # type: ignore[no-untyped-def]
    """A file as a study is exported to, kept."""
    from generation.services.pair_files import pair_file_keep

    rows = [
        {
            "prompt": f"Q: {question.text}\nA:", "question": question.key,
            "chosen": " " + "step by step. " * rng.randrange(3, 9), "rejected": " It is so.",
            "chosen_source": rng.choice(["careful", "careful", "terse"]),
            "rejected_source": "winding",
        }
        for question in learn.questions.all()
    ]  # fmt: skip
    content = "".join(json.dumps(row) + "\n" for row in rows).encode()
    about = {
        "export": "dpo.jsonl", "format_version": 2, "rows": len(rows),
        "sha256": sha256(content).hexdigest(), "wishes": {"split": "train"},
        "study": {"name": "Which wording reasons best?", "question_set": learn.name},
    }  # fmt: skip
    kept = pair_file_keep(content=[content], manifest=json.dumps(about).encode())
    return rows, kept.path


def _learned(base, learn, name, kind, file: Path, now, source=None):  # type: ignore[no-untyped-def]
    """A run that is done and made its source, or one half-way."""
    from dataclasses import asdict

    from generation.models import TrainingRun
    from generation.services.preferring import PreferenceSettings

    run = TrainingRun.objects.create(
        name=name, kind=kind, base=base, question_set=learn, held_out=learn,
        settings=asdict(PreferenceSettings(pairs=str(file), rate=1e-5)), created_at=now,
        state="done" if source else "running", finished_at=now if source else None,
    )  # fmt: skip
    looks = [[step, share] for step, share in zip((6, 12, 18), (0.58, 0.67, 0.75), strict=True)]
    told = {"margin": 0.412, "held_out_accuracy": 0.75, "looks": looks} if kind == "dpo" else {}
    run.parts.create(
        loop=1, name="train", state="done" if source else "running", source=source, steps=48,
        steps_done=48 if source else 19, loss=0.5312, told=told, seconds=310,
        lease_until=None if source else now.replace(year=now.year + 1),
    )  # fmt: skip
    return run


def _compared(base, sources, learn, held_out, file, pairs, rng, now):  # type: ignore[no-untyped-def]
    from generation.models import TrainingRun

    run = TrainingRun.objects.create(
        name="Why not train on all three?", kind="compare", base=base, question_set=learn,
        held_out=held_out, state="done", created_at=now, finished_at=now,
        settings={
            "sources": [source.pk for source in sources], "pairs": str(file),
            "sha256": file.parent.name, "max_new_tokens": 128,
        },
    )  # fmt: skip
    for number, (source, right, likes) in enumerate(
        zip(sources, (0.48, 0.57, 0.62, 0.6), (0.5, 0.52, 0.62, 0.72), strict=True)
    ):
        measured = _batch(source, held_out, right, rng, now)
        run.parts.create(loop=number, name="measure", state="done", batch=measured)
        scores = [[-20.0 if rng.random() < likes else -60.0, 20, -40.0, 20] for _ in pairs]
        run.parts.create(loop=number, name="score", state="done", told={"scores": scores})
    return run
