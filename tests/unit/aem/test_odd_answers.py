"""Servers that are not the API, or misbehave: one line says so, and the exit code is 1."""

from pathlib import Path

import pytest

from aem.__main__ import main
from tests.support.odd_server import answering, http

HTML = "Content-Type: text/html"
ANSWERS = {
    "moved": http("301 Moved Permanently", b"", "Location: https://127.0.0.1/v1/"),
    "found": http("302 Found", b"<html>", "Location: /login", HTML),
    "see other": http("303 See Other", b"", "Location: //elsewhere.example/"),
    "permanently": http("308 Permanent Redirect", b"", "Location: https://127.0.0.1/"),
    "a redirect to nowhere": http("302 Found"),
    "a redirect to no URL": http("302 Found", b"", "Location: http://[::1"),
    "not modified": http("304 Not Modified"),
    "HTML": http("200 OK", b"<!doctype html><title>Welcome</title>", HTML),
    "nothing": http("200 OK"),
    "a blank": http("200 OK", b" "),
    "null": http("200 OK", b"null"),
    "a list": http("200 OK", b"[]"),
    "a text": http("200 OK", b'"OK"'),
    "an empty object": http("200 OK", b"{}"),
    "results that are no list": http("200 OK", b'{"results": {}, "paging": {}}'),
    "a page without paging": http("200 OK", b'{"results": []}'),
    "another status": http("204 No Content"),
    "bytes that are no text": http("200 OK", b'{"results": "\xff\xfe"}'),
    "a body that is cut off": http("200 OK", b'{"results": [').replace(b": 13", b": 1300"),
    "deep nesting": http("200 OK", b"[" * 100_000),
    "not HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
    "half a header": b"HTTP/1.1 200",
    "a status of letters": b"HTTP/1.1 abc OK\r\n\r\n",
    "a closed connection": b"",
    "chunks that are none": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "gzip that is none": http("200 OK", b"plain", "Content-Encoding: gzip"),
    "a bare error": http("500 Internal Server Error"),
    "an error in HTML": http("502 Bad Gateway", b"<html>Bad gateway</html>", HTML),
    "an error that is a list": http("400 Bad Request", b'["no"]'),
    "an error that is null": http("403 Forbidden", b"null"),
    "an error of another API": http("403 Forbidden", b'{"message": "Forbidden"}'),
    "an error of half the form": http("400 Bad Request", b'{"requestError": "no"}'),
    "texts that are numbers": http(
        "400 Bad Request", b'{"requestError": {"serviceException": {"text": 7}}}'
    ),
    "problems that are texts": http(
        "400 Bad Request",
        b'{"requestError": {"serviceException": {"validationErrors": {"page": "no", "x": 3}}}}',
    ),
    "problems that are a list": http(
        "400 Bad Request", b'{"requestError": {"serviceException": {"validationErrors": ["no"]}}}'
    ),
    "no such status": http("999 Strange", b"{}"),
    "throttled for ever": http("429 Too Many Requests", b"", "Retry-After: Wed, 21 Oct 2099"),
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, pauses: list[float], tmp_path: Path) -> None:
    monkeypatch.setenv("AEM_API_KEY", "aem_x")
    monkeypatch.setenv("AEM_STATE_DIR", str(tmp_path))


@pytest.mark.parametrize("name", ANSWERS)
def test_a_list_of_another_server_is_an_error(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with answering(ANSWERS[name]) as url:
        code = main(["entities", "list", "--url", url])
    told = capsys.readouterr()
    assert (code, told.out) == (1, "")
    assert told.err.strip()


FEW = ["permanently", "HTML", "nothing", "null", "an empty object", "results that are no list"]


@pytest.mark.parametrize("name", FEW)
def test_nothing_is_done_by_another_server(name: str, tmp_path: Path) -> None:
    state = tmp_path / "state.yaml"
    state.write_text("entities: []\n")
    with answering(ANSWERS[name]) as url:
        for command in (
            ["applications", "create", "shop"],
            ["applications", "delete", "shop", "--yes", "--wait"],
            ["entities", "bulk", "--body", '{"delete": ["acme"]}'],
            ["operations", "watch", "o1"],
            ["operations", "undo", "o1"],
            ["limits", "get"],
            ["plan", "-f", str(state)],
            ["numbers", "whois", "447700900123"],
            ["doctor"],
        ):
            assert main([*command, "--url", url]) == 1, command


def test_a_redirect_to_https_of_the_same_host_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    for user in ("", "user:password@"):
        there = f"Location: https://{user}127.0.0.1/v1/provisioning/1/x"
        with answering(http("308 Permanent Redirect", b"", there)) as url:
            assert main(["entities", "list", "--url", f"{url}/v1"]) == 1
        told = capsys.readouterr().err
        assert "redirect (308)" in told
        assert "Use https: https://127.0.0.1/v1" in told


@pytest.mark.parametrize(
    "body",
    [
        b'{"channels": [[1]]}',
        b'{"channels": [{"owners": null}]}',
        b'{"channels": [{"owners": "x"}]}',
    ],
)
def test_a_resource_of_another_shape_is_an_error(
    body: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    with answering(http("200 OK", body)) as url:
        command = ["numbers", "whois", "447700900123", "--url", url, "--output", "table"]
        assert main(command) == 1
    assert "another shape" in capsys.readouterr().err


@pytest.mark.parametrize("count", ['"x"', "[]", "{}", "-1", "1" * 400])
def test_counts_of_another_shape_stop_nothing(count: str) -> None:
    operation = f'{{"state": "SUCCEEDED", "done": {count}, "total": {count}}}'
    with answering(http("200 OK", operation.encode())) as url:
        assert main(["operations", "watch", "o1", "--url", url]) == 0
    totals = f'{{"results": [], "paging": {{"totalPages": 1, "totalResults": {count}}}}}'
    with answering(http("200 OK", totals.encode())) as url:
        assert main(["entities", "list", "--all", "--url", url]) == 0


def test_an_outcome_that_is_missing_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    odd = ('"201"', "true", "0", "100", "2000", "null", '204}, {"index": 0, "status": 404')
    bodies = [f'[{{"index": 0, "status": {status}}}]' for status in odd]
    for body in ("[]", '[{"index": 0}]', "[7]", *bodies):
        with answering(http("200 OK", f'{{"results": {body}}}'.encode())) as url:
            command = ["entities", "bulk", "--body", '{"delete": ["a"]}', "--url", url]
            assert main(command) == 1
        assert "outcome" in capsys.readouterr().err


@pytest.mark.parametrize("following", ['"c1"', "7", "true", '["c1"]'])
def test_pages_that_lead_to_themselves_are_an_error(
    following: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = http("200 OK", f'{{"results": [], "paging": {{"next": {following}}}}}'.encode())
    with answering(answer) as url:
        assert main(["audit", "list", "--all", "--url", url]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "leads to itself" in told.err


@pytest.mark.parametrize("paging", ["{}", '{"totalPages": null}', '{"totalPages": "3"}'])
def test_pages_that_do_not_say_how_many_there_are_are_no_export(
    paging: str, tmp_path: Path
) -> None:
    answer = http("200 OK", f'{{"results": [], "paging": {paging}}}'.encode())
    with answering(answer) as url:
        assert main(["export", "-f", str(tmp_path / "state.yaml"), "--url", url]) == 1
    assert list(tmp_path.glob("*.yaml")) == []


@pytest.mark.parametrize("row", ["null", '"x"', "{}", '{"applicationId": 7}'])
def test_rows_of_another_shape_are_no_export(row: str, tmp_path: Path) -> None:
    paging = '{"page": 0, "size": 100, "totalPages": 1, "totalResults": 1}'
    answer = http("200 OK", f'{{"results": [{row}], "paging": {paging}}}'.encode())
    with answering(answer) as url:
        assert main(["export", "-f", str(tmp_path / "state.yaml"), "--url", url]) == 1
