"""What people and scripts get to see."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aem import tables
from aem.__main__ import main
from local.settings import PROJECT
from tests.support.scripted_api import ScriptedApi, error, page

PEOPLE: list[dict[str, Any]] = [
    {"entityId": "1", "entityName": 'Müller, "Co"'},
    {"entityId": "花"},
]
AUDIT = {
    "at": "2026-11-25T23:43:44.313Z",
    "actor": "key-1",
    "action": "LINKED",
    "requestId": "a long value",
    "target": {
        "type": "association",
        "resourceType": "NUMBER",
        "channel": "SMS",
        "resourceId": "447700900123",
    },
    "after": {"resourceId": "447700900123"},
}


@pytest.mark.parametrize(
    ("options", "written"),
    [
        (["--output", "csv"], 'entityId,entityName\n1,"Müller, ""Co"""\n花,\n'),
        (["--output", "csv", "--columns", "entityName"], 'entityName\n"Müller, ""Co"""\n""\n'),
        (["--output", "jsonl", "--query", "results[].entityId"], '"1"\n"花"\n'),
        (["--output", "table", "--query", "results[0].entityId"], "1\n"),
        (["--query", "length(results)"], "2\n"),
        (["--query", "results[?entityId=='2']"], "[]\n"),
        (["--json", "--query", "paging.page"], "0\n"),
    ],
)
def test_results_are_written_in_the_form_that_is_asked_for(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str], options: list[str], written: str
) -> None:
    api.then(200, page(PEOPLE))
    assert main(["entities", "list", *options]) == 0
    assert capsys.readouterr().out == written


def test_a_line_of_json_is_an_element(api: ScriptedApi, capsys: pytest.CaptureFixture[str]) -> None:
    api.then(200, page(PEOPLE))
    assert main(["entities", "list", "--output", "jsonl"]) == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == PEOPLE


@pytest.mark.parametrize("query", ["", "results[", "no_such(@)", "results[?"])
def test_an_expression_that_is_none_is_refused_before_anything_is_sent(
    api: ScriptedApi, query: str
) -> None:
    assert main(["entities", "create", "x", "--query", query]) == 2
    assert api.sent == []


def test_an_expression_that_does_not_fit_the_result_is_an_error(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str]
) -> None:
    api.then(200, page(PEOPLE))
    assert main(["entities", "list", "--query", "length(paging.page)"]) == 1
    assert "The command ran; --query:" in capsys.readouterr().err


def test_the_audit_says_who_by_the_name_of_the_key(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str]
) -> None:
    api.then(200, page([AUDIT]))
    api.then(200, page([{"keyId": "key-1", "name": "Billing"}, {"keyId": "key-2"}]))
    assert main(["audit", "list", "--output", "table"]) == 0
    shown = capsys.readouterr().out
    assert "Billing" in shown
    assert "LINKED association NUMBER SMS 447700900123" in shown
    assert "a long value" not in shown


def test_names_are_asked_for_in_pages_that_the_api_has(api: ScriptedApi) -> None:
    api.then(200, page([AUDIT]))
    api.then(200, page([]))
    main(["audit", "list", "--output", "table"])
    document = json.loads((PROJECT / "docs" / "openapi.json").read_text())
    parameters = document["paths"]["/provisioning/1/api-keys"]["get"]["parameters"]
    (maximum,) = [one["schema"]["maximum"] for one in parameters if one["name"] == "size"]
    assert api.sent[-1].path == f"/provisioning/1/api-keys?size={maximum}"


def test_the_audit_says_who_by_id_if_the_key_may_not_list_keys(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str]
) -> None:
    api.then(200, page([AUDIT]))
    api.then(403, error("Forbidden"))
    assert main(["audit", "list", "--output", "table"]) == 0
    assert "key-1" in capsys.readouterr().out


def test_operations_are_short_in_a_table(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str]
) -> None:
    requested = (datetime.now(UTC) - timedelta(hours=3)).isoformat()
    operation = {
        "operationId": "o1",
        "kind": "RESET",
        "entityId": "customer-42",
        "state": "RUNNING",
        "done": 7,
        "total": 500,
        "requestedAt": requested,
        "events": ["many"],
    }
    api.then(200, page([operation]))
    assert main(["operations", "list", "--output", "table"]) == 0
    shown = capsys.readouterr().out
    for word in ("o1", "RESET", "entityId=customer-42", "RUNNING", "7/500", "3 h"):
        assert word in shown
    assert "many" not in shown


def test_whose_a_number_is_and_since_when(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str]
) -> None:
    owner = {"applicationId": "shop", "entityId": "acme", "since": "2026", "by": "key-1"}
    found = {"resourceId": "447700900123", "channels": [{"channel": "SMS", "owners": [owner]}]}
    api.then(200, found)
    api.then(200, page([{"keyId": "key-1", "name": "Billing"}]))
    assert main(["numbers", "whois", "+44 7700 900123", "--output", "csv"]) == 0
    assert api.sent[0].path == "/provisioning/1/resources/NUMBER/%2B44%207700%20900123"
    head, line = capsys.readouterr().out.splitlines()
    assert head == "number,channel,applicationId,entityId,since,by"
    assert line == "447700900123,SMS,shop,acme,2026,Billing"
    api.then(404, error("Not found"))
    assert main(["numbers", "whois", "1"]) == 1
    assert "1 is not linked" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("page_number", "pages", "words"),
    [
        (0, 1667, "page 1 of 1,667 (5,000 results)"),
        (99, 1, "page 100 is after the last page, 1 (5,000 results)"),
        (0, 0, "page 1 of 1 (5,000 results)"),
    ],
)
def test_totals_are_in_words(page_number: int, pages: int, words: str) -> None:
    paging = {"page": page_number, "size": 3, "totalPages": pages, "totalResults": 5000}
    assert tables.summary({"paging": paging}) == words


# --- a part, and what is too much -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "noted"),
    [
        (["--output", "csv"], 1),
        (["--output", "jsonl"], 1),
        (["--query", "results[].entityId"], 1),
        (["--output", "json"], 0),
        (["--output", "csv", "--all"], 0),
    ],
)
def test_an_output_that_has_only_one_page_says_so(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str], options: list[str], noted: int
) -> None:
    api.then(200, page(PEOPLE, 0, 2))
    api.then(200, page(PEOPLE, 1, 2))
    assert main(["entities", "list", *options]) == 0
    note = "page 1 of 2 (2 results); --all reads all pages\n"
    assert capsys.readouterr().err == note * noted


def test_a_page_of_a_cursor_says_that_there_are_more(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str]
) -> None:
    api.then(200, {"results": [AUDIT], "paging": {"size": 1, "next": "c2"}})
    assert main(["audit", "list", "--output", "csv"]) == 0
    assert capsys.readouterr().err == "the next page: --cursor c2; --all reads all pages\n"


def test_a_page_after_the_last_one_is_not_an_empty_list(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str]
) -> None:
    api.then(200, page([], 99, 1))
    assert main(["entities", "list", "--page", "99", "--output", "csv"]) == 0
    assert "page 100 is after the last page" in capsys.readouterr().err


def test_the_explanation_of_a_sender_fits_a_screen(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str]
) -> None:
    senders = [{"resourceType": "NUMBER", "resourceId": f"4477009{n:05}"} for n in range(100)]
    rules = [{"rule": "COUNTRY", "candidates": senders, "total": 100}]
    explanation = {"poolOf": {}, "pool": senders, "poolSize": 100, "rules": rules}
    chosen = {"sender": senders[0], "reason": "STRATEGY", "explanation": explanation}
    for answer in (chosen, {"results": [chosen, chosen]}):
        api.then(200, answer)
        given = ["--channel", "SMS", "--to", "447700900999", "--explain", "--output", "table"]
        assert main(["senders", "resolve", *given]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert max(map(len, lines)) < 300
        assert any("447700900000" in line for line in lines)


# --- columns --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        ["entities", "list"],
        ["entities", "get", "a"],
        ["entities", "delete", "a", "--yes"],
        ["entities", "bulk", "--delete", "a"],
        ["senders", "resolve", "--channel", "SMS", "--to", "1"],
        ["associations", "list", "--output", "json"],
    ],
)
def test_a_column_that_no_result_has_is_refused_before_anything_is_sent(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    assert main([*command, "--columns", "foo"]) == 2
    assert "--columns: no column foo; there are " in capsys.readouterr().err
    assert api.sent == []


def test_a_column_that_no_result_happens_to_have_is_blank(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str]
) -> None:
    api.then(200, page([{"entityId": "1"}]))
    assert main(["entities", "list", "--output", "csv", "--columns", "entityId,entityName"]) == 0
    assert capsys.readouterr().out == "entityId,entityName\n1,\n"


def test_the_columns_of_other_results_are_those_that_they_have(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str]
) -> None:
    api.then(200, page(PEOPLE))
    query = ["--query", "results[].{id: entityId}", "--output", "csv"]
    assert main(["entities", "list", *query, "--columns", "id"]) == 0
    api.then(200, page(PEOPLE))
    assert main(["entities", "list", *query, "--columns", "entityId"]) == 1
    told = " ".join(capsys.readouterr().err.split())
    assert told == "The command ran; --columns: no column entityId; there are id"
    api.then(200, {"requests": {}})
    for _ in range(2):
        api.then(200, page([]))
    assert main(["doctor", "--output", "table", "--columns", "foo"]) == 2
    assert "there are check, result, detail" in " ".join(capsys.readouterr().err.split())


# --- terminals ------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "table"])
def test_no_form_of_output_can_steer_a_terminal(
    api: ScriptedApi,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    form: str,
) -> None:
    name = "\x1b[2J\x9b2J\x07\u202e\r"
    row = {"entityId": name, "entityName": "花"}
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    api.then(200, page([row]))
    assert main(["entities", "list", "--output", form]) == 0
    shown = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)  # colours
    assert all(each.isprintable() for each in shown.replace("\n", ""))
    assert "花" in shown
    if form == "jsonl":
        assert json.loads(shown) == row


def test_csv_in_a_file_is_the_data_as_it_is(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str]
) -> None:
    api.then(200, page([{"entityId": "a\tb\x1b"}]))
    assert main(["entities", "list", "--output", "csv"]) == 0
    assert capsys.readouterr().out == "entityId\na\tb\x1b\n"
