"""What a rater said of a triple, and whether it answers what the study asks.

Knows: the fields of the rating room's form, the protocols, and the one form in which a judgement is
kept. Knows no row, no request and no source, and decides nothing about places or lateness. Its
sentences are for the rater: marked for translation here, translated where they are shown.

A judgement is read in two steps, so that a form that is not whole can be shown again as it was
sent: `parse` takes what it finds, "0" standing for a rank or score not given and None for a mark;
`check` refuses what is missing or was not asked, and returns the judgement as it is stored.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

MOST_SLOTS = 6
LONGEST_COMMENT = 2000
PICK, RANKING, BEST_WORST, NONE, TIE = "pick", "ranking", "best-worst", "none", "tie"
OUTCOME_OF = {"pick-best": PICK, "ranking": RANKING, "best-worst": BEST_WORST}
ANSWERS = {"pick": PICK, "rank": RANKING, "best-worst": BEST_WORST, "none": NONE, "tie": TIE}
BEST, OTHER, WORST, UNRANKED = "1", "2", "3", "0"

SLOT = re.compile(r"[1-6]")
MARK_FIELD = re.compile(r"mark_([1-6])_([1-9][0-9]{0,2})")
SCORE_FIELD = re.compile(r"score_([1-6])_([1-9][0-9]?)")
REASON = re.compile(r"([1-6]):([a-z])")
MARKS = {"-1": -1, "0": 0, "1": 1}

Form = Mapping[str, str | Sequence[str]]
Marks = tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a study asks about a triple, and how long the texts on the screen are."""

    protocol: str  # a key of OUTCOME_OF
    slots: int
    allows_none: bool = True
    allows_tie: bool = True
    allows_equal: bool = False  # two equal ranks in a ranking
    reasons: tuple[tuple[str, str], ...] = ()  # (key, name); a key is one lower-case letter
    asks_marks: bool = False
    criteria: tuple[tuple[str, int], ...] = ()  # (name, points)
    asks_comment: bool = False
    steps: tuple[int, ...] = ()  # how many lines a slot has, in the order shown


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was said. Slots and steps count from 0 here, from 1 in the form and on the screen."""

    outcome: str  # a value of ANSWERS; "" of a form that gives none
    slot: int | None = None  # of a pick
    ranks: str = ""  # a digit a slot, 1 the best, dense; best-worst: 1 best, 3 worst, 2 the others
    reasons: tuple[tuple[int, str], ...] = ()  # (slot, key)
    marks: tuple[Marks, ...] = ()  # a tuple a slot: () no errors, else up to the first -1
    scores: tuple[tuple[int, ...], ...] = ()  # a tuple a slot, 1..points a criterion
    comment: str = ""


def best_slot(slot: int | None, ranks: str) -> int | None:
    """The one slot that a pick or these ranks call the best; None where none or several are."""
    if slot is not None:
        return slot
    return ranks.index(BEST) if ranks.count(BEST) == 1 else None


class NotAJudgement(ValueError):
    """Why this is no answer: a sentence for the rater, in English, and the values in it."""

    def __init__(self, sentence: str, **values: int) -> None:
        self.sentence, self.values = sentence, values
        super().__init__(sentence % values)


def _(sentence: str) -> str:
    """Marks a sentence for translation; this module cannot know the rater's language."""
    return sentence


# --- reading a form ------------------------------------------------------------------------------
def parse(form: Form) -> Judgement:
    """All that a form says, whole or not. What no form of ours sends is not read."""
    answer = _one(form, "answer")
    outcome = PICK if SLOT.fullmatch(answer) else ANSWERS.get(answer, "")
    return Judgement(
        outcome=outcome,
        slot=_slot(answer if SLOT.fullmatch(answer) else _one(form, "pick"), outcome),
        ranks=_ranks(form, outcome),
        reasons=_reasons(form),
        marks=_marks(form),
        scores=_scores(form),
        comment=_text(_one(form, "comment")),
    )


def _all(form: Form, name: str) -> Sequence[str]:
    found = form.get(name, ())
    return (found,) if isinstance(found, str) else found


def _one(form: Form, name: str) -> str:
    found = _all(form, name)
    return found[-1] if found else ""


def _slot(text: str, outcome: str) -> int | None:
    return int(text) - 1 if outcome == PICK and SLOT.fullmatch(text) else None


def _ranks(form: Form, outcome: str) -> str:
    if outcome == RANKING:
        given = [_one(form, f"rank_{slot}") for slot in range(1, MOST_SLOTS + 1)]
        ranks = "".join(rank if SLOT.fullmatch(rank) else UNRANKED for rank in given)
        return ranks.rstrip(UNRANKED)
    if outcome == BEST_WORST:
        # The form does not say how many slots there are: `check` adds those after the last named.
        best, worst = _one(form, "best"), _one(form, "worst")
        named = [int(slot) for slot in (best, worst) if SLOT.fullmatch(slot)]
        slots = [str(slot) for slot in range(1, max(named, default=0) + 1)]
        return "".join(WORST if s == worst else BEST if s == best else OTHER for s in slots)
    return ""


def _reasons(form: Form) -> tuple[tuple[int, str], ...]:
    found = filter(None, map(REASON.fullmatch, _all(form, "reason")))
    return tuple(sorted({(int(match[1]) - 1, match[2]) for match in found}))


def _marks(form: Form) -> tuple[Marks, ...]:
    """Nothing said of a slot, or both an error and that there is none, is (None,)."""
    given: dict[int, dict[int, int | None]] = {}
    for name in form:
        if match := MARK_FIELD.fullmatch(name):
            step = given.setdefault(int(match[1]), {})
            step[int(match[2])] = MARKS.get(_one(form, name))
    clean = {n for n in range(1, MOST_SLOTS + 1) if _one(form, f"no_errors_{n}")}
    marked = {slot: _up_to_the_error(steps) for slot, steps in given.items()}
    last = max([*marked, *clean], default=0)
    return tuple(_of_slot(marked.get(n, ()), n in clean) for n in range(1, last + 1))


def _up_to_the_error(steps: Mapping[int, int | None]) -> Marks:
    marks = tuple(steps.get(step) for step in range(1, max(steps) + 1))
    return marks[: marks.index(-1) + 1] if -1 in marks else marks


def _of_slot(marks: Marks, is_clean: bool) -> Marks:
    if is_clean:
        return (None,) if -1 in marks else ()
    return marks or (None,)


def _scores(form: Form) -> tuple[tuple[int, ...], ...]:
    given: dict[tuple[int, int], int] = {}
    for name in form:
        if match := SCORE_FIELD.fullmatch(name):
            points = _one(form, name)
            is_number = re.fullmatch(r"[1-9][0-9]?", points)
            given[int(match[1]), int(match[2])] = int(points) if is_number else 0
    slots = max((slot for slot, criterion in given), default=0)
    criteria = max((criterion for slot, criterion in given), default=0)
    return tuple(
        tuple(given.get((slot, n), 0) for n in range(1, criteria + 1))
        for slot in range(1, slots + 1)
    )


def _text(text: str) -> str:
    """Line ends as one character, as the page counted them; no database keeps a NUL."""
    return text.replace("\r\n", "\n").replace("\0", "").strip()


# --- against what is asked -----------------------------------------------------------------------
def check(judgement: Judgement, asked: Asked) -> Judgement:
    """The judgement as it is stored: dense ranks, sorted reasons, a tie where all ranks are equal.

    Raises NotAJudgement where something is missing, was not asked, or contradicts itself.
    """
    judged = _checked_outcome(judgement, asked)
    _check_reasons(judged.reasons, asked)
    _check_marks(judged.marks, asked)
    _check_scores(judged.scores, asked)
    if len(judged.comment) > LONGEST_COMMENT:
        sentence = _("The comment is too long: %(most)d characters are kept.")
        raise NotAJudgement(sentence, most=LONGEST_COMMENT)
    if judged.comment and not asked.asks_comment:
        raise _not_asked()
    return replace(judged, reasons=tuple(sorted(set(judged.reasons))))


def _not_asked() -> NotAJudgement:
    return NotAJudgement(_("That is not an answer in this study."))


def _checked_outcome(judgement: Judgement, asked: Asked) -> Judgement:
    if not judgement.outcome:
        raise NotAJudgement(_("Choose an answer first."))
    allowed = {OUTCOME_OF[asked.protocol]}
    allowed |= {NONE} if asked.allows_none else set()
    allowed |= {TIE} if asked.allows_tie else set()
    if judgement.outcome not in allowed:
        raise _not_asked()
    if (judgement.outcome != PICK and judgement.slot is not None) or (
        judgement.outcome not in (RANKING, BEST_WORST) and judgement.ranks
    ):
        raise _not_asked()
    if judgement.outcome == PICK:
        if judgement.slot is None or not 0 <= judgement.slot < asked.slots:
            raise NotAJudgement(_("Pick one of the rationales shown."))
        return judgement
    if judgement.outcome == RANKING:
        return _ranked(judgement, asked)
    if judgement.outcome == BEST_WORST:
        return replace(judgement, ranks=_best_and_worst(judgement.ranks, asked.slots))
    return judgement


def _ranked(judgement: Judgement, asked: Asked) -> Judgement:
    ranks = judgement.ranks
    if len(ranks) != asked.slots or not all(map(SLOT.fullmatch, ranks)):
        raise NotAJudgement(_("Give every rationale a rank."))
    used = sorted(set(ranks))
    if len(used) == 1 and asked.slots > 1:
        if not asked.allows_tie:
            raise NotAJudgement(_("Not all of them can have the same rank."))
        return replace(judgement, outcome=TIE, ranks="")
    if len(used) < asked.slots and not asked.allows_equal:
        raise NotAJudgement(_("Give each rationale a rank of its own."))
    return replace(judgement, ranks="".join(str(used.index(rank) + 1) for rank in ranks))


def _best_and_worst(given: str, slots: int) -> str:
    ranks = given.ljust(slots, OTHER)
    is_whole = ranks.count(BEST) == ranks.count(WORST) == 1
    if len(ranks) != slots or not is_whole or set(ranks) - {BEST, OTHER, WORST}:
        raise NotAJudgement(_("Pick the best and the worst: two different rationales."))
    return ranks


def _check_reasons(reasons: Iterable[tuple[int, str]], asked: Asked) -> None:
    keys = {key for key, name in asked.reasons}
    if any(key not in keys or not 0 <= slot < asked.slots for slot, key in reasons):
        raise _not_asked()


def _check_marks(marks: Sequence[Marks], asked: Asked) -> None:
    """Of every slot the first error, or that there is none, whatever the outcome."""
    if not asked.asks_marks:
        if marks:
            raise _not_asked()
        return
    for slot in range(asked.slots):
        said = marks[slot] if slot < len(marks) else (None,)
        if said and (said[-1] != -1 or -1 in said[:-1]):
            sentence = _("Mark the first error of A%(slot)d, or say that it has none.")
            raise NotAJudgement(sentence, slot=slot + 1)
        if len(said) > asked.steps[slot] or set(said) - {-1, 0, 1, None}:
            raise _not_asked()
    if len(marks) > asked.slots:
        raise _not_asked()


def _check_scores(scores: Sequence[Sequence[int]], asked: Asked) -> None:
    if not asked.criteria:
        if scores:
            raise _not_asked()
        return
    if len(scores) > asked.slots or any(len(given) > len(asked.criteria) for given in scores):
        raise _not_asked()
    for slot in range(asked.slots):
        given = scores[slot] if slot < len(scores) else ()
        if len(given) < len(asked.criteria) or 0 in given:
            raise NotAJudgement(_("A score of A%(slot)d is missing."), slot=slot + 1)
        for score, (_name, points) in zip(given, asked.criteria, strict=True):
            if not 1 <= score <= points:
                raise _not_asked()
