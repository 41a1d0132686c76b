"""The calculator: what stands in `<<... =` is computed, safely, and written into the text."""

import re

import pytest
import torch

from generation.lm import sampling
from generation.lm.calculator import computed
from generation.lm.checkpoints import load_checkpoint
from generation.lm.sampling import Sampler
from tests.data import data_file
from tests.tiny_model import save_speaking_model


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("sold 48/2 = <<48/2=", "24>>"),
        ("<<(2+3)*4=", "20>>"),
        ("<<1,200+$50=", "1250>>"),
        ("<<10/4=", "2.5>>"),
        ("<<10/3=", "3.33>>"),
        ("<<20%*50=", "10>>"),
        ("<<5-8=", "-3>>"),
        ("<<.5*8=", "4>>"),
        ("<<1=24>><<2*3=", "6>>"),
        ("48/2 =", None),
        ("<<48/2=24>>", None),
        ("<<48/2", None),
        ("<<1/0=", None),
        ("<<(1+2=", None),
        ("<<2**9999999=", None),
        ("<<__import__('os')=", None),
        ("<<2x+1=", None),
        (f"<<{'(' * 200}1=", None),
        (f"<<{'9*' * 45}9=", None),
        ("<<1+1\n=", None),
    ],
)
def test_plain_arithmetic_is_computed_and_nothing_else(text, result):
    assert computed(text) == result


def test_it_reckons_as_the_authors_of_gsm8k_did():
    sums = re.findall(r"<<([^<>=]+)=([^<>=]+)>>", data_file("gsm8k/train.jsonl").read_text())
    same = sum(computed(f"<<{left}=") == f"{right}>>" for left, right in sums)
    assert len(sums) > 20_000
    assert same / len(sums) > 0.97, "most of the others write 27.00"


def test_the_result_is_forced_into_what_a_model_writes(tmp_path):
    sampler = Sampler(load_checkpoint(str(save_speaking_model(tmp_path, ["<<48/2=", "."]))))
    settings = {"temperature": 1.0, "seeds": range(8), "max_new_tokens": 40}
    free = sampler.generate(["Q"] * 8, **settings)
    forced = sampler.generate(["Q"] * 8, **settings, force=computed)
    assert not any("24>>" in written.text for written in free)
    for written in forced:
        assert "<<48/2=24>>" in written.text
        assert not re.search(r"<<48/2=(?!24>>|2?4?>?\Z)", written.text)
        assert written.tokens == 40
    one_by_one = [
        sampler.generate(["Q"], **{**settings, "seeds": [seed]}, force=computed)[0]
        for seed in range(8)
    ]
    assert forced == one_by_one


def test_where_memory_is_short_fewer_rows_are_written_at_once(tmp_path, monkeypatch, caplog):
    sampler = Sampler(load_checkpoint(str(save_speaking_model(tmp_path, ["one ", "two "]))))
    settings = {"temperature": 1.0, "seeds": range(10), "max_new_tokens": 5}
    whole = sampler.generate(["Q"] * 10, **settings)
    run, sizes = sampling.Batch.run, []

    def scarce(batch, *given):
        sizes.append(len(batch.rows))
        if len(batch.rows) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
        return run(batch, *given)

    monkeypatch.setattr(sampling.Batch, "run", scarce)
    assert sampler.generate(["Q"] * 10, **settings) == whole
    assert sizes == [10, 5, 2, 2, 2, 2, 2]
    assert sampler.conditions["rows"] == 2
    assert "10 rows do not fit in the memory; going on with 5." in caplog.text


def test_one_row_that_does_not_fit_and_any_other_failure_is_not_hidden(tmp_path, monkeypatch):
    sampler = Sampler(load_checkpoint(str(save_speaking_model(tmp_path, ["one ", "two "]))))
    for problem in (MemoryError(), RuntimeError("shapes do not match")):
        monkeypatch.setattr(sampling.Batch, "run", lambda *_, p=problem: (_ for _ in ()).throw(p))
        with pytest.raises(type(problem)):
            sampler.generate(["Q"] * 2, temperature=0, seeds=[0, 1])
