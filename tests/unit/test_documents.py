"""Documents are read strictly, and forms as if they were documents."""

from typing import Any

import pytest

from provisioning.core.errors import InvalidError
from provisioning.shapes.documents import read_json
from provisioning.shapes.forms import read_form

BOUNDARY = "multipart/form-data; boundary=next"


def form(*parts: bytes, ending: bytes = b"--next--\r\n") -> bytes:
    return b"".join(b"--next\r\n" + part + b"\r\n" for part in parts) + ending


def field(name: str, value: bytes, further: str = "") -> bytes:
    return f'Content-Disposition: form-data; name="{name}"{further}\r\n\r\n'.encode() + value


@pytest.mark.parametrize("text", ["", " ", b"", b"\r\n"])
def test_nothing_is_no_document(text: str | bytes) -> None:
    with pytest.raises(InvalidError, match="must not be empty"):
        read_json(text)


@pytest.mark.parametrize(
    "text", ["{", "nul", "NaN", "[Infinity]", "{'a': 1}", "1 2", b"\xff", "[" * 200_000, "\ufeff{}"]
)
def test_what_is_no_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(InvalidError, match="must be valid JSON"):
        read_json(text)


def test_a_member_that_is_repeated_is_refused_at_any_depth() -> None:
    with pytest.raises(InvalidError) as refused:
        read_json('{"messages": [{"entityId": "a", "x": 1, "entityId": "b"}]}')
    assert refused.value.problems == {"entityId": ["must not be repeated"]}


@pytest.mark.parametrize("document", [None, 0, "a", [], {}, {"a": [1, {"b": None}]}])
def test_any_document_is_read(document: Any) -> None:
    text = str(document).replace("'", '"').replace("None", "null")
    assert read_json('"a"' if document == "a" else text) == document


def test_the_fields_of_a_form_are_read() -> None:
    body = form(field("from", b"a@example.com"), field("entityId", "Käufer 😀".encode()))
    assert read_form(body, BOUNDARY) == {"from": "a@example.com", "entityId": "Käufer 😀"}


def test_a_field_that_is_repeated_has_all_its_texts() -> None:
    body = form(field("to", b"a"), field("to", b"b"), field("entityId", b"acme"))
    assert read_form(body, BOUNDARY) == {"to": ["a", "b"], "entityId": "acme"}


def test_the_files_of_a_form_are_left_out() -> None:
    picture = field("attachment", b"\x89PNG\r\n\x1a\n\xff", '; filename="a.png"')
    assert read_form(form(picture, field("entityId", b"acme")), BOUNDARY) == {"entityId": "acme"}


def test_a_field_that_is_not_utf_8_holds_what_no_id_may_hold() -> None:
    assert read_form(form(field("entityId", b"a\xff")), BOUNDARY) == {"entityId": "a\udcff"}


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", BOUNDARY),
        (b"entityId=acme", BOUNDARY),
        (form(field("entityId", b"acme"), ending=b""), BOUNDARY),
        (form(field("entityId", b"acme")), "multipart/form-data"),
        (form(field("entityId", b"acme")), "multipart/form-data; boundary=other"),
    ],
)
def test_what_is_no_whole_form_is_refused(body: bytes, content_type: str) -> None:
    with pytest.raises(InvalidError, match="must be valid multipart/form-data"):
        read_form(body, content_type)
