"""The choice of a sender: sticky, even, and never outside the pool."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.resources.sending_strategies import Strategy
from provisioning.senders import numbers
from provisioning.senders.selection import Selection, Sender, candidates

LONDON = [Sender("NUMBER", f"4420794600{number:02d}") for number in range(10)]
NEW_YORK = Sender("NUMBER", "12125550100")
BOSTON = Sender("NUMBER", "16175550100")
LOS_ANGELES = Sender("NUMBER", "13235550100")
TORONTO = Sender("NUMBER", "14165550100")
TOLL_FREE = Sender("NUMBER", "18005550100")
SHORT_CODE = Sender("NUMBER", "72345")
NAME = Sender("ALPHA", "Acme")

SENDERS = st.builds(
    Sender,
    st.sampled_from(["NUMBER", "ALPHA"]),
    st.one_of(st.from_regex(r"[1-9][0-9]{4,14}", fullmatch=True), st.text(min_size=1, max_size=20)),
)
POOLS = st.lists(SENDERS, min_size=1, max_size=30, unique=True)
TYPES = ["ALPHANUMERIC", "VIRTUAL_LONG_NUMBER", "SHORT_CODE", "TOLL_FREE_NUMBER"]
STRATEGIES = st.builds(
    Strategy,
    is_sticky=st.booleans(),
    is_geolocated=st.booleans(),
    priorities=st.dictionaries(st.sampled_from(TYPES), st.integers(1, 4)),
)


def chosen(pool: list[Sender], to: str, strategy: Strategy = Strategy(), key: str = "") -> Sender:  # noqa: B008
    selection = Selection(candidates(pool), strategy)
    return selection.ranking(numbers.facts(to), key or to, 1)[0]


@given(pool=POOLS, to=st.text(min_size=1), strategy=STRATEGIES, key=st.text())
def test_the_sender_is_always_one_of_the_pool(
    pool: list[Sender], to: str, strategy: Strategy, key: str
) -> None:
    assert chosen(pool, to, strategy, key) in pool


@given(pool=POOLS, to=st.text(min_size=1), strategy=STRATEGIES, key=st.text())
def test_the_same_question_has_the_same_answer_whatever_the_order_of_the_pool(
    pool: list[Sender], to: str, strategy: Strategy, key: str
) -> None:
    assert chosen(pool, to, strategy, key) == chosen(pool[::-1], to, strategy, key)


@given(pool=POOLS, key=st.text(), gone=st.integers(0, 29))
def test_a_sender_that_leaves_moves_only_its_own_destinations(
    pool: list[Sender], key: str, gone: int
) -> None:
    before = chosen(pool, "x", key=key)
    left = [one for position, one in enumerate(pool) if position != gone % len(pool)]
    if before in left:
        assert chosen(left, "x", key=key) == before


def test_a_tenth_of_the_destinations_moves_when_one_of_ten_senders_leaves() -> None:
    whole, left = (Selection(candidates(pool), Strategy()) for pool in (LONDON, LONDON[1:]))
    unknown = numbers.facts("x")
    moved = sum(
        whole.ranking(unknown, str(number), 1) != left.ranking(unknown, str(number), 1)
        for number in range(20_000)
    )
    assert 0.09 < moved / 20_000 < 0.11


@pytest.mark.parametrize("size", [2, 3, 5, 10])
def test_100000_destinations_are_spread_evenly(size: int) -> None:
    """Each share is within four standard deviations: less than 2 % of the messages."""
    selection = Selection(candidates(LONDON[:size]), Strategy())
    unknown = numbers.facts("x")
    counts = Counter(
        selection.ranking(unknown, f"447700{number:06d}", 1)[0] for number in range(100_000)
    )
    expected = 100_000 / size
    deviation = 4 * (expected * (1 - 1 / size)) ** 0.5
    assert deviation < 2_000
    assert len(counts) == size
    assert max(abs(count - expected) for count in counts.values()) <= deviation


def test_weights_share_the_destinations_in_proportion() -> None:
    weights: dict[tuple[str, str], int] = {LONDON[0]: 3, LONDON[1]: 0}
    selection = Selection(candidates(LONDON[:3]), Strategy(weights=weights))
    unknown = numbers.facts("x")
    counts = Counter(selection.ranking(unknown, str(number), 1)[0] for number in range(20_000))
    assert 0.73 < counts[LONDON[0]] / 20_000 < 0.77
    assert counts[LONDON[1]] == 0


def test_a_sender_without_weight_is_used_if_it_is_the_only_one() -> None:
    assert chosen([NAME], "x", Strategy(weights={NAME: 0})) == NAME


@pytest.mark.parametrize(
    ("pool", "to", "expected"),
    [
        ([LONDON[0], NEW_YORK], "+44 7700 900123", LONDON[0]),
        ([LONDON[0], NEW_YORK], "0012125550123", NEW_YORK),
        ([NEW_YORK, TORONTO], "+1 416 555 0123", TORONTO),
        ([LONDON[0]], "+1 416 555 0123", LONDON[0]),
        ([LONDON[0], NAME], "+1 416 555 0123", NAME),
    ],
    ids=["own country", "own country, 00", "one code, two countries", "no other", "no country"],
)
def test_numbers_of_the_destination_country_come_first(
    pool: list[Sender], to: str, expected: Sender
) -> None:
    assert chosen(pool, to) == expected


@pytest.mark.parametrize(
    ("priorities", "expected"),
    [
        ({"SHORT_CODE": 1, "TOLL_FREE_NUMBER": 2}, SHORT_CODE),
        ({"TOLL_FREE_NUMBER": 1, "SHORT_CODE": 2}, TOLL_FREE),
        ({"VIRTUAL_LONG_NUMBER": 4}, NEW_YORK),
        ({"ALPHANUMERIC": 1}, NAME),
    ],
)
def test_the_best_priority_wins_and_types_that_are_not_listed_come_last(
    priorities: dict[str, int], expected: Sender
) -> None:
    strategy = Strategy(priorities=priorities)  # type: ignore[arg-type]
    assert chosen([SHORT_CODE, TOLL_FREE, NEW_YORK, NAME], "+1 212 555 0123", strategy) == expected


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("+1 212 555 0123", NEW_YORK),
        ("+1 917 555 0123", NEW_YORK),
        ("+1 415 555 0123", LOS_ANGELES),
        ("+1 207 555 0123", BOSTON),
    ],
    ids=["same area code", "overlay", "San Francisco", "Maine"],
)
def test_a_geolocated_strategy_takes_the_nearest_area_code(to: str, expected: Sender) -> None:
    pool = [NEW_YORK, BOSTON, LOS_ANGELES]
    assert chosen(pool, to, Strategy(is_geolocated=True)) == expected


def test_the_pool_after_each_rule_can_be_shown() -> None:
    strategy = Strategy(priorities={"VIRTUAL_LONG_NUMBER": 1}, is_geolocated=True)
    pool = [LONDON[0], NEW_YORK, LOS_ANGELES, SHORT_CODE]
    rules = Selection(candidates(pool), strategy).rules(numbers.facts("+1 646 555 0123"))
    left = {rule.name: {one.sender for one in rule.candidates} for rule in rules}
    assert left == {
        "COUNTRY": {NEW_YORK, LOS_ANGELES, SHORT_CODE},
        "PRIORITY": {NEW_YORK, LOS_ANGELES},
        "AREA_CODE": {NEW_YORK},
    }
