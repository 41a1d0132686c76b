"""KTO, SFT, reward and RewardBench: their rules, by pairs whose result is plain to see."""

from itertools import chain

import pytest

from raters.exports import Tally
from raters.services.study_states import study_close
from tests.factories import NOW, make_raters, make_study
from tests.raters.exports.test_dpo import pick
from tests.raters.judged import make_judged, ranking

from .reading import content, csv_rows, json_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def judged(db):
    """S2 beats S1 and S3, S3 beats S1: by picks S2, S2, S3."""
    study = make_study(questions=1, raters_per_triple=3)
    for rater, source in zip(make_raters(study, 3), ("S2", "S2", "S3"), strict=True):
        pick(rater, source)
    study_close(study=study, user=study.owner, now=NOW)
    return study


def test_kto_calls_the_undefeated_good_the_defeated_bad_and_leaves_out_who_is_between(judged):
    tally = Tally()
    rows = {row["source"]: row for row in json_rows(judged, "kto.jsonl", tally=tally)}
    assert {source: row["label"] for source, row in rows.items()} == {"S2": True, "S1": False}
    assert (rows["S2"]["chosen_over"], rows["S1"]["rejected_for"]) == (2, 2)
    assert tally.counts["rationales chosen over some and rejected for others"] == 1


def test_sft_has_the_best_rated_of_a_question(judged):
    (row,) = json_rows(judged, "sft.jsonl")
    (best,) = [r for r in json_rows(judged, "kto.jsonl") if r["label"]]
    assert (row["source"], row["beats"]) == ("S2", 2)
    assert (row["prompt"], row["completion"]) == (best["prompt"], best["completion"])


def test_sft_has_no_row_where_two_are_equally_good(db):
    study = make_study(questions=1, raters_per_triple=2)
    for rater, source in zip(make_raters(study, 2), ("S2", "S3"), strict=True):
        pick(rater, source)
    study_close(study=study, user=study.owner, now=NOW)
    tally = Tally()
    assert json_rows(study, "sft.jsonl", tally=tally) == []
    assert tally.counts["questions without one best rationale"] == 1


def test_reward_is_dpo_with_each_side_whole(judged):
    pairs, rows = json_rows(judged, "dpo.jsonl"), json_rows(judged, "reward.jsonl")
    assert len(rows) == 3
    for pair, row in zip(pairs, rows, strict=True):
        assert row["chosen"] == pair["prompt"] + pair["chosen"]
        assert row["rejected"] == pair["prompt"] + pair["rejected"]
        assert row["margin"] == pair["margin"] > 0


def test_rewardbench_has_what_raters_saw_and_who_wrote_it(judged):
    rows, pairs = json_rows(judged, "rewardbench.jsonl"), json_rows(judged, "dpo.jsonl")
    assert [row["id"] for row in rows] == [1, 2, 3]
    for row, pair in zip(rows, pairs, strict=True):
        assert (row["chosen"], row["chosen_model"]) == (
            pair["chosen_shown"],
            pair["chosen_source"],
        )
        assert row["subset"] == "set of a study"
        assert not row["prompt"].startswith("Q:")


def test_conversations_hold_the_bare_question_and_the_rationale(judged):
    (row,) = json_rows(judged, "sft.jsonl", conversational=True)
    plain = json_rows(judged, "sft.jsonl")[0]
    (user,), (assistant,) = row["prompt"], row["completion"]
    assert (user["role"], assistant["role"]) == ("user", "assistant")
    assert user["content"] in plain["prompt"]
    assert assistant["content"] == plain["completion"].strip()


def test_only_pairs_as_sure_as_wished(judged):
    counts = [len(json_rows(judged, "dpo.jsonl", min_raters=n)) for n in (1, 2, 3, 4)]
    assert counts == [3, 2, 1, 0], "how many said something of the pair"
    sure = json_rows(judged, "dpo.jsonl", min_probability=0.7)
    assert [(r["chosen_source"], r["rejected_source"], r["probability"]) for r in sure] == [
        ("S2", "S1", 0.75)
    ]


@pytest.fixture
def split_vote(db):
    """S1 beats S3 by 5 to 0; S2 beats S1 and S3 by 3 to 2 only."""

    def says(rater, question, sources):
        if rater < 3:
            return ranking(sources, S1=2, S2=1, S3=3)
        return ranking(sources, S1=1, S2=3, S3=2)

    return make_judged(says, protocol="ranking", questions=1, raters_per_triple=5)


def test_no_wish_makes_a_rationale_good_that_raters_ranked_below_another(split_vote):
    tally = Tally()
    (best,) = json_rows(split_vote, "sft.jsonl")
    assert (best["source"], best["beats"]) == ("S2", 2)
    assert json_rows(split_vote, "sft.jsonl", tally=tally, min_probability=0.7) == []
    assert tally.counts["rationales of a pair that is less sure than wished"] == 1


def test_a_label_stands_only_where_every_pair_it_rests_on_is_as_sure_as_wished(split_vote):
    labels = {row["source"]: row["label"] for row in json_rows(split_vote, "kto.jsonl")}
    assert labels == {"S2": True, "S3": False}
    tally = Tally()
    assert json_rows(split_vote, "kto.jsonl", tally=tally, min_probability=0.7) == []
    assert tally.counts["rationales of a pair that is less sure than wished"] == 2
    assert tally.counts["rationales chosen over some and rejected for others"] == 1
    assert len(json_rows(split_vote, "kto.jsonl", min_raters=5)) == 2


def test_splits_part_the_rows_and_none_is_in_two(study):
    whole = json_rows(study, "dpo.jsonl")
    parts = [json_rows(study, "dpo.jsonl", split=s) for s in ("train", "validation", "test")]
    assert sorted(map(str, chain.from_iterable(parts))) == sorted(map(str, whole))


def test_csv_and_parquet_say_the_same_as_jsonl(judged, tmp_path):
    import pyarrow.parquet as pq

    rows = json_rows(judged, "dpo.jsonl")
    path = tmp_path / "dpo.parquet"
    path.write_bytes(content(judged, "dpo.parquet"))
    assert pq.read_table(path).to_pylist() == rows
    assert b"2026" not in pq.ParquetFile(path).metadata.created_by.encode()
    for row, cells in zip(rows, csv_rows(judged, "dpo.csv"), strict=True):
        assert cells["chosen"] == row["chosen"]
        assert float(cells["margin"]) == row["margin"]


def test_numbers_stay_numbers_in_csv_and_text_is_harmless():
    from raters.exports.cells import csv_line

    line = csv_line([-1, -0.5, "-1", "=1+1", True, None, ["=x"], {"a": -1}])
    assert line == b"""-1,-0.5,'-1,'=1+1,true,,"[""=x""]","{""a"":-1}"\n"""


def test_the_snapshot_of_a_running_study_cannot_be_summed_over_sources(db):
    """Labels are drawn for every triple: over many, each label stands for each source."""
    from raters.exports import EXPORTS, Task

    study = make_study(questions=30, raters_per_triple=1)
    (rater,) = make_raters(study, 1)
    for _ in range(30):
        pick(rater, "S2")
        rater.refresh_from_db()
    task = Task(study, until=NOW, is_snapshot=True)
    labels = [row["picked"] for row in EXPORTS["ratings"].running.rows(task)]
    assert len(labels) == 30
    assert set(labels) == {"x1", "x2", "x3"}
    assert max(map(labels.count, labels)) < 20
    columns = EXPORTS["ratings"].of("csv", task).columns(task)
    assert not {"a1", "slot", "shown", "comment"} & {column.name for column in columns}
