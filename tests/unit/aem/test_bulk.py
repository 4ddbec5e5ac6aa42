"""Lists of any length: read from files, sent in parts, resumed."""

import json
import stat
from pathlib import Path

import pytest

from aem.__main__ import main
from tests.support.scripted_api import HEADER, ScriptedApi, error, link, outcomes

FILES = {
    "links.json": json.dumps([link("1"), link("2")]),
    "links.jsonl": f"{json.dumps(link('1'))}\n\n{json.dumps(link('2'))}",
    "links.csv": f"\ufeff{','.join(HEADER)}\nNUMBER,SMS,shop,,1\nNUMBER,SMS,shop,,2\n",
    "semicolons.csv": f"{';'.join(HEADER)}\nNUMBER;SMS;shop;;1\nNUMBER;SMS;shop;;2\n",
}


@pytest.mark.parametrize("name", FILES)
def test_lists_come_from_files_of_any_form(api: ScriptedApi, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_text(FILES[name], encoding="utf-8")
    api.then(200, outcomes(201, 201))
    assert main(["associations", "bulk", "--link-file", str(file)]) == 0
    assert api.sent[0].body == {"link": [link("1"), link("2")]}


def test_a_list_of_any_length_is_sent_in_parts_removals_first(
    api: ScriptedApi, tmp_path: Path, capsys: pytest.CaptureFixture[str]
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
    told = json.loads(capsys.readouterr().out)
    assert (told["succeeded"], told["failed"]) == (1001, 2)
    assert told["results"][-1] == {"action": "create", "index": 1000, "status": 409}


def test_only_what_was_throttled_is_sent_again(
    api: ScriptedApi, tmp_path: Path, pauses: list[float]
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
def test_a_file_that_is_not_what_it_says_is_told(
    api: ScriptedApi, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "links.json"
    file.write_text(text)
    assert main(["associations", "bulk", "--link-file", str(file)]) == 2
    assert main(["associations", "bulk", "--link-file", str(tmp_path / "none")]) == 2
    assert api.sent == []


# --- stopped and resumed --------------------------------------------------------------------------


@pytest.fixture
def five(tmp_path: Path) -> list[str]:
    """A command that creates five entities, two in a request."""
    file = tmp_path / "new.csv"
    file.write_text("entityId\n" + "".join(f"e{number}\n" for number in range(5)))
    return ["entities", "bulk", "--create-file", str(file), "--batch-size", "2"]


def sent_ids(api: ScriptedApi) -> list[list[str]]:
    return [[each["entityId"] for each in sent.body["create"]] for sent in api.sent]


def test_what_failed_is_sent_again_by_resume_and_what_is_done_is_not(
    api: ScriptedApi, five: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    api.then(200, outcomes(201, 201, action="create"))
    api.then(207, outcomes(201, 403, action="create"))
    api.then(200, outcomes(201, action="create"))
    assert main(five) == 1
    api.sent.clear()
    capsys.readouterr()
    api.then(207, outcomes(409, action="create"))
    assert main([*five, "--resume"]) == 0
    assert sent_ids(api) == [["e3"]]
    told = json.loads(capsys.readouterr().out)
    assert (told["succeeded"], told["failed"], told["unchanged"]) == (5, 0, 1)


def test_a_conflict_is_an_error_unless_it_may_be_an_own_first_try(
    api: ScriptedApi, five: list[str]
) -> None:
    for _ in range(2):
        api.then(207, outcomes(409, 201, action="create"))
    api.then(200, outcomes(201, action="create"))
    assert main(five) == 1
    for _ in range(2):
        api.then(207, outcomes(409, 201, action="create"))
    api.then(200, outcomes(201, action="create"))
    assert main([*five, "--if-missing"]) == 0


def test_what_the_service_failed_is_sent_again_at_once(
    api: ScriptedApi, five: list[str], pauses: list[float]
) -> None:
    api.then(207, outcomes(500, 201, action="create"))
    api.then(207, outcomes(409, action="create"))  # the failed one was carried out
    api.then(200, outcomes(201, 201, action="create"))
    api.then(200, outcomes(201, action="create"))
    assert main(five) == 0
    assert sent_ids(api) == [["e0", "e1"], ["e0"], ["e2", "e3"], ["e4"]]
    assert pauses


def test_a_request_that_fails_is_sent_again_and_its_first_try_counts(
    api: ScriptedApi, five: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    api.then(504)
    api.drop()
    api.then(207, outcomes(409, 201, action="create"))
    api.then(200, outcomes(201, 201, action="create"))
    api.then(200, outcomes(201, action="create"))
    assert main(five) == 0
    assert json.loads(capsys.readouterr().out)["unchanged"] == 1


def test_a_run_that_is_refused_leaves_no_doubt(
    api: ScriptedApi, five: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    api.then(200, outcomes(201, 201, action="create"))
    api.then(403, error("Forbidden"))
    assert main(five) == 1
    assert "Stopped after 2 of 5. Run the same command again" in capsys.readouterr().err


def test_a_run_that_stopped_says_where_and_shows_the_outcomes_so_far(
    api: ScriptedApi, five: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    api.then(200, outcomes(201, 201, action="create"))
    for _ in range(3):
        api.then(502, b"<html>Bad gateway</html>")
    assert main(five) == 1
    told = capsys.readouterr()
    assert json.loads(told.out)["succeeded"] == 2
    assert "Stopped after 2 of 5; of one more part the outcome is unknown." in told.err
    assert "--resume" in told.err


def test_without_a_place_for_the_journal_a_run_goes_on(
    api: ScriptedApi,
    five: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "taken").write_text("")
    monkeypatch.setenv("AEM_STATE_DIR", str(tmp_path / "taken" / "state"))
    for count in (2, 2, 1):
        api.then(200, outcomes(*[201] * count, action="create"))
    assert main(five) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["succeeded"] == 5
    assert told.err.count("--resume will not find this run") == 1


def test_a_damaged_journal_sends_what_it_does_not_know(
    api: ScriptedApi, five: list[str], tmp_path: Path
) -> None:
    api.then(200, outcomes(201, 201, action="create"))
    api.then(403, error("Forbidden"))
    assert main(five) == 1
    (journal,) = (tmp_path / "state").iterdir()
    assert stat.S_IMODE(journal.stat().st_mode) == 0o600
    for damage in ("[", "7", "[1]", '["create", 2, 7]', '["create", [], []]'):
        with journal.open("a") as file:
            file.write(f"{damage}\n")
    api.sent.clear()
    api.then(200, outcomes(201, 201, action="create"))
    api.then(200, outcomes(201, action="create"))
    assert main([*five, "--resume"]) == 0
    assert sent_ids(api) == [["e2", "e3"], ["e4"]]


@pytest.mark.parametrize(
    "text", ["acme\r\nacme, inc\r\n", "acme\racme, inc", "\ufeffacme\n\nacme, inc"]
)
def test_ids_end_with_any_line_break(api: ScriptedApi, tmp_path: Path, text: str) -> None:
    file = tmp_path / "ids.txt"
    file.write_bytes(text.encode())
    api.then(200, outcomes(200, 200, action="delete"))
    assert main(["entities", "bulk", "--delete-file", str(file)]) == 0
    assert api.sent[0].body == {"delete": ["acme", "acme, inc"]}


def test_a_column_of_ids_may_have_a_header(api: ScriptedApi, tmp_path: Path) -> None:
    file = tmp_path / "ids.csv"
    file.write_text('entityId\n"acme, inc"\n')
    api.then(200, outcomes(200, action="delete"))
    assert main(["entities", "bulk", "--delete-file", str(file)]) == 0
    assert api.sent[0].body == {"delete": ["acme, inc"]}
    file.write_text("acme, inc\n")
    assert main(["entities", "bulk", "--delete-file", str(file)]) == 2


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_values_may_contain_separators_quotes_and_line_breaks(
    api: ScriptedApi, tmp_path: Path, separator: str
) -> None:
    name = 'a,b;c\td "e"\r\nf\u2028'
    quoted = name.replace('"', '""')
    file = tmp_path / "new.csv"
    text = f'entityName{separator}entityId\r\n"{quoted}"{separator}acme\r\n'
    file.write_bytes(text.encode())
    api.then(200, outcomes(201, action="create"))
    assert main(["entities", "bulk", "--create-file", str(file)]) == 0
    assert api.sent[0].body == {"create": [{"entityName": name, "entityId": "acme"}]}


def test_json_lines_may_have_line_separators_of_unicode(api: ScriptedApi, tmp_path: Path) -> None:
    file = tmp_path / "new.jsonl"
    element = {"entityId": "a\u2028b\x85c"}
    file.write_text(json.dumps(element, ensure_ascii=False) + "\n", encoding="utf-8")
    api.then(200, outcomes(201, action="create"))
    assert main(["entities", "bulk", "--create-file", str(file)]) == 0
    assert api.sent[0].body == {"create": [element]}
