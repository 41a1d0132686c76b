"""Files to train on: what their manifest does not vouch for is refused, in a sentence."""

import hashlib
import json
from pathlib import Path

import pytest

from generation.datasets.preferences import FileRefused, hold_out, read_preferences, rules


def row(question: int, chosen: str = "STaR", rejected: str = "few-shot", more: str = "") -> dict:
    return {
        "prompt": f"Q: {question}?\nA:",
        "chosen": f" {question}.{more}",
        "rejected": " None at all.",
        "chosen_source": chosen,
        "rejected_source": rejected,
        "question": f"q{question}",
    }


def save(path: Path, rows: list[dict], *, changed: str = "", **about) -> Path:
    content = "".join(json.dumps(each) + "\n" for each in rows)
    manifest = {
        "export": "dpo.jsonl",
        "format_version": 2,
        "sha256": hashlib.sha256(content.encode()).hexdigest(),
        "wishes": {},
        "study": {"code": "s1", "question_set": "shelves"},
        **about,
    }
    path.write_text(content + changed)
    path.with_name(f"{path.name}.manifest.json").write_text(json.dumps(manifest))
    return path


@pytest.fixture
def path(tmp_path):
    return tmp_path / "dpo.jsonl"


def test_a_file_with_its_manifest_is_read(path):
    rows = [row(n) for n in range(3)]
    found = read_preferences(save(path, rows, wishes={"split": "train"}), "dpo.jsonl")
    assert found.rows == tuple(rows)
    assert (found.split, found.study, found.questions) == ("train", "s1", "shelves")
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ({"changed": "{}\n"}, "its checksum differs"),
        ({"format_version": 1}, "is of format 1; this version reads format 2: export it again"),
        ({"export": "kto.jsonl"}, r"is kto\.jsonl, not dpo\.jsonl"),
        ({"wishes": {"conversational": True}}, "export it without --conversational"),
        ({"rows": []}, "holds no rows"),
        ({"rows": [["Q"]]}, "Line 1 of .* has no prompt and no chosen and no rejected"),
        ({"rows": [{"prompt": "Q"}]}, "Line 1 of .* has no chosen and no rejected"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused(path, made, said):
    with pytest.raises(FileRefused, match=said):
        read_preferences(save(path, **{"rows": [row(1)], **made}), "dpo.jsonl")


def test_a_file_or_a_manifest_that_is_not_there_is_named(path):
    with pytest.raises(FileRefused, match=r"no manifest 'dpo\.jsonl\.manifest\.json' beside"):
        read_preferences(path, "dpo.jsonl")
    save(path, [row(1)])
    path.with_name("dpo.jsonl.manifest.json").write_text("{")
    with pytest.raises(FileRefused, match="is no JSON"):
        read_preferences(path, "dpo.jsonl")
    save(path, [row(1)]).unlink()
    with pytest.raises(FileRefused, match="cannot be read: No such file"):
        read_preferences(path, "dpo.jsonl")


def test_a_fifth_of_the_questions_is_held_out_always_the_same(path):
    found = read_preferences(save(path, [row(n // 2, more=str(n)) for n in range(40)]), "dpo.jsonl")
    kept, held = hold_out(found)
    assert (len(kept), len(held)) == (32, 8)
    assert not {r["question"] for r in kept} & {r["question"] for r in held}
    assert hold_out(found) == (kept, held)


def test_another_file_is_measured_on_unless_it_shares_a_question(path, tmp_path):
    found = read_preferences(save(path, [row(1), row(2)], wishes={"split": "train"}), "dpo.jsonl")
    split = {"wishes": {"split": "validation"}}
    other = read_preferences(save(tmp_path / "validation.jsonl", [row(3)], **split), "dpo.jsonl")
    assert hold_out(found, other) == (found.rows, other.rows)
    with pytest.raises(FileRefused, match="1 questions are in both files"):
        hold_out(found, read_preferences(save(tmp_path / "a.jsonl", [row(2)]), "dpo.jsonl"))
    with pytest.raises(FileRefused, match="This is the validation split"):
        hold_out(other)


def test_too_few_questions_to_hold_any_out_are_refused(path):
    with pytest.raises(FileRefused, match="4 questions are too few"):
        hold_out(read_preferences(save(path, [row(n) for n in range(4)]), "dpo.jsonl"))


def test_what_no_reading_gets_right():
    trained = [row(1), row(2), row(3, "few-shot", "human")]
    held = [
        row(4),  # STaR is chosen; the text is the shorter one
        row(5, "few-shot", "STaR", more=" And a long tail."),
        row(6, "human", "few-shot"),  # STaR is in neither: a half
        row(7, more="2345678901"),  # both 13 letters: a half
    ]
    found = rules(trained, held)
    assert found.source == "STaR"
    assert found.always_source == (1 + 0 + 0.5 + 1) / 4
    assert found.longer == (0 + 1 + 0 + 0.5) / 4
