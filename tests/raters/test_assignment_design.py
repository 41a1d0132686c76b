"""The design of a study's places: balanced in every direction, seeded, not to be foretold."""

from collections import Counter, defaultdict
from itertools import pairwise, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raters.assignment import balance_counts, design_places

designs = st.fixed_dictionaries(
    {
        "triples": st.integers(0, 40),
        "places_per_triple": st.integers(1, 13),
        "slots": st.integers(2, 6),
        "seed": st.integers(0, 2**32),
    }
)


def spread(orders, slots):
    cells = [count for row in balance_counts(orders, slots) for count in row]
    return max(cells) - min(cells)


def by_triple(places):
    found = defaultdict(list)
    for place in places:
        found[place.triple].append(place)
    return found


def test_counts_are_source_by_slot():
    assert balance_counts([(0, 1, 2), (0, 2, 1)], 3) == [[2, 0, 0], [0, 1, 1], [0, 1, 1]]


@settings(deadline=None)
@given(designs)
def test_every_place_is_planned_once_with_a_permutation(design):
    places = design_places(**design)
    wanted = {
        (triple, number)
        for triple in range(design["triples"])
        for number in range(design["places_per_triple"])
    }
    assert {(place.triple, place.number) for place in places} == wanted
    assert [place.queue for place in places] == list(range(len(wanted)))
    assert all(sorted(place.order) == list(range(design["slots"])) for place in places)


@settings(deadline=None)
@given(designs)
def test_every_source_stands_in_every_slot_equally_often_within_one(design):
    places = design_places(**design)
    assert spread([place.order for place in places], design["slots"]) <= 1
    for own in by_triple(places).values():
        assert spread([place.order for place in own], design["slots"]) <= 1


@settings(deadline=None)
@given(designs)
def test_the_queue_is_breadth_first(design):
    rounds = [place.number for place in design_places(**design)]
    assert rounds == sorted(rounds)


@settings(deadline=None)
@given(designs)
def test_no_prefix_of_the_queue_is_far_from_balance(design):
    slots = design["slots"]
    farthest = 3 if design["triples"] % slots else 2
    counts = Counter()
    for place in design_places(**design):
        counts.update((source, slot) for slot, source in enumerate(place.order))
        least = min(counts[source, slot] for source in range(slots) for slot in range(slots))
        assert max(counts.values()) - least <= farthest


def test_three_places_of_a_triple_are_a_latin_square_and_six_are_all_orders():
    for own in by_triple(design_places(triples=20, places_per_triple=3, slots=3, seed=1)).values():
        assert balance_counts([place.order for place in own], 3) == [[1, 1, 1]] * 3
    for own in by_triple(design_places(triples=20, places_per_triple=6, slots=3, seed=1)).values():
        assert sorted(place.order for place in own) == sorted(permutations(range(3)))


@pytest.mark.parametrize(("slots", "places"), [(2, 2), (4, 4), (5, 10), (6, 6)])
def test_other_numbers_of_slots_use_williams_squares(slots, places):
    """Every ordered pair of neighbours occurs equally often within a triple."""
    design = design_places(triples=slots, places_per_triple=places, slots=slots, seed=3)
    for own in by_triple(design).values():
        neighbours = Counter(pair for place in own for pair in pairwise(place.order))
        assert set(neighbours.values()) == {places // slots}
        assert len(neighbours) == slots * (slots - 1)


def test_the_same_seed_gives_the_same_design_and_another_seed_another():
    first = design_places(triples=30, places_per_triple=3, slots=3, seed=5)
    assert first == design_places(triples=30, places_per_triple=3, slots=3, seed=5)
    assert first != design_places(triples=30, places_per_triple=3, slots=3, seed=6)


def test_every_round_visits_the_triples_in_an_order_of_its_own():
    places = design_places(triples=60, places_per_triple=2, slots=3, seed=2)
    first, second = ([p.triple for p in places if p.number == r] for r in (0, 1))
    neighbours = {frozenset(pair) for pair in pairwise(first)}
    again = sum(frozenset(pair) in neighbours for pair in pairwise(second))
    assert again <= 8  # 2 expected by chance


def test_the_next_order_cannot_be_told_from_the_last():
    """Whatever order was shown, each of the six follows; the best guess is right rarely."""
    orders = [p.order for p in design_places(triples=6000, places_per_triple=3, slots=3, seed=4)]
    follows = Counter(pairwise(orders))
    assert len(follows) == 36
    best = sum(max(follows[last, new] for new in permutations(range(3))) for last in set(orders))
    assert best / len(orders) < 0.35  # one in six by blind chance


def test_the_slot_of_a_source_is_unknown_from_the_place_of_a_triple_in_the_queue():
    designs = [design_places(triples=3, places_per_triple=1, slots=3, seed=s) for s in range(600)]
    firsts = Counter(design[0].order for design in designs)
    assert set(firsts) == set(permutations(range(3)))
    assert max(firsts.values()) < 140  # 100 expected


@pytest.mark.parametrize(
    "wrong",
    [{"slots": 1}, {"slots": 7}, {"places_per_triple": 0}, {"triples": -1}],
)
def test_impossible_designs_are_refused(wrong):
    with pytest.raises(ValueError):
        design_places(**({"triples": 3, "places_per_triple": 3, "slots": 3, "seed": 0} | wrong))
