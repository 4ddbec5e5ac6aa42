"""What requests may hold, and the contract's wording for what they may not."""

import re
from itertools import product
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.core.errors import InvalidError
from provisioning.core.kinds import VALID_CHANNELS, Channel, ResourceType
from provisioning.resources.association_shapes import (
    Association,
    AssociationQuery,
    SingleAssociationQuery,
)
from provisioning.resources.parent_shapes import (
    Application,
    Entity,
    ModifyApplication,
    ModifyEntity,
)
from provisioning.shapes import fields
from tests.support.ids import STRANGE_IDS

NUMBER = {
    "resourceType": "NUMBER",
    "channel": "SMS",
    "applicationId": "shop",
    "entityId": "acme",
    "resourceId": "447700900123",
}
TYPES = "must be one of NUMBER, DOMAIN, ALPHA, RCS_RESOURCE, APPLE_RESOURCE"
CHANNELS = "must be one of SMS, MMS, EMAIL, WHATSAPP, RCS, APPLE"
LENGTH = "size must be between 1 and 255"


def problems(model: type[fields.Model], values: object) -> dict[str, list[str]]:
    with pytest.raises(InvalidError) as caught:
        fields.parse(model, values)
    return caught.value.problems


@pytest.mark.parametrize(
    ("identifier", "message"),
    [
        (None, "must not be null"),
        ("", "must not be blank"),
        (" ", "must not be blank"),
        ("\t\r\n\u2003", "must not be blank"),
        (".", 'must not be "." or ".."'),
        ("..", 'must not be "." or ".."'),
        (" " * 256, LENGTH),
        ("x" * 256, LENGTH),
        ("😀" * 256, LENGTH),
        (7, "must be a string"),
        (True, "must be a string"),
        (["shop"], "must be a string"),
        ({"id": "shop"}, "must be a string"),
        ("\ud800", "must be valid Unicode text"),
    ],
)
@pytest.mark.parametrize(
    ("model", "member"), [(Application, "applicationId"), (Entity, "entityId")]
)
def test_an_unusable_id_is_refused_in_the_contract_s_words(
    model: type[fields.Model], member: str, identifier: Any, message: str
) -> None:
    assert problems(model, {member: identifier}) == {member: [message]}


def test_the_document_calls_those_ids_blank_that_are_refused_as_blank() -> None:
    every_character = "".join(map(chr, range(0x110000)))
    assert set(re.findall(fields.NOT_BLANK, every_character)) == {
        character for character in every_character if character.strip()
    }


@pytest.mark.parametrize("model", [Application, Entity])
def test_an_absent_id_reads_like_null(model: type[fields.Model]) -> None:
    (messages,) = problems(model, {}).values()
    assert messages == ["must not be null"]


@pytest.mark.parametrize("body", [[], ["shop"], "shop", 1, True, None])
def test_a_body_that_is_no_object_is_refused(body: object) -> None:
    assert list(problems(Application, body)) == ["body"]


@pytest.mark.parametrize("model", [Application, ModifyApplication])
def test_a_name_is_at_most_255_characters_of_any_width(model: type[fields.Model]) -> None:
    named = {"applicationId": "shop", "applicationName": "😀" * 255}
    assert fields.parse(model, named).model_dump()["name"] == "😀" * 255
    refused = problems(model, named | {"applicationName": "x" * 256})
    assert refused == {"applicationName": ["size must be between 0 and 255"]}


@pytest.mark.parametrize("name", [7, False, [], {}])
def test_a_name_must_be_text(name: Any) -> None:
    refused = problems(ModifyEntity, {"entityName": name})
    assert refused == {"entityName": ["must be a string"]}


@pytest.mark.parametrize("values", [{}, {"entityName": None}, {"entityName": ""}])
def test_a_name_may_be_absent_null_or_empty(values: dict[str, Any]) -> None:
    assert not fields.parse(ModifyEntity, values).model_dump()["name"]


@pytest.mark.parametrize("identifier", STRANGE_IDS.values(), ids=STRANGE_IDS)
def test_a_strange_id_is_taken_as_it_is(identifier: str) -> None:
    association = fields.parse(
        Association,
        NUMBER | {"applicationId": identifier, "entityId": identifier, "resourceId": identifier},
    )
    assert association.application_id == identifier
    assert association.entity_id == identifier
    assert association.resource_id == identifier


def test_unknown_members_are_ignored() -> None:
    given_members = {"applicationId": "shop", "modifiedAt": 7, "identifier": "other", "name": 7}
    application = fields.parse(Application, given_members)
    assert application.model_dump() == {"identifier": "shop", "name": None}


def test_every_offending_member_is_named_at_once() -> None:
    refused = problems(Association, {"channel": "FAX", "applicationId": "", "entityId": 7})
    assert refused == {
        "resourceType": ["must not be null"],
        "channel": [CHANNELS],
        "applicationId": ["must not be blank"],
        "entityId": ["must be a string"],
        "resourceId": ["must not be null"],
    }


@pytest.mark.parametrize("pair", list(product(get_args(ResourceType), get_args(Channel))))
def test_only_sensible_pairs_of_type_and_channel_are_taken(
    pair: tuple[ResourceType, Channel],
) -> None:
    resource_type, channel = pair
    values = NUMBER | {"resourceType": resource_type, "channel": channel}
    fitting = VALID_CHANNELS[resource_type]
    if channel in fitting:
        fields.parse(Association, values)
    else:
        message = f"must be one of {', '.join(fitting)} for {resource_type}"
        assert problems(Association, values) == {"channel": [message]}


def test_domains_belong_to_email_only() -> None:
    assert VALID_CHANNELS["DOMAIN"] == ("EMAIL",)
    assert [kind for kind, channels in VALID_CHANNELS.items() if "EMAIL" in channels] == ["DOMAIN"]


@pytest.mark.parametrize("value", ["number", "NUMBER ", "", "FAX", None, 7])
def test_an_unknown_resource_type_is_refused(value: Any) -> None:
    message = "must not be null" if value is None else TYPES
    assert problems(Association, NUMBER | {"resourceType": value}) == {"resourceType": [message]}


@pytest.mark.parametrize("values", [NUMBER | {"entityId": None}, {**NUMBER, "entityId": None}])
def test_null_and_absent_entity_both_mean_none(values: dict[str, Any]) -> None:
    without = {name: value for name, value in NUMBER.items() if name != "entityId"}
    assert fields.parse(Association, values) == fields.parse(Association, without)


@pytest.mark.parametrize("model", [Association, Entity])
def test_the_word_null_is_no_entity_s_id(model: type[fields.Model]) -> None:
    refused = problems(model, NUMBER | {"entityId": "null"})
    assert refused == {"entityId": ['must not be "null"']}


@pytest.mark.parametrize("word", ["", "null"])
@pytest.mark.parametrize("model", [SingleAssociationQuery, AssociationQuery])
def test_in_a_query_an_empty_entity_and_the_word_null_mean_none(
    model: type[fields.Model], word: str
) -> None:
    read = fields.parse(model, NUMBER | {"entityId": word})
    assert read.model_dump()["entity_id"] is None
    assert "entity_id" in read.model_fields_set


@pytest.mark.parametrize(
    ("member", "value", "message"),
    [
        ("page", "-1", "must be greater than or equal to 0"),
        ("page", "2147483648", "must be less than or equal to 2147483647"),
        ("size", "0", "must be greater than or equal to 1"),
        ("size", "1001", "must be less than or equal to 1000"),
        *product(
            ["page", "size"],
            ["", " ", "one", "1.0", "1e2", "+1", " 1", "1_0", "0x1", "\u0661", "1" * 400, "null"],
            ["must be a whole number"],
        ),
    ],
)
def test_a_page_that_cannot_be_is_refused(member: str, value: str, message: str) -> None:
    assert problems(fields.PageQuery, {member: value}) == {member: [message]}


@given(st.integers(0, fields.MAXIMUM_PAGE), st.integers(1, fields.MAXIMUM_SIZE))
def test_page_and_size_are_read_as_numbers(page: int, size: int) -> None:
    read = fields.parse(fields.PageQuery, {"page": str(page), "size": str(size)})
    assert (read.page, read.size) == (page, size)


def test_page_and_size_have_the_contract_s_defaults() -> None:
    read = fields.parse(fields.PageQuery, {})
    assert (read.page, read.size) == (0, 20)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.sampled_from([*NUMBER, "x"]), x),
        max_leaves=6,
    )
)
def test_whatever_comes_is_read_or_refused_and_nothing_else(values: Any) -> None:
    for model in (Association, Application, ModifyEntity):
        try:
            fields.parse(model, values)
        except InvalidError as error:
            assert all(error.problems.values())  # noqa: PT017 - reading it is allowed too
