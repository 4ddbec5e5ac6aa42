"""Lists of any length: read from files, sent in parts, resumed."""

import json
from pathlib import Path

import pytest

from aem.__main__ import main
from tests.support.scripted_api import HEADER, ScriptedApi, link, outcomes

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
