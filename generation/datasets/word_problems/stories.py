"""The stories: what happens, in English, and what each happening does to the amount asked for.

A story is a signed sum. Every event adds its amount or takes it away; some amounts must first be
worked out (`3 bags of 4`, `6 more than in January`). Any order and grouping of that sum is a route
to the answer, which is what lets two right rationales differ as reasoning. Each event of a story
has a word of its own (a person, a thing, a month), so that a solution can say which one it means.
"""

import random
from dataclasses import dataclass, field

HEROES = {
    "she": ("Mia", "Ana", "Zoe", "Lena", "Ruth", "Nora"),
    "he": ("Tom", "Sam", "Ben", "Omar", "Luis", "Paul"),
}
POOLS = {
    "friends": ("Ivy", "Kim", "Eva", "Leo", "Max", "Finn", "Rosa", "Hugo", "Jon"),
    "places": ("beach", "park", "school", "market", "lake", "fair", "garden", "station"),
    "packs": ("bags", "boxes", "jars", "tins", "sacks"),
    "goods": ("lamps", "books", "pens", "caps", "mugs", "plants", "kites", "bowls", "socks"),
    "jobs": ("cars", "boats", "floors", "windows", "yards"),
    "extras": ("lock", "bell", "strap", "cover", "tag", "rack"),
    "months": ("February", "March", "April", "May", "June", "July", "August", "September"),
}
THINGS = ("shells", "stamps", "marbles", "cards", "coins", "stickers", "beads", "buttons")
GOALS = ("bike", "tent", "drum", "coat", "camera", "desk")


@dataclass(frozen=True)
class Kind:
    """A kind of event: how it is told, and the noun that solutions call it by; {x} is its own
    word from `pool`. With `work`, that sentence works its amount out, by `reckoning`: "*" is
    packs times content, "base+" and so on compare with the story's first amount."""

    sign: int
    pool: str
    told: str
    noun: str
    work: str = ""
    reckoning: str = "*"


@dataclass(frozen=True)
class Family:
    """Stories of one pattern. `words` are a solution's sentences, some in several wordings."""

    name: str
    start: str
    first: tuple[int, int]
    kinds: tuple[Kind, ...]
    asks: tuple[str, ...]
    words: dict[str, tuple[str, ...]] = field(hash=False)


@dataclass(frozen=True)
class Event:
    """One term of the sum. `work` are operands and sign of the step that finds its amount."""

    sign: int
    amount: int
    told: str
    noun: str = ""
    work: tuple[int, str, int] | None = None
    work_words: str = ""


@dataclass(frozen=True)
class Story:
    """A question, and the words of its solutions; `{eq}` stands where a step's equation goes."""

    family: str
    events: tuple[Event, ...]
    ask: str
    words: dict[str, str] = field(hash=False)

    @property
    def question(self) -> str:
        return " ".join([*(event.told for event in self.events), self.ask])

    @property
    def steps(self) -> int:
        return len(self.events) - 1 + sum(event.work is not None for event in self.events)

    @property
    def answer(self) -> int:
        return sum(event.sign * event.amount for event in self.events)


FAMILIES = (
    Family(
        "collection",
        "{N} has {a} {things}.",
        (10, 50),
        (
            Kind(1, "friends", "{x} gives {her} {a} {things}.", "the {a} from {x}"),
            Kind(1, "places", "{P} finds {a} at the {x}.", "the {a} at the {x}"),
            Kind(1, "places", "{P} wins {a} {things} at the {x}.", "the {a} at the {x}"),
            Kind(-1, "friends", "{P} gives {a} to {x}.", "the {a} for {x}"),
            Kind(-1, "places", "{P} loses {a} at the {x}.", "the {a} at the {x}"),
            Kind(-1, "friends", "{x} takes {a} {things}.", "the {a} for {x}"),
            Kind(1, "packs", "{P} buys {n} {x} of {k} {things}.", "the {x}", "The {x} hold {eq}."),
            Kind(1, "packs", "{P} gets {n} {x} with {k} each.", "the {x}", "The {x} hold {eq}."),
            Kind(-1, "packs", "{P} sells {n} {x} of {k} {things}.", "the {x}",
                 "The {x} take {eq}."),
        ),
        ("How many {things} does {N} have now?", "How many {things} are left?"),
        {
            "+": ("With {noun} {p} has {eq} {things}.", "Adding {noun} makes {eq}."),
            "-": ("Without {noun} {p} has {eq} {things}.", "Less {noun} it is {eq}."),
            "so far": ("That is {eq} {things} so far.",),
            "gains": ("Together {p} gets {eq} {things}.",),
            "losses": ("Together {p} loses {eq} {things}.",),
            "last": ("So {p} has {eq} {things}.",),
        },
    ),
    Family(
        "shopping",
        "{N} has {a} dollars.",
        (30, 90),
        (
            Kind(-1, "goods", "{P} buys {x} for {a} dollars.", "the {x}"),
            Kind(-1, "goods", "{P} spends {a} dollars on {x}.", "the {x}"),
            Kind(1, "friends", "{x} gives {her} {a} dollars.", "the {a} from {x}"),
            Kind(-1, "friends", "{P} gives {a} dollars to {x}.", "the {a} for {x}"),
            Kind(-1, "goods", "{P} buys {n} {x} at {k} dollars each.", "the {x}",
                 "The {x} cost {eq}."),
            Kind(-1, "goods", "{P} gets {n} {x} for {k} dollars each.", "the {x}",
                 "The {x} are {eq}."),
            Kind(1, "goods", "{P} sells {n} {x} at {k} dollars each.", "the {x}",
                 "The {x} bring {eq}."),
        ),
        ("How many dollars does {N} have left?", "How much money does {N} have now?"),
        {
            "+": ("With {noun} {p} has {eq} dollars.", "Adding {noun} makes {eq}."),
            "-": ("After {noun} {p} has {eq} dollars.", "Less {noun} it is {eq}."),
            "so far": ("That is {eq} dollars so far.",),
            "gains": ("In all {p} gets {eq} dollars.",),
            "losses": ("In all {p} spends {eq} dollars.",),
            "last": ("That leaves {eq} dollars.",),
        },
    ),
    Family(
        "saving",
        "{N} wants a {goal} for {a} dollars.",
        (50, 95),
        (
            Kind(-1, "friends", "{x} gives {her} {a} dollars.", "the {a} from {x}"),
            Kind(-1, "places", "{P} earns {a} dollars at the {x}.", "the {a} at the {x}"),
            Kind(-1, "goods", "{P} sells {x} for {a} dollars.", "the {x}"),
            Kind(1, "extras", "The {goal} needs a {x} for {a} dollars.", "the {x}"),
            Kind(-1, "jobs", "{P} cleans {n} {x} for {k} dollars each.", "the {x}",
                 "The {x} bring {eq}."),
            Kind(-1, "goods", "{P} sells {n} {x} at {k} dollars each.", "the {x}",
                 "The {x} bring {eq}."),
        ),
        ("How many more dollars does {N} need?", "How much money does {N} still need?"),
        {
            "+": ("With {noun} {p} needs {eq} dollars.", "Adding {noun} makes {eq}."),
            "-": ("After {noun} {p} needs {eq} dollars.", "Less {noun} it is {eq}."),
            "so far": ("That is {eq} dollars so far.",),
            "gains": ("In all it costs {eq} dollars.",),
            "losses": ("In all {p} has {eq} dollars.",),
            "last": ("So {p} needs {eq} dollars.",),
        },
    ),
    Family(
        "sales",
        "{N} sells {a} {goods} in January.",
        (4, 15),
        (
            Kind(1, "months", "In {x} {p} sells {a}.", "{x}"),
            Kind(1, "months", "{P} sells {a} {goods} in {x}.", "{x}"),
            Kind(-1, "months", "In {x} {a} {goods} come back.", "{x}"),
            Kind(1, "months", "In {x} {p} sells {n} more than in January.", "{x}",
                 "{x} is {eq}.", "base+"),
            Kind(1, "months", "In {x} {p} sells {n} fewer than in January.", "{x}",
                 "{x} is {eq}.", "base-"),
            Kind(1, "months", "In {x} {p} sells {n} times as many as in January.", "{x}",
                 "{x} is {eq}.", "base*"),
        ),
        ("How many {goods} does {N} sell in all?", "How many {goods} are sold in all?"),
        {
            "+": ("With {noun} it is {eq} {goods}.", "Adding {noun} makes {eq}."),
            "-": ("After {noun} it is {eq} {goods}.", "Less {noun} it is {eq}."),
            "so far": ("That is {eq} {goods} so far.",),
            "gains": ("In all {p} sells {eq} {goods}.",),
            "losses": ("In all {eq} {goods} come back.",),
            "last": ("So {p} sells {eq} {goods}.",),
        },
    ),
)  # fmt: skip


def make_story(family: Family, steps: int, rng: random.Random) -> Story:
    """A story whose solution has this many steps."""
    p = rng.choice(list(HEROES))
    cast = {"p": p, "P": p.title(), "her": {"she": "her", "he": "him"}[p]}
    cast |= {"N": rng.choice(HEROES[p]), "things": rng.choice(THINGS), "goal": rng.choice(GOALS)}
    cast |= {"goods": rng.choice(POOLS["goods"]), "eq": "{eq}", "noun": "{noun}"}
    pools = {name: rng.sample(pool, len(pool)) for name, pool in POOLS.items()}
    pools["months"] = list(reversed(POOLS["months"]))
    amounts = rng.sample(range(2, 16), 10)
    base = rng.randint(*family.first)
    events = [Event(1, base, family.start.format(a=base, **cast))]
    for worked in which_are_worked(steps, rng):
        kinds = [k for k in family.kinds if bool(k.work) == worked and pools[k.pool]]
        kind = rng.choice(kinds)
        said = cast | {"x": pools[kind.pool].pop()}
        events.append(happen(kind, said, base, amounts.pop(), rng))
    words = {name: rng.choice(forms).format(**cast) for name, forms in family.words.items()}
    ask = rng.choice(family.asks).format(**cast)
    return Story(family.name, tuple(events), ask, words)


def which_are_worked(steps: int, rng: random.Random) -> list[bool]:
    """For each event after the first: must its amount be worked out, which is a step more?"""
    worked = rng.randint(0, min(3, steps // 2))
    flags = [True] * worked + [False] * (steps - 2 * worked)
    rng.shuffle(flags)
    return flags


def happen(kind: Kind, said: dict[str, str], base: int, amount: int, rng: random.Random) -> Event:
    """An event of this kind."""
    if not kind.work:
        told, noun = (text.format(a=amount, **said) for text in (kind.told, kind.noun))
        return Event(kind.sign, amount, told, noun)
    sign = kind.reckoning[-1]
    if kind.reckoning == "*":
        left, right = rng.randint(2, 6), rng.randint(2, 9)
    else:
        left, right = base, rng.randint(2, 3) if sign == "*" else rng.randint(2, 12)
    count = left if kind.reckoning == "*" else right
    told, noun, work = (
        text.format(n=count, k=right, **said) for text in (kind.told, kind.noun, kind.work)
    )
    value = {"+": left + right, "-": left - right, "*": left * right}[sign]
    return Event(kind.sign, value, told, noun, (left, sign, right), work)
