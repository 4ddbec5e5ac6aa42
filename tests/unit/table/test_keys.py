"""Keys hold any id: they never collide, never outgrow DynamoDB's limits, and keep the order."""

from itertools import combinations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from provisioning.core import ids as ids_module
from provisioning.core import spellings
from provisioning.core.identities import Identity
from provisioning.core.ids import new_id
from provisioning.core.kinds import APPLICATION, ENTITY, VALID_CHANNELS
from provisioning.table import keys, operation_keys, primary_keys
from tests.support.ids import LOOKALIKES, STRANGE_IDS

SORT_KEY_LIMIT = 1024
PARTITION_KEY_LIMIT = 2048
LONGEST = "\U0010ffff" * 255
LONGEST_PAIR = max(
    ((kind, channel) for kind, channels in VALID_CHANNELS.items() for channel in channels),
    key=lambda pair: len("".join(pair)),
)

# Few characters make many near-collisions; any character finds what nobody thought of.
near = st.text("#$~/a23\x00 😀", min_size=1, max_size=6)
anything = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=255)
spelled = st.text("+01 -(\N{HYPHEN}", min_size=3, max_size=12)
ids = near | anything | spelled
members = st.builds(
    Identity, ids, st.just("NUMBER"), st.sampled_from(["SMS", "RCS"]), ids, st.none() | ids
)


def size(text: str) -> int:
    return len(text.encode())


@given(ids, ids)
def test_escaped_ids_sort_as_the_ids_do(one: str, other: str) -> None:
    assert (primary_keys.escape(one).encode() < primary_keys.escape(other).encode()) == (
        one.encode() < other.encode()
    )


@given(ids)
def test_an_escaped_id_never_holds_the_separator(identifier: str) -> None:
    assert "#" not in primary_keys.escape(identifier)


@given(ids, ids)
@example("#", "$23")
@example("a", "a\x00")
def test_different_ids_never_share_a_part(one: str, other: str) -> None:
    assert (primary_keys.part(one) == primary_keys.part(other)) == (one == other)


@given(anything)
@example(LONGEST)
@example("\x00" * 255)
@example("a" * 250 + "#" * 5)
def test_a_part_stays_within_its_share_of_a_sort_key(identifier: str) -> None:
    assert size(primary_keys.part(identifier)) <= primary_keys.PART_BYTES


@given(st.integers(0, 3), st.sampled_from("#\x00 $"))
def test_a_part_is_never_cut_within_an_escape(shift: int, character: str) -> None:
    start, _, _ = primary_keys.part("a" * shift + character * 250).partition("$~")
    assert start == "a" * shift + primary_keys.escape(character) * ((len(start) - shift) // 3)


@given(st.lists(st.text("😀😁é", min_size=250, max_size=255), min_size=2, max_size=2, unique=True))
def test_long_ids_that_begin_alike_have_different_parts(pair: list[str]) -> None:
    one, other = (primary_keys.part(identifier) for identifier in pair)
    assert one != other


def test_a_short_id_cannot_pretend_to_be_a_cut_one() -> None:
    cut = primary_keys.part(LONGEST)
    assert primary_keys.part(cut) != cut


@given(members, members)
@example(Identity("a#b", "NUMBER", "SMS", "c", None), Identity("a", "NUMBER", "SMS", "b#c", None))
@example(Identity("a", "NUMBER", "SMS", "b", None), Identity("a", "NUMBER", "SMS", "b#", None))
@example(Identity("a", "NUMBER", "SMS", "b", "c"), Identity("a", "NUMBER", "SMS", "b#c", None))
def test_different_associations_never_share_a_key(one: Identity, other: Identity) -> None:
    same_key = keys.association("acme", one) == keys.association("acme", other)
    assert same_key == (one == other)


@given(members, members)
@example(Identity("a", "NUMBER", "SMS", "b", "c#a"), Identity("a#a", "NUMBER", "SMS", "b", "c"))
@example(Identity("a", "NUMBER", "SMS", "b", None), Identity("a", "NUMBER", "SMS", "b", "b"))
def test_different_associations_are_never_listed_under_one_key(
    one: Identity, other: Identity
) -> None:
    for listed in (keys.entity_link, keys.resource_link):
        assert (listed("acme", one) == listed("acme", other)) == (one == other)


@pytest.mark.parametrize(("one", "other"), LOOKALIKES.values(), ids=LOOKALIKES)
def test_ids_that_look_alike_have_different_keys(one: str, other: str) -> None:
    assert keys.parent("acme", APPLICATION, one) != keys.parent("acme", APPLICATION, other)
    assert primary_keys.part(one) != primary_keys.part(other)


def test_all_strange_ids_have_different_keys() -> None:
    for one, other in combinations(STRANGE_IDS.values(), 2):
        assert keys.parent("acme", ENTITY, one) != keys.parent("acme", ENTITY, other)


@pytest.mark.parametrize("identifier", [LONGEST, "#" * 255, "\x00" * 255])
def test_the_longest_ids_fit_into_every_key(identifier: str) -> None:
    account = "a" * 64
    resource_type, channel = LONGEST_PAIR
    longest = Identity(identifier, resource_type, channel, identifier, identifier)
    made = [
        keys.parent(account, APPLICATION, identifier),
        keys.parent(account, ENTITY, identifier),
        keys.parent_tombstone(account, ENTITY, identifier),
        keys.association(account, longest),
        keys.entity_link(account, longest),
        keys.resource_link(account, longest),
        operation_keys.operation_link(account, APPLICATION, identifier, ids_module.new_id()),
    ]
    assert max(size(key.sort) for key in made) <= SORT_KEY_LIMIT
    assert max(size(key.partition) for key in made) <= PARTITION_KEY_LIMIT


def within(key: primary_keys.Key, key_range: primary_keys.KeyRange) -> bool:
    return key.partition == key_range.partition and (
        (key_range.first is None or key_range.first.encode() <= key.sort.encode())
        and (key_range.last is None or key.sort.encode() <= key_range.last.encode())
    )


@given(members, ids)
@example(Identity("a", "NUMBER", "SMS", "b", None), "a#NUMBER")
@example(Identity("ab", "NUMBER", "SMS", "b", None), "a")
def test_an_application_s_range_holds_its_associations_and_no_other(
    member: Identity, application_id: str
) -> None:
    key = keys.association("acme", member)
    assert within(key, keys.associations("acme"))
    assert within(key, keys.associations("acme", member[0]))
    assert within(key, keys.associations("acme", application_id)) == (member[0] == application_id)


@given(members, ids | st.none(), ids)
@example(Identity("b", "NUMBER", "SMS", "r", "a"), "a", "b#NUMBER")
@example(Identity("b", "NUMBER", "SMS", "r", None), "NUMBER", "b")
def test_an_entity_s_range_holds_its_links_and_no_other(
    member: Identity, entity_id: str | None, application_id: str
) -> None:
    key = keys.entity_link("acme", member)
    pair = member[1:3]
    assert within(key, keys.entity_links("acme", member[4]))
    assert within(key, keys.entity_links("acme", member[4], *pair, member[0]))
    assert within(key, keys.entity_links("acme", member[4], *pair, member[0], member[3]))
    assert within(key, keys.entity_links("acme", entity_id)) == (member[4] == entity_id)
    assert within(key, keys.entity_links("acme", entity_id, *pair, application_id)) == (
        (member[4], member[0]) == (entity_id, application_id)
    )


@given(members, ids, ids | st.none())
def test_a_resource_s_range_holds_its_links_and_no_other(
    member: Identity, resource_id: str, entity_id: str | None
) -> None:
    key, pair = keys.resource_link("acme", member), member[1:3]
    assert within(key, keys.resource_links("acme", *pair, member[3], member[4]))
    assert within(key, keys.resource_links("acme", *pair, resource_id, entity_id)) == (
        (member[3], member[4]) == (resource_id, entity_id)
    )


@given(members, spelled)
@example(Identity("a", "NUMBER", "SMS", "0044 7700", None), "447700")
@example(Identity("a", "NUMBER", "SMS", "447700$+", None), "447700")
@example(Identity("a", "NUMBER", "SMS", "4477001", None), "+447700")
def test_a_number_s_range_holds_all_its_spellings_and_no_other(
    member: Identity, number: str
) -> None:
    key, digits = keys.resource_link("acme", member), spellings.digits(number)
    if digits is not None:
        key_range = keys.number_links("acme", member.channel, digits)
        assert within(key, key_range) == (spellings.digits(member.resource_id) == digits)


def test_the_longest_spelling_of_a_number_fits_into_its_key() -> None:
    number = "\N{HYPHEN}" * 240 + "123456789012345"
    key = keys.resource_link("a" * 64, Identity(LONGEST, "NUMBER", "WHATSAPP", number, LONGEST))
    assert size(key.sort) <= SORT_KEY_LIMIT


def test_newer_operations_sort_before_older_ones() -> None:
    older, newer = "018f" + "0" * 20, "018f" + "1" * 20
    assert ids_module.newest_first(newer) < ids_module.newest_first(older)
    assert ids_module.newest_first(ids_module.newest_first(older)) == older


def test_nothing_of_one_account_has_the_partition_of_another() -> None:
    def partitions(account: str) -> set[str]:
        return {
            keys.account(account).partition,
            keys.parent(account, APPLICATION, "a").partition,
            keys.parent(account, ENTITY, "a").partition,
            keys.parent_tombstone(account, ENTITY, "a").partition,
            keys.association(account, Identity("a", "NUMBER", "SMS", "r", "e")).partition,
            keys.entity_link(account, Identity("a", "NUMBER", "SMS", "r", "e")).partition,
            operation_keys.operation(account, "o").partition,
        }

    assert not partitions("acme") & partitions("acme2")
    assert all(partition.startswith("ACCOUNT#acme#") for partition in partitions("acme"))


def test_new_ids_sort_by_the_time_they_were_made() -> None:
    made = [new_id() for _ in range(1000)]
    assert len(set(made)) == len(made)
    assert [identifier[:12] for identifier in made] == sorted(i[:12] for i in made)
