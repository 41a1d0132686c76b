"""A room that goes through a workshop: two phones, the large screen, every stage, every mistake.

Knows: every address of a workshop and what it may answer. What is searched for, sentinels.py knows;
`go` of each browser searches, or records, what it is given.
"""

from collections.abc import Iterator
from typing import Any

from raters.models import Workshop
from raters.services.workshops.moving import workshop_move
from tests.factories import NOW

FRAGMENT = {"HTTP_X_FRAGMENT": "1"}
STAGES = ("question", "triple", "bars", "reveal")


def press(workshop: Workshop, to: str) -> None:
    assert workshop_move(
        workshop=workshop, to=to, seen=workshop.version, user=workshop.owner, now=NOW
    )


def come_to_the_workshop(phone: Any, workshop: Workshop) -> None:
    """A stranger, wrong codes, the right one, and the right one again."""
    phone.go("/w/", 200)
    phone.go(f"/w/?code={workshop.join_code}", 200)
    phone.go("/w/now/", 403)
    phone.go("/w/respond/", 403, {"number": "1", "answer": "1"})
    phone.go("/w/join/", 404, {"code": "BBBBBB"})
    phone.go("/w/join/", 405)
    phone.go("/w/join/", 303, {"code": workshop.join_code})
    phone.go("/w/join/", 303, {"code": workshop.join_code})
    look(phone)


def look(phone: Any) -> None:
    phone.go("/w/", 200)
    phone.go("/w/", 200, **FRAGMENT)
    page = phone.go("/w/now/", 200)
    phone.go("/w/now/", 304, HTTP_IF_NONE_MATCH=page["ETag"])


def look_at_the_screen(screen: Any, workshop: Workshop) -> None:
    for name in ("", "screen/"):
        screen.go(f"/workshops/{workshop.code}/{name}", 200)
        screen.go(f"/workshops/{workshop.code}/{name}", 200, **FRAGMENT)
    page = screen.go(f"/workshops/{workshop.code}/now/", 200)
    screen.go(f"/workshops/{workshop.code}/now/", 304, HTTP_IF_NONE_MATCH=page["ETag"])


def answer(phone: Any, number: int, stage: str) -> None:
    """Say everything that may be said, and what may not, at this stage."""
    takes = {"question": {"answer": "12"}, "triple": {"pick": "2"}}.get(stage)
    phone.go("/w/respond/", 409, {"number": "99", "answer": "1"})
    if takes is None:
        phone.go("/w/respond/", 409, {"number": str(number), "pick": "1"})
        return
    phone.go("/w/respond/", 422, {"number": str(number)} | dict.fromkeys(takes, "many"))
    for _ in range(2):
        phone.go("/w/respond/", 303, {"number": str(number)} | takes)


def through_the_stages(
    workshop: Workshop, phones: list[Any], screen: Any, *, number: int, upto: str
) -> Iterator[str]:
    """Each stage of a question up to this one, seen by all; the room stands at what is yielded."""
    for stage in STAGES[: STAGES.index(upto) + 1]:
        press(workshop, "next")
        for phone in phones:
            look(phone)
            answer(phone, number, stage)
            look(phone)
        look_at_the_screen(screen, workshop)
        yield stage
