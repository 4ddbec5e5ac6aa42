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
def test_invalid_json_is_refused(text: str | bytes) -> None:
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


def test_a_field_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(InvalidError, match="in UTF-8"):
        read_form(form(field("entityId", b"a\xff")), BOUNDARY)


def test_a_part_that_is_a_multipart_is_one_text() -> None:
    inner = b"--inner\r\n" + field("entityId", b"hidden") + b"\r\n--inner--\r\n"
    part = b"Content-Type: multipart/mixed; boundary=inner\r\n" + field("extra", inner)
    assert read_form(form(part, field("entityId", b"acme")), BOUNDARY) == {
        "extra": inner.decode(),
        "entityId": "acme",
    }


HOSTILE_FORMS = {
    "a header of semicolons": form(b'Content-Disposition: form-data; name="' + b";" * 400_000),
    "many parameters": form(
        b"Content-Disposition: form-data; "
        + b"; ".join(b"name*%d=x" % number for number in range(60_000))
        + b"\r\n\r\nx"
    ),
    "a long section number": form(
        b"Content-Disposition: form-data; name*" + b"9" * 5_000 + b"=x\r\n\r\nx"
    ),
    "an encoded file name with a NUL": form(
        b"Content-Disposition: form-data; filename*=a\0b''x\r\n\r\nx"
    ),
    "many headers": form(b"X: y\r\n" * 10_000 + field("entityId", b"acme")),
    "many parts": form(*(field("a", b"") for _ in range(1_001))),
    "no end of a header": b"--next\r\n" + b"X" * 500_000,
    "continued headers": form(b"X: y\r\n" + b" z\r\n" * 10_000 + field("entityId", b"acme")),
    "nested messages": form(b"Content-Type: message/rfc822\r\n\r\n" * 2_000),
    "a NUL in a name": form(field("a\0", b"x")),
    "a NUL in a file name": form(field("a", b"x", '; filename="b\0.png"')),
    "a NUL in a parameter that nobody reads": form(field("a", b"x", '; b="\0"')),
    "a bell in a charset": form(b"Content-Type: text/plain; charset=\x07\r\n" + field("a", b"x")),
    "an escape in any header": form(b"X-Any: \x1b[2J\r\n" + field("a", b"x")),
    "a line end in a name": form(field("a\nb", b"x")),
    "a delete character in a name": form(field("a\x7f", b"x")),
    "a control character of two bytes in a name": form(field("a\x85", b"x")),
    "no name": form(b"Content-Disposition: form-data\r\n\r\nx"),
}


@pytest.mark.parametrize("body", HOSTILE_FORMS.values(), ids=HOSTILE_FORMS.keys())
def test_a_hostile_form_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidError, match="must be valid multipart/form-data"):
        read_form(body, BOUNDARY)


def test_nested_multiparts_cost_no_more_than_their_length() -> None:
    nested = b"".join(
        b"--next\r\nContent-Type: multipart/mixed; boundary=next\r\n\r\n" for _ in range(1_000)
    )
    with pytest.raises(InvalidError):
        read_form(nested, BOUNDARY)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", BOUNDARY),
        (b"entityId=acme", BOUNDARY),
        (form(field("entityId", b"acme"), ending=b""), BOUNDARY),
        (form(field("entityId", b"acme")), "multipart/form-data"),
        (form(field("entityId", b"acme")), "multipart/form-data; boundary=other"),
        (form(field("entityId", b"acme")), "multipart/form-data; boundary=next; x=\0"),
    ],
)
def test_an_incomplete_form_is_refused(body: bytes, content_type: str) -> None:
    with pytest.raises(InvalidError, match="must be valid multipart/form-data"):
        read_form(body, content_type)
