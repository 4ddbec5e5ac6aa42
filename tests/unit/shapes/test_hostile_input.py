"""Bounds of what is read and of what is answered."""

import json
from typing import Any

import pytest

from provisioning.core.errors import InvalidError
from provisioning.http.responses import json_text, response
from provisioning.routes import bulk
from provisioning.shapes import documents
from provisioning.shapes.documents import MAXIMUM_CONTAINERS, MAXIMUM_DEPTH, MAXIMUM_DIGITS
from tests.support.client import ROOT, Client, Context, load_function, proxy_event
from tests.support.transport import Wire, answered

LAMBDA_ANSWER = 6 * 1024 * 1024
"""Bytes that a function may answer with (AWS, "Lambda quotas")."""
LONGEST = "\x00" * 255
"""The id that takes the most bytes in JSON, and in JSON within JSON."""


def nested(depth: int) -> str:
    return '{"a":' * depth + "1" + "}" * depth


@pytest.mark.parametrize(
    "text",
    [
        nested(MAXIMUM_DEPTH + 1),
        "[" * (MAXIMUM_DEPTH + 1) + "]" * (MAXIMUM_DEPTH + 1),
        "[" * 60_000,
        f'{{"n": {"9" * (MAXIMUM_DIGITS + 1)}}}',
        f'{{"n": 0.{"9" * MAXIMUM_DIGITS}}}',
        '{"n": 1e999}',
        '{"n": -1e999}',
        b'{"n": "\xff"}',
        b"\xff\xfe{\x00}\x00",
        '{"n": 1}'.encode("utf-16"),
        '{"n": 1}'.encode("utf-32"),
        "\ufeff{}",
    ],
    ids=lambda text: str(text)[:20],
)
def test_documents_beyond_any_need_are_refused(text: str | bytes) -> None:
    with pytest.raises(InvalidError):
        documents.read_json(text)


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ('{"a": "%s"}' % ("[" * 1000), {"a": "[" * 1000}),
        ('{"a": "\\"%s"}' % ("{" * 1000), {"a": '"' + "{" * 1000}),
        (json.dumps([[]] * 100), [[]] * 100),
        ('{"n": 1.5e3}', {"n": 1500.0}),
    ],
    ids=["brackets in text", "brackets after a quote", "many in a row", "number"],
)
def test_brackets_in_strings_do_not_count_as_depth(text: str, document: Any) -> None:
    assert documents.read_json(text) == document
    assert json.loads(nested(MAXIMUM_DEPTH)) == documents.read_json(nested(MAXIMUM_DEPTH))


@pytest.mark.parametrize("one", ["[]", "{}", '{"a":1}', "[[],0]"])
def test_more_arrays_and_objects_than_any_request_has_are_refused_unparsed(one: str) -> None:
    text = json.dumps("[" * MAXIMUM_CONTAINERS * 2)
    most = (MAXIMUM_CONTAINERS - 1) // one.count("[") if "[[" in one else MAXIMUM_CONTAINERS - 1
    allowed = f"[{text}{f',{one}' * most}]"
    assert len(documents.read_json(allowed)) == most + 1  # type: ignore[arg-type]
    with pytest.raises(InvalidError) as refused:
        documents.read_json(f"[{text}{f',{one}' * (most + 1)},[],[],[],")
    assert refused.value.problems == {"body": ["must have at most 100000 arrays and objects"]}


def in_lambda(content: Any) -> int:
    """The bytes of an answer, as the runtime of Python 3.13 writes it."""
    return len(
        json.dumps({"statusCode": 200, "body": json_text(content)}, ensure_ascii=False).encode()
    )


@pytest.mark.parametrize(
    ("results", "item"),
    [
        (
            1000,
            {
                "resourceType": "APPLE_RESOURCE",
                "channel": "WHATSAPP",
                "applicationId": LONGEST,
                "entityId": LONGEST,
                "resourceId": LONGEST,
            },
        ),
        (1000, {"applicationId": LONGEST, "applicationName": LONGEST}),
        (
            50,
            {"platform": [{"applicationId": LONGEST, "entityId": LONGEST}] * 20}
            | {"x": "x" * 2000},
        ),
        (400, {"ids": [LONGEST] * 7, "x": "x" * 1000}),
        (
            bulk.MAXIMUM_BYTES // (3 * 255 * len("\\u0000")),
            {"ids": [LONGEST] * 4, "x": "x" * 400},
        ),
        (1000, {"ids": ['"' * 255] * 4, "x": "x" * 400}),
    ],
    ids=["associations", "applications", "keys", "audit", "conflicts", "conflicts of quotes"],
)
def test_the_longest_page_fits_into_an_answer(results: int, item: Any) -> None:
    assert in_lambda({"results": [item] * results}) < LAMBDA_ANSWER


@pytest.mark.parametrize("body", ["é", "=", "a", "\ud800"])
def test_a_body_that_claims_to_be_base64_and_is_not_is_a_bad_request(
    client: Client, wire: Wire, body: str
) -> None:
    headers = {"Authorization": f"App {client.api_key}"}
    event = proxy_event("POST", f"{ROOT}/applications", headers, "")
    answer = load_function("applications").handler(
        event | {"isBase64Encoded": True, "body": body}, Context()
    )
    assert answer["statusCode"] == 400
    assert wire.requests == []


@pytest.mark.parametrize("path", ["/docs", "/docs/", "/docs/page.js", "/openapi.json"])
def test_the_documentation_has_the_headers_of_all_answers(path: str) -> None:
    event = proxy_event("GET", path, {}, None) | {"resource": path.rstrip("/")}
    headers = load_function("docs").handler(event, Context())["headers"]
    for name, value in response(200, {}, None)["headers"].items():
        if name not in {"Content-Type", "Content-Security-Policy"}:
            assert headers[name] == value


def test_answers_have_the_security_headers_for_browsers(client: Client, wire: Wire) -> None:
    wire.then(answered(Items=[]))
    for answer in (client.get("applications", "x"), client.call("GET", f"{ROOT}/applications/%FF")):
        assert "max-age" in answer.headers["Strict-Transport-Security"]
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_text_that_never_ends_is_refused_by_looking_at_it_once() -> None:
    with pytest.raises(InvalidError):
        documents.read_json("[" * (MAXIMUM_DEPTH + 1) + '"' + '\\"' * 500_000)
    with pytest.raises(InvalidError):
        documents.read_json("[" * (MAXIMUM_DEPTH + 1) + '"' + "\\" * 1_000_001)
