"""Fine-tunes a model on prompts and completions with TRL, in a process of its own.

`python -m generation.lm.tuning FOLDER` (or `accelerate launch -m ...` for several GPUs) reads
`task.json` and `examples.jsonl` there, tells its progress in `progress.json`, and leaves the model
in `made/` and its hash in `made.json`. One thread and float32 on a CPU give the same bits again.
"""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TASK, EXAMPLES, PROGRESS, MADE = "task.json", "examples.jsonl", "progress.json", "made"


@dataclass(frozen=True)
class Tuning:
    """`rows` examples a step on each device; `lora_rank` 0 trains all weights."""

    model: str
    revision: str
    steps: int
    rate: float
    warm_up: int
    rows: int
    lora_rank: int
    dtype: str
    checkpointing: bool
    seed: int
    device: str
    threads: int


class ExampleTooLong(ValueError):
    """TRL would cut it without a word."""


def main(folder: Path) -> None:
    import torch
    from transformers import set_seed

    from generation.lm.checkpoints import content_hash, load_checkpoint, save_checkpoint

    task = Tuning(**json.loads((folder / TASK).read_text()))
    torch.set_num_threads(task.threads)
    set_seed(task.seed)
    lines = (folder / EXAMPLES).read_text("utf-8").splitlines()
    examples = [json.loads(line) for line in lines]
    base = load_checkpoint(
        task.model, revision=task.revision or None, dtype=getattr(torch, task.dtype)
    )
    longest = max(len(base.tokenizer(e["prompt"] + e["completion"])["input_ids"]) for e in examples)
    if longest >= base.positions:
        raise ExampleTooLong(
            f"A rationale has {longest} tokens with its question; {task.model} holds "
            f"{base.positions} with the end-of-text token."
        )
    trainer = make_trainer(base, examples, task, folder)
    trainer.train()
    if trainer.is_world_process_zero():
        trained: Any = trainer.accelerator.unwrap_model(trainer.model)
        model = trained.merge_and_unload() if task.lora_rank else trained
        save_checkpoint(model, base.tokenizer, folder / MADE)
        put(folder / f"{MADE}.json", {"hash": content_hash(folder / MADE)})


def make_trainer(base: Any, examples: list[dict[str, str]], task: Tuning, folder: Path) -> Any:
    from datasets import Dataset
    from peft import LoraConfig
    from trl import SFTConfig, SFTTrainer

    lora = LoraConfig(
        r=task.lora_rank, lora_alpha=2 * task.lora_rank, target_modules="all-linear",
        task_type="CAUSAL_LM",
    ) if task.lora_rank else None  # fmt: skip
    settings = SFTConfig(
        output_dir=str(folder / "trainer"),
        max_steps=task.steps,
        per_device_train_batch_size=task.rows,
        learning_rate=task.rate,
        lr_scheduler_type="constant_with_warmup",
        warmup_steps=task.warm_up,
        max_length=None,
        use_cpu=task.device == "cpu",
        bf16=task.dtype == "bfloat16",
        gradient_checkpointing=task.checkpointing,
        seed=task.seed,
        data_seed=task.seed,
        save_strategy="no",
        report_to=[],
        logging_steps=1,
        disable_tqdm=True,
        dataloader_pin_memory=False,
    )
    return SFTTrainer(
        model=base.model,
        args=settings,
        train_dataset=Dataset.from_list(examples),
        processing_class=base.tokenizer,
        peft_config=lora,
        callbacks=[telling(folder)],
    )


def telling(folder: Path) -> Any:
    """Writes down how far it is, and ends with whoever started it."""
    from transformers import TrainerCallback

    parent = os.getppid()

    class Telling(TrainerCallback):
        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
            if os.getppid() != parent:
                os._exit(1)
            if state.is_world_process_zero and "loss" in (logs or {}):
                done, steps = state.global_step, state.max_steps
                told = {"steps_done": done, "steps": steps, "loss": float(logs["loss"])}
                put(folder / PROGRESS, told)

    return Telling()


def put(file: Path, value: dict[str, Any]) -> None:
    """Whole or not at all: somebody may be reading."""
    unfinished = file.with_name(f".{file.name}")
    unfinished.write_text(json.dumps(value))
    unfinished.replace(file)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
