"""The OpenAPI document describes operations as the contract and the code have them."""

import json

import pytest

from provisioning.core.errors import NotFoundError
from provisioning.http.errors import ERRORS
from provisioning.http.responses import error_response
from tests.support.openapi_document import (
    DOCUMENT,
    MANY,
    OPERATIONS,
    VERSIONS,
    parameters,
    validator,
)

QUESTIONS = (f"{MANY}/senders/resolve", f"{MANY}/inbound/resolve")
"""What is asked by a body and changes nothing."""


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
