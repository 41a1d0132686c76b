"""The circle's last link: what raters preferred is what TRL trains on, unchanged.

Ratings go through the services, the pairs through `manage.py export`, the file through
`datasets`, and a tiny random GPT-J takes three steps of DPO on it: offline, on the CPU.
"""

import json
from pathlib import Path

import pytest
from django.core.management import call_command

from raters.services.study_states import study_close
from tests.factories import NOW, claim, make_raters, make_study, submit

LONGEST = 256


@pytest.fixture
def pairs(db, tmp_path) -> Path:
    """Three raters on eight questions; they like S2 best, mostly."""
    study = make_study(questions=8, raters_per_triple=3)
    for number, rater in enumerate(make_raters(study, 3)):
        for turn in range(study.triple_count):
            assignment = claim(rater)
            said = "S2" if (number + turn) % 4 else "S1"
            position = assignment.triple.members.get(source__name=said).position
            submit(rater, assignment, slot=assignment.order.index(str(position)))
            rater.refresh_from_db()
    study_close(study=study, user=study.owner, now=NOW)
    path = tmp_path / "dpo.jsonl"
    call_command("export", study=study.name, format="dpo", out=str(path))
    return path


@pytest.fixture
def offline(monkeypatch, tmp_path):
    """No hub, no reports, and caches that the test takes away with it."""
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))


def small_tokenizer(texts: list[str]):
    from tokenizers import ByteLevelBPETokenizer
    from transformers import PreTrainedTokenizerFast

    bpe = ByteLevelBPETokenizer()
    bpe.train_from_iterator(texts, vocab_size=500, special_tokens=["<|endoftext|>"])
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe._tokenizer, eos_token="<|endoftext|>", pad_token="<|endoftext|>"
    )


def small_gptj(tokenizer):
    import torch
    from transformers import GPTJConfig, GPTJForCausalLM

    torch.manual_seed(0)
    config = GPTJConfig(
        vocab_size=len(tokenizer),
        n_positions=LONGEST,
        n_embd=32,
        n_layer=2,
        n_head=2,
        rotary_dim=8,
        bos_token_id=tokenizer.eos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return GPTJForCausalLM(config)


def test_a_tiny_gptj_takes_three_steps_of_dpo_on_the_exported_pairs(pairs, offline, tmp_path):
    import torch
    from datasets import load_dataset
    from trl import DPOConfig, DPOTrainer

    data = load_dataset(
        "json", data_files=str(pairs), split="train", cache_dir=str(tmp_path / "cache")
    )
    manifest = json.loads(pairs.with_name("dpo.jsonl.manifest.json").read_text())
    assert len(data) == manifest["rows"] > 8
    assert data.column_names == manifest["columns"]

    tokenizer = small_tokenizer([row["prompt"] + row["chosen"] for row in data])
    # TRL cuts what is too long without a word; here nothing is.
    assert max(len(tokenizer(r["prompt"] + r["chosen"])["input_ids"]) for r in data) < LONGEST
    model = small_gptj(tokenizer)
    before = {name: weights.clone() for name, weights in model.named_parameters()}
    trainer = DPOTrainer(
        model=model,
        args=DPOConfig(
            output_dir=str(tmp_path / "out"),
            max_steps=3,
            per_device_train_batch_size=4,
            learning_rate=1e-3,
            max_length=LONGEST,
            precompute_ref_log_probs=True,
            use_cpu=True,
            bf16=False,
            report_to=[],
            save_strategy="no",
            logging_steps=1,
            disable_tqdm=True,
        ),
        train_dataset=data,
        processing_class=tokenizer,
    )
    trained = trainer.train()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    assert trained.global_step == 3
    assert losses[0] == pytest.approx(0.6931, abs=1e-3)  # ln 2: the model is its own reference
    assert all(loss == loss for loss in losses)
    assert any(not torch.equal(w, before[name]) for name, w in model.named_parameters())


def test_prompt_and_completion_meet_on_a_token_boundary(pairs):
    """Else TRL would train on another context than the one the sources had."""
    rows = [json.loads(line) for line in pairs.read_text().splitlines()]
    tokenizer = small_tokenizer([row["prompt"] + row["chosen"] for row in rows])
    for row in rows:
        prompt = tokenizer(row["prompt"])["input_ids"]
        for side in ("chosen", "rejected"):
            whole = tokenizer(row["prompt"] + row[side])["input_ids"]
            assert whole[: len(prompt)] == prompt
