"""What a bound key may see and change, decided without a table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.accounts.restrictions import OPEN, Binding, Pair, simplified
from provisioning.core.errors import ForbiddenError, NotFoundError
from provisioning.core.kinds import APPLICATION, ENTITY

SHOP = Pair("shop", None)
ACME = Pair(None, "acme")
BOTH = Pair("shop", "acme")

ids = st.sampled_from(["a", "b", "c", None])
pairs = st.tuples(ids, ids).filter(any).map(lambda ids: Pair(*ids))


@pytest.mark.parametrize(
    ("pair", "covered"),
    [
        (SHOP, [("shop", None), ("shop", "acme"), ("shop", "other")]),
        (ACME, [("shop", "acme"), ("default", "acme")]),
        (BOTH, [("shop", "acme")]),
    ],
)
def test_a_pair_covers_associations_with_all_its_parents(
    pair: Pair, covered: list[tuple[str, str | None]]
) -> None:
    everything = [
        (app, entity) for app in ("shop", "default") for entity in (None, "acme", "other")
    ]
    assert [one for one in everything if Binding((pair,)).covers(*one)] == sorted(
        covered, key=everything.index
    )


def test_a_key_bound_to_both_reads_them_and_changes_neither() -> None:
    binding = Binding((BOTH,))
    for kind, identifier in ((APPLICATION, "shop"), (ENTITY, "acme")):
        binding.require_seen(kind, identifier)
        with pytest.raises(ForbiddenError):
            binding.require_owned(kind, identifier)


def test_a_key_bound_to_one_changes_it_and_does_not_see_others() -> None:
    binding = Binding((SHOP,))
    binding.require_owned(APPLICATION, "shop")
    for kind, identifier in ((APPLICATION, "other"), (ENTITY, "acme"), (ENTITY, "shop")):
        with pytest.raises(NotFoundError):
            binding.require_owned(kind, identifier)
        with pytest.raises(ForbiddenError):
            binding.require_creatable(kind, identifier)


def test_a_key_without_binding_sees_and_changes_everything() -> None:
    OPEN.require_owned(APPLICATION, "shop")
    OPEN.require_covered("shop", None)


@given(st.lists(pairs, max_size=20), ids.filter(bool), ids)
def test_a_member_left_out_of_a_binding_does_not_restrict(
    given_pairs: list[Pair], application_id: str, entity_id: str | None
) -> None:
    full, short = Binding(tuple(given_pairs)), Binding(simplified(given_pairs))
    assert full.covers(application_id, entity_id) == short.covers(application_id, entity_id)


@given(st.lists(pairs, max_size=20))
def test_no_pair_of_a_simplified_binding_contains_another(given_pairs: list[Pair]) -> None:
    kept = simplified(given_pairs)
    assert simplified(kept) == kept
    assert set(kept) <= set(given_pairs)
