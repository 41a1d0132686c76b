"""What rankings, best and worst, reasons, marks, scores and comments look like once exported."""

from datetime import timedelta

import pytest

from raters.models import Assignment, Place, Rating, Study
from tests.factories import NOW
from tests.raters.judged import best_worst, make_judged, ranking, repeat

from .reading import about_of, csv_rows, json_rows, text

pytestmark = pytest.mark.django_db
REASONS = [{"key": "q", "name": "question implies answer"}, {"key": "x", "name": "skips steps"}]
CRITERIA = [{"name": "clear", "points": 5}, {"name": "+sound", "points": 7}]
FORMULA = "=HYPERLINK(1)"


def says(rater, question, sources):
    """S2 above S1 above S3, S3 wrong at its first step, and a comment that is a formula."""
    marks = {"S1": [], "S2": [1, None], "S3": [-1]}
    scores = {"S1": [5, 1], "S2": [4, 2], "S3": [1, 7]}
    return {
        **ranking(sources, S1=2, S2=1, S3=3),
        "reasons": [[sources.index("S3"), "q"], [sources.index("S3"), "x"]],
        "step_marks": [marks[source] for source in sources],
        "scores": [scores[source] for source in sources],
        "comment": FORMULA,
        "elapsed_ms": 900,
        "viewport": "390x844",
    }


def make_ranked(**more):
    asked = {"reasons": REASONS, "criteria": CRITERIA, "asks_step_marks": True, **more}
    return make_judged(says, protocol="ranking", questions=3, raters_per_triple=3, **asked)


@pytest.fixture
def ranked(db):
    return make_ranked()


def test_ranks_travel_by_source_and_by_slot(ranked):
    rows = json_rows(ranked)
    assert len(rows) == 9
    for row, cells in zip(rows, csv_rows(ranked), strict=True):
        ranks = {each["source"]: each["rank"] for each in row["shown"]}
        assert ranks == {"S1": 2, "S2": 1, "S3": 3}
        assert row["outcome"] == "ranking"
        assert row["slot"] == row["picked"] == row["worst"] == ""
        for slot in ("a1", "a2", "a3"):
            assert int(cells[f"rank_{slot}"]) == ranks[cells[slot]]
    assert len({tuple(each["source"] for each in row["shown"]) for row in rows}) > 1


def test_reasons_marks_and_scores_travel_with_slot_source_and_name(ranked):
    for row, cells in zip(json_rows(ranked), csv_rows(ranked), strict=True):
        at = {each["source"]: each["slot"] for each in row["shown"]}
        assert row["reasons"] == [
            {"slot": at["S3"], "source": "S3", **reason} for reason in REASONS
        ]
        assert {each["source"]: each["marks"] for each in row["step_marks"]} == {
            "S1": [],
            "S2": [1, None],
            "S3": [-1],
        }
        errors = {each["source"]: each["first_error"] for each in row["step_marks"]}
        assert errors == {"S1": 0, "S2": 0, "S3": 1}
        scores = {(each["source"], each["criterion"]): each["points"] for each in row["scores"]}
        assert scores["S3", "+sound"] == 7
        assert len(scores) == 6
        slot = at["S3"].lower()
        assert cells[f"reasons_{slot}"] == "question implies answer; skips steps"
        assert cells[f"marks_{slot}"] == "[-1]"
        assert (cells[f"score_{slot}_clear"], cells[f"score_{slot}_+sound"]) == ("1", "7")
        assert (row["elapsed_ms"], row["viewport"]) == (900, "390x844")


def test_a_comment_that_is_a_formula_is_harmless_in_csv_and_whole_in_jsonl(ranked):
    assert {row["comment"] for row in csv_rows(ranked)} == {"'" + FORMULA}
    assert {row["comment"] for row in json_rows(ranked)} == {FORMULA}
    for row in csv_rows(ranked):
        assert not [cell for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]


def test_best_and_worst_are_named_with_their_ranks(db):
    study = make_judged(
        lambda rater, question, sources: best_worst(sources, "S2", "S4"),
        protocol="best-worst",
        questions=2,
        sources=("S1", "S2", "S3", "S4"),
        raters_per_triple=2,
    )
    for row in json_rows(study):
        at = {each["source"]: each["slot"] for each in row["shown"]}
        assert (row["slot"], row["picked"], row["worst"]) == (at["S2"], "S2", "S4")
        ranks = {each["source"]: each["rank"] for each in row["shown"]}
        assert ranks == {"S1": 2, "S2": 1, "S3": 2, "S4": 3}


def test_repeats_checks_and_partial_ratings_are_there_and_do_not_count(db):
    study = make_ranked(closed=False)
    partial, check, again = Rating.objects.order_by("pk")[:3]
    Place.objects.filter(pk=partial.assignment.place_id).update(state=Place.State.OPEN)
    Assignment.objects.filter(pk=partial.assignment_id).update(place=None, state="partial")
    Assignment.objects.filter(pk=check.assignment_id).update(place=None, kind="check")
    repeat(again, says, order=again.assignment.order[::-1])
    Study.objects.update(state="closed", closed_at=NOW + timedelta(hours=1))
    study.refresh_from_db()
    rows = json_rows(study)
    not_counted = [(row["kind"], row["is_partial"]) for row in rows if not row["counted"]]
    assert sorted(not_counted) == [("check", False), ("repeat", False), ("study", True)]
    assert len(rows) == 10


def test_a_check_tells_which_slot_was_expected(db):
    study = make_ranked()
    study.triples.update(kind="check", expected=1)
    second = study.study_sources.get(position=1).source.name
    for row in json_rows(study):
        assert row["shown"][int(row["expected"][1]) - 1]["source"] == second


def test_datasets_loads_ratings_of_a_ranking_study(ranked, tmp_path):
    for loaded, row in zip(load(ranked, "ratings.jsonl", tmp_path), json_rows(ranked), strict=True):
        assert loaded.pop("submitted_at").isoformat()[:19] == row.pop("submitted_at")[:19]
        assert loaded == row


def load(study, name, folder):
    from datasets import load_dataset

    path = folder / name
    path.write_text(text(study, name))
    loaded = load_dataset(
        "json", data_files=str(path), split="train", cache_dir=str(folder / "cache")
    )
    return loaded.to_list()


def test_pairs_of_a_ranking_study_are_all_three_and_load_as_trl_reads_them(ranked, tmp_path):
    rows = load(ranked, "dpo.jsonl", tmp_path)
    assert rows == json_rows(ranked, "dpo.jsonl")
    assert len(rows) == 9
    sides = {(row["chosen_source"], row["rejected_source"]) for row in rows}
    assert sides == {("S2", "S1"), ("S2", "S3"), ("S1", "S3")}
    for row in rows:
        assert [row[name] for name in ("wins", "ties", "losses", "raters")] == [3, 0, 0, 3]
        assert all(isinstance(row[name], str) for name in ("prompt", "chosen", "rejected"))
        assert row["chosen"].startswith(" ")


def test_equal_ranks_are_ties_of_a_pair(db):
    study = make_judged(
        lambda rater, question, sources: ranking(sources, S1=1, S2=1 + rater % 2, S3=3),
        protocol="ranking",
        questions=1,
        raters_per_triple=4,
    )
    rows = {(r["chosen_source"], r["rejected_source"]): r for r in json_rows(study, "dpo.jsonl")}
    over = rows["S1", "S2"]
    assert (over["wins"], over["ties"], over["losses"]) == (2, 2, 0)
    assert over["probability"] == pytest.approx((2 + 1 + 1) / 6)


def test_the_manifest_tells_the_protocol_and_what_was_asked(ranked):
    about = about_of(ranked, "ratings.csv")
    assert (about["format_version"], about["study"]["protocol"]) == (5, "ranking")
    asked = about["study"]["asked"]
    assert (asked["reasons"], asked["criteria"], asked["step_marks"]) == (REASONS, CRITERIA, True)
    assert about["columns"] == text(ranked, "ratings.csv").splitlines()[0].split(",")
