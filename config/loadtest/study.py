"""The study that a load test wears out: as many triples as asked for, with texts of usual length.

Made through the services that pages use. Its texts are the same on every run.
"""

import json
from datetime import datetime

from generation.models import Source
from generation.services.imports import questions_import, rationales_import
from raters.models import Rater, Study
from raters.services.people import staff_ensure
from raters.services.studies import study_create
from raters.services.study_states import raters_add, study_open

NAME = "load"
RATERS_AT_ONCE = 1000
QUESTION = (
    "A farm keeps {a} hens in its first yard and {b} hens in its second. Every hen lays one egg a "
    "day, and none is broken on the way to the market. How many eggs does the farm sell in a day?"
)
RATIONALES = {
    "stepwise": (
        "The first yard holds {a} hens, so it gives {a} eggs a day.\n"
        "The second yard holds {b} hens, so it gives {b} eggs a day.\n"
        "Nothing is lost on the way: all of these eggs are sold.\n"
        "Together that makes {a} + {b} = {sum} eggs.\n"
        "The answer is {sum}."
    ),
    "short": (
        "One egg a hen: the number of eggs is the number of hens, {a} + {b}.\n"
        "{a} + {b} = {sum}.\n"
        "The answer is {sum}."
    ),
    "doubting": (
        "Eggs could break, but the question says that none does.\n"
        "So count hens. There are {b} in the second yard and {a} in the first.\n"
        "Starting from {b} and adding {a} gives {sum}, and each hen lays one egg.\n"
        "The answer is {sum}."
    ),
}


def study_for_load(
    *, triples: int, places: int, raters: int, lease_minutes: int, now: datetime
) -> Study:
    """An open study that `places` raters are to rate each triple of, with its raters added."""
    owner = staff_ensure(username="load", is_admin=False)
    numbers = [(n, {"a": n + 2, "b": 3 * n + 5, "sum": 4 * n + 7}) for n in range(triples)]
    questions = [
        {"id": f"q{n}", "question": QUESTION.format(**given), "answer": given["sum"]}
        for n, given in numbers
    ]
    rationales = [
        {"question_id": f"q{n}", "source": source, "text": text.format(**given)}
        for n, given in numbers
        for source, text in RATIONALES.items()
    ]
    made = questions_import(
        lines=map(json.dumps, questions), format="jsonl", set_name=NAME, user=owner, now=now
    )
    rationales_import(
        lines=map(json.dumps, rationales), format="jsonl", set_name=NAME, user=owner, now=now
    )
    study = study_create(
        owner=owner,
        name=NAME,
        question_set=made.question_set,
        sources=list(Source.objects.filter(name__in=RATIONALES)),
        raters_per_triple=places,
        lease_minutes=lease_minutes,
        now=now,
    )
    Study.objects.filter(pk=study.pk).update(most_per_rater=None)  # a few may rate it all
    study_open(study=study, user=owner, now=now)
    for start in range(0, raters, RATERS_AT_ONCE):
        raters_add(study=study, count=min(RATERS_AT_ONCE, raters - start), now=now)
    return study


def rater_codes(study: Study) -> list[str]:
    return list(Rater.objects.filter(study=study).order_by("pk").values_list("code", flat=True))
