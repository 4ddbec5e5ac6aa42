"""The OpenAPI document says exactly what the code does."""

import json
import os
import re
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from provisioning.core.errors import InvalidError, NotFoundError
from provisioning.core.kinds import Channel, ResourceType
from provisioning.http.errors import ERRORS
from provisioning.http.responses import error_response
from provisioning.resources.association_shapes import Association, AssociationQuery
from provisioning.resources.parent_shapes import (
    Application,
    Entity,
    ModifyApplication,
    ModifyEntity,
)
from provisioning.shapes import fields
from tests.support.deployment import stack
from tests.support.ids import STRANGE_IDS
from tools import openapi

DOCUMENT = openapi.document()
OPERATIONS = {
    (method.upper(), path): operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
MANY = "/provisioning/1"
VERSIONS = (MANY, "/provisioning/2")
QUESTIONS = (f"{MANY}/senders/resolve", f"{MANY}/inbound/resolve")
"""What is asked by a body and changes nothing."""


def one_of(found: re.Match[str]) -> str:
    """Return the path of one of a collection in place of that of the route beside it."""
    return {"applications": "applications/{applicationId}", "entities": "entities/{entityId}"}[
        found[1]
    ]


def parent_operations(many: str, one: str) -> dict[tuple[str, str], tuple[int, set[int]]]:
    return {
        ("GET", many): (200, {400, 401, 403, 429, 500}),
        ("POST", many): (201, {400, 401, 403, 409, 429, 500}),
        ("GET", one): (200, {401, 403, 404, 429, 500}),
        ("PUT", one): (204, {400, 401, 403, 404, 409, 429, 500}),
        ("DELETE", one): (200, {400, 401, 403, 404, 429, 500}),
    }


CONTRACT = {
    **parent_operations(f"{MANY}/applications", f"{MANY}/applications/{{applicationId}}"),
    **parent_operations(f"{MANY}/entities", f"{MANY}/entities/{{entityId}}"),
    ("GET", f"{MANY}/associations"): (200, {400, 401, 403, 429, 500}),
    ("POST", f"{MANY}/associations"): (201, {400, 401, 403, 404, 409, 429, 500}),
    ("DELETE", f"{MANY}/associations"): (204, {400, 401, 403, 404, 429, 500}),
    ("GET", f"{MANY}/associations/single"): (200, {400, 401, 403, 404, 429, 500}),
}
"""The status of success and those of errors, of each operation that the contract has."""


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}
    )


def is_accepted(model: type[fields.Model], values: Any) -> bool:
    try:
        fields.parse(model, values)
    except InvalidError:
        return False
    return True


def parameters(method: str, path: str) -> dict[str, Any]:
    return {given["name"]: given for given in OPERATIONS[method, path]["parameters"]}


# --- the document as a whole --------------------------------------------------------------------


def test_it_is_valid_openapi() -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_it_has_each_operation_that_is_deployed_and_no_other() -> None:
    deployed = {
        (method.upper(), path)
        for path, methods in stack().api.document["paths"].items()
        for method in methods
        if path.startswith(VERSIONS) and method != "options"  # a browser's, answered by the gateway
    }
    # A bulk request is a POST to the path of one application or entity, with the id "bulk".
    bulk = {
        (method, path.replace("/bulk", one))
        for method, path in OPERATIONS
        for collection, one in (("applications", "/{applicationId}"), ("entities", "/{entityId}"))
        if path.endswith(f"{collection}/bulk")
    }
    documented = {
        each for each in OPERATIONS if not each[1].endswith(("applications/bulk", "entities/bulk"))
    }
    assert documented | bulk == deployed


def test_every_member_is_described() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert not [
        f"{name}.{member}"
        for name, schema in schemas.items()
        for member, described in schema.get("properties", {}).items()
        if "description" not in described
    ]


def test_each_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(set(names)) == len(names)
    assert OPERATIONS["POST", f"{MANY}/applications"]["operationId"] == "createApplication"
    assert OPERATIONS["GET", f"{MANY}/associations/single"]["operationId"] == "getAssociation"


def test_it_is_the_same_in_every_process() -> None:
    program = "from tools import openapi; print(openapi.text(), end='')"
    texts = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=openapi.DOCUMENT.parents[2],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert texts == {openapi.text()}


def test_drift_is_found_and_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(openapi, "DOCUMENT", tmp_path / "openapi.json")
    assert openapi.main([]) == 0
    assert openapi.main(["--check"]) == 0
    assert capsys.readouterr().out == ""
    openapi.DOCUMENT.write_text(openapi.text().replace("createEntity", "makeEntity"))
    assert openapi.main(["--check"]) == 1
    shown = capsys.readouterr().out.splitlines()
    assert '-        "operationId": "makeEntity",' in shown
    assert '+        "operationId": "createEntity",' in shown


# --- operations ---------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", CONTRACT)
def test_an_operation_answers_as_the_contract_says(operation: tuple[str, str]) -> None:
    success, errors = CONTRACT[operation]
    parameters = str(OPERATIONS[operation].get("parameters"))
    ours = {412} if "If-Match" in parameters.title() else set()
    # Links, or protection, can speak against a delete that asks them to.
    ours |= {409} if "onLinked" in parameters else set()
    documented = {int(status) for status in OPERATIONS[operation]["responses"]}
    assert documented == {success, *errors, *ours}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_reading_needs_less_of_a_key_than_writing(operation: tuple[str, str]) -> None:
    reads = operation[0] == "GET" or operation[1] in QUESTIONS
    scope = "application-entity:read" if reads else "application-entity:manage"
    if operation[1].startswith("/provisioning/2/sending-strategies"):
        scope = "sending-strategy:manage"
    if operation[1].startswith(f"{MANY}/api-keys"):
        scope = "account-management:manage"
    if operation[1] == f"{MANY}/audit":
        scope = "application-entity:manage"
    scopes = [] if operation[1] == f"{MANY}/current-api-key" else [scope]
    assert OPERATIONS[operation]["security"] == [{"apiKey": scopes}]


def test_an_association_is_deleted_by_a_body() -> None:
    body = OPERATIONS["DELETE", f"{MANY}/associations"]["requestBody"]
    assert body["required"]
    assert body["content"] == {
        "application/json": {"schema": {"$ref": "#/components/schemas/Association"}}
    }


def test_an_answer_without_content_is_described_without() -> None:
    assert "content" not in OPERATIONS["POST", f"{MANY}/entities"]["responses"]["201"]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_success_documents_the_remaining_rate(operation: tuple[str, str]) -> None:
    successes = [
        answer
        for status, answer in OPERATIONS[operation]["responses"].items()
        if status.startswith("2")
    ]
    assert successes
    for success in successes:
        assert {name for name in success["headers"] if name.startswith("RateLimit-")} == {
            "RateLimit-Limit",
            "RateLimit-Remaining",
            "RateLimit-Reset",
        }


def test_a_delete_documents_the_location_of_its_operation() -> None:
    deleted = OPERATIONS["DELETE", f"{MANY}/entities/{{entityId}}"]["responses"]["200"]
    assert "Operation-Location" in deleted["headers"]


def test_the_application_that_stays_cannot_be_named_by_a_delete() -> None:
    one = f"{MANY}/applications/{{applicationId}}"
    assert "default" in parameters("DELETE", one)["applicationId"]["schema"]["not"]["enum"]
    assert "default" not in parameters("GET", one)["applicationId"]["schema"]["not"]["enum"]


@pytest.mark.parametrize("error", ERRORS)
def test_the_example_of_an_error_is_an_answer_in_the_described_form(error: type[Exception]) -> None:
    status = str(ERRORS[error][0])  # type: ignore[index]
    responses = {
        (path.startswith(VERSIONS[1]), response["$ref"].rpartition("/")[2])
        for (_, path), operation in OPERATIONS.items()
        for its_status, response in operation["responses"].items()
        if its_status == status
    }
    assert len(dict(responses)) == len(responses)
    for is_newer, name in responses:
        shape = "NewerFailure" if is_newer else "Failure"
        content = DOCUMENT["components"]["responses"][name]["content"]["application/json"]
        assert content["schema"] == {"$ref": f"#/components/schemas/{shape}"}
        assert content["examples"]
        for example in content["examples"].values():
            validator(shape).validate(example["value"])


def test_only_the_envelope_is_an_error() -> None:
    answer = json.loads(error_response(NotFoundError())["body"])
    assert validator("Failure").is_valid(answer)
    assert not validator("Failure").is_valid(answer["requestError"])
    assert not validator("Failure").is_valid({"message": "Missing Authentication Token"})


# --- values: the document and the code accept the same --------------------------------------------

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
