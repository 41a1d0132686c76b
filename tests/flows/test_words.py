"""No page that a rater, a writer or a room sees says a word that the catalogues do not have.

The catalogue of English is one that marks whatever all the others can say: ⟦like this⟧. The walks
of the leak tests then see every page, answer, mistake and end, and a word outside the marks is a
word that stays English in every language. What researchers wrote is marked by its `lang` instead.
"""

import re
from html.parser import HTMLParser

import pytest
from django.conf import settings as project
from django.utils.translation import trans_real

from config.languages import SPOKEN
from generation.services.writing import writers_add, writing_close, writing_create
from generation.services.writing_texts import consent_digest
from raters.services.consent import consent_text_save
from tests.factories import NOW, make_study
from tests.flows.sentinels import PROTOCOLS
from tests.flows.test_leak import see_everything
from tests.flows.test_workshop_leak import ScreenWalk, open_world
from tests.flows.walk import Walk
from tests.flows.workshop_walk import come_to_the_workshop, look, press, through_the_stages
from tests.raters.services.workshops.rooms import make_workshop

pytestmark = pytest.mark.django_db

OTHERS = [code for code, _name in project.LANGUAGES if code != "en"]
# Names, and the words of the test's own studies that stand in the midst of ours.
NAMES = {"Triptych", *(name for _code, name in project.LANGUAGES)}
STUDYS_OWN = {"question implies answer", "clear"}
VOID = {"meta", "link", "input", "br", "img", "path", "rect", "hr"}
SPEAKING = {"title", "alt", "label", "placeholder", "aria-label", "data-said", "data-equal"}
# Of what scripts say, the page has the words: in these elements, each `data-` is a sentence.
HOLDS_WORDS = re.compile(r'id="(?:status|keys-said)"|class="(?:pace|status[^"]*)"')
WORD = re.compile(r"(?!\b[A-Z0-9]{6,}\b)\b[^\W\d_]{2,}")  # no code of a room or a platform


class Marked(trans_real.DjangoTranslation):
    """English, and what every other language has a word for is marked."""

    def __init__(self) -> None:
        super().__init__("en")
        self.others = [trans_real.DjangoTranslation(code)._catalog for code in OTHERS]

    def _marked(self, text: str, key: object) -> str:
        return f"⟦{text}⟧" if all(key in other for other in self.others) else text

    def gettext(self, message: str) -> str:
        return self._marked(message, message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self._marked(msgid1 if n == 1 else msgid2, (msgid1, 0))


class Reader(HTMLParser):
    """What stands on a page outside the marks, and outside of what has a language of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.languages: list[tuple[str, str | None]] = []
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in VOID:
            inherited = self.languages[-1][1] if self.languages else "en"
            self.languages.append((tag, given.get("lang", inherited)))
        holds = HOLDS_WORDS.search(self.get_starttag_text() or "")
        for name, value in attrs:
            if name in SPEAKING or (holds and name.startswith("data-")):
                self.found.append(re.sub(r"⟦[^⟦⟧]*⟧", " ", value or ""))

    def handle_endtag(self, tag: str) -> None:
        while self.languages and self.languages.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        outside = ""
        for part in re.split(r"([⟦⟧])", data):
            self.depth += {"⟦": 1, "⟧": -1}.get(part, 0)
            outside += part if self.depth == 0 and part != "⟧" else " "
        inside, language = self.languages[-1] if self.languages else ("", "en")
        if language == "en" and inside != "textarea":
            self.found.append(outside)


def unmarked(html: str) -> list[str]:
    reader = Reader()
    reader.feed(html)
    assert reader.depth == 0
    for own in (*STUDYS_OWN, *NAMES):
        reader.found = [text.replace(own, "") for text in reader.found]
    return [text.strip() for text in reader.found if WORD.search(text)]


def save_in_french(**given) -> None:
    """What a researcher wrote has another language than the page, and so can be told from it."""
    consent_text_save(**given | {"language": "fr"})


@pytest.fixture
def pages(monkeypatch) -> list[str]:
    """Pages as they are walked through; each is read at once."""
    trans_real.translation("en")  # Django's own must be there before it can be replaced
    monkeypatch.setitem(trans_real._translations, "en", Marked())
    monkeypatch.setattr("tests.flows.walk.leaks", lambda response: [])
    monkeypatch.setattr("tests.flows.walk.consent_text_save", save_in_french)
    walked: list[str] = []
    go = Walk.go

    def read(self: Walk, path: str, expected: int, data: dict | None = None, **more):
        response = go(self, path, expected, data, **more)
        is_page = response.get("Content-Type", "").startswith("text/html")
        if is_page and SPOKEN.match(path.partition("?")[0]):
            walked.append(path)
            assert unmarked(response.content.decode()) == [], path
        return response

    monkeypatch.setattr(Walk, "go", read)
    return walked


@pytest.mark.parametrize("settings", PROTOCOLS, ids=["picks", "picks+", "ranking+", "best-worst+"])
def test_a_rater_sees_no_word_that_is_not_translated(settings, pages, monkeypatch):
    see_everything(settings, monkeypatch)
    assert len(pages) > 100


def test_a_room_sees_no_word_that_is_not_translated(pages):
    workshop = make_workshop(open_world())
    phone, screen = Walk(), ScreenWalk(workshop)
    come_to_the_workshop(phone, workshop)
    for _ in through_the_stages(workshop, [phone], screen, number=1, upto="bars"):
        pass
    press(workshop, "end")
    look(phone)
    screen.go(f"/workshops/{workshop.code}/screen/", 200)
    assert len(pages) > 20


def test_a_writer_sees_no_word_that_is_not_translated(pages):
    study = make_study(questions=3)
    writing = writing_create(
        owner=study.owner, source_name="people", question_set=study.question_set,
        shows_answer=True, now=NOW,
    )  # fmt: skip
    writer, other = writers_add(writing=writing, count=2, now=NOW)
    walk, own = Walk(), f"/write/{writer.code}/"
    digest = {"answer": "agree", "digest": consent_digest(writing)}
    walk.go(own, 200)
    walk.go(f"{own}agree/", 200, {"answer": "refuse"})
    walk.go(f"{own}agree/", 303, digest)
    page = walk.go(own, 200).content.decode()
    number = re.search(r'name="number" value="(\d+)"', page)[1]
    for text in ("", "It is so.", "The answer is 1234567.", "x" * 20_001):
        walk.go(own, 422, {"number": number, "text": text})
    walk.go(f"{own}?all", 200)
    walk.go(own, 303, {"number": number, "leave": ""})
    walk.go(f"{own}?all", 200)
    walk.go(f"{own}withdraw/", 200)
    walk.go(f"{own}withdraw/", 303, {"texts": "keep"})
    walk.go(f"{own}withdraw/", 200)
    walk.go("/write/unknown/", 404)
    writing_close(writing=writing, now=NOW)
    walk.go(f"/write/{other.code}/", 410)
    assert len(pages) > 10


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<p>⟦Saved.⟧ 3 ⟦of⟧ 4, A1</p>", []),
        ("<p>⟦Saved.⟧ and so on</p>", ["and so on"]),
        ("<p>⟦<b>Pick</b> A1⟧</p>", []),
        ('<p lang="">So 3.</p><p lang="en">So 4.</p>', ["So 4."]),
        ('<ol lang=""><li>So 3.<span lang="en" aria-label="right">+</span></ol>', ["right"]),
        ('<p id="status" data-sending="Saving"></p>', ["Saving"]),
        ('<button aria-label="⟦Pick⟧ A1" title="now">', ["now"]),
    ],
)
def test_the_reader_finds_what_is_not_marked(html, found):
    assert unmarked(html) == found
