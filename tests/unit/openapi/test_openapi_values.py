"""The OpenAPI document and the code accept the same values."""

from itertools import product
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator

from provisioning.core.kinds import Channel, ResourceType
from provisioning.resources.association_shapes import Association, AssociationQuery
from provisioning.resources.parent_shapes import (
    Application,
    Entity,
    ModifyApplication,
    ModifyEntity,
)
from provisioning.shapes import fields
from tests.support.ids import STRANGE_IDS
from tests.support.openapi_document import DOCUMENT, MANY, is_accepted, parameters, validator

IDS: list[Any] = [
    *STRANGE_IDS.values(),
    *("", " ", "\t\n", "\u00a0", ".", "..", "null", "NULL", "default"),
    *("x" * 256, "😀" * 256, None, 7, True, ["x"], {"x": "y"}),
]


@pytest.mark.parametrize("value", IDS)
@pytest.mark.parametrize("member", ["applicationId", "entityId", "resourceId", None])
def test_an_id_in_a_body_is_described_as_it_is_checked(member: str | None, value: Any) -> None:
    association = {
        "resourceType": "NUMBER",
        "channel": "SMS",
        "applicationId": "shop",
        "entityId": None,
        "resourceId": "447700900123",
    }
    if member is not None:
        body = association | {member: value}
        assert validator("Association").is_valid(body) == is_accepted(Association, body)
    for model, id_member in ((Application, "applicationId"), (Entity, "entityId")):
        if member in {id_member, None}:
            parent = {} if member is None else {id_member: value}
            assert validator(model.__name__).is_valid(parent) == is_accepted(model, parent)


@pytest.mark.parametrize("value", [None, "", " ", "x" * 255, "x" * 256, "😀" * 256, 7, ["x"]])
def test_a_name_is_described_as_it_is_checked(value: Any) -> None:
    for model, member in (
        (ModifyApplication, "applicationName"),
        (ModifyEntity, "entityName"),
    ):
        body = {member: value}
        assert validator(model.__name__).is_valid(body) == is_accepted(model, body)


@pytest.mark.parametrize("pair", [*product(get_args(ResourceType), get_args(Channel))])
def test_a_pair_of_type_and_channel_is_described_as_it_is_checked(pair: tuple[str, str]) -> None:
    association = {
        "resourceType": pair[0],
        "channel": pair[1],
        "applicationId": "shop",
        "resourceId": "447700900123",
    }
    assert validator("Association").is_valid(association) == is_accepted(Association, association)


@pytest.mark.parametrize("value", [*STRANGE_IDS.values(), "", " ", "null", "x" * 256])
def test_an_id_in_a_filter_is_described_as_it_is_checked(value: str) -> None:
    for name, parameter in parameters("GET", f"{MANY}/associations").items():
        if name.endswith("Id"):
            described = Draft202012Validator(parameter["schema"]).is_valid(value)
            assert described == is_accepted(AssociationQuery, {name: value}), name


@pytest.mark.parametrize("number", [-1, 0, 1, 1000, 1001, 2**31 - 1, 2**31])
def test_a_page_is_described_as_it_is_checked(number: int) -> None:
    described_ones = parameters("GET", f"{MANY}/entities")
    for name in ("page", "size"):
        described = Draft202012Validator(described_ones[name]["schema"]).is_valid(number)
        assert described == is_accepted(fields.PageQuery, {name: str(number)}), name


@pytest.mark.parametrize("model", [Application, Entity, Association, ModifyEntity])
def test_the_examples_can_be_tried(model: type[fields.Model]) -> None:
    shape = DOCUMENT["components"]["schemas"][model.__name__]
    examples = shape.get("examples") or [
        {member: described["examples"][0] for member, described in shape["properties"].items()}
    ]
    for example in examples:
        assert is_accepted(model, example)
