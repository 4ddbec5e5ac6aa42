"""Files of the wrong form or with damaged values: refused with file and line, nothing is sent."""

import json
from pathlib import Path

import pytest

from aem.__main__ import main
from tests.support.scripted_api import HEADER, ScriptedApi, link, outcomes, page

HEAD = ",".join(HEADER)
LISTS = {
    "JSON lines of objects": ("ids.txt", '{"entityId": "acme"}\n{"entityId": "b"}\n', 1, "object"),
    "JSON lines later": ("ids.txt", 'acme\n{"entityId": "b"}\n', 2, "object"),
    "JSON lines of strings": ("ids.txt", '"acme"\n"b"\n', 1, "a string in JSON"),
    "a JSON array": ("ids.txt", '[\n  "acme"\n]\n', 1, "an array"),
    "a JSON array in a line": ("ids", 'acme\n["b"]\n', 2, "an array"),
    "a JSON object": ("ids", '{\n  "delete": ["acme"]\n}\n', 1, "an object"),
    "CSV with a header": ("ids.txt", "\nentityId\nacme\n", 2, "a header"),
    "CSV with a name": ("ids.txt", "entityId;entityName\nacme;Acme\n", 1, "a header"),
    "CSV with a quoted header": ("ids", 'Name\t"EntityID"\nAcme\tacme\n', 1, "a header"),
    "semicolons": ("ids.csv", "acme\nb;Bee\n", 2, "2 columns, separated by a semicolon"),
    "tabs": ("ids.csv", "acme\tAcme\n", 1, "2 columns, separated by a tab"),
    "two columns": ("ids.csv", "entityId,entityName\nacme,Acme\n", 1, "found 2 columns"),
    "a header in other letters": ("ids.csv", "EntityId\nacme\n", 1, "expected entityId"),
    "a header of other ids": ("ids.csv", "applicationId\nshop\n", 1, "expected entityId"),
    "a blank id": ("ids.csv", "entityId\nacme\n  \n", 3, "must not be blank"),
    "an empty id": ("ids.csv", 'acme\n""\n', 2, "must not be blank"),
    "objects": ("ids.jsonl", '"acme"\n{"entityId": "b"}\n', 2, "found an object"),
    "a number of Excel": ("ids.csv", "acme\n4.47701E+11\n", 2, "Excel"),
}


@pytest.mark.parametrize("case", LISTS)
def test_a_list_of_ids_in_another_form_is_never_sent(
    api: ScriptedApi, tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    name, text, line, found = LISTS[case]
    file = tmp_path / name
    file.write_text(text)
    assert main(["entities", "bulk", "--delete-file", str(file), "--if-present"]) == 2
    told = capsys.readouterr().err
    assert f"{name}, line {line}" in told
    assert found in told
    assert api.sent == []


def test_ids_may_look_like_other_values(api: ScriptedApi, tmp_path: Path) -> None:
    ids = ["7", "null", "true", "{acme}", '"acme" inc', "1E5", "a;b", "4.47701E+11"]
    (tmp_path / "ids.txt").write_text("\n".join(ids))
    (tmp_path / "ids.json").write_text(json.dumps([*ids, "entityId", '{"a": 1}']))
    for name, count in (("ids.txt", 8), ("ids.json", 10)):
        api.then(200, outcomes(*[200] * count, action="delete"))
        assert main(["entities", "bulk", "--delete-file", str(tmp_path / name)]) == 0
    assert [sent.body["delete"] for sent in api.sent] == [ids, [*ids, "entityId", '{"a": 1}']]


def test_a_quoted_id_may_contain_any_separator(api: ScriptedApi, tmp_path: Path) -> None:
    file = tmp_path / "ids.csv"
    file.write_text('entityId\n"a;b"\n"c,d\te"\n')
    api.then(200, outcomes(200, 200, action="delete"))
    assert main(["entities", "bulk", "--delete-file", str(file)]) == 0
    assert api.sent[0].body == {"delete": ["a;b", "c,d\te"]}


@pytest.mark.parametrize("number", ["2.0E+11", "4,47701E+11", "4E+11", "4.47701e+11"])
def test_a_number_that_excel_has_shortened_is_refused_with_a_hint(
    api: ScriptedApi, tmp_path: Path, capsys: pytest.CaptureFixture[str], number: str
) -> None:
    file = tmp_path / "numbers.csv"
    file.write_text(f'{HEAD}\nNUMBER,SMS,shop,,1\nNUMBER,SMS,shop,,"{number}"\n')
    assert main(["associations", "bulk", "--link-file", str(file)]) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert "numbers.csv, line 3: resourceId" in told
    assert "Excel" in told
    assert "the format Text" in told
    assert api.sent == []


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("links.csv", f'{HEAD}\nNUMBER,SMS,shop,,1\nNUMBER,SMS,shop,," "\n', "line 3"),
        ("links.csv", f'{HEAD}\nNUMBER,SMS,shop," ",1\n', "line 2"),
        ("links.jsonl", json.dumps(link("1")) + "\n" + json.dumps(link(" ")), "line 2"),
        ("links.json", json.dumps([link("1"), link("")]), "element 2"),
    ],
)
def test_a_blank_id_is_refused_with_its_place(
    api: ScriptedApi,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    text: str,
    line: str,
) -> None:
    file = tmp_path / name
    file.write_text(text)
    assert main(["associations", "bulk", "--link-file", str(file)]) == 2
    told = capsys.readouterr().err
    assert f"{name}, {line}" in told
    assert "must not be blank" in told


@pytest.mark.parametrize("standard_input", ["-", "/dev/stdin"])
def test_standard_input_is_read_by_one_option(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str], standard_input: str
) -> None:
    for options in (
        ["--body", f"@{standard_input}", "--delete-file", "-"],
        ["--create-file", "-", "--delete-file", standard_input],
    ):
        assert main(["entities", "bulk", *options]) == 2
        assert "cannot both read standard input" in capsys.readouterr().err
    assert api.sent == []


@pytest.mark.parametrize(
    "command",
    [
        ["entities", "bulk", "--delete-file"],
        ["entities", "bulk", "--create-file"],
        ["entities", "create", "--body"],
        ["plan", "-f"],
    ],
)
def test_a_folder_where_a_file_is_needed_is_named(
    api: ScriptedApi, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    given = f"@{folder}" if command[-1] == "--body" else str(folder)
    assert main([*command, given]) == 2
    assert "folder.csv: Is a directory" in capsys.readouterr().err.replace("\n", "")
    assert api.sent == []


@pytest.mark.parametrize("name", ["", "a\0b", "x" * 5000])
def test_a_name_that_no_file_has_is_no_traceback(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    for command in (["plan", "-f"], ["entities", "bulk", "--delete-file"]):
        assert main([*command, name]) == 2
        assert capsys.readouterr().err.strip()
    assert api.sent == []


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000, "folder", "none/account.yaml"])
def test_an_export_names_the_file_that_it_cannot_write(
    api: ScriptedApi, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (tmp_path / "folder").mkdir()
    api.then(200, page([]))
    assert main(["export", "-f", f"{tmp_path}/{name}"]) == 1
    told = capsys.readouterr().err.replace("\n", "")
    assert str(tmp_path) in told
    assert main(["export", "-f", ""]) == 2
