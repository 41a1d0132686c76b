"""Model folders and hub ids: load, save, and say exactly which weights they are.

Only safetensors are read and no code from a model repository is run. Knows nothing of prompts.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel
from transformers import PreTrainedTokenizerBase as Tokenizer

HASHES = "SHA256SUMS"
# Weights, settings, and what any tokenizer reads: vocabularies, merges, templates.
DECIDING = ("*.safetensors", "*.json", "*.model", "*.txt", "*.tiktoken", "*.jinja", "*.bpe")


@dataclass(frozen=True)
class Checkpoint:
    """A loaded model. `revision` is the commit of a hub model, the content hash of a folder."""

    model: PreTrainedModel
    tokenizer: Tokenizer
    name: str
    revision: str

    @property
    def positions(self) -> int:
        """The longest text, prompt and rationale together, that the model can hold."""
        config = self.model.config
        return int(
            getattr(config, "n_positions", None)
            or getattr(config, "max_position_embeddings", None)
            or self.tokenizer.model_max_length
        )


def load_checkpoint(
    name: str,
    *,
    revision: str | None = None,
    device: str = "cpu",
    dtype: torch.dtype = torch.float32,
) -> Checkpoint:
    """A folder's or a hub model's weights, ready to generate."""
    tokenizer = AutoTokenizer.from_pretrained(name, revision=revision, trust_remote_code=False)
    model = AutoModelForCausalLM.from_pretrained(
        name, revision=revision, dtype=dtype, use_safetensors=True, trust_remote_code=False
    )
    set_pad_token(model, tokenizer)
    model.to(device).eval()  # type: ignore[arg-type]  # its decorator hides the signature
    folder = Path(name)
    exact = content_hash(folder) if folder.is_dir() else getattr(model.config, "_commit_hash", None)
    return Checkpoint(model, tokenizer, name, exact or revision or "unknown")


def set_pad_token(model: PreTrainedModel, tokenizer: Tokenizer) -> None:
    """GPT-J comes without one; its end-of-text token never matters under the attention mask."""
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    tokenizer.padding_side = "left"
    model.config.pad_token_id = tokenizer.pad_token_id


def save_checkpoint(model: PreTrainedModel, tokenizer: Tokenizer, folder: Path) -> None:
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def content_hash(folder: Path) -> str:
    """One hash over all files that decide what the model writes; the card may change freely."""
    lines = "".join(f"{digest}  {name}\n" for name, digest in file_hashes(folder).items())
    return hashlib.sha256(lines.encode()).hexdigest()


def file_hashes(folder: Path) -> dict[str, str]:
    """Read piece by piece: a shard may be larger than the memory."""
    found = {}
    for path in sorted(file for kind in DECIDING for file in folder.glob(kind)):
        with path.open("rb") as file:
            found[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def write_hashes(folder: Path) -> None:
    """In the format of `sha256sum`, so that `sha256sum -c SHA256SUMS` checks a folder."""
    lines = [f"{digest}  {name}\n" for name, digest in file_hashes(folder).items()]
    (folder / HASHES).write_text("".join(lines))


def hashes_hold(folder: Path) -> bool:
    lines = (folder / HASHES).read_text().splitlines()
    written = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    return written == file_hashes(folder)
