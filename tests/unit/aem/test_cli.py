"""The command-line client, against an API that answers by script."""

import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from aem import document
from aem.__main__ import main
from aem.document import Document
from local.settings import PROJECT

KEY = "aem_secret-key-of-nobody"
OURS: dict[str, Any] = json.loads((PROJECT / "docs" / "openapi.json").read_text())


class Sent(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    body: Any


class Stub:
    """An API that answers by script, and remembers what it was sent."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.script: list[tuple[int, dict[str, str], Any]] = []
        self.sent: list[Sent] = []

    def then(self, status: int, content: Any = None, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.script.append((status, named, content))


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, pauses: list[float], tmp_path: Path) -> Iterator[Stub]:
    """The API that the environment names."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = json.loads(raw) if raw else None
            stub.sent.append(Sent(self.command, self.path, dict(self.headers), body))
            status, headers, content = stub.script.pop(0)
            text = b"" if content is None else json.dumps(content).encode()
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(text))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    stub = Stub(f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("AEM_URL", stub.url)
    monkeypatch.setenv("AEM_API_KEY", KEY)
    monkeypatch.setenv("AEM_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("AEM_CONFIG_DIR", str(tmp_path / "config"))
    yield stub
    server.shutdown()
    thread.join()
    server.server_close()


def error(text: str, **problems: list[str]) -> dict[str, Any]:
    exception = {"messageId": "X", "text": text} | (
        {"validationErrors": problems} if problems else {}
    )
    return {"requestError": {"serviceException": exception}}


def page(results: list[Any], number: int = 0, pages: int = 1) -> dict[str, Any]:
    paging = {"page": number, "size": 1000, "totalPages": pages, "totalResults": len(results)}
    return {"results": results, "paging": paging}


# --- commands from the document -------------------------------------------------------------------


def test_every_operation_of_the_document_is_a_command_of_its_own() -> None:
    operations = Document(OURS).operations
    assert len(operations) == sum(len(methods) for methods in OURS["paths"].values())
    names = {(operation.group, operation.verb) for operation in operations}
    assert len(names) == len(operations)
    assert names >= {
        ("applications", "list"),
        ("entities", "rename"),
        ("associations", "get"),
        ("associations", "bulk"),
        ("operations", "resume"),
        ("keys", "rotate"),
        ("limits", "get"),
        ("audit", "list"),
        ("messages", "submit"),
    }


@pytest.mark.parametrize("operation", Document(OURS).operations, ids=lambda one: one.path)
def test_every_command_explains_itself(
    operation: document.Operation, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([operation.group, operation.verb, "--help"]) == 0
    assert "Usage" in capsys.readouterr().out


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document with routes that can be rehearsed, and whose deletes show their impact."""
    one = "/provisioning/1/applications/{applicationId}"
    path_id = {
        "name": "applicationId",
        "in": "path",
        "required": True,
        "schema": {"type": "string"},
    }
    text, flag = {"type": "string"}, {"type": "boolean"}
    body = {
        "type": "object",
        "properties": {
            "filter": {"type": "object", "properties": {"applicationId": text}},
            "target": {
                "type": "object",
                "properties": {"applicationId": text, "entityId": text},
            },
            "dryRun": flag,
        },
    }
    protect = {"type": "object", "properties": {"protected": flag}, "required": ["protected"]}
    done = {"200": {"description": "OK", "headers": {"Operation-Location": {}}}}

    def operation(name: str, shape: Any = None, **more: Any) -> dict[str, Any]:
        content = {"application/json": {"schema": shape}}
        asked = {"requestBody": {"content": content}} if shape else {}
        return {"operationId": name, "summary": name, "responses": done, **asked, **more}

    paths = {
        f"{one}/impact": {"get": operation("getImpact", parameters=[path_id])},
        one: {
            "delete": operation(
                "deleteApplication",
                parameters=[
                    path_id,
                    {"name": "if-match", "in": "header", "schema": text},
                    {"name": "onLinked", "in": "query", "schema": text},
                ],
            ),
            "get": operation("getApplication", parameters=[path_id]),
            "patch": operation("protectApplication", protect, parameters=[path_id]),
        },
        "/provisioning/1/associations/reassign": {"post": operation("reassignLinks", body)},
    }
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps({"paths": paths}))
    monkeypatch.setattr(document, "PLACES", (file,))


def answer_yes(monkeypatch: pytest.MonkeyPatch, given: str = "y") -> None:
    monkeypatch.setattr("aem.output.Output.interactive", True)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{given}\n"))


@pytest.mark.usefixtures("later")
def test_a_delete_shows_its_impact_and_deletes_exactly_that(
    api: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_yes(monkeypatch)
    api.then(200, {"links": 7}, ETag='"print"')
    api.then(200, Operation_Location="/provisioning/1/operations/o1")
    assert main(["applications", "delete", "shop/eu", "--on-linked", "refuse"]) == 0
    shown, deleted = api.sent
    assert (shown.method, shown.path) == ("GET", "/provisioning/1/applications/shop%2Feu/impact")
    assert deleted.path == "/provisioning/1/applications/shop%2Feu?onLinked=refuse"
    assert deleted.headers["If-Match"] == '"print"'


@pytest.mark.usefixtures("later")
@pytest.mark.parametrize("given", ["n", ""])
def test_what_is_not_confirmed_is_left_alone(
    api: Stub, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    answer_yes(monkeypatch, given)
    api.then(200, {"links": 7})
    assert main(["applications", "delete", "shop"]) == 2
    assert [sent.method for sent in api.sent] == ["GET"]


@pytest.mark.usefixtures("later")
@pytest.mark.parametrize(
    "command", [["applications", "delete", "shop"], ["associations", "reassign"]]
)
def test_where_nobody_can_be_asked_nothing_is_sent(api: Stub, command: list[str]) -> None:
    assert main(command) == 2
    assert api.sent == []


@pytest.mark.usefixtures("later")
def test_what_can_be_rehearsed_is_rehearsed_first(
    api: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_yes(monkeypatch)
    api.then(200, {"links": 7})
    api.then(200, Operation_Location="/provisioning/1/operations/o1")
    given = ["--filter-application-id", "shop", "--target-application-id", "blog"]
    assert main(["associations", "reassign", *given]) == 0
    body = {"filter": {"applicationId": "shop"}, "target": {"applicationId": "blog"}}
    assert [sent.body for sent in api.sent] == [body | {"dryRun": True}, body]


@pytest.mark.usefixtures("later")
def test_a_flag_of_the_body_is_true_or_false(api: Stub) -> None:
    api.then(200)
    assert main(["applications", "protect", "shop", "--protected", "true"]) == 0
    assert api.sent[0].body == {"protected": True}
    assert main(["applications", "protect", "shop", "--protected", "maybe"]) == 2


# --- requests and answers -------------------------------------------------------------------------


def test_who_is_throttled_waits_as_long_as_told(api: Stub, pauses: list[float]) -> None:
    api.then(429, error("Too many requests"), Retry_After="7")
    api.then(200, page([]))
    assert main(["applications", "list"]) == 0
    assert 7.0 in pauses


def test_what_is_used_up_for_long_is_an_error_at_once(
    api: Stub, capsys: pytest.CaptureFixture[str], pauses: list[float]
) -> None:
    used_up = error("Too many requests", entityId=["the account may have 5 entities"])
    api.then(429, used_up, Retry_After="3600")
    assert main(["entities", "create", "x"]) == 1
    assert json.loads(capsys.readouterr().err) == used_up


def test_an_error_is_told_in_the_contract_s_words(
    api: Stub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    api.then(400, error("Bad request", applicationId=["must not be blank"]))
    assert main(["applications", "create", " "]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "400 Bad request\n  applicationId: must not be blank\n"


def test_people_get_tables_that_cannot_steer_their_terminal(
    api: Stub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    api.then(200, page([{"applicationId": "\x1b[2Jshop", "applicationName": "[red]Shop"}]))
    assert main(["applications", "list"]) == 0
    shown = capsys.readouterr().out
    assert "\\x1b[2Jshop" in shown
    assert "[red]Shop" in shown
    assert "page 1 of 1 (1 result)" in shown


def test_all_pages_are_walked(api: Stub, capsys: pytest.CaptureFixture[str]) -> None:
    api.then(200, page([1, 2], 0, 2))
    api.then(200, page([3], 1, 2))
    assert main(["entities", "list", "--all"]) == 0
    assert json.loads(capsys.readouterr().out)["results"] == [1, 2, 3]
    assert [sent.path.partition("?")[2] for sent in api.sent] == ["size=1000", "size=1000&page=1"]


def test_pages_by_cursor_are_walked(api: Stub, capsys: pytest.CaptureFixture[str]) -> None:
    api.then(200, {"results": [1], "paging": {"size": 1, "next": "c/2"}})
    api.then(200, {"results": [2], "paging": {"size": 1}})
    assert main(["audit", "list", "--all", "--actor", "key 1"]) == 0
    assert json.loads(capsys.readouterr().out)["results"] == [1, 2]
    assert "actor=key+1" in api.sent[0].path
    assert "cursor=c%2F2" in api.sent[1].path


def test_a_delete_can_be_waited_for_under_any_stage(
    api: Stub, capsys: pytest.CaptureFixture[str]
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


def test_an_operation_that_failed_fails_who_waits_for_it(api: Stub) -> None:
    api.then(200, {"state": "FAILED", "done": 1, "reason": "x"})
    assert main(["operations", "get", "o1", "--wait"]) == 1


@pytest.mark.parametrize("variable", ["AEM_URL", "AEM_API_KEY"])
def test_what_is_not_set_is_told(
    api: Stub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variable: str
) -> None:
    monkeypatch.delenv(variable)
    assert main(["limits", "get"]) == 2
    assert variable in capsys.readouterr().err


def test_the_key_is_never_shown(
    api: Stub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    api.then(401, error("Unauthorized"))
    assert main(["limits", "get"]) == 1
    monkeypatch.setenv("AEM_URL", "http://127.0.0.1:1")
    assert main(["limits", "get"]) == 1
    monkeypatch.setenv("AEM_API_KEY", f"{KEY}\n")
    assert main(["limits", "get"]) == 2
    captured = capsys.readouterr()
    assert KEY not in captured.out + captured.err
    assert api.sent[0].headers["Authorization"] == f"App {KEY}"


# --- many at once ---------------------------------------------------------------------------------


def outcomes(*statuses: int, action: str = "link", **more: Any) -> dict[str, Any]:
    results = [
        {"action": action, "index": index, "status": status, **(more if status == 429 else {})}
        for index, status in enumerate(statuses)
    ]
    return {"results": results}


HEADER = ["resourceType", "channel", "applicationId", "entityId", "resourceId"]


def link(resource_id: str) -> dict[str, str]:
    return {
        "resourceType": "NUMBER",
        "channel": "SMS",
        "applicationId": "shop",
        "resourceId": resource_id,
    }


FILES = {
    "links.json": json.dumps([link("1"), link("2")]),
    "links.jsonl": f"{json.dumps(link('1'))}\n\n{json.dumps(link('2'))}",
    "links.csv": f"\ufeff{','.join(HEADER)}\nNUMBER,SMS,shop,,1\nNUMBER,SMS,shop,,2\n",
    "semicolons.csv": f"{';'.join(HEADER)}\nNUMBER;SMS;shop;;1\nNUMBER;SMS;shop;;2\n",
}


@pytest.mark.parametrize("name", FILES)
def test_lists_come_from_files_of_any_form(api: Stub, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_text(FILES[name], encoding="utf-8")
    api.then(200, outcomes(201, 201))
    assert main(["associations", "bulk", "--link-file", str(file)]) == 0
    assert api.sent[0].body == {"link": [link("1"), link("2")]}


def test_a_list_of_any_length_is_sent_in_parts_removals_first(
    api: Stub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "new.csv").write_text("entityId\n" + "".join(f"e{n}\n" for n in range(1001)))
    (tmp_path / "old.csv").write_text("a\nb\n")
    api.then(207, outcomes(200, 404, action="delete"))
    api.then(200, outcomes(*[201] * 1000, action="create"))
    api.then(200, outcomes(409, action="create"))
    files = ["--create-file", f"{tmp_path}/new.csv", "--delete-file", f"{tmp_path}/old.csv"]
    assert main(["entities", "bulk", *files]) == 1
    assert [list(sent.body) for sent in api.sent] == [["delete"], ["create"], ["create"]]
    assert api.sent[0].body == {"delete": ["a", "b"]}
    report = json.loads(capsys.readouterr().out)
    assert (report["succeeded"], report["failed"]) == (1001, 2)
    assert report["results"][-1] == {"action": "create", "index": 1000, "status": 409}


def test_only_what_was_throttled_is_sent_again(
    api: Stub, tmp_path: Path, pauses: list[float]
) -> None:
    file = tmp_path / "links.json"
    file.write_text(json.dumps([link("0"), link("1"), link("2")]))
    api.then(207, outcomes(201, 429, 429, retryAfter=3))
    api.then(200, outcomes(201, 201))
    assert main(["associations", "bulk", "--link-file", str(file)]) == 0
    sent = [[each["resourceId"] for each in sent.body["link"]] for sent in api.sent]
    assert sent == [["0", "1", "2"], ["1", "2"]]
    assert 3 in pauses


@pytest.mark.parametrize("text", ["{", "[1,", '"x"\nx'])
def test_a_file_that_is_not_what_it_says_is_told(api: Stub, tmp_path: Path, text: str) -> None:
    file = tmp_path / "links.json"
    file.write_text(text)
    assert main(["associations", "bulk", "--link-file", str(file)]) == 2
    assert main(["associations", "bulk", "--link-file", str(tmp_path / "none")]) == 2
    assert api.sent == []


# --- wrong files, wrong answers -------------------------------------------------------------------

WRONG_CSV = {
    "a header in other letters": ("resourceType,channel,applicationId,EntityId,resourceId", 1),
    "a column twice": ("resourceType,channel,applicationId,entityId,entityId,resourceId", 1),
    "no header": ("NUMBER,SMS,shop,,1", 1),
    "a column too few": ("resourceType,channel,applicationId,entityId", 1),
    "a column too many": (f"{','.join(HEADER)}\nNUMBER,SMS,shop,,1,x", 2),
    "an unknown channel": (f"{','.join(HEADER)}\nNUMBER,Sms,shop,,1", 2),
}


@pytest.mark.parametrize("case", WRONG_CSV)
def test_a_wrong_csv_is_refused_with_its_line_before_anything_is_sent(
    api: Stub, tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    text, line = WRONG_CSV[case]
    file = tmp_path / "links.csv"
    file.write_text(f"{text}\n")
    assert main(["associations", "bulk", "--link-file", str(file)]) == 2
    assert f"links.csv, line {line}" in capsys.readouterr().err.replace("\n", "")
    assert api.sent == []


@pytest.mark.parametrize(
    "command",
    [
        ["entities", "bulk", "--body", '{"delete": "acme"}'],
        ["entities", "bulk", "--body", '{"deletes": ["acme"]}'],
        ["entities", "bulk", "--body", '{"delete": ["a"], "delete": ["b"]}'],
        ["entities", "get", "."],
        ["entities", "get", ""],
        ["entities", "delete", "..", "--yes"],
        ["applications", "rename", "shop"],
        ["operations", "watch", ".."],
        ["limits", "get", "--url", "127.0.0.1:3000"],
        ["limits", "get", "--url", "http://user:secret@127.0.0.1"],
        ["audit", "list", "--since", "long ago"],
    ],
)
def test_what_is_used_wrongly_is_never_sent(api: Stub, command: list[str]) -> None:
    assert main(command) == 2
    assert api.sent == []


@pytest.mark.parametrize("content", [b"\xff\xfea\0", "m\u00fcnchen".encode("latin-1"), b"a\0b"])
def test_a_file_that_is_not_utf8_is_refused(api: Stub, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "ids.txt"
    file.write_bytes(content)
    assert main(["entities", "bulk", "--delete-file", str(file)]) == 2
    assert api.sent == []


def test_ids_are_read_as_they_are_written(api: Stub, tmp_path: Path) -> None:
    file = tmp_path / "ids.txt"
    file.write_text("[acme\nacme, inc\nline\u2028separator\n")
    api.then(200, outcomes(200, 200, 200, action="delete"))
    assert main(["entities", "bulk", "--delete-file", str(file)]) == 0
    assert api.sent[0].body == {"delete": ["[acme", "acme, inc", "line\u2028separator"]}


@pytest.mark.parametrize("status", [200, 301, 302, 308])
def test_an_answer_of_another_server_is_an_error(api: Stub, status: int) -> None:
    api.then(status, Location="https://127.0.0.1/")
    assert main(["applications", "create", "shop"]) == 1


def test_a_path_of_the_api_in_the_base_url_is_understood(api: Stub) -> None:
    api.then(200, page([]))
    assert main(["applications", "list", "--url", f"{api.url}/provisioning/1/"]) == 0
    assert api.sent[0].path == "/provisioning/1/applications"


def test_a_netrc_does_not_replace_the_key(
    api: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login someone password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    api.then(200, page([]))
    assert main(["applications", "list"]) == 0
    assert api.sent[0].headers["Authorization"] == f"App {KEY}"


def test_a_bulk_that_stopped_goes_on_where_it_was(api: Stub, tmp_path: Path) -> None:
    file = tmp_path / "new.csv"
    file.write_text("entityId\n" + "".join(f"e{number}\n" for number in range(1500)))
    command = ["entities", "bulk", "--create-file", str(file)]
    api.then(200, outcomes(*[201] * 1000, action="create"))
    api.then(500, {"unexpected": "shape"})
    assert main(command) == 1
    api.then(207, outcomes(*[409] * 500, action="create"))
    assert main([*command, "--resume"]) == 0
    assert [len(sent.body["create"]) for sent in api.sent] == [1000, 500, 500]
