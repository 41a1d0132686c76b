"""The same digits from the exported ratings alone, in any order of rows, mirrored by a swap."""

import json
import random
from dataclasses import asdict
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from generation.models import Source
from raters.models import Rater, Rating
from raters.services.results import study_results
from raters.services.results.exported import recomputed
from raters.services.results.plain import plain
from raters.services.study_states import study_close
from tests.factories import NOW
from tests.raters.exports.reading import about_of
from tests.raters.exports.reading import text as exported_text
from tests.raters.judged import best_worst, make_judged, picking, ranking, repeat

pytestmark = pytest.mark.django_db
NAMES = ("S1", "S2", "S3")
MORE = {
    "reasons": [{"key": "x", "name": "skips steps"}, {"key": "y", "name": "invents a fact"}],
    "criteria": [{"name": "clear", "points": 5}, {"name": "short", "points": 3}],
    "asks_step_marks": True,
}


def says(protocol):
    def said(rater, question, sources):
        rng = random.Random(100 * rater + question)
        first, second, third = rng.sample(NAMES, 3)
        answered = {
            "pick-best": lambda: picking(sources, first),
            "ranking": lambda: ranking(sources, **{first: 1, second: 2, third: rng.choice([2, 3])}),
            "best-worst": lambda: best_worst(sources, first, third),
        }[protocol]()
        if rng.random() < 0.2:
            answered = {"outcome": rng.choice(["tie", "none"])}
        return {
            **answered,
            "reasons": [[rng.randrange(3), "x"]],
            "step_marks": [[], [1, -1], [-1]],
            "scores": [[rng.randint(1, 5), rng.randint(1, 3)] for _ in sources],
        }

    return said


def judged(protocol):
    """With repeats, in another order, and a source that people wrote."""
    study = make_judged(
        says(protocol), protocol=protocol, questions=8, raters_per_triple=4, closed=False, **MORE
    )
    for number, rating in enumerate(Rating.objects.order_by("pk")[:4]):
        repeat(rating, says(protocol), order="201", number=number)
    Source.objects.filter(name="S1").update(kind=Source.Kind.HUMAN)
    study_close(study=study, user=study.owner, now=NOW + timedelta(hours=1))
    study.refresh_from_db()
    return study


def exported(study):
    about = about_of(study, "ratings.jsonl")
    return exported_text(study, "ratings.jsonl"), json.dumps(about)


@pytest.mark.parametrize("protocol", ["pick-best", "ranking", "best-worst"])
def test_the_export_alone_gives_the_same_digits_in_any_order_of_rows(protocol):
    study = judged(protocol)
    results = study_results(study=study)
    text, about = exported(study)
    lines = text.splitlines()
    random.Random(5).shuffle(lines)
    found = recomputed(lines, json.loads(about))
    assert found.ratings == results.ratings == 32
    assert found.found.picks == results.picks
    assert found.found.rankings == results.rankings
    assert found.found.best_worst == results.best_worst
    assert found.found.balance == results.balance
    assert found.found.by_chance == results.by_chance
    assert found.annotations == results.annotations
    assert found.people == results.people
    assert found.reasoning == results.reasoning
    assert found.robustness == results.robustness
    assert found.spreads == results.spreads
    assert results.people.repeats == 4
    assert results.reasoning.human == "S1"


def test_the_export_alone_counts_what_programs_said_as_the_results_do():
    study = judged("ranking")
    program = Rater.objects.filter(study=study).order_by("pk")[0]
    Rater.objects.filter(pk=program.pk).update(is_simulated=True)
    results, (text, about) = study_results(study=study), exported(study)
    again = recomputed(text.splitlines(), json.loads(about))
    assert results.flow.rehearsed == 8
    assert again.ratings == results.ratings == 24
    assert again.found.rankings == results.rankings
    assert again.people == results.people


@pytest.mark.parametrize("protocol", ["pick-best", "ranking", "best-worst"])
@pytest.mark.parametrize("numbering", [(1, 0, 2), (2, 0, 1)])
def test_sources_numbered_otherwise_have_every_figure_of_theirs(protocol, numbering):
    text, about = exported(judged(protocol))
    as_is, other = json.loads(about), json.loads(about)
    for what in ("sources", "source_kinds"):
        other["study"][what] = [as_is["study"][what][a] for a in numbering]
    first, second = recomputed(text.splitlines(), as_is), recomputed(text.splitlines(), other)
    one, mirrored = (
        dict(by_name(plain(found), about["study"]["sources"]))
        for found, about in ((first, as_is), (second, other))
    )
    assert one.keys() == mirrored.keys()
    assert len(one) > 300
    for name, value in one.items():
        assert mirrored[name] == rounding(name, value), name


STEP_BY_STEP = ("strengths", "adjusted", "right", "raw", "slots[", "length", "log_likelihood")


def rounding(name, value):
    """Fits that go step by step, in the order of sources, end within nine digits of each other."""
    is_fitted = isinstance(value, float) and any(part in name for part in STEP_BY_STEP)
    return pytest.approx(value, rel=1e-9, abs=1e-9) if is_fitted else value


PER_SOURCE = {
    "ranks", "scores", "balance", "counts", "shares", "averages", "means", "raw", "adjusted",
    "found", "log_strengths", "worths",
}  # fmt: skip


def by_name(found, names, at=""):
    """Every figure with a name of its own: of a source by its name, of a pair by its two."""
    if isinstance(found, dict):
        for key, value in found.items():
            if key != "sources" or not all(isinstance(each, str) for each in value):
                yield from by_name(value, names, f"{at}.{key}")
    elif isinstance(found, list):
        for number, each in enumerate(found):
            label = label_of(each, number, at.rpartition(".")[2], len(found), names)
            yield from by_name(either_way(each), names, f"{at}[{label}]")
    else:
        yield at, found


def label_of(each, number, key, of, names):
    if key in PER_SOURCE and of == len(names):
        return names[number]
    if isinstance(each, dict):
        pair = [each[k] for k in ("first", "second", "ahead", "behind") if k in each]
        one = next((each[k] for k in ("source", "of", "rater") if k in each), number)
        return "-".join(sorted(pair)) if pair else one
    is_base_rate = isinstance(each, list) and each and each[0] in names
    return each[0] if is_base_rate else number


def either_way(each):
    """A pair by chance is the same from both sides."""
    if isinstance(each, dict) and isinstance(each.get("difference"), int):
        return {"difference": abs(each["difference"]), "p_value": each["p_value"]}
    return each


def test_the_command_prints_them_from_two_files(tmp_path):
    study = judged("ranking")
    text, about = exported(study)
    path = tmp_path / "ratings.jsonl"
    path.write_text(text)
    manifest = tmp_path / "ratings.jsonl.manifest.json"
    manifest.write_text("{}")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("recompute", path)
    manifest.write_text(about)
    out = StringIO()
    call_command("recompute", path, stdout=out)
    printed = json.loads(out.getvalue())["found"]["rankings"]
    assert printed == json.loads(json.dumps(asdict(study_results(study=study).rankings)))
