"""What a secret looks like, and which ones cannot be any."""

import re

from hypothesis import given
from hypothesis import strategies as st

from provisioning.accounts import key_format


def test_a_new_secret_has_the_form_that_scanners_look_for() -> None:
    assert re.fullmatch(r"aem_[0-9A-Za-z]{38}", key_format.new())


def test_no_two_secrets_are_the_same() -> None:
    assert len({key_format.new() for _ in range(1000)}) == 1000


def test_the_form_is_fixed_so_that_scanners_continue_to_find_it() -> None:
    assert not key_format.is_broken("aem_" + "0" * 32 + "0aUPv8")


def test_a_new_secret_is_not_broken() -> None:
    assert not any(key_format.is_broken(key_format.new()) for _ in range(1000))


@given(st.integers(4, 41), st.sampled_from("09AZaz"))
def test_a_secret_with_one_other_character_is_broken(position: int, character: str) -> None:
    secret = key_format.new()
    mistyped = secret[:position] + character + secret[position + 1 :]
    assert key_format.is_broken(mistyped) == (mistyped != secret)


@given(st.text(max_size=60))
def test_whatever_else_begins_like_one_is_broken(rest: str) -> None:
    assert key_format.is_broken(key_format.PREFIX + rest)


@given(st.text(max_size=60).filter(lambda text: not text.startswith(key_format.PREFIX)))
def test_a_secret_of_another_form_may_be_an_operator_s(secret: str) -> None:
    assert not key_format.is_broken(secret)
