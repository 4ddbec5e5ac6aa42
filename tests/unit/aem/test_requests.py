"""Requests of the command line, and what it makes of the answers."""

import json

import pytest

from aem.__main__ import main
from tests.support.scripted_api import ScriptedApi, error, page


def test_who_is_throttled_waits_as_long_as_told(api: ScriptedApi, pauses: list[float]) -> None:
    api.then(429, error("Too many requests"), Retry_After="7")
    api.then(200, page([]))
    assert main(["applications", "list"]) == 0
    assert 7.0 in pauses


HERE = "Thu, 26 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("asked", "waited"),
    [
        ("Thu, 26 Nov 2026 12:00:07 GMT", 7.0),
        ("Thu, 26 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", 1.0),
        ("-5", 1.0),
    ],
)
def test_the_moment_after_which_a_request_is_sent_again_may_be_a_date(
    api: ScriptedApi, pauses: list[float], asked: str, waited: float
) -> None:
    api.then(429, error("Too many requests"), Retry_After=asked, Date=HERE)
    api.then(200, page([]))
    assert main(["applications", "list"]) == 0
    assert pauses == [waited]


def test_a_read_that_fails_waits_as_long_as_told(api: ScriptedApi, pauses: list[float]) -> None:
    api.then(503, error("Unavailable"), Retry_After="7")
    api.then(200, page([]))
    assert main(["applications", "list"]) == 0
    assert pauses == [7.0]


def test_a_read_whose_connection_ends_is_sent_again(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str]
) -> None:
    api.then(200, page(["a"], number=0, pages=2))
    api.drop()
    api.drop()
    api.then(200, page(["b"], number=1, pages=2))
    assert main(["entities", "list", "--all", "--query", "results"]) == 0
    assert json.loads(capsys.readouterr().out) == ["a", "b"]
    for _ in range(3):
        api.drop()
    assert main(["entities", "list"]) == 1
    assert api.script == []


@pytest.mark.parametrize("asked", ["3600", "Thu, 26 Nov 2026 13:00:00 GMT"])
def test_a_long_wait_is_an_error_at_once(api: ScriptedApi, pauses: list[float], asked: str) -> None:
    api.then(429, error("Too many requests"), Retry_After=asked, Date=HERE)
    assert main(["applications", "list"]) == 1
    assert pauses == []


def test_a_change_that_the_service_fails_may_have_been_made(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str]
) -> None:
    for body in (error("Something went wrong"), None):
        api.then(503, body)
        assert main(["entities", "create", "acme"]) == 1
        assert "Whether the request was carried out is unknown." in capsys.readouterr().err


def test_what_is_used_up_for_long_is_an_error_at_once(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str], pauses: list[float]
) -> None:
    used_up = error("Too many requests", entityId=["the account may have 5 entities"])
    api.then(429, used_up, Retry_After="3600")
    assert main(["entities", "create", "x"]) == 1
    assert json.loads(capsys.readouterr().err) == used_up


def test_an_error_is_told_in_the_contract_s_words(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    api.then(400, error("Bad request", applicationId=["must not be blank"]))
    assert main(["applications", "create", " "]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == "400 Bad request\n  applicationId: must not be blank\n"


def test_people_get_tables_that_cannot_steer_their_terminal(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    api.then(200, page([{"applicationId": "\x1b[2Jshop", "applicationName": "[red]Shop"}]))
    assert main(["applications", "list"]) == 0
    shown = capsys.readouterr().out
    assert "\\x1b[2Jshop" in shown
    assert "[red]Shop" in shown
    assert "page 1 of 1 (1 result)" in shown


def test_all_pages_are_walked(api: ScriptedApi, capsys: pytest.CaptureFixture[str]) -> None:
    api.then(200, page([1, 2], 0, 2))
    api.then(200, page([3], 1, 2))
    assert main(["entities", "list", "--all"]) == 0
    assert json.loads(capsys.readouterr().out)["results"] == [1, 2, 3]
    assert [sent.path.partition("?")[2] for sent in api.sent] == ["size=1000", "size=1000&page=1"]


def test_pages_by_cursor_are_walked(api: ScriptedApi, capsys: pytest.CaptureFixture[str]) -> None:
    api.then(200, {"results": [1], "paging": {"size": 1, "next": "c/2"}})
    api.then(200, {"results": [2], "paging": {"size": 1}})
    assert main(["audit", "list", "--all", "--actor", "key 1"]) == 0
    assert json.loads(capsys.readouterr().out)["results"] == [1, 2]
    assert "actor=key+1" in api.sent[0].path
    assert "cursor=c%2F2" in api.sent[1].path


def test_a_delete_can_be_waited_for_under_any_stage(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str]
) -> None:
    api.then(200, Operation_Location="/v1/provisioning/1/operations/o1")
    api.then(200, {"state": "RUNNING", "done": 1, "total": 3, "rate": 2.5})
    api.then(200, {"state": "SUCCEEDED", "done": 3})
    given = ["entities", "delete", "acme", "--yes", "--wait", "--url", f"{api.url}/v1/"]
    assert main(given) == 0
    assert json.loads(capsys.readouterr().out) == {"state": "SUCCEEDED", "done": 3}
    assert [sent.path for sent in api.sent] == [
        "/v1/provisioning/1/entities/acme",
        *["/v1/provisioning/1/operations/o1"] * 2,
    ]


def test_an_operation_that_failed_fails_who_waits_for_it(api: ScriptedApi) -> None:
    api.then(200, {"state": "FAILED", "done": 1, "reason": "x"})
    assert main(["operations", "get", "o1", "--wait"]) == 1


@pytest.mark.parametrize("variable", ["AEM_URL", "AEM_API_KEY"])
def test_what_is_not_set_is_told(
    api: ScriptedApi,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variable: str,
) -> None:
    monkeypatch.delenv(variable)
    assert main(["limits", "get"]) == 2
    assert variable in capsys.readouterr().err


def test_the_key_is_never_shown(
    api: ScriptedApi, key: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    api.then(401, error("Unauthorized"))
    assert main(["limits", "get"]) == 1
    monkeypatch.setenv("AEM_URL", "http://127.0.0.1:1")
    assert main(["limits", "get"]) == 1
    monkeypatch.setenv("AEM_API_KEY", f"{key}\n")
    assert main(["limits", "get"]) == 2
    told = capsys.readouterr()
    assert key not in told.out + told.err
    assert api.sent[0].headers["Authorization"] == f"App {key}"


def test_a_read_that_the_service_fails_is_sent_again(api: ScriptedApi) -> None:
    api.then(502, b"<html>")
    api.then(503)
    api.then(200, page([]))
    assert main(["entities", "list"]) == 0
    api.then(502)
    assert main(["entities", "create", "acme"]) == 1  # it may have been carried out


def test_an_operation_is_followed_although_answers_are_lost(
    api: ScriptedApi,
) -> None:
    api.then(200, {"state": "RUNNING"})
    api.drop()
    api.drop()
    api.then(200, {"state": "SUCCEEDED"})
    assert main(["operations", "watch", "o1"]) == 0
    for _ in range(3):
        api.drop()
    assert main(["operations", "watch", "o1"]) == 1


@pytest.mark.parametrize(
    "location", ["https://elsewhere.example/o1", "//elsewhere.example/o1", "http://[::1", "/v1/o1"]
)
def test_the_key_never_follows_a_location_to_another_host(
    api: ScriptedApi, location: str, capsys: pytest.CaptureFixture[str]
) -> None:
    api.then(200, Operation_Location=location)
    api.then(200, {"state": "SUCCEEDED"})
    code = main(["entities", "delete", "acme", "--yes", "--wait"])
    assert code == (0 if location.startswith("/v1") else 1)
    assert "Traceback" not in capsys.readouterr().err


def test_a_write_without_an_answer_may_have_been_carried_out(
    api: ScriptedApi,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unknown = "whether the request was carried out is unknown"
    api.drop()
    assert main(["entities", "create", "acme"]) == 1
    assert unknown in capsys.readouterr().err

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("aem.client.Client.send", interrupt)
    assert main(["entities", "create", "acme"]) == 130
    assert unknown in capsys.readouterr().err.lower()
    assert main(["entities", "list"]) == 130
    assert unknown not in capsys.readouterr().err.lower()


def test_a_wrong_base_url_is_named_beside_the_error_for_scripts(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str]
) -> None:
    routes = error("Not found") | {"errorCode": "E404", "description": "Not found"}
    api.then(404, routes)
    assert main(["entities", "list"]) == 1
    envelope, hint = capsys.readouterr().err.splitlines()
    assert json.loads(envelope) == routes
    assert hint == "Is this the base URL of the API?"
