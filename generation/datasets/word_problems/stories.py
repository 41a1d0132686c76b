"""The stories: what happens, in English, and what each happening does to the amount asked for.

A story is a signed sum. Every event adds its amount or takes it away; some amounts must first be
worked out (`3 bags of 4`, `6 more than in May`). Any order and grouping of that sum is a route to
the answer, which is what lets two right rationales differ as reasoning.
"""

import random
from dataclasses import dataclass, field

NAMES = {
    "she": ("Mia", "Ana", "Zoe", "Lena", "Ruth", "Nora"),
    "he": ("Tom", "Sam", "Ben", "Omar", "Luis", "Paul"),
}
OBJECTS = ("shells", "stamps", "marbles", "cards", "coins", "stickers", "beads", "buttons")
GOODS = ("lamps", "books", "pens", "caps", "mugs", "plants", "kites", "bowls")
GOALS = ("bike", "tent", "drum", "coat", "camera", "desk")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
)  # fmt: skip


@dataclass(frozen=True)
class Event:
    """One term of the sum. `work` are the operands and sign of the step that finds its amount."""

    sign: int
    amount: int
    told: str
    noun: str
    work: tuple[int, str, int] | None = None
    work_words: str = ""


@dataclass(frozen=True)
class Story:
    """A question, and the words that its solutions use. `{eq}` is where a step's equation goes."""

    family: str
    events: tuple[Event, ...]
    ask: str
    words: dict[str, str] = field(hash=False)
    route: str = "in turn"

    @property
    def question(self) -> str:
        return " ".join([*(event.told for event in self.events), self.ask])

    @property
    def steps(self) -> int:
        return len(self.events) - 1 + sum(event.work is not None for event in self.events)

    @property
    def answer(self) -> int:
        return sum(event.sign * event.amount for event in self.events)


def plain(sign: int, amount: int, told: str, noun: str) -> Event:
    return Event(sign, amount, told.format(a=amount), noun.format(a=amount))


def packed(sign: int, count: int, each: int, told: str, noun: str, work: str) -> Event:
    said = {"n": count, "k": each}
    return Event(
        sign,
        count * each,
        told.format(**said),
        noun.format(**said),
        (count, "*", each),
        work.format(eq="{eq}", **said),
    )


def small(rng: random.Random) -> int:
    return rng.randint(2, 20)


def pack(rng: random.Random) -> tuple[int, int]:
    return rng.randint(2, 6), rng.randint(2, 9)


def kinds(rng: random.Random, steps: int, *, most_worked: int) -> list[bool]:
    """For each event after the first: must its amount be worked out? Their steps add up."""
    worked = rng.randint(0, min(most_worked, steps // 2))
    flags = [True] * worked + [False] * (steps - 2 * worked)
    rng.shuffle(flags)
    return flags


def collection(rng: random.Random, steps: int) -> Story:
    """Things come and go."""
    p, name, friend = people(rng)
    things = rng.choice(OBJECTS)
    events = [plain(1, rng.randint(10, 50), f"{name} has {{a}} {things}.", "the first {a}")]
    bags = ["bags", "boxes", "jars", "packs"]
    rng.shuffle(bags)
    for worked in kinds(rng, steps, most_worked=3):
        if worked and rng.random() < 0.6:
            bag = bags.pop()
            told = rng.choice(
                [
                    f"{p.title()} buys {{n}} {bag} of {{k}} {things}.",
                    f"{friend} brings {{n}} {bag} with {{k}} {things} each.",
                ]
            )
            words = f"{rng.choice(['The', 'Those'])} {{n}} {bag} hold {{eq}} {things}."
            events.append(packed(1, *pack(rng), told, f"the {bag}", words))
        elif worked:
            bag = bags.pop()
            told = rng.choice(
                [
                    f"{p.title()} gives away {{n}} {bag} of {{k}} {things}.",
                    f"{p.title()} sells {{n}} {bag} with {{k}} {things} each.",
                ]
            )
            words = f"The {{n}} {bag} take {{eq}} {things}."
            events.append(packed(-1, *pack(rng), told, f"the {bag}", words))
        else:
            sign, told, noun = rng.choice(
                [
                    (1, f"{p.title()} finds {{a}} more.", "the {a} found"),
                    (
                        1,
                        f"{friend} gives {p_object(p)} {{a}} {things}.",
                        f"the {{a}} from {friend}",
                    ),
                    (1, f"{p.title()} wins {{a}} {things}.", "the {a} won"),
                    (-1, f"{p.title()} loses {{a}}.", "the {a} lost"),
                    (-1, f"{p.title()} gives {{a}} to {friend}.", f"the {{a}} for {friend}"),
                    (-1, f"{{a}} {things} go missing.", "the {a} missing"),
                ]
            )
            events.append(plain(sign, small(rng), told, noun))
    ask = rng.choice(
        [f"How many {things} does {name} have now?", f"How many {things} are left?"],
    )
    words = {
        "+": rng.choice([f"With {{noun}} {p} has {{eq}} {things}.", "Adding {noun} makes {eq}."]),
        "-": rng.choice([f"Without {{noun}} {p} has {{eq}} {things}.", "Less {noun} it is {eq}."]),
        "so far": f"That is {{eq}} {things} so far.",
        "gains": f"Together {p} gets {{eq}} {things}.",
        "losses": f"Together {p} loses {{eq}} {things}.",
        "last": f"So {p} has {{eq}} {things}.",
    }
    return Story("collection", tuple(events), ask, words)


def shopping(rng: random.Random, steps: int) -> Story:
    """Money goes for goods, and some comes in."""
    p, name, friend = people(rng)
    goods = rng.sample(GOODS, len(GOODS))
    first = plain(1, rng.randint(30, 120), f"{name} has {{a}} dollars.", "the first {a} dollars")
    events = [first]
    for worked in kinds(rng, steps, most_worked=4):
        good = goods.pop()
        if worked and rng.random() < 0.75:
            told = rng.choice(
                [
                    f"{p.title()} buys {{n}} {good} for {{k}} dollars each.",
                    f"{p.title()} gets {{n}} {good} that cost {{k}} dollars each.",
                ]
            )
            words = rng.choice(
                [f"The {good} cost {{eq}} dollars.", f"{{n}} {good} are {{eq}} dollars."]
            )
            events.append(packed(-1, *pack(rng), told, f"the {good}", words))
        elif worked:
            told = f"{p.title()} sells {{n}} {good} for {{k}} dollars each."
            words = f"Selling the {good} brings {{eq}} dollars."
            events.append(packed(1, *pack(rng), told, f"the {good} sold", words))
        else:
            sign, told, noun = rng.choice(
                [
                    (-1, f"{p.title()} buys {good} for {{a}} dollars.", f"the {good}"),
                    (-1, f"{p.title()} spends {{a}} dollars on {good}.", f"the {good}"),
                    (1, f"{p.title()} sells {good} for {{a}} dollars.", f"the {good} sold"),
                    (1, f"{friend} gives {p_object(p)} {{a}} dollars.", f"the {{a}} from {friend}"),
                ]
            )
            events.append(plain(sign, small(rng), told, noun))
    ask = rng.choice(
        [f"How many dollars does {name} have left?", f"How much money has {name} now?"]
    )
    words = {
        "+": rng.choice([f"With {{noun}} {p} has {{eq}} dollars.", "Adding {noun} makes {eq}."]),
        "-": rng.choice([f"After {{noun}} {p} has {{eq}} dollars.", "Less {noun} it is {eq}."]),
        "so far": "That is {eq} dollars so far.",
        "gains": f"In all {p} gets {{eq}} dollars.",
        "losses": f"In all {p} spends {{eq}} dollars.",
        "last": "That leaves {eq} dollars.",
    }
    return Story("shopping", tuple(events), ask, words)


def saving(rng: random.Random, steps: int) -> Story:
    """How much is missing for a goal. The careful author adds up the savings first."""
    p, name, friend = people(rng)
    goal = rng.choice(GOALS)
    price = plain(1, rng.randint(60, 140), f"{name} wants a {goal} for {{a}} dollars.", "the price")
    events = [price]
    jobs = ["walks dogs", "washes cars", "rakes leaves", "bakes bread"]
    rng.shuffle(jobs)
    flags = kinds(rng, steps, most_worked=3)
    for worked in flags:
        if worked:
            job = jobs.pop()
            told = f"{p.title()} {job} for {{n}} days and earns {{k}} dollars a day."
            what = job.split()[1]
            words = f"The {{n}} days with {what} bring {{eq}} dollars."
            events.append(packed(-1, *pack(rng), told, f"the {what}", words))
        else:
            sign, told, noun = rng.choice(
                [
                    (-1, f"{p.title()} has saved {{a}} dollars.", "the {a} saved"),
                    (
                        -1,
                        f"{friend} gives {p_object(p)} {{a}} dollars.",
                        f"the {{a}} from {friend}",
                    ),
                    (-1, f"{p.title()} finds {{a}} dollars.", "the {a} found"),
                    (1, "The price goes up by {a} dollars.", "the {a} more"),
                ]
            )
            events.append(plain(sign, small(rng), told, noun))
    words = {
        "+": f"With {{noun}} {p} needs {{eq}} dollars.",
        "-": rng.choice(
            [f"With {{noun}} {p} still needs {{eq}} dollars.", "Less {noun} it is {eq}."]
        ),
        "so far": "That is {eq} dollars so far.",
        "gains": f"The {goal} costs {{eq}} dollars.",
        "losses": f"In all {p} has {{eq}} dollars.",
        "last": f"So {p} still needs {{eq}} dollars.",
    }
    ask = f"How many more dollars does {name} need?"
    return Story("saving", tuple(events), ask, words, route="groups")


def sales(rng: random.Random, steps: int) -> Story:
    """Months of sales, some told by comparison with the first."""
    p, name, _ = people(rng)
    things = rng.choice(GOODS)
    base = rng.randint(4, 20)
    events = [plain(1, base, f"{name} sells {{a}} {things} in {MONTHS[0]}.", MONTHS[0])]
    for month, worked in zip(MONTHS[1:], kinds(rng, steps, most_worked=4), strict=False):
        if worked:
            events.append(compared(rng, p, base, month))
        elif rng.random() < 0.8:
            events.append(plain(1, small(rng), f"In {month} {p} sells {{a}}.", month))
        else:
            told = f"In {month} {{a}} {things} come back."
            events.append(plain(-1, rng.randint(2, 9), told, month))
    words = {
        "+": rng.choice([f"With {{noun}} it is {{eq}} {things}.", "Adding {noun} makes {eq}."]),
        "-": f"{{noun}} takes some back, so it is {{eq}} {things}.",
        "so far": f"That is {{eq}} {things} so far.",
        "gains": f"In all {p} sells {{eq}} {things}.",
        "losses": f"In all {{eq}} {things} come back.",
        "last": f"So {p} sells {{eq}} {things}.",
    }
    ask = rng.choice(
        [f"How many {things} does {name} sell in all?", f"How many {things} are sold in all?"]
    )
    return Story("sales", tuple(events), ask, words)


def compared(rng: random.Random, p: str, base: int, month: str) -> Event:
    """A month told by the first one: so many more, so many fewer, or so many times as many."""
    kind = rng.choice(["more", "fewer", "times"])
    by = rng.randint(2, 3) if kind == "times" else rng.randint(2, max(2, min(base - 1, 12)))
    sign = {"more": "+", "fewer": "-", "times": "*"}[kind]
    amount = {"+": base + by, "-": base - by, "*": base * by}[sign]
    than = f"{by} times as many as" if kind == "times" else f"{by} {kind} than"
    told = f"In {month} {p} sells {than} in {MONTHS[0]}."
    return Event(1, amount, told, month, (base, sign, by), f"{month} is {{eq}}.")


def people(rng: random.Random) -> tuple[str, str, str]:
    """A pronoun, a name that goes with it, and somebody else."""
    p = rng.choice(("she", "he"))
    name = rng.choice(NAMES[p])
    return p, name, rng.choice(NAMES["he" if p == "she" else "she"])


def p_object(p: str) -> str:
    return {"she": "her", "he": "him"}[p]


FAMILIES = (collection, shopping, saving, sales)
