"""Takes the pictures in docs/screenshots: `.venv/bin/python docs/take_screenshots.py [NAME ...]`.

Starts the real web process on a database of its own in a temporary folder, with the sample
content, one study that raters are in the middle of and one that is closed, and photographs every
page as a rater or a researcher sees it. With names, only pictures whose name starts with one.
"""

import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from path_stage import ask_for_consent, plan_for
from training_stage import set_the_training

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "screenshots"
SAMPLES = ROOT / "generation" / "samples"
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
LARGEST_BYTES = 150_000
STAFF = ("/studies", "/workshops")
# What the other rooms ask: a ranking, best and worst, and everything that may stand beside a pick.
PROTOCOLS = {
    "ranking": ("In what order?", {"protocol": "ranking", "allows_ties": True}),
    "best-worst": ("Best and worst", {"protocol": "best-worst"}),
    "steps": ("Where does each go wrong?", {"asks_step_marks": True}),
    "reasons": ("What speaks against the others?", {"asks_comment": True}),
    "paused": ("A second look", {}),
}
# How often each source is picked in the closed study, so that its results show something.
TASTE = {"careful": 5, "terse": 2, "winding": 3}


@dataclass(frozen=True)
class Picture:
    name: str
    path: str
    keys: str = ""  # pressed before the picture is taken
    is_phone: bool = False
    is_dark: bool = False
    is_full: bool = False


@dataclass(frozen=True)
class Stage:
    """Addresses on the stage: rooms of every protocol, a finished rater's, studies, a way in."""

    room: str
    rooms: dict[str, str]
    finished: str
    draft: str
    running: str
    closed: str
    enter: str
    asked: str
    full: str
    workshops: dict[str, str]  # one at each stage
    training: dict[str, str]  # a page each


def pictures(stage: Stage) -> list[Picture]:
    room, closed = f"{stage.room}?begin", f"/studies/{stage.closed}/results/"
    return [
        Picture("rating-desktop-light", room),
        Picture("rating-desktop-dark", room, is_dark=True),
        Picture("rating-phone-light", room, is_phone=True),
        Picture("rating-phone-dark", room, is_phone=True, is_dark=True),
        Picture("rating-keys-desktop-light", room, keys="?"),
        Picture("rating-undo-desktop-light", f"{stage.room}?again"),
        Picture("rating-undo-phone-light", f"{stage.room}?again", is_phone=True),
        Picture("rating-thanks-phone-dark", stage.finished, is_phone=True, is_dark=True),
        *protocol_pictures(stage.rooms),
        Picture("ratings-desktop-light", f"{stage.room}?mine"),
        Picture("ratings-phone-dark", f"{stage.room}?mine", is_phone=True, is_dark=True),
        Picture("return-phone-light", f"{stage.room}?return", is_phone=True),
        Picture("flag-phone-light", room, keys="f", is_phone=True),
        Picture("paused-phone-dark", stage.rooms["paused"], is_phone=True, is_dark=True),
        Picture("instructions-desktop-light", f"{stage.room}?instructions"),
        Picture("instructions-phone-light", f"{stage.room}?instructions", is_phone=True),
        *path_pictures(stage),
        Picture("studies-desktop-light", "/studies/"),
        Picture("study-new-desktop-light", "/studies/new/", is_full=True),
        Picture("study-running-desktop-light", f"/studies/{stage.running}/"),
        Picture("study-running-phone-dark", f"/studies/{stage.running}/", "", True, True),
        Picture("results-desktop-light", closed),
        Picture("results-desktop-dark", closed, is_dark=True),
        Picture("results-phone-light", closed, is_phone=True),
        *workshop_pictures(stage.workshops),
        *conduct_pictures(stage.running),
        *training_pictures(stage.training),
    ]


def training_pictures(addresses: dict[str, str]) -> list[Picture]:
    """Each page of training on a desktop, light, and on a phone, dark."""
    return [
        Picture(f"training-{name}-{screen}", address, "", is_phone, is_phone)
        for name, address in addresses.items()
        for screen, is_phone in (("desktop-light", False), ("phone-dark", True))
    ]


def conduct_pictures(study: str) -> list[Picture]:
    """A frozen plan with a deviation, and who falls under its rules, while the study runs."""
    return [
        Picture(f"{page}-{screen}-{scheme}", f"/studies/{study}/{page}/", "", is_phone, is_dark)
        for page in ("plan", "exclusions")
        for screen, is_phone in (("desktop", False), ("phone", True))
        for scheme, is_dark in (("light", False), ("dark", True))
        if is_phone == is_dark or page == "exclusions"
    ]


def workshop_pictures(codes: dict[str, str]) -> list[Picture]:
    """The large screen at every stage, the controls, and a phone."""
    found = []
    for number, (name, code) in enumerate(codes.items()):
        screen = f"/workshops/{code}/screen/"
        scheme = ("light", "dark")[number % 2]
        found.append(Picture(f"workshop-{name}-screen-{scheme}", screen, is_dark=number % 2 == 1))
    code = codes["reveal"]
    return [
        *found,
        Picture("workshop-controls-desktop-light", f"/workshops/{code}/"),
        Picture("workshop-code-phone-light", "/w/", is_phone=True),
    ]


def path_pictures(stage: Stage) -> list[Picture]:
    """How a rater comes in and leaves, and what the researcher sees of it."""
    withdraw = f"{stage.room}withdraw/"
    people, paid = f"/studies/{stage.running}/people/", f"/studies/{stage.running}/payments/"
    return [
        Picture("consent-desktop-light", stage.asked),
        Picture("consent-phone-dark", stage.asked, is_phone=True, is_dark=True),
        Picture("withdraw-desktop-dark", withdraw, is_dark=True),
        Picture("withdraw-phone-light", withdraw, is_phone=True),
        Picture("crowd-full-phone-light", stage.full, is_phone=True),
        Picture("people-desktop-light", people),
        Picture("people-phone-dark", people, is_phone=True, is_dark=True),
        Picture("payments-desktop-light", paid),
        Picture("payments-phone-dark", paid, is_phone=True, is_dark=True),
    ]


def protocol_pictures(rooms: dict[str, str]) -> list[Picture]:
    """Each room half-way through an answer, once light and once dark on either screen."""
    found = []
    for number, (name, keys) in enumerate(
        {"ranking": "2t1", "best-worst": "23", "steps": "+-e2", "reasons": "2bx"}.items()
    ):
        dark = number % 2 == 1
        for is_phone, is_dark in ((False, dark), (True, not dark)):
            screen, scheme = ("phone", "desktop")[not is_phone], ("light", "dark")[is_dark]
            picture = f"rating-{name}-{screen}-{scheme}"
            found.append(Picture(picture, rooms[name], keys, is_phone, is_dark))
    return found


def main(wanted: list[str]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"TRIPTYCH_VAR": folder, "SECRET_KEY": uuid4().hex, "LOG_LEVEL": "ERROR"}
        os.environ |= {"DJANGO_SETTINGS_MODULE": "config.settings"}
        os.environ.pop("DATABASE_URL", None)
        sys.path.insert(0, str(ROOT))
        stage = set_the_stage()
        with web_process() as site:
            too_large = take(site, stage, wanted)
    for name, size in too_large:
        print(f"{name} is {size:,} bytes, more than {LARGEST_BYTES:,}.", file=sys.stderr)  # noqa: T201
    return 1 if too_large else 0


def set_the_stage() -> Stage:
    """The rows behind the pictures, made through the services."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)

    from django.utils import timezone

    from generation.models import Source
    from generation.services.imports import questions_import, rationales_import
    from raters.protocols import DEFAULT_REASONS
    from raters.services.exclusions import exclusion_asked, exclusions_apply
    from raters.services.people import sign_in_link_create, staff_ensure
    from raters.services.reports import report_ask, report_make
    from raters.services.studies import study_create
    from raters.services.study_states import raters_add, study_close, study_open, study_pause

    now, owner = timezone.now(), staff_ensure(username="rosa", is_admin=False)
    with (SAMPLES / "questions.jsonl").open() as lines:
        questions = questions_import(
            lines=lines, format="jsonl", set_name="Sample questions", user=owner, now=now
        ).question_set
    with (SAMPLES / "rationales.jsonl").open() as lines:
        rationales_import(lines=lines, format="jsonl", set_name=questions.name, user=owner, now=now)
    made = {"owner": owner, "question_set": questions, "raters_per_triple": 8, "now": now}
    made |= {"sources": list(Source.objects.filter(name__in=TASTE).order_by("name"))}
    draft = study_create(name="Pilot", **made)
    closed = study_create(name="Which wording reasons best?", seed=1, **made)
    running = study_create(name="The same, with more raters", seed=2, **made)
    for study in (closed, running):
        study_open(study=study, user=owner, now=now - timedelta(hours=2))
    for study in (closed, running):
        plan_for(study, owner, now - timedelta(hours=2))
    rng = random.Random(7)
    for rater in raters_add(study=closed, count=8, now=now):
        rate_as(rater, 12, rng, now)
    exclusions_apply(study=closed, user=owner, now=now)
    study_close(study=closed, user=owner, now=now)
    report_make(report_id=report_ask(study=closed, now=now).pk)
    midway, finished, other = raters_add(study=running, count=3, now=now)
    for rater, count in ((midway, 4), (finished, 12), (other, 7)):
        rate_as(rater, count, rng, now - timedelta(minutes=20))
    exclusion_asked(
        study=running, rater=other, user=owner, reason="Wrote to us on Monday.", now=now
    )
    rooms = {}
    for protocol, (name, asked) in PROTOCOLS.items():
        reasons = DEFAULT_REASONS if protocol == "reasons" else ()
        study = study_create(name=name, seed=3, reasons=reasons, **asked, **made)
        study_open(study=study, user=owner, now=now - timedelta(hours=2))
        (rater,) = raters_add(study=study, count=1, now=now)
        rooms[protocol] = f"/r/{rater.code}/ /rate/{study.code}/?begin"
        if protocol == "paused":
            study_pause(study=study, user=owner, now=now)
    asked, full = ask_for_consent(running, now)
    token = sign_in_link_create(user=owner, now=now, hours=1)
    return Stage(
        rooms=rooms,
        room=f"/r/{midway.code}/ /rate/{running.code}/",
        finished=f"/r/{finished.code}/ /rate/{running.code}/",
        draft=draft.code,
        running=running.code,
        closed=closed.code,
        enter=f"/enter/{token}/",
        asked=asked,
        full=full,
        workshops=set_the_workshops(owner, now),
        training=set_the_training(owner, now),
    )


def set_the_workshops(owner, now) -> dict[str, str]:  # type: ignore[no-untyped-def]
    """A workshop at each stage, on a set of its own: no running study asks its questions."""
    from generation.models import Source
    from generation.services.imports import questions_import, rationales_import
    from raters.services.workshops.making import workshop_create_of_set
    from raters.services.workshops.moving import workshop_move
    from raters.services.workshops.taking_part import participant_join, response_give

    given = {"format": "jsonl", "set_name": "For the talk", "user": owner, "now": now}
    with (SAMPLES / "questions.jsonl").open() as lines:
        questions = questions_import(lines=lines, **given).question_set
    with (SAMPLES / "rationales.jsonl").open() as lines:
        rationales_import(lines=lines, **given)
    sources, codes = list(Source.objects.filter(name__in=TASTE).order_by("name")), {}
    for number, stage in enumerate(("waiting", "question", "triple", "bars", "reveal")):
        workshop = workshop_create_of_set(
            user=owner,
            question_set=questions,
            sources=sources,
            name="A talk",
            count=4,
            seed=4,
            now=now,
        )
        codes[stage] = workshop.code
        gold = workshop.items.get(position=0).question.gold_answer
        phones = [
            participant_join(typed=workshop.join_code or "", address="::1", now=now)
            for _ in range(34)
        ]
        for moved in range(number):
            workshop_move(workshop=workshop, to="next", seen=workshop.version, user=owner, now=now)
            for each, phone in enumerate(phones[3:]):
                if moved == 0:
                    said = {"answer": gold if each % 3 else str(each % 4 + 7)}
                    response_give(participant=phone, position=0, **said)
                if moved == 1:
                    response_give(participant=phone, position=0, pick=(1, 2, 2, 3, 2, 1)[each % 6])
    return codes


def rate_as(rater, count: int, rng: random.Random, now) -> None:  # type: ignore[no-untyped-def]
    """This many ratings by a made-up person with the taste above."""
    from raters.judgement import Judgement
    from raters.services.assigning import assignments_hand
    from raters.services.rating import rating_submit

    for number in range(count):
        rater.refresh_from_db()
        when = now + timedelta(seconds=40 * number)
        assignment = assignments_hand(rater=rater, now=when)[0]
        members = {member.position: member for member in assignment.triple.members.all()}
        order = [members[int(digit)].source.name for digit in assignment.order]
        outcome = rng.choices(["pick", "tie", "none"], [18, 2, 1])[0]
        slot = rng.choices(range(len(order)), [TASTE[name] for name in order])[0]
        rating_submit(
            token=str(assignment.token),
            key=str(uuid4()),
            judgement=Judgement(outcome, slot=slot if outcome == "pick" else None),
            now=when + timedelta(seconds=30),
            visible_ms=rng.randrange(9_000, 50_000),
            blurred_ms=0,
        )


@contextmanager
def web_process() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", address, "--threads", "4"]
    server = subprocess.Popen([*command, "--log-level", "error"], cwd=ROOT)
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(f"http://{address}/")
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://{address}"
    finally:
        server.terminate()
        server.wait()


def take(site: str, stage: Stage, wanted: list[str]) -> list[tuple[str, int]]:
    """Take the pictures; return those that are too large to keep."""
    from playwright.sync_api import sync_playwright

    PICTURES.mkdir(exist_ok=True)
    too_large = []
    with sync_playwright() as driver:
        path = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        front = browser.new_context()
        page = front.new_page()
        page.goto(site + stage.enter)
        page.get_by_role("button", name="Sign in").click()
        state = front.storage_state()
        for picture in pictures(stage):
            if wanted and not picture.name.startswith(tuple(wanted)):
                continue
            context = browser.new_context(
                viewport=PHONE if picture.is_phone else DESKTOP,
                has_touch=picture.is_phone,
                color_scheme="dark" if picture.is_dark else "light",
                reduced_motion="reduce",
                storage_state=None if picture.path.startswith("/r/") else state,
            )
            page = context.new_page()
            for address in picture.path.split():  # a rater's link first: it lets the rater in
                page.goto(site + address)
            if picture.keys:
                page.wait_for_selector('#rating[aria-busy="false"]')
            for key in picture.keys:
                page.keyboard.press(key)
            file = PICTURES / f"{picture.name}.png"
            page.screenshot(path=file, full_page=picture.is_full, animations="disabled")
            context.close()
            if file.stat().st_size > LARGEST_BYTES:
                too_large.append((picture.name, file.stat().st_size))
        browser.close()
    return too_large


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
