"""Scores that are computed side by side are those of the algorithm."""

from hypothesis import given
from hypothesis import strategies as st

from provisioning.senders.scores import Scores, highest

WORD = 2**64
words = st.integers(0, WORD - 1)


def split_mix(value: int) -> int:
    """Return the finalizer of SplitMix64, as its authors write it."""
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 % WORD
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB % WORD
    return value ^ (value >> 31)


def test_the_finalizer_is_that_of_the_reference_implementation() -> None:
    """The first number of the generator with the seed 1234567 (Steele, Lea and Flood, 2014)."""
    assert split_mix((1234567 + 0x9E3779B97F4A7C15) % WORD) == 6457827717110365317


@given(seeds=st.lists(words, max_size=20), number=words)
def test_every_score_is_the_mix_of_its_own_seed(seeds: list[int], number: int) -> None:
    assert Scores(seeds).of(number) == [split_mix(seed ^ number) for seed in seeds]


@given(scores=st.lists(words, unique=True, max_size=20), count=st.integers(0, 25))
def test_the_highest_scores_are_found_in_their_order(scores: list[int], count: int) -> None:
    found = [scores[position] for position in highest(scores, count)]
    assert found == sorted(scores, reverse=True)[:count]
