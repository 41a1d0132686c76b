"""Questions that are nearly the same, as groups: a model that trained on one has seen the others.

Two questions are alike where their templates are equal (numbers and names masked), or where the
sets of their content words overlap by LIKE or more (Jaccard, exact: prefix filtering finds every
such pair without comparing all). Alike is passed on: groups are what union-find makes of it.
Words are lower case, without endings of number and time, without numbers and the commonest words.

Pure. It knows words, not meanings: a paraphrase whose content words overlap by less than LIKE with
the original is not found.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import ceil

LIKE = 0.4
COMMON = frozenset(
    """
    a about after all also altogether an and any are as at be because been before being but by
    can could did do does during each every for from get had has have having he her him his how
    i if in into is it its many may more most much must of off on one or other our out over she
    should so some than that the their them then there these they this those through to total up
    was we were what when where which while who whom whose why will with would you your per only
    number sum suppose own still left amount find calculate consider together now then give hand get
    make go become same whole entire just two three four five six seven eight nine ten eleven twelve
    twenty hundred thousand
    """.split()  # noqa: SIM905 (a list of them would fill a page)
)
_NUMBER = re.compile(r"[$€£]?\d[\d,.]*(?:/\d+)?(?:st|nd|rd|th)?%?")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_NAME = re.compile(r"(?<=[^\s.?!:]\s)[A-Z][^\W\d_]+")


def template(text: str) -> str:
    """The question with its numbers and names masked, spaces and case aside.

    A name is a capitalised word within a sentence; where it begins another, it is masked there too.
    """
    names = set(_NAME.findall(text))
    bare = _NUMBER.sub("0", text)
    masked = _WORD.sub(lambda word: "@" if _bare(word[0]) in names else word[0], bare)
    return " ".join(masked.lower().split())


def content(text: str) -> frozenset[str]:
    words = (_bare(word) for word in _WORD.findall(_NUMBER.sub(" ", text).lower()))
    return frozenset(_stem(word) for word in words if word not in COMMON and len(word) > 1)


def _bare(word: str) -> str:
    return re.sub(r"'\w+$", "", word)


def _stem(word: str) -> str:
    for ending in ("ing", "ies", "ied", "ed", "es", "s", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word


def groups(texts: Mapping[str, str]) -> dict[str, str]:
    """Of every key the template of its group: the first of the group's, by the alphabet."""
    by_template: defaultdict[str, list[str]] = defaultdict(list)
    for key, text in texts.items():
        by_template[template(text)].append(key)
    names = sorted(by_template)
    first = {name: name for name in names}

    def root(name: str) -> str:
        while first[name] != name:
            first[name] = first[first[name]]
            name = first[name]
        return name

    words = [content(texts[min(by_template[name])]) for name in names]
    for a, b in _alike(words):
        one, other = sorted((root(names[a]), root(names[b])))
        first[other] = one
    return {key: root(name) for name in names for key in by_template[name]}


def _alike(words: Sequence[frozenset[str]]) -> Iterator[tuple[int, int]]:
    """Every pair of sets with a Jaccard similarity of LIKE or more.

    Such a pair shares one of its rarest |x| - ceil(LIKE |x|) + 1 words (Chaudhuri et al. 2006;
    Bayardo et al. 2007), and neither set is under LIKE times the other.
    """
    frequency = Counter(word for each in words for word in each)
    holding: defaultdict[str, list[int]] = defaultdict(list)
    for index in sorted(range(len(words)), key=lambda index: (len(words[index]), index)):
        mine = words[index]
        size = len(mine)
        rarest = sorted(mine, key=lambda word: (frequency[word], word))
        seen: set[int] = set()
        for word in rarest[: size - ceil(LIKE * size) + 1]:
            for other in holding[word]:
                if other in seen or len(words[other]) < LIKE * size:
                    continue
                seen.add(other)
                shared = len(mine & words[other])
                if shared >= LIKE * (size + len(words[other]) - shared):
                    yield other, index
            holding[word].append(index)
