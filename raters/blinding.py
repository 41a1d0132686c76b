"""From an assignment to what its rater may see, and back. The one place that knows the order.

A rater gets a frozen plain value: no row, source, model, batch, verdict, primary key or order of
creation is in it, so a template cannot leak what it never holds. Texts come from the triple's
members as normalised when the study was made (normalisation.py); a step is a line of them. The
token of an assignment is signed: who holds it was handed that triple. Does not decide who may rate
(assigning) and writes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.utils.crypto import salted_hmac

from generation.answers import display_answer, read_choices
from raters import normalisation
from raters.judgement import Asked, Judgement
from raters.models import Assignment, PracticeTriple, Rater, Rating, Study, TripleRationale
from raters.prepared import PK, Given, Prepared

SALT, LINK_SALT = "raters.assignment", "raters.assignment.link"
TURN_SALT = "raters.practice"
BEGINNING = 120
SHOWN = Prepared(
    lambda: (
        TripleRationale.objects.filter(triple_id=Given("triple", PK))
        .order_by()
        .values_list(
            "position",
            "shown_text",
            "triple__question__text",
            "triple__question__choices",
            "triple__question__gold_answer",
        )
    )
)


@dataclass(frozen=True, slots=True)
class BlindTriple:
    """What one screen shows. `texts` has a tuple of steps a slot, in the order shown."""

    token: str
    question: str
    choices: tuple[tuple[str, str], ...]
    gold: str
    texts: tuple[tuple[str, ...], ...]
    asked: Asked
    given: Judgement | None


@dataclass(frozen=True, slots=True)
class BlindProgress:
    """How far a rater is told to be; `total` is None where it would tell what counts as done."""

    done: int
    total: int | None


@dataclass(frozen=True, slots=True)
class BlindLine:
    """One of a rater's own ratings, as their list shows it; `link` leads back to it."""

    link: str
    question: str
    given: Judgement
    is_late: bool


def blind(assignment: Assignment) -> BlindTriple:
    """What the rater of this assignment may see; `given` is what is stored of it already."""
    return blind_all([assignment])[0]


def blind_all(assignments: Sequence[Assignment]) -> list[BlindTriple]:
    """The triples of these assignments; the study of each must be at hand."""
    return [_blind(each, SHOWN.rows(triple=each.triple_id)) for each in assignments]


def _blind(
    assignment: Assignment, rows: list[tuple[int, str, str, list[dict[str, str]], str]]
) -> BlindTriple:
    study = assignment.study
    shown = {position: text for position, text, *_ in rows}
    *_, question, choices, gold_answer = rows[0]
    offered = read_choices(choices)
    texts = tuple(tuple(shown[position].splitlines()) for position in positions(assignment))
    return BlindTriple(
        token=token_sign(assignment.token),
        question=question,
        choices=offered,
        gold=display_answer(gold_answer, offered) if study.shows_gold_answer else "",
        texts=texts,
        asked=asked_of(study, steps=tuple(len(steps) for steps in texts)),
        given=_given(assignment),
    )


def blind_practice(practice: PracticeTriple, study: Study) -> BlindTriple:
    """A practice triple as the room shows one, in the form that all texts share; its token is its
    turn, signed. Its texts stand as they were authored, since the feedback names a slot."""
    texts = tuple(
        tuple(normalisation.normalise(text, gold_display=practice.gold_answer).text.splitlines())
        for text in practice.rationales
    )
    return BlindTriple(
        token=_turn_signer(study).sign(str(practice.number)),
        question=practice.question,
        choices=(),
        gold=practice.gold_answer if study.shows_gold_answer else "",
        texts=texts,
        asked=asked_of(study, steps=tuple(map(len, texts))),
        given=None,
    )


def blind_line(rating: Rating) -> BlindLine:
    """A rating as its rater's own list shows it: the question's beginning and what was said."""
    text = " ".join(rating.assignment.triple.question.text.split())
    return BlindLine(
        link=link_sign(rating.assignment.token),
        question=text if len(text) <= BEGINNING else text[:BEGINNING].rstrip() + "…",
        given=judgement_of(rating),
        is_late=rating.is_late,
    )


def answered(rater: Rater) -> int:
    """How many triples this rater has judged, checks and repeats with the others."""
    return rater.rated_count + rater.aside_count


def blind_progress(rater: Rater, *, total: int) -> BlindProgress:
    """A total of the study's own triples would stand still at every check and repeat."""
    is_mixed = rater.study.check_percent > 0 or rater.study.repeat_percent > 0
    return BlindProgress(answered(rater), None if is_mixed else total)


def rater_mark(rater: Rater) -> str:
    """What tells a rater's pages from another's in one browser, and says nothing of either."""
    return salted_hmac("raters.pages", rater.code).hexdigest()[:16]


def asked_of(study: Study, *, steps: tuple[int, ...]) -> Asked:
    """What a study asks of a triple whose texts have so many steps, in the order shown."""
    return Asked(
        protocol=study.protocol,
        slots=len(steps),
        allows_none=study.allows_none_good,
        allows_tie=study.allows_too_close,
        allows_equal=study.allows_ties,
        reasons=tuple((reason["key"], reason["name"]) for reason in study.reasons),
        asks_marks=study.asks_step_marks,
        criteria=tuple((each["name"], each["points"]) for each in study.criteria),
        asks_comment=study.asks_comment,
        steps=steps,
    )


def judgement_of(rating: Rating) -> Judgement:
    """What a stored rating said, by the slots that were shown."""
    return Judgement(
        outcome=rating.outcome,
        slot=rating.slot,
        ranks=rating.ranks,
        reasons=tuple((slot, key) for slot, key in rating.reasons),
        marks=tuple(tuple(marks) for marks in rating.step_marks),
        scores=tuple(tuple(scores) for scores in rating.scores),
        comment=rating.comment,
    )


def positions(assignment: Assignment) -> tuple[int, ...]:
    """Which of the triple's rationales stood in each slot."""
    return tuple(int(digit) for digit in assignment.order)


def order_text(order: tuple[int, ...]) -> str:
    """An order as its place stores it: one digit a slot."""
    return "".join(str(position) for position in order)


# --- tokens --------------------------------------------------------------------------------------
def token_sign(token: UUID) -> str:
    """The token as a browser holds it: only a page that showed the triple can have given it."""
    return Signer(salt=SALT).sign(str(token))


def link_sign(token: UUID) -> str:
    """The token as it stands in an address, which others may see: good for looking, by the rater
    alone, and not for sending."""
    return Signer(salt=LINK_SALT).sign(str(token))


def token_read(text: str) -> str | None:
    """The token in what a browser sent; None where it was not signed here."""
    return _read(text, Signer(salt=SALT))


def link_read(text: str) -> str | None:
    return _read(text, Signer(salt=LINK_SALT))


def turn_read(text: str, study: Study) -> int | None:
    """Which practice triple a page showed; None also where the practice has changed since."""
    turn = _read(text, _turn_signer(study))
    return None if turn is None else int(turn)


def _turn_signer(study: Study) -> Signer:
    """A signature of one study's practice as it is: a number alone may come to name another."""
    return Signer(salt=f"{TURN_SALT}:{study.practice_sha256}")


def _read(text: str, signer: Signer) -> str | None:
    try:
        return signer.unsign(text)
    except BadSignature:
        return None


def _given(assignment: Assignment) -> Judgement | None:
    if assignment.state == Assignment.State.HELD:
        return None
    rating = assignment.ratings.filter(is_current=True).first()
    return judgement_of(rating) if rating else None
