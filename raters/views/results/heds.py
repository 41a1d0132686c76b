"""The human evaluation datasheet (HEDS 2), filled from what the study knows of itself.

Belz and Shimorina's questions by their numbers, in short. What only people can know says so, in
the same words each time, so that it can be searched for before the sheet is published.
"""

from collections import Counter
from typing import NamedTuple

from raters.exclusion import ASKED
from raters.models import Exclusion, Study
from raters.services.results import StudyResults
from raters.views.results import conduct
from raters.views.results.figures import counted, listed
from raters.views.results.methods import asked

YOURS = "TO BE FILLED IN BY YOU"
REFERENCE = (
    "Shimorina, A., & Belz, A. (2022). The Human Evaluation Datasheet: A template for recording "
    "details of human evaluation experiments in NLP. HumEval 2022."
)


class Answer(NamedTuple):
    number: str
    question: str
    answer: str

    @property
    def is_yours(self) -> bool:
        return self.answer.startswith(YOURS)


def sheet(study: Study, results: StudyResults) -> list[tuple[str, list[Answer]]]:
    """Sections in order, each with its questions and answers."""
    return [
        ("1 Paper and resources", _paper(study)),
        ("2 Systems", _systems(study, results)),
        ("3 Outputs, raters, design", _design(study, results)),
        ("4 Quality criterion", _criterion(study)),
        ("5 Ethics", _ethics()),
    ]


def markdown(study: Study, results: StudyResults) -> str:
    lines = [f"# Human evaluation datasheet: {study.name}", "", f"After {REFERENCE}", ""]
    for title, answers in sheet(study, results):
        lines += [f"## {title}", ""]
        for one in answers:
            lines += [f"**{one.number} {one.question}**", "", one.answer, ""]
    return "\n".join(lines)


def _paper(study: Study) -> list[Answer]:
    return [
        Answer("1.1", "Link to the paper", YOURS),
        Answer("1.2", "Link to the resources", f"{YOURS}; the study's code is {study.code}"),
        Answer("1.3", "Contact: name, affiliation, e-mail", YOURS),
    ]


def _systems(study: Study, results: StudyResults) -> list[Answer]:
    return [
        Answer("2.1", "Input of the systems", f"questions of the set '{study.question_set.name}'"),
        Answer("2.2", "Output of the systems", "rationales (text) that end in an answer"),
        Answer(
            "2.3",
            "Task",
            "question answering with a rationale; only rationales that reach the correct answer "
            "are evaluated. Sources: " + ", ".join(results.sources),
        ),
        Answer("2.4", "Input languages", YOURS),
        Answer("2.5", "Output languages", YOURS),
    ]


def _design(study: Study, results: StudyResults) -> list[Answer]:
    flow, per = results.flow, study.triples_per_rater
    drawn = "all different questions that every source got right"
    if results.funnel and results.funnel.drawn < results.funnel.different:
        drawn = f"{results.funnel.drawn} drawn at random (seed {study.seed}) of {drawn}"
    held = Counter(Exclusion.objects.rules(study).values())
    asked_to = held[ASKED]
    by_rule = held.total() - asked_to
    quality = [
        *([f"{study.check_percent} % checks with a known answer"] if study.check_percent else []),
        *([f"{study.repeat_percent} % repeats"] if study.repeat_percent else []),
        "late ratings and those of bundles given back are kept apart",
        *([f"left out by rule: {counted(by_rule, 'rater')}"] if by_rule else []),
        *([f"left out as they asked: {counted(asked_to, 'rater')}"] if asked_to else []),
        "nobody is left out for disagreeing",
    ]
    simulated = f"{results.simulated_raters} of them simulated" if results.simulated_raters else ""
    return [
        Answer("3.1.1", "Outputs evaluated per system", str(study.triple_count)),
        Answer("3.1.2", "How they were selected", drawn),
        Answer("3.1.3", "Statistical power", f"{YOURS}: the planner says it"),
        Answer(
            "3.2.1",
            "Number of evaluators",
            f"{results.raters} with ratings that count"
            + (f", {simulated}" if simulated else "")
            + f"; {flow.added} were let in, {flow.begun} began",
        ),
        Answer("3.2.2", "Kind of evaluators", YOURS),
        Answer(
            "3.2.3",
            "How they were recruited",
            f"{YOURS}; {flow.invited} came by an open invitation, the others by personal links",
        ),
        Answer(
            "3.2.4",
            "Training and practice",
            f"written instructions: {study.instructions}" if study.instructions else "none written",
        ),
        Answer("3.2.5", "Other characteristics", YOURS),
        Answer("3.3.1", "Preregistered?", conduct.frozen_words(study) or YOURS),
        Answer("3.3.2", "How responses are collected", "Triptych, a web page, on any device"),
        Answer("3.3.3", "Quality assurance", listed(quality)),
        Answer(
            "3.3.4",
            "What evaluators see",
            f"the question, {'its correct answer' if study.shows_gold_answer else 'no answer'} and "
            f"{len(results.sources)} unlabelled rationales in balanced random order",
        ),
        Answer(
            "3.3.5",
            "How free in time and pace",
            f"any time while the study is open; {study.lease_minutes} minutes for one in hand"
            + (f", {per} within {study.bundle_hours} hours" if per else ""),
        ),
        Answer(
            "3.3.6", "May they ask or give feedback?",
            "they can call a question broken and say why"
            + (", and write comments" if study.asks_comment else ""),
        ),
        Answer("3.3.7", "Conditions", "where and on what device they like"),
    ]  # fmt: skip


def _criterion(study: Study) -> list[Answer]:
    scales = [f"{each['name']} (1 to {each['points']})" for each in study.criteria]
    beside = [
        *([f"reasons: {listed(each['name'] for each in study.reasons)}"] if study.reasons else []),
        *(["marks on every step up to the first error"] if study.asks_step_marks else []),
        *scales,
    ]
    return [
        Answer("4.1.1", "Type of quality", "goodness: how good the reasoning is"),
        Answer("4.1.2", "Aspect", "content; form is normalised alike for all sources"),
        Answer("4.1.3", "Frame of reference", "the other rationales of the same question"),
        Answer("4.2", "Mode", "subjective, relative, intrinsic"),
        Answer("4.3.1", "Name of the criterion shown", YOURS),
        Answer("4.3.2", "Definition given", f"{YOURS}: what the instructions say of it"),
        Answer("4.3.3", "Instrument", study.get_protocol_display() + "".join(
            f"; {each}" for each in beside
        )),
        Answer("4.3.7", "What raters are asked", f"to {asked(study)}"),
        Answer(
            "4.3.9", "How responses are aggregated",
            "shares over ratings, ties as half (picks: too close shared out equally)",
        ),
        Answer(
            "4.3.10", "Effect size and significance",
            "shares, odds and 95 % intervals from a two-way cluster jackknife over raters and "
            "questions; two-sided tests, Holm over pairs",
        ),
        Answer(
            "4.3.11", "Agreement",
            f"Krippendorff's alpha, Gwet's AC1, by {counted(study.raters_per_triple, 'rater')} a "
            "question" + ("; repeats for agreement with oneself" if study.repeat_percent else ""),
        ),
    ]  # fmt: skip


def _ethics() -> list[Answer]:
    return [
        Answer("5.1", "Approved by an ethics committee?", YOURS),
        Answer("5.2", "Personal data in outputs or responses?", f"{YOURS}; files name no rater"),
        Answer("5.3", "Special categories of data?", YOURS),
        Answer("5.4", "Impact assessments?", YOURS),
    ]
