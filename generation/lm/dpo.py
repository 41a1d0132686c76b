"""Trains a model on preference pairs with TRL's DPO, in a process of its own as tuning.py does.

`python -m generation.lm.dpo FOLDER` reads `task.json`, `pairs.jsonl` and `held-out.jsonl` there,
tells its progress in `progress.json` (loss, margin and accuracy on the held-out pairs), and leaves
the model in `made/` and its hash in `made.json`. Started again in the same folder it goes on from
its last checkpoint. The reference is the model as it begins.
"""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .tuning import MADE, PROGRESS, TASK, ExampleTooLong, put

PAIRS, HELD_OUT = "pairs.jsonl", "held-out.jsonl"


@dataclass(frozen=True)
class Preferring:
    """`epochs` times through the pairs, `rows` pairs a step; `beta` is DPO's; `lora_rank` 0 trains
    all weights. It is measured, and can go on from there, `looks` times on the way."""

    model: str
    revision: str
    epochs: int
    rate: float
    beta: float
    rows: int
    lora_rank: int
    dtype: str
    checkpointing: bool
    seed: int
    device: str
    threads: int
    looks: int = 8


def main(folder: Path) -> None:
    import torch
    from transformers import set_seed
    from transformers.trainer_utils import get_last_checkpoint

    from generation.lm.checkpoints import content_hash, load_checkpoint, save_checkpoint

    task = Preferring(**json.loads((folder / TASK).read_text()))
    torch.set_num_threads(task.threads)
    set_seed(task.seed)
    pairs, held_out = (read(folder / name) for name in (PAIRS, HELD_OUT))
    base = load_checkpoint(
        task.model, revision=task.revision or None, dtype=getattr(torch, task.dtype)
    )
    check_lengths(base, [*pairs, *held_out])
    trainer = make_trainer(base, pairs, held_out, task, folder)
    begun = folder / "trainer"
    trainer.train(resume_from_checkpoint=get_last_checkpoint(begun) if begun.is_dir() else None)
    trainer.evaluate()
    if trainer.is_world_process_zero():
        trained: Any = trainer.accelerator.unwrap_model(trainer.model)
        model = trained.merge_and_unload() if task.lora_rank else trained
        save_checkpoint(model, base.tokenizer, folder / MADE)
        put(folder / f"{MADE}.json", {"hash": content_hash(folder / MADE)})


def read(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def check_lengths(base: Any, pairs: list[dict[str, str]]) -> None:
    """TRL cuts what is too long without a word, or the model fails in the middle."""
    texts = [pair["prompt"] + pair[side] for pair in pairs for side in ("chosen", "rejected")]
    longest = max(len(base.tokenizer(text)["input_ids"]) for text in texts)
    if longest >= base.positions:
        raise ExampleTooLong(
            f"A rationale has {longest} tokens with its question; {base.name} holds "
            f"{base.positions} with the end-of-text token."
        )


def make_trainer(
    base: Any,
    pairs: list[dict[str, str]],
    held_out: list[dict[str, str]],
    task: Preferring,
    folder: Path,
) -> Any:
    from datasets import Dataset
    from peft import LoraConfig
    from trl import DPOConfig, DPOTrainer

    steps = -(-len(pairs) // task.rows) * task.epochs
    every = max(1, steps // task.looks)
    lora = LoraConfig(
        r=task.lora_rank, lora_alpha=2 * task.lora_rank, target_modules="all-linear",
        task_type="CAUSAL_LM",
    ) if task.lora_rank else None  # fmt: skip
    settings = DPOConfig(
        output_dir=str(folder / "trainer"),
        num_train_epochs=task.epochs,
        per_device_train_batch_size=task.rows,
        per_device_eval_batch_size=1,  # TRL's accuracy is a mean over batches
        learning_rate=task.rate,
        beta=task.beta,
        max_length=None,
        precompute_ref_log_probs=True,
        use_cpu=task.device == "cpu",
        bf16=task.dtype == "bfloat16",
        gradient_checkpointing=task.checkpointing,
        seed=task.seed,
        data_seed=task.seed,
        eval_strategy="steps",
        eval_steps=every,
        save_strategy="steps",
        save_steps=every,
        save_total_limit=1,
        report_to=[],
        logging_steps=1,
        disable_tqdm=True,
        dataloader_pin_memory=False,
    )
    return DPOTrainer(
        model=base.model,
        args=settings,
        train_dataset=Dataset.from_list(pairs),
        eval_dataset=Dataset.from_list(held_out),
        processing_class=base.tokenizer,
        peft_config=lora,
        callbacks=[telling(folder)],
    )


def telling(folder: Path) -> Any:
    """Writes down how far it is and how well it prefers, and ends with whoever started it."""
    from transformers import TrainerCallback

    parent = os.getppid()
    told: dict[str, Any] = {"steps_done": 0, "loss": 0.0}

    class Telling(TrainerCallback):
        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
            if os.getppid() != parent:
                os._exit(1)
            said = logs or {}
            for name, where in NAMES.items():
                if where in said:
                    told[name] = float(said[where])
            told["steps_done"], told["steps"] = state.global_step, state.max_steps
            told["looks"] = looks(state.log_history)
            if state.is_world_process_zero:
                put(folder / PROGRESS, told)

    return Telling()


def looks(history: list[dict[str, float]]) -> list[tuple[int, float]]:
    """(step, accuracy on the held-out pairs) at each look, also of before a kill."""
    found = [(int(h["step"]), h[ACCURACY]) for h in history if ACCURACY in h]
    return sorted(dict(found).items())


ACCURACY = "eval_rewards/accuracies"
NAMES = {
    "loss": "loss",
    "margin": "rewards/margins",
    "held_out_margin": "eval_rewards/margins",
    "held_out_accuracy": ACCURACY,
}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
