"""What people and scripts get to see."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aem import tables, times
from aem.__main__ import main
from aem.errors import UsageError
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


def test_totals_are_in_words() -> None:
    paging = {"page": 0, "size": 3, "totalPages": 1667, "totalResults": 5000}
    assert tables.summary({"paging": paging}) == "page 1 of 1,667 (5,000 results)"


NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "ahead", "found"),
    [
        ("now", False, "2026-11-25T12:00:00.000Z"),
        ("2h", False, "2026-11-25T10:00:00.000Z"),
        ("2 h ago", False, "2026-11-25T10:00:00.000Z"),
        ("1w", False, "2026-11-18T12:00:00.000Z"),
        ("90d", True, "2027-02-23T12:00:00.000Z"),
        ("2026-11-25T12:00+01:00", False, "2026-11-25T11:00:00.000Z"),
        ("2026-11-25T12:00:00Z", True, "2026-11-25T12:00:00.000Z"),
    ],
)
def test_times_are_human(text: str, ahead: bool, found: str) -> None:  # noqa: FBT001
    assert times.moment(text, NOW, ahead=ahead) == found


@pytest.mark.parametrize("text", ["", "soon", "2", "h", "999999w", "-2h", "25.11.2026", "2h ago"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no time"):
        times.moment(text, NOW, ahead=True)


# --- spellings ------------------------------------------------------------------------------------

LINK = ["--resource-type", "NUMBER", "--channel", "SMS", "--application-id", "shop"]


@pytest.mark.parametrize(
    "other",
    [
        "+44 7700 900123",
        "00447700900123",
        "+44 (7700) 900-123",
        "+44 (0)7700 900123",
        "tel:+447700900123",
    ],
)
def test_a_number_in_another_spelling_gets_a_warning(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str], other: str
) -> None:
    api.numbers = [{"resourceType": "NUMBER", "resourceId": other}]
    api.then(201)
    assert main(["associations", "create", *LINK, "--resource-id", "447700900123"]) == 0
    warned = f"Warning: 447700900123 looks like another spelling of {other}.\n"
    assert capsys.readouterr().err == warned


@pytest.mark.parametrize("other", ["447700900123", "447700900124", "12345", "Acme"])
def test_other_numbers_and_the_same_spelling_get_none(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str], other: str
) -> None:
    api.numbers = [{"resourceType": "NUMBER", "resourceId": other}]
    api.then(201)
    assert main(["associations", "create", *LINK, "--resource-id", "447700900123"]) == 0
    assert capsys.readouterr().err == ""


def test_two_spellings_in_one_file_get_a_warning(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "numbers.csv"
    file.write_text("resourceId\n447700900123\n+447700900123\n")
    api.then(200, {"results": [{"index": 0, "status": 201}, {"index": 1, "status": 201}]})
    constants = ["resourceType=NUMBER", "channel=SMS", "applicationId=shop"]
    given = [word for constant in constants for word in ("--set", constant)]
    assert main(["associations", "bulk", "--link-file", str(file), *given]) == 0
    told = capsys.readouterr().err
    assert "+447700900123 looks like another spelling of 447700900123" in told
