r"""One form for all rationales, so that form does not name the source (blinding contract, 3).

Knows the habits of the formats that we import and prompt for: calculator brackets, answer markers,
lists, LaTeX, markdown, quotes, operators, one sentence or many a line. Applied to all sources
alike. Knows no source and no data set, checks no answer, and mends no grammar, spelling or
arithmetic: what a text says stays.

    She sold 48/2 = <<48/2=24>>24 clips. Then 24*2 = 48      She sold 48/2 = 24 clips.
    #### 72                                              ->  Then 24 × 2 = 48.

A closing or opening answer goes: the page shows the gold answer once, above. A text that is nothing
but an answer becomes "The answer is 72.", whatever marker it carried. A text of which the rules
would leave nothing, or which they do not bring to rest, keeps its words and loses only odd
characters and white space.

The steps repeat until none changes anything, so a normal form is its own normal form. Each step is
linear in the length of the text: white space is single before the other patterns run, and every
quantifier is bounded or over a class that cannot overlap with what follows it.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

MOST_PASSES = 50  # far beyond what nested markup needs; no text keeps us here
WRAPPED = 60  # a line this long without a full stop, before a small letter, was wrapped

_HARMLESS = ("characters", "white space")

Step = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Normalised:
    """The text to show, and the names of the steps that changed something, in their order."""

    text: str
    changes: tuple[str, ...]


def normalise(
    text: str, *, gold_display: str = "", choices: Sequence[str | tuple[str, str]] = ()
) -> Normalised:
    """`text` in the form that all sources share. Never raises; the same input, the same output.

    `gold_display` and `choices` (texts, or pairs of label and text) are the answers that a closing
    sentence may state in words; numbers and labels such as "(c)" are known without them.
    """
    answers = _known_answers(gold_display, choices)
    steps: list[tuple[str, Step]] = [
        ("characters", _characters),
        ("quotes and dashes", lambda t: t.translate(_QUOTES)),
        ("LaTeX", lambda t: _substituted(t, _LATEX)),
        ("markup", lambda t: _substituted(t, _MARKUP)),
        ("calculator brackets", lambda t: _CALCULATOR.sub("", t)),
        ("white space", _white_space),
        ("wrapped lines", _joined_wraps),
        ("list style", _lists),
        ("operators", _operators),
        ("one sentence a line", _sentences),
        ("answer markers", lambda t: _closing(t, answers)),
        ("sentence form", _sentence_form),
    ]
    settled = _repeat(text, steps)
    if settled is None or (not settled.text and text.strip()):
        settled = _repeat(text, [step for step in steps if step[0] in _HARMLESS])
    return settled or Normalised("", ("characters",))


def _known_answers(gold: str, choices: Sequence[str | tuple[str, str]]) -> dict[str, str]:
    """Folded answer -> the one way to write it; labels of choices lead to their texts."""
    known: dict[str, str] = {}
    for choice in choices:
        label, text = ("", choice) if isinstance(choice, str) else choice
        known |= {_folded(spelling): text.strip() for spelling in (label, text)}
    known |= {_folded(gold): gold.strip()}
    known.pop("", None)
    return known


def _repeat(text: str, steps: list[tuple[str, Step]]) -> Normalised | None:
    """The text when no step changes it any more, or None where that is not in sight."""
    changes: dict[str, None] = {}
    for _ in range(MOST_PASSES):
        before = text
        for name, step in steps:
            stepped = step(text)
            if stepped != text:
                changes[name] = None
            text = stepped
        if text == before:
            return Normalised(text, tuple(changes))
    return None


# -- characters ----------------------------------------------------------------------------------

_QUOTES = str.maketrans(dict.fromkeys("‘’‚‛′`´", "'") | dict.fromkeys("“”„‟″", '"') | {"…": "..."})
_QUOTES |= str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-"))
_QUOTES |= str.maketrans(
    dict.fromkeys("\u2014\u2015", " - ")
)  # between words, with or without spaces
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]")
_INVISIBLE = frozenset("\u200b\u2060\ufeff\u00ad\u202a\u202b\u202c\u202d\u202e")


def _characters(text: str) -> str:
    """NFC, line feeds, plain spaces; nothing invisible but joiners and direction marks."""
    text = unicodedata.normalize("NFC", _LINE_ENDS.sub("\n", text))
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return "".join(map(_character, text))


def _character(char: str) -> str:
    kind = unicodedata.category(char)
    if char == "\t" or kind == "Zs":
        return " "
    if kind == "Cs":  # half of a surrogate pair cannot be sent to a browser
        return "\ufffd"
    return "" if char in _INVISIBLE or (kind == "Cc" and char != "\n") else char


def _white_space(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


# -- markup --------------------------------------------------------------------------------------

_LATEX = [
    (re.compile(r"\\(?:times|cdot)(?![A-Za-z])"), "×"),
    (re.compile(r"\\div(?![A-Za-z])"), "/"),
    (re.compile(r"\\[dt]?frac\{([^{}]{1,40})\}\{([^{}]{1,40})\}"), r"\1/\2"),
    (re.compile(r"\\(?:boxed|text|textbf|mathrm|mathbf) ?\{([^{}]{0,400})\}"), r"\1"),
    (re.compile(r"\$(?=\S)([^$\n]{0,80}[\\^_{=][^$\n]{0,80})(?<=\S)\$(?!\d)"), r"\1"),
    (re.compile(r"\\[()\[\],;!]|\$\$|\\(?=[$%])"), ""),
]
_MARKUP = [
    (re.compile(r"(?m)^ ?```\w{0,20} ?$|^ ?(?:-{3,}|\*{3,}|_{3,}) ?$"), ""),
    (re.compile(r"</?(?:scratch|think|thought|thinking|rationale|reasoning|answer)>"), "\n"),
    (re.compile(r"(?<=[^\s#]) ?(?=#{3,} ?\S)"), "\n"),
    (re.compile(r"\*\*(?=\S)([^*\n]{1,400})(?<=\S)\*\*"), r"\1"),
    (re.compile(r"(?<![\w*)\]%])\*(?=[^\s*])([^*\n]{1,400})(?<=\S)\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<![\w_])__(?=\S)([^_\n]{1,400})(?<=\S)__(?![\w_])"), r"\1"),
]
_CALCULATOR = re.compile(r"<<[^<>\n]{0,200}>>")


def _substituted(text: str, rules: list[tuple[re.Pattern[str], str]]) -> str:
    for pattern, instead in rules:
        text = pattern.sub(instead, text)
    return text


# -- lines ---------------------------------------------------------------------------------------

_ITEM = re.compile(
    r"(?:(?:(?:step|point) ?\d{1,3} ?[:.)-]|\(?\d{1,3}[.)](?= )|[-*•‣◦▪·](?= )) ?)+", re.IGNORECASE
)
_STOPS = ".!?:;,。！？：；，、؟۔؛،।॥"
_CLOSERS = "\"')]}」』）】»"


def _joined_wraps(text: str) -> str:
    """A sentence that was wrapped at a column is one line again."""
    lines: list[str] = []
    for line in text.split("\n"):
        wrapped = lines and len(lines[-1]) >= WRAPPED and lines[-1][-1] not in _STOPS + _CLOSERS
        if wrapped and line[:2].isalpha() and line[:2].islower():
            lines[-1] += " " + line
        else:
            lines.append(line)
    return "\n".join(lines)


def _lists(text: str) -> str:
    return "\n".join(
        _ITEM.sub("", line, count=1) if _ITEM.match(line) else line for line in text.split("\n")
    )


_AMOUNT = r"(?=[$£€(]{0,2}(?:\d|\.\d))"
_OPERATORS = [
    (re.compile(r"(?<=[\d)%]) ?[xX×*∗⋅·✕✖] ?" + _AMOUNT), " × "),
    (re.compile(r"(?<=[\w)%])\*(?=[\w(])"), " × "),
    (re.compile(r"(?<=\S) [×*∗⋅✕✖] (?=\S)"), " × "),
    (re.compile(r"(?<=[\d/])( ?[A-Za-z-]{1,20}) x (?=[$£€]?\d)"), r"\1 × "),
    (re.compile(r"(?<=[\w)%]) ?\+ ?" + _AMOUNT), " + "),
    (re.compile(r"(?<=[\d)%]) ?[/÷] ?(?=[$£€(]{0,2}\d)"), "/"),
    (re.compile(r"(?<=\S) ÷ (?=\S)"), " / "),
    (re.compile(r"(?<=[^\s=<>!:]) ?= ?(?=[^\s=>])"), " = "),
    (re.compile(r"(?<![\d.])(\d{1,12})\.0{1,4}(?![\d.]?\d)"), r"\1"),
    (re.compile(r"(?<![\w.])\.(?=\d)"), "0."),
    (re.compile(r"(?<![\d,.])(\d{1,3}),(\d{3})(?![\d,])"), r"\1\2"),
    (re.compile(r"(?<=[$£€])(\d{1,3}),(\d{3}),(\d{3})(?![\d,])"), r"\1\2\3"),
    (re.compile(r"(?<=\d) %"), "%"),
    (re.compile(r"(?<=[$£€]) (?=\d)"), ""),
]
# Only on the way to an equals sign: elsewhere a minus may be a range, a date or a number called.
_MINUS = re.compile(r"(?<=[\d)%]) ?- ?(?=[$£€(]{0,2}(?:\d|\.\d)[\d\s.+\-×/*()$£€%]{0,60}=)")


def _operators(text: str) -> str:
    """One way to write products, sums and numbers: a calculator's "9.0" is 9, ".5" 0.5, "1,200"
    1200."""
    return _MINUS.sub(" - ", _substituted(text, _OPERATORS))


# -- sentences -----------------------------------------------------------------------------------

_BOUNDARY = re.compile(
    r"[.!?؟۔।॥][\"')\]]{0,3} (?=\S)|[。！？][\"'」』）)\]]{0,3} ?(?=[^\s。！？])"
)
_NEVER_LAST = re.compile(r"mr|mrs|ms|dr|prof|st|mt|vs|e\.g|i\.e|cf|approx|fig", re.IGNORECASE)
_OPENERS = "\"'([{$£€«「『（¿¡"


def _sentences(text: str) -> str:
    return "\n".join(part for line in text.split("\n") for part in _split(line))


def _split(line: str) -> list[str]:
    parts, start = [], 0
    for found in _BOUNDARY.finditer(line):
        if _ends_sentence(line, start, found):
            parts.append(line[start : found.end()].strip())
            start = found.end()
    return [*parts, line[start:]]


def _ends_sentence(line: str, start: int, found: re.Match[str]) -> bool:
    following = line[found.end()]
    kind = unicodedata.category(following)
    if not (kind in ("Lu", "Lt", "Lo", "Nd") or following in _OPENERS):
        return False
    if line[found.start()] != ".":
        return True
    begin = max(line.rfind(" ", start, found.start()) + 1, start)
    word = line[begin : found.start()].lstrip("\"'([")
    if len(word) == 1 and word.isupper() and word != "I":
        before = line[max(start, begin - 20) : begin].split()
        return bool(before) and not before[-1][0].isupper()  # "J. Smith", but "vitamin C. It"
    if word.casefold() == "no":
        return kind != "Nd"
    numbered = begin == start and word.isdigit()
    return not numbered and not _NEVER_LAST.fullmatch(word)


def _sentence_form(text: str) -> str:
    return "\n".join(_with_stop(_with_capital(line)) for line in text.split("\n") if line)


def _with_capital(line: str) -> str:
    """A capital first letter, unless the first word is a name of a variable or a function."""
    found = re.match(r"[^\W\d_]+", line)
    if not found or not found[0].islower():
        return line
    word, after = found[0], line[found.end() : found.end() + 2]
    capital = word[0].title()
    in_formula = after[:1] in tuple("(_^0123456789") or after.strip()[:1] in tuple("=+-×/*<>")
    single = len(word) == 1 and not (word == "a" and after.strip().isalpha())
    return line if in_formula or single or len(capital) > 1 else capital + line[1:]


def _with_stop(line: str) -> str:
    last = line.rstrip(_CLOSERS)[-1:]
    if last and last in _STOPS:
        return line
    wide = unicodedata.category(line[-1]) == "Lo" and unicodedata.east_asian_width(line[-1]) == "W"
    return line + ("。" if wide else ".")


# -- the closing answer --------------------------------------------------------------------------

_SAYS = (
    r"(?:(?:therefore|thus|so|hence|then|finally|and|in conclusion),? )?(?:(?:the|our|my) )?"
    r"(?:(?:final|correct|right|best|only) )?answer"
    r"(?: ?[:=] ?| (?:is|was|would be|should be|must be|will be)(?: ?:)? )"
)
_MARKER = re.compile(rf"(?:#{{2,}} ?|a ?: ?|{_SAYS})(.{{1,120}})$", re.IGNORECASE)
# After a stop; where that was forgotten, from a capital or a "so" on: "= $12 The answer is 12".
_BEFORE = r"(?:[,;:.] ?| (?=(?-i:[A-Z])|(?:so|thus|hence|therefore),? ))"
_CLAUSE = re.compile(rf"{_BEFORE}{_SAYS}(.{{1,120}})$", re.IGNORECASE)
_LABEL = re.compile(
    r"(?:(?:(?:a|answer|explanation|rationale|reasoning|solution) ?:|#{1,6}) ?)+(?=\S)",
    re.IGNORECASE,
)
_QUANTITY = re.compile(
    r"([-$£€]{0,2})(\d[\d,]{0,40}(?:[./]\d{1,20})?) ?%?"
    r"(?: (?!(?:because|since|as|so|for|if|when|but|and|which|that)\b)[^\W\d_]{1,20}){0,3}"
)
_LETTER = re.compile(r"\(?([a-z])\)?")
_LETTERED = re.compile(r"(.{1,60}) \([a-z]\)|\(?[a-z]\)[ :.]{1,2}(.{1,60})")


def _folded(answer: str) -> str:
    """What two spellings of one answer share: "$1,200.00", "(1200)"; "Water (c)", "water."."""
    answer = answer.casefold().strip(" .!\"'*")
    answer = re.sub(r"^(?:option|choice) ", "", answer)
    if lettered := _LETTERED.fullmatch(answer):
        answer = lettered[1] or lettered[2]
    if letter := _LETTER.fullmatch(answer):
        return letter[1]
    if quantity := _QUANTITY.fullmatch(answer):
        digits = quantity[2].replace(",", "")
        digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
        return ("-" if "-" in quantity[1] else "") + digits
    return answer


def _is_answer(text: str, answers: dict[str, str]) -> bool:
    plain = re.sub(r"^(?:option|choice) ", "", text.casefold().strip(" .!\"'*"))
    shapes = (_QUANTITY, _LETTER, _LETTERED)
    return _folded(text) in answers or any(shape.fullmatch(plain) for shape in shapes)


def _stated(line: str, answers: dict[str, str]) -> str:
    """The answer that a line states and nothing else, or ""."""
    marked = _MARKER.match(line)
    stated = marked[1] if marked else line
    known = _folded(stated) in answers if not marked else _is_answer(stated, answers)
    if not (known or line.startswith("##")):
        return ""
    return answers.get(_folded(stated), stated.strip(" .!\"'*"))


def _closing(text: str, answers: dict[str, str]) -> str:
    """Without the answer at the end or the head, unless the answer is all there is."""
    lines = text.split("\n")
    while lines:
        stated = _stated(lines[-1], answers)
        clause = _CLAUSE.search(lines[-1])
        if stated and len(lines) == 1:
            return f"The answer is {stated}."
        if stated:
            lines.pop()
        elif clause and clause.start() and _is_answer(clause[1], answers):
            lines[-1] = lines[-1][: clause.start()]
        else:
            break
    while len(lines) > 1 and _MARKER.match(lines[0]) and _stated(lines[0], answers):
        lines.pop(0)
    lines[0] = _LABEL.sub("", lines[0], count=1) if _LABEL.match(lines[0]) else lines[0]
    return "\n".join(lines)
