"""Requests that are malformed on purpose: repeated headers, base paths, and very many problems."""

import json
from typing import Any

import pytest

from provisioning.core.errors import MAXIMUM_PROBLEMS
from tests.support.client import ROOT, Client, Context, load_function, proxy_event
from tests.support.transport import Wire, answered

APPLICATIONS = f"{ROOT}/applications"
applications = load_function("applications")


def handle(event: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = applications.handler(event, Context())
    return answer


def repeated(client: Client, method: str, path: str, **headers: list[str]) -> dict[str, Any]:
    """An event with headers that have several lines, as API Gateway delivers them."""
    body = None if method == "GET" else json.dumps({"applicationId": "shop"})
    event = proxy_event(method, path, {}, body)
    lines = {"Authorization": [f"App {client.api_key}"]} | {
        name.replace("_", "-"): values for name, values in headers.items()
    }
    return event | {
        "headers": {name: values[-1] for name, values in lines.items()},
        "multiValueHeaders": lines,
    }


def test_two_different_idempotency_keys_are_a_bad_request(client: Client, wire: Wire) -> None:
    answer = handle(repeated(client, "POST", APPLICATIONS, Idempotency_Key=["one", "two"]))
    assert answer["statusCode"] == 400
    problems = json.loads(answer["body"])["requestError"]["serviceException"]["validationErrors"]
    assert problems == {"Idempotency-Key": ["must not be repeated"]}
    assert wire.requests == []


def test_two_different_keys_are_no_key(client: Client) -> None:
    event = repeated(
        client, "GET", APPLICATIONS, Authorization=["App one", f"App {client.api_key}"]
    )
    assert handle(event)["statusCode"] == 401


@pytest.mark.parametrize("base", ["", "/provisioning", "/my/provisioning/1", "/provisioning/1/x"])
def test_a_base_path_may_be_named_as_the_root(client: Client, wire: Wire, base: str) -> None:
    wire.always(answered(Items=[]))
    event = proxy_event("GET", APPLICATIONS, {"Authorization": f"App {client.api_key}"}, None)
    event |= {"resource": APPLICATIONS, "path": f"{base}{APPLICATIONS}"}
    event["requestContext"]["path"] = f"{base}{APPLICATIONS}"
    assert handle(event)["statusCode"] == 200


def test_an_answer_names_a_bounded_number_of_problems(client: Client, wire: Wire) -> None:
    members = ",".join(f'"{"m" * 200}{number}":1,"{"m" * 200}{number}":2' for number in range(5000))
    answer = client.call("POST", f"{ROOT}/associations/bulk", body="{" + members + "}")
    assert answer.status == 400
    assert len(answer.problems) == MAXIMUM_PROBLEMS
    assert len(answer.text) < 64 * 1024
    assert wire.requests == []
