"""Raters practise: the first answer to each triple is kept, and the last one ends the practice.

Whoever passed less of what counts than the study wants has left then, screened out, before
anything was kept for them. Feedback is of planted defects alone and never of taste, so nothing here
reads what anybody preferred. Does not know how practice is made (practice.py).
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from raters.judgement import Judgement, best_slot
from raters.models import PracticeAnswer, PracticeTriple, Rater, Study, StudyPath
from raters.services.assigning import rater_lock
from raters.services.withdrawing import rater_leave


@dataclass(frozen=True, slots=True)
class Practised:
    """How far a rater is: `passed` of `answered` among those that count for qualification.

    `wanted` is the percentage to pass, 0 where nobody is screened out.
    """

    answered: int
    total: int
    passed: int
    counting: int
    wanted: int

    @property
    def is_over(self) -> bool:
        return self.answered >= self.total

    @property
    def is_qualified(self) -> bool:
        return self.passed * 100 >= self.wanted * self.counting


def practice_next(*, rater: Rater) -> PracticeTriple | None:
    """The first that this rater has not answered."""
    met = PracticeAnswer.objects.filter(rater=rater).values("triple")
    return PracticeTriple.objects.of(rater.study).exclude(pk__in=met).first()


def practice_last(*, rater: Rater) -> PracticeAnswer | None:
    """What this rater answered last, with its triple."""
    answers = PracticeAnswer.objects.filter(rater=rater).select_related("triple")
    return answers.order_by("-pk").first()


def practised(*, rater: Rater) -> Practised:
    triples = list(PracticeTriple.objects.of(rater.study).values_list("pk", "qualifies"))
    path = StudyPath.objects.filter(study=rater.study_id).only("qualification_percent").first()
    answers = dict(PracticeAnswer.objects.filter(rater=rater).values_list("triple", "is_passed"))
    counting = [pk for pk, qualifies in triples if qualifies]
    return Practised(
        answered=len(answers),
        total=len(triples),
        passed=sum(answers.get(pk, False) for pk in counting),
        counting=len(counting),
        wanted=path.qualification_percent if path else 0,
    )


def practice_answer(
    *, rater: Rater, triple: PracticeTriple, judgement: Judgement, now: datetime
) -> PracticeAnswer | None:
    """Keep the first answer to this triple; the last triple ends the practice, one way or other.

    None, and nothing is kept, where the practice is no longer the one that the rater was shown. The
    study is locked, so none of it changes while the first answer comes in.
    """
    said = best_slot(judgement.slot, judgement.ranks)
    with transaction.atomic():
        locked = rater_lock(rater=rater)
        study = Study.objects.select_for_update(no_key=True).get(pk=locked.study_id)
        if study.practice_sha256 != rater.study.practice_sha256:
            return None
        answer, _ = PracticeAnswer.objects.get_or_create(
            rater=locked,
            triple=triple,
            defaults={"slot": said, "is_passed": said == triple.expected, "at": now},
        )
        found = practised(rater=locked)
        if found.is_over and locked.practised_at is None and locked.returned_at is None:
            Rater.objects.filter(pk=locked.pk).update(practised_at=now)
            if not found.is_qualified:
                rater_leave(rater=locked, way_out=Rater.WayOut.SCREENED_OUT, now=now)
    rater.refresh_from_db()
    return answer
