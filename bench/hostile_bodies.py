"""Bodies that are meant to keep a function busy, made from a seed."""

import json
import random
from collections.abc import Callable
from typing import Final

JSON: Final = "application/json"
DEEPEST: Final = 1000
"""Multiparts within each other."""
FORM: Final = "multipart/form-data; boundary=b"
Make = Callable[[random.Random, int], bytes]
"""Makes a body of about a number of bytes."""


def _repeated(unit: str, before: str = "", after: str = "") -> Make:
    """Return what makes a JSON body of one repeated part."""

    def make(_: random.Random, size: int) -> bytes:
        count = max(1, (size - len(before) - len(after)) // max(1, len(unit.encode())))
        return (before + unit * count + after).encode()

    return make


def _members(value: str) -> Make:
    """Return what makes an object with as many members as fit, all of the same value."""

    def make(chance: random.Random, size: int) -> bytes:
        names = ("entityId", "applicationId", "messages", "link", "x")
        name = chance.choice(names)
        count = max(1, size // (len(name) + len(value) + 12))
        return ("{" + ",".join(f'"{name}{n}":{value}' for n in range(count)) + "}").encode()

    return make


def _listed(*elements: object) -> Make:
    """Return what makes a request whose every list has as many elements as fit."""

    def make(chance: random.Random, size: int) -> bytes:
        element = json.dumps(chance.choice(elements))
        count = max(1, size // (len(element) + 1))
        listed = "[" + ",".join([element] * count) + "]"
        name = chance.choice(("messages", "link", "create", "delete", "to", "platform", "scopes"))
        return f'{{"{name}":{listed}}}'.encode()

    return make


def _noise(chance: random.Random, size: int) -> bytes:
    alphabet = '{}[]",:\\u0123456789eE+-.truefalsn \n\té😀\ud7ff'
    return "".join(chance.choices(alphabet, k=size)).encode()[:size]


def _part(headers: str, content: bytes = b"x") -> bytes:
    return b"--b\r\n" + headers.encode() + b"\r\n\r\n" + content + b"\r\n"


def _form(headers: str) -> Make:
    """Return what makes a form of parts with the same headers."""

    def make(_: random.Random, size: int) -> bytes:
        one = _part(headers)
        return one * max(1, size // len(one)) + b"--b--\r\n"

    return make


def _header(start: str, unit: str) -> Make:
    """Return what makes a form with one part, whose header is as long as fits."""

    def make(_: random.Random, size: int) -> bytes:
        return _part(start + unit * max(1, size // len(unit))) + b"--b--\r\n"

    return make


def _nested(_: random.Random, size: int) -> bytes:
    body, depth = b"x", 0
    while len(body) < size and depth < DEEPEST:
        headers = f"Content-Type: multipart/mixed; boundary=b{depth}"
        body = _part(f"{headers}\r\nContent-Disposition: form-data; name=a", body)
        depth += 1
    return body + b"--b--\r\n"


def _dashes(_: random.Random, size: int) -> bytes:
    return b"--b\r\n\r\n" + b"\r\n--" * (size // 4) + b"\r\n--b--\r\n"


DISPOSITION: Final = "Content-Disposition: form-data; name="
KINDS: Final[dict[str, tuple[str, Make]]] = {
    "open arrays": (JSON, _repeated("[")),
    "nested objects": (JSON, _repeated('{"a":')),
    "arrays side by side": (JSON, _repeated("[[]],", '{"messages":[', "[]]}")),
    "one long text": (JSON, _repeated("é", '{"entityId":"', '"}')),
    "escapes": (JSON, _repeated("\\u00e9", '{"entityId":"', '"}')),
    "half an escape": (JSON, _repeated("\\", '{"entityId":"')),
    "quotes": (JSON, _repeated('"')),
    "escaped quotes": (JSON, _repeated('\\"', '{"a":"')),
    "one long number": (JSON, _repeated("9", '{"page":', "}")),
    "a long fraction": (JSON, _repeated("9", '{"page":0.', "}")),
    "many numbers": (JSON, _repeated("1e99,", '{"to":[', "1]}")),
    "spaces": (JSON, _repeated(" ", "{", "}")),
    "repeated members": (JSON, _repeated('"entityId":"a",', "{", '"x":1}')),
    "unknown members": (JSON, _members("1")),
    "members that are objects": (JSON, _members("{}")),
    "messages": (JSON, _listed({}, {"entityId": 1}, {"platform": []}, {"entityId": ""}, None)),
    "numbers as messages": (JSON, _repeated("1,", '{"messages":[', "1]}")),
    "numbers as destinations": (JSON, _repeated("1,", '{"channel":"SMS","to":[', "1]}")),
    "elements": (JSON, _listed({}, [], "", {"applicationId": {}}, {"scopes": [1]}, "a" * 300)),
    "noise": (JSON, _noise),
    "semicolons": (FORM, _header(f'{DISPOSITION}"', ";")),
    "parameters": (FORM, _header(f"{DISPOSITION}a", "; a*0=x")),
    "sections": (FORM, _header("Content-Disposition: form-data; name*", "9")),
    "quoted backslashes": (FORM, _header(f'{DISPOSITION}"', "\\")),
    "a long boundary": (FORM, _header("Content-Type: multipart/mixed; boundary=", "-")),
    "header lines": (FORM, _header(f"{DISPOSITION}a", "\r\nX: y")),
    "small parts": (FORM, _form(f"{DISPOSITION}entityId")),
    "small files": (FORM, _form(f"{DISPOSITION}a; filename=b")),
    "nested multiparts": (FORM, _nested),
    "near boundaries": (FORM, _dashes),
    "noise in a form": (FORM, lambda chance, size: _part(DISPOSITION, chance.randbytes(size))),
}
"""The media type of each kind of body, and what makes one."""
