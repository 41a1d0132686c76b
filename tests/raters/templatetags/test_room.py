"""Cards: what was given stands where it was given; nothing that the blind value lacks."""

from raters.blinding import BlindTriple
from raters.judgement import Asked, Judgement
from raters.templatetags.room import cards_of, sends_at_once

TEXTS = (("one", "two", "three"), ("only",))


def triple(given: Judgement | None = None, **asked) -> BlindTriple:
    return BlindTriple(
        token="t",
        question="q",
        choices=(),
        gold="",
        texts=TEXTS,
        asked=Asked(**{"protocol": "pick-best", "slots": 2, "steps": (3, 1), **asked}),
        given=given,
    )


def test_an_untouched_card_claims_nothing():
    for card in cards_of(triple(asks_marks=True, criteria=(("Clear", 5),), reasons=(("q", "x"),))):
        assert not card.is_picked
        assert not card.rank
        assert not card.has_no_errors
        assert all(step.mark is None and step.is_asked for step in card.steps)
        assert [scale.given for scale in card.scales] == [None]
        assert [reason.is_given for reason in card.reasons] == [False]


def test_a_pick_with_its_reasons_and_scores():
    given = Judgement("pick", slot=1, reasons=((0, "q"),), scores=((2,), (5,)))
    first, second = cards_of(triple(given, reasons=(("q", "x"),), criteria=(("Clear", 5),)))
    assert (first.is_picked, second.is_picked) == (False, True)
    assert (first.reasons[0].is_given, second.reasons[0].is_given) == (True, False)
    assert (first.reasons[0].value, second.reasons[0].value) == ("1:q", "2:q")
    assert (first.scales[0].given, second.scales[0].given) == (2, 5)


def test_nothing_is_asked_after_the_first_error_and_none_is_not_the_same_as_unsaid():
    given = Judgement("none", marks=((1, -1), ()))
    first, second = cards_of(triple(given, asks_marks=True))
    assert [step.mark for step in first.steps] == [1, -1, None]
    assert [step.is_asked for step in first.steps] == [True, True, False]
    assert (first.has_no_errors, second.has_no_errors) == (False, True)
    unsaid = cards_of(triple(Judgement("none", marks=((None,), (None,))), asks_marks=True))
    assert [card.has_no_errors for card in unsaid] == [False, False]


def test_a_ranking_of_which_one_rank_is_missing():
    first, second = cards_of(triple(Judgement("ranking", ranks="01"), protocol="ranking"))
    assert (first.rank, second.rank) == ("0", "1")


def test_a_key_sends_at_once_only_where_nothing_else_is_asked():
    assert sends_at_once(triple().asked)
    for asked in (
        {"protocol": "ranking"},
        {"protocol": "best-worst"},
        {"asks_comment": True},
        {"asks_marks": True},
        {"reasons": (("q", "x"),)},
        {"criteria": (("Clear", 5),)},
    ):
        assert not sends_at_once(triple(**asked).asked)
