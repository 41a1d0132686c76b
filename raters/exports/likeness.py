"""Questions that are nearly the same, as groups: a model that trained on one has seen the others.

Two questions are alike where their templates are equal (numbers and names masked), or where the
sets of their content words overlap by LIKE or more (Jaccard, exact: prefix filtering finds every
such pair without comparing all). Alike is passed on: groups are what joining them all makes.
Words are lower case, without endings of number and time, without numbers (figures or words) and
the commonest words. Questions of which nothing is left, such as sums, are all alike.

Pure. It knows words, not meanings: a paraphrase whose content words overlap by less than LIKE with
the original is not found. It keeps numbers that stand for words and templates, and no text.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from fractions import Fraction
from itertools import chain
from math import ceil
from typing import TypeVar

LIKE = Fraction(2, 5)
ROUGHLY = 3  # rare words that two sets share before they are compared
COMMON = frozenset(
    """
    a about after all also altogether an and any are as at be because been before being but by
    can could did do does during each every for from get had has have having he her him his how
    i if in into is it its many may more most much must of off on or other our out over she
    should so some than that the their them then there these they this those through to total up
    was we were what when where which while who whom whose why will with would you your per only
    number sum suppose own still left amount find calculate consider together now then give hand get
    make go become same whole entire just
    add added compute difference divide divided equal equals evaluate minus multiplied multiply plus
    product result subtract subtracted times
    """.split()  # noqa: SIM905 (a list of them would fill a page)
)
NUMBERS = frozenset(
    """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
    hundred thousand million billion dozen hundreds thousands millions billions dozens
    first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
    fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth fortieth
    fiftieth sixtieth seventieth eightieth ninetieth hundredth thousandth
    once twice thrice half halves thirds quarter quarters fourths fifths sixths sevenths eighths
    ninths tenths hundredths
    """.split()  # noqa: SIM905
)
SAYS_NOTHING = COMMON | NUMBERS
_FIGURES = re.compile(r"(?:(?<![\w)])[-+\u2212])?[$€£]?\d[\d,.]*(?:/\d+)?(?:st|nd|rd|th)?%?")
_IN_A_ROW = re.compile(r"\b0(?:[\s-]0)+\b")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_NAME = re.compile(r"(?<=[^\s.?!:]\s)[A-Z][^\W\d_]+")
Key = TypeVar("Key", bound=Hashable)
Words = tuple[int, ...]


def template(text: str) -> str:
    """The question with its numbers and names masked, spaces and case aside.

    A name is a capitalised word within a sentence; where it begins another, it is masked there too.
    """
    names = set(_NAME.findall(text))
    masked = _WORD.sub(lambda word: _masked(_bare(word[0]), names), _FIGURES.sub("0", text))
    return " ".join(_IN_A_ROW.sub("0", masked.lower()).split())


def _masked(word: str, names: set[str]) -> str:
    return "@" if word in names else "0" if word.lower() in NUMBERS else word


def content(text: str) -> frozenset[str]:
    words = (_bare(word) for word in _WORD.findall(_FIGURES.sub(" ", text).lower()))
    said = (word for word in words if len(word) > 1 and word not in SAYS_NOTHING)
    return frozenset(_stem(word) for word in said)


def _bare(word: str) -> str:
    return word.partition("'")[0]


def _stem(word: str) -> str:
    for ending in ("ing", "ies", "ied", "ed", "es", "s", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word


def groups(texts: Iterable[tuple[Key, str]]) -> dict[Key, int]:
    """Of every key its group: the smallest digest of the templates in it."""
    words: dict[str, int] = {}
    sets: dict[Words, int] = {}
    found: dict[Key, tuple[int, int]] = {}
    for key, text in texts:
        said = sorted(words.setdefault(word, len(words)) for word in content(text))
        found[key] = _digest(template(text)), sets.setdefault(tuple(said), len(sets))
    joined = _Joined(len(sets))
    first: dict[int, int] = {}
    for digest, at in found.values():
        joined.join(at, first.setdefault(digest, at))
    _join_alike(list(sets), joined)
    smallest: dict[int, int] = {}
    for digest, at in found.values():
        group = joined.of[at]
        smallest[group] = min(digest, smallest.get(group, digest))
    return {key: smallest[joined.of[at]] for key, (_, at) in found.items()}


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])


class _Joined:
    """Which of so many belong together: `of` each the number of its group."""

    def __init__(self, count: int) -> None:
        self.of = list(range(count))
        self._members: dict[int, list[int]] = {}  # of groups of more than one

    def join(self, one: int, other: int) -> None:
        if self.of[one] == self.of[other]:
            return
        both = [self._members.pop(group, [group]) for group in (self.of[one], self.of[other])]
        fewer, more = sorted(both, key=len)
        group = self.of[more[0]]
        for each in fewer:
            self.of[each] = group
        more += fewer
        self._members[group] = more


def _join_alike(sets: Sequence[Words], joined: _Joined) -> None:
    """Joins every two sets with a Jaccard similarity of LIKE or more.

    Where |y| <= |x|, these share LIKE |x| words or more, and 2 LIKE / (1 + LIKE) |y| or more. From
    rare to common, what is left of each after cutting off so many at the common end but n shares n
    of them still (Chaudhuri et al. 2006; Wang, Li and Feng 2012). So only that much is looked up
    and noted down, and who shares fewer than n = ROUGHLY there, or is together already, is not
    compared.
    """
    frequency = Counter(chain.from_iterable(sets))
    share, whole = (LIKE / (1 + LIKE)).as_integer_ratio()
    holding: defaultdict[int, list[int]] = defaultdict(list)
    for index in sorted(range(len(sets)), key=lambda index: len(sets[index])):
        mine, size = set(sets[index]), len(sets[index])
        rarest = sorted(sets[index], key=frequency.__getitem__)
        looked_up = rarest[: int((1 - LIKE) * size) + ROUGHLY]
        least = min(ROUGHLY, ceil(LIKE * size))
        near = Counter(chain.from_iterable(holding[word] for word in looked_up))
        for other, shared in near.items():
            if shared >= least and joined.of[other] != joined.of[index]:
                theirs = sets[other]
                if whole * len(mine.intersection(theirs)) >= share * (size + len(theirs)):
                    joined.join(other, index)
        for word in rarest[: int((1 - LIKE) / (1 + LIKE) * size) + ROUGHLY]:
            holding[word].append(index)
