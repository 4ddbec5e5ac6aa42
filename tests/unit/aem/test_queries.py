"""Results that are selected with JMESPath, and lists without results."""

import json
from pathlib import Path

import pytest

from aem.__main__ import main
from tests.support.scripted_api import ScriptedApi, page

ENTITIES = [{"entityId": "a"}, {"entityId": "b"}]


@pytest.mark.parametrize(
    "query",
    [
        "results[::0]",
        "results[?entityId > `1`]",
        "to_number('NaN')",
        "&entityId",
        "sort(results)",
    ],
)
def test_a_selection_that_fails_on_the_result_is_one_line(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str], query: str
) -> None:
    api.then(200, page(ENTITIES))
    assert main(["entities", "list", "--query", query]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("The command ran; --query: ")


def test_an_expression_that_is_too_deep_is_refused_before_anything_is_sent(
    api: ScriptedApi,
) -> None:
    assert main(["entities", "list", "--query", "[" * 5000]) == 2
    assert api.sent == []


def test_csv_of_a_list_without_results_has_a_header(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str]
) -> None:
    for command, header in (
        (["entities", "list"], "entityId,entityName,linked\n"),
        (["entities", "list", "--columns", "entityId"], "entityId\n"),
        (["associations", "list", "--all"], "resourceType,channel,applicationId,entityId,"),
        (["profiles", "list"], "name,url,key,default\n"),
    ):
        api.script = []
        api.then(200, page([]))
        assert main([*command, "--output", "csv"]) == 0
        assert capsys.readouterr().out.startswith(header)


def test_the_owners_of_a_number_that_nobody_had_are_a_header(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str]
) -> None:
    api.then(200, {"resourceId": "447700900123", "channels": []})
    api.then(200, page([]))
    whois = ["numbers", "whois", "447700900123", "--at", "2020-01-01", "--output", "csv"]
    assert main(whois) == 0
    assert capsys.readouterr().out == "number,channel,applicationId,entityId,since,by\n"


def test_a_list_that_changes_while_it_is_read_is_told(
    api: ScriptedApi, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = [page(ENTITIES, number=0, pages=2), page([{"entityId": "c"}], number=1, pages=2)]
    for totals, told in (((3, 3), False), ((3, 2), True)):
        for part, total in zip(parts, totals, strict=True):
            part["paging"]["totalResults"] = total
        api.script = [(200, {}, part) for part in parts]
        assert main(["entities", "list", "--all"]) == 0
        assert ("changed meanwhile" in capsys.readouterr().err) == told
        empty = page([])  # strategies, applications; associations, strategies
        for answer in (empty, empty, *parts, empty, empty, {"onLinked": "reset"}):
            api.then(200, answer)
        assert main(["export", "-f", str(tmp_path / "account.yaml")]) == 0
        assert ("changed meanwhile" in capsys.readouterr().err) == told


def test_a_number_that_json_does_not_have_is_no_answer(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str]
) -> None:
    api.then(200, json.dumps(page([{"entityId": "a", "linked": float("nan")}])).encode())
    assert main(["entities", "list"]) == 1
    assert "not JSON" in capsys.readouterr().err
