"""The design of a study's places: balanced in every direction, seeded, not to be foretold."""

from collections import Counter, defaultdict
from itertools import pairwise, permutations, product
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from raters.assignment import balance_counts, design_bundles, design_orders, design_places

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


@settings(deadline=None)
@given(designs)
def test_more_places_a_triple_are_the_same_design_with_others_after_it(design):
    more = design | {"places_per_triple": design["places_per_triple"] + 3}
    fewer = design_places(**design)
    assert design_places(**more)[: len(fewer)] == fewer


@settings(deadline=None)
@given(designs)
def test_the_orders_of_a_study_are_known_without_its_places(design):
    known = design_orders(slots=design["slots"], seed=design["seed"])
    assert len(set(known)) == len(known)
    assert {place.order for place in design_places(**design)} <= set(known)
    assert {place.order for place in flat(bundled(design))} <= set(known)


@pytest.mark.parametrize(
    "wrong",
    [{"slots": 1}, {"slots": 7}, {"places_per_triple": 0}, {"triples": -1}],
)
def test_impossible_designs_are_refused(wrong):
    with pytest.raises(ValueError):
        design_places(**({"triples": 3, "places_per_triple": 3, "slots": 3, "seed": 0} | wrong))


# --- bundles -----------------------------------------------------------------------------------
def flat(bundles):
    return [place for bundle in bundles for place in bundle]


def bundled(design, per_bundle=5):
    triples = design["triples"]
    return design_bundles(**design, per_bundle=max(1, min(per_bundle, triples)))


@settings(deadline=None)
@given(designs, st.integers(1, 40))
def test_bundles_hold_every_place_once_and_no_triple_twice(design, per_bundle):
    bundles = bundled(design, per_bundle)
    wanted = {
        (triple, number)
        for triple in range(design["triples"])
        for number in range(design["places_per_triple"])
    }
    places = flat(bundles)
    assert len(places) == len(wanted)
    assert {(place.triple, place.number) for place in places} == wanted
    assert [place.queue for place in places] == list(range(len(wanted)))
    assert all(len({place.triple for place in bundle}) == len(bundle) for bundle in bundles)
    assert {len(bundle) for bundle in bundles[:-1]} <= {len(bundles[0])} if bundles else True
    assert all(sorted(place.order) == list(range(design["slots"])) for place in places)


@settings(deadline=None)
@given(designs, st.integers(1, 40))
def test_every_bundle_and_all_of_them_are_balanced_within_one(design, per_bundle):
    bundles = bundled(design, per_bundle)
    assert spread([place.order for place in flat(bundles)], design["slots"]) <= 1
    for bundle in bundles:
        assert spread([place.order for place in bundle], design["slots"]) <= 1


@pytest.mark.parametrize(
    ("slots", "triples", "places", "per_bundle", "most_uneven", "farthest"),
    [
        (3, 50, 4, 10, 0.15, 3),  # the paper's study
        (3, 2500, 4, 10, 0.15, 3),
        (3, 1000, 10, 17, 0.05, 3),
        (2, 1000, 10, 10, 0.25, 2),
        (4, 1000, 10, 25, 0.25, 3),
        (6, 400, 25, 30, 0.25, 3),
    ],
)
def test_every_triple_sees_its_sources_in_all_slots(
    slots, triples, places, per_bundle, most_uneven, farthest
):
    """As nearly as a bundle's own balance allows: for most triples within one or two."""
    bundles = design_bundles(
        triples=triples, places_per_triple=places, per_bundle=per_bundle, slots=slots, seed=1
    )
    uneven = [
        spread([place.order for place in own], slots) for own in by_triple(flat(bundles)).values()
    ]
    assert sum(each > (1 if slots == 3 else 2) for each in uneven) <= most_uneven * triples
    assert max(uneven) <= farthest


def test_the_same_seed_gives_the_same_bundles_and_another_seed_others():
    sizes = {"triples": 30, "places_per_triple": 3, "slots": 3}
    first = bundled(sizes | {"seed": 5})
    assert first == bundled(sizes | {"seed": 5})
    assert first != bundled(sizes | {"seed": 6})


def test_further_bundles_count_on_and_are_drawn_anew():
    sizes = {"triples": 30, "places_per_triple": 2, "slots": 3, "per_bundle": 10, "seed": 5}
    first, further = flat(design_bundles(**sizes)), flat(design_bundles(**sizes, before=2))
    assert {place.number for place in further} == {2, 3}
    assert [place.triple for place in first] != [place.triple for place in further]


def test_the_next_order_of_a_bundle_cannot_be_told_from_the_last():
    """Transitions are those of a shuffled bundle, and the best guess is right once in five."""
    bundles = design_bundles(
        triples=2500, places_per_triple=4, per_bundle=10, slots=3, seed=2
    )  # 10,000 places
    seen, expected = Counter(), Counter()
    for bundle in bundles:
        orders = [place.order for place in bundle]
        seen.update(pairwise(orders))
        counts = Counter(orders)
        for last, new in product(counts, repeat=2):
            pairs = counts[last] * (counts[new] - (last == new))
            expected[last, new] += pairs / len(orders)
    assert len(seen) == 36
    chi_square = sum((seen[pair] - expected[pair]) ** 2 / expected[pair] for pair in expected)
    assert chi2.sf(chi_square, df=30) > 0.01
    best = sum(max(seen[last, new] for new in permutations(range(3))) for last, _ in set(seen)) / 6
    assert best / sum(seen.values()) < 0.22  # one in six by blind chance


def test_every_turn_of_a_bundle_shows_every_source_in_every_slot_alike():
    """No rater's first or last triple is special."""
    bundles = design_bundles(triples=2500, places_per_triple=4, per_bundle=10, slots=3, seed=3)
    for turn in range(10):
        counts = balance_counts([bundle[turn].order for bundle in bundles], 3)
        cells = [cell for row in counts for cell in row]
        chi_square = sum((cell - 1000 / 3) ** 2 / (1000 / 3) for cell in cells)
        assert chi2.sf(chi_square, df=4) > 0.0005


@pytest.mark.parametrize("per_bundle", [0, 31])
def test_bundles_that_would_hold_a_triple_twice_are_refused(per_bundle):
    with pytest.raises(ValueError):
        design_bundles(triples=30, places_per_triple=3, per_bundle=per_bundle, slots=3, seed=0)


@pytest.mark.slow
def test_a_million_places_are_designed_within_a_minute():
    started = process_time()
    sizes = {"triples": 333_333, "places_per_triple": 3, "slots": 3, "seed": 1}
    assert len(flat(design_bundles(**sizes, per_bundle=10))) == len(design_places(**sizes))
    assert process_time() - started < 120
