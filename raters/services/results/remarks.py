"""What raters wrote: comments, and flags on questions. Listed for who may see an open book."""

from dataclasses import dataclass

from raters.models import Flag, Study
from raters.services.results.counted import current

MOST_COMMENTS = 200


@dataclass(frozen=True, slots=True)
class Comment:
    question: str
    rater: str
    text: str


@dataclass(frozen=True, slots=True)
class FlagLine:
    question: str
    rater: str
    reason: str
    comment: str


@dataclass(frozen=True, slots=True)
class Remarks:
    """At most MOST_COMMENTS comments, of `comments_in_all`; the exports have every one."""

    comments: tuple[Comment, ...]
    comments_in_all: int
    flags: tuple[FlagLine, ...]


def remarks(study: Study, names: dict[int, str]) -> Remarks:
    written = current(study).exclude(comment="")
    comments = written.order_by(
        "assignment__triple__question__key", "assignment__rater_id", "pk"
    ).values_list("assignment__triple__question__key", "assignment__rater_id", "comment")
    listed = list(comments[: MOST_COMMENTS + 1])
    flags = (
        Flag.objects.filter(assignment__study=study)
        .order_by("assignment__triple__question__key", "pk")
        .select_related("assignment__triple__question")
    )
    return Remarks(
        comments=tuple(
            Comment(question, names[rater], text)
            for question, rater, text in listed[:MOST_COMMENTS]
        ),
        comments_in_all=written.count() if len(listed) > MOST_COMMENTS else len(listed),
        flags=tuple(
            FlagLine(
                question=flag.assignment.triple.question.key,
                rater=names[flag.assignment.rater_id],
                reason=flag.get_reason_display(),
                comment=flag.comment,
            )
            for flag in flags
        ),
    )
