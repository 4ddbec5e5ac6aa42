"""What the gateway answers itself: errors of the contract, and origins that are allowed."""

import json

import pytest

from local import template
from local.settings import PROJECT
from local.stack import Stack
from provisioning.http.errors import ACTIONS
from provisioning.http.responses import response
from tests.support.template import RESOURCES, TEMPLATE, Properties, routes

ERRORS = {
    400: ("BAD_REQUEST", "Bad request"),
    401: ("UNAUTHORIZED", "Unauthorized"),
    403: ("FORBIDDEN", "Forbidden"),
    404: ("NOT_FOUND", "Not found"),
    429: ("TOO_MANY_REQUESTS", "Too many requests"),
    500: ("GENERAL_ERROR", "Something went wrong. Please contact support."),
}
GATEWAY_RESPONSES = RESOURCES["Api"]["Properties"]["GatewayResponses"]


def allowed_origins(origin: str) -> tuple[dict[str, Properties], dict[str, Properties]]:
    """The headers of preflights, by path, and of gateway responses, where an origin is allowed."""
    translated = template.load(PROJECT / "template.yaml", PROJECT / ".local" / "template.json")
    parameters = {"CorsAllowedOrigin": origin}
    document = Stack(translated, PROJECT, parameters=parameters).api.document
    responses = document["x-amazon-apigateway-gateway-responses"]
    return {
        path: methods["options"]["x-amazon-apigateway-integration"]["responses"]["default"][
            "responseParameters"
        ]
        for path, methods in document["paths"].items()
    }, {kind: response["responseParameters"] for kind, response in responses.items()}


@pytest.mark.parametrize("kind", GATEWAY_RESPONSES)
def test_the_gateway_answers_errors_in_both_forms_of_the_contract(kind: str) -> None:
    response = GATEWAY_RESPONSES[kind]
    message_id, text = ERRORS[response["StatusCode"]]
    assert list(response["ResponseTemplates"]) == ["application/json"]
    assert json.loads(response["ResponseTemplates"]["application/json"]) == {
        "requestError": {"serviceException": {"messageId": message_id, "text": text}},
        "errorCode": f"E{response['StatusCode']}",
        "description": text,
        "action": ACTIONS[response["StatusCode"]],
        "violations": [],
        "resources": [],
    }


@pytest.mark.parametrize("kind", GATEWAY_RESPONSES)
def test_the_gateways_errors_have_the_headers_of_all_answers(kind: str) -> None:
    headers = GATEWAY_RESPONSES[kind]["ResponseParameters"]["Headers"]
    for name in ("Cache-Control", "Strict-Transport-Security", "X-Content-Type-Options"):
        assert headers[name] == f"'{response(200, {}, None)['headers'][name]}'"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("MISSING_AUTHENTICATION_TOKEN", 404),
        ("RESOURCE_NOT_FOUND", 404),
        ("REQUEST_TOO_LARGE", 400),
        ("UNSUPPORTED_MEDIA_TYPE", 400),
        ("THROTTLED", 429),
        ("QUOTA_EXCEEDED", 429),
        ("INTEGRATION_FAILURE", 500),
        ("INTEGRATION_TIMEOUT", 500),
        ("DEFAULT_4XX", 400),
        ("DEFAULT_5XX", 500),
    ],
)
def test_the_gateways_own_errors_have_the_contracts_status(kind: str, status: int) -> None:
    """A kind without a response of its own has that of its class (AWS, "Gateway responses")."""
    fallback = GATEWAY_RESPONSES[f"DEFAULT_{status // 100}XX"]
    assert GATEWAY_RESPONSES.get(kind, fallback)["StatusCode"] == status


def test_a_refused_client_learns_when_to_try_again() -> None:
    throttled = [given for given in GATEWAY_RESPONSES.values() if given["StatusCode"] == 429]
    assert throttled
    for given in throttled:
        assert given["ResponseParameters"]["Headers"]["Retry-After"] == "'1'"


def test_no_origin_is_allowed_unless_one_is_named() -> None:
    assert "Access-Control-Allow-Origin" not in json.dumps(allowed_origins(""))
    assert TEMPLATE["Parameters"]["CorsAllowedOrigin"]["Default"] == ""


def test_the_origin_that_is_named_is_allowed_by_preflights_and_all_that_the_gateway_says() -> None:
    origin = "https://shop.example.com"
    preflights, responses = allowed_origins(origin)
    assert len(preflights) == len({path for _, _, path in routes()})
    assert set(responses) == set(GATEWAY_RESPONSES)
    for parameters in (*preflights.values(), *responses.values()):
        (allowed,) = [parameters[name] for name in parameters if name.endswith("Allow-Origin")]
        assert allowed == f"'{origin}'"
