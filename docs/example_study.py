"""A whole study from a script, by the client alone.

    .venv/bin/python docs/example_study.py http://127.0.0.1:8000 TOKEN

Makes a question set, imports what three sources wrote, opens a study, lets simulated raters (marked
as such) rate all of it, closes it, reads its results and takes its ratings and pairs: two files,
ratings.jsonl and pairs.jsonl, where you stand or in the folder `--out`. What simulated raters said
is a rehearsal: it is in no training data, unless that is wished, as here, and then every row says
so. With `--source ID` a model writes too: a batch is queued and waited for.
"""

import argparse
import json
import random
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "raters" / "api"))  # the client needs nothing else of Triptych

from client import Problem, Triptych  # noqa: E402

SOURCES = ("by parts", "in one line", "backwards")


def questions(number: int) -> list[dict[str, str]]:
    return [
        {
            "id": f"boxes-{n}",
            "question": f"A box holds {n + 2} red and {n + 5} blue balls. How many does it hold?",
            "answer": str(2 * n + 7),
        }
        for n in range(number)
    ]


def rationales(number: int) -> list[dict[str, str]]:
    found = []
    for n in range(number):
        red, blue, both = n + 2, n + 5, 2 * n + 7
        texts = (
            f"There are {red} red balls.\nThere are {blue} blue balls.\nThe answer is {both}.",
            f"{red} + {blue} = {both}. The answer is {both}.",
            f"Take {blue} blue balls.\nAdd {red} red ones to get {both}.\nThe answer is {both}.",
        )
        for source, text in zip(SOURCES, texts, strict=True):
            found.append({"question_id": f"boxes-{n}", "source": source, "text": text})
    return found


def lines(path: Path) -> list[dict]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def run(
    site: str, token: str, *, name: str, out: Path, number: int = 6, source: int | None = None
) -> dict:
    """Everything, in order; what came of it. `name` is that of the question set and the study."""
    me = Triptych(site, token=token)
    out.mkdir(parents=True, exist_ok=True)

    # 1. questions, and what three sources wrote for them
    chosen = me.import_lines(name, "questions:jsonl", questions(number))["question_set"]
    me.import_lines(name, "rationales:jsonl", rationales(number))
    named = {each["name"]: each["id"] for each in me.all("sources/")}
    sources = [named[each] for each in SOURCES]

    # 2. a model that writes as well, where one was named
    if source is not None:
        batch = me.post("batches/", source=source, question_set=chosen, seed=1)
        me.wait(f"batches/{batch['id']}/", until=("done", "failed", "cancelled"))

    # 3. the study
    study = me.post(
        "studies/", name=name, question_set=chosen, sources=sources, raters_per_triple=2, seed=7
    )
    address = f"studies/{study['code']}/"
    me.post(f"{address}open/")

    # 4. simulated raters, who see no more than people do: they like the longest text
    raters = me.post(f"{address}raters/", count=2, simulated=True)["raters"]
    rng = random.Random(7)
    for rater in raters:
        room = Triptych(site, code=rater["code"])
        for triple in room.triples():
            longest = max(range(3), key=lambda slot: len(" ".join(triple["texts"][slot])))
            slot = longest if rng.random() < 0.8 else rng.randrange(3)
            room.answer(triple, "pick", slot=slot + 1)

    # 5. results, and two files: ratings, and the pairs of this rehearsal, each marked as such
    fill = me.post(f"{address}close/")["fill"]
    results = me.wait(f"{address}results/", until=("made", "failed"))
    rows, pairs = out / "ratings.jsonl", out / "pairs.jsonl"
    me.export_to(rows, study["code"], "ratings")
    me.export_to(pairs, study["code"], "dpo", simulated=True)
    made = {"ratings": lines(rows), "pairs": lines(pairs)}
    return {"study": study, "fill": fill, "results": results, **made}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("site")
    parser.add_argument("token")
    name = time.strftime("a study from a script, %Y-%m-%d %H:%M:%S")
    parser.add_argument("--name", default=name, help="of a new question set and a new study")
    parser.add_argument("--out", type=Path, default=Path(), help="the folder for the two files")
    parser.add_argument("--source", type=int, help="the number of a source with a model")
    asked = parser.parse_args()
    try:
        found = run(**vars(asked))
    except (OSError, Problem, ValueError) as problem:
        parser.exit(1, f"{problem}\n")
    figures = found["results"]["figures"]
    print(f"{found['fill']['filled']} of {found['fill']['places']} ratings")  # noqa: T201
    print(f"{figures['ratings']} count, {figures['simulated_raters']} raters simulated")  # noqa: T201
    simulated = sum(pair["is_simulated"] for pair in found["pairs"])
    print(f"{len(found['ratings'])} rows of ratings")  # noqa: T201
    print(f"{len(found['pairs'])} pairs, {simulated} of them by simulated raters")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
