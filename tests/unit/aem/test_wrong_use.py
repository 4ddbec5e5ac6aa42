"""What is used wrongly is refused before anything is sent, and what is not the API is an error."""

from pathlib import Path

import pytest

from aem.__main__ import main
from tests.support.scripted_api import HEADER, ScriptedApi, outcomes, page

WRONG_CSV = {
    "a header in other letters": ("resourceType,channel,applicationId,EntityId,resourceId", 1),
    "a column twice": ("resourceType,channel,applicationId,entityId,entityId,resourceId", 1),
    "no header": ("NUMBER,SMS,shop,,1", 1),
    "a column too few": ("resourceType,channel,applicationId,entityId", 1),
    "a column too many": (f"{','.join(HEADER)}\nNUMBER,SMS,shop,,1,x", 2),
    "an unquoted comma": (f"{','.join(HEADER)}\nALPHA,SMS,shop,,Acme, Inc", 2),
    "semicolons in lines, commas in the header": (f"{','.join(HEADER)}\nNUMBER;SMS;shop;;1", 2),
    "a blank column": (f"{','.join(HEADER)},", 1),
    "a space in the header": (", ".join(HEADER), 1),
    "an open quote": (f'{",".join(HEADER)}\nNUMBER,SMS,shop,,"1\n', 2),
    "text after a quote": (f'{",".join(HEADER)}\nNUMBER,SMS,shop,,"1"2\n', 2),
    "a value too few": (f"{','.join(HEADER)}\nNUMBER,SMS,shop,1\n", 2),
    "no resource": (f"{','.join(HEADER)}\nNUMBER,SMS,shop,e,1\nNUMBER,SMS,shop,e,\n", 3),
    "a line of Excel": (f"sep=;\n{';'.join(HEADER)}", 1),
    "an unknown channel": (f"{','.join(HEADER)}\nNUMBER,Sms,shop,,1", 2),
}


@pytest.mark.parametrize("case", WRONG_CSV)
def test_a_wrong_csv_is_refused_with_its_line_before_anything_is_sent(
    api: ScriptedApi, tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str
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
        ["entities", "bulk", "--body", '{"delete": ["a"]}', "--delete", "b"],
        ["entities", "create", "a", "--body", '{"entityId": "b"}'],
        ["entities", "bulk", "--body", '{"create": [{"entityId": "a"}]}', "--set", "entityName=b"],
        ["applications", "rename", "shop", "--name", "X", "--clear"],
        ["entities", "bulk", "--body", '{"delete": ["a"], "delete": ["b"]}'],
        ["entities", "get", "."],
        ["entities", "get", ""],
        ["entities", "delete", "..", "--yes"],
        ["applications", "rename", "shop"],
        ["applications", "rename", "shop", "--body", "{}"],
        ["entities", "get", " "],
        ["entities", "impact", "."],
        ["resources", "get", "NUMBER", ".."],
        ["numbers", "whois", "."],
        ["strategies", "delete", ".."],
        ["entities", "bulk"],
        ["entities", "bulk", "--body", "{}"],
        ["entities", "bulk", "--body", '{"delete": ["a", 7]}'],
        ["entities", "bulk", "--body", '{"delete": [" "]}'],
        ["entities", "bulk", "--body", '["a"]'],
        ["entities", "bulk", "--body", "null"],
        ["entities", "bulk", "--body", '{"create": [{"entityID": "x"}]}'],
        ["entities", "bulk", "--body", '{"create": [{"entityId": 7}]}'],
        ["entities", "bulk", "--body", '{"create": [null]}'],
        ["entities", "bulk", "--body", "[" * 100_000],
        ["entities", "bulk", "--body", "@/"],
        ["entities", "bulk", "--body", "@"],
        ["entities", "bulk", "--body", "{}", "--set", "entityName"],
        ["entities", "bulk", "--batch-size", "0", "--body", '{"delete": ["a"]}'],
        ["entities", "create", "--body", "{}"],
        ["entities", "create", "x", "--idempotency-key", "a\nb"],
        ["entities", "create", "x", "--idempotency-key", "\u00e9"],
        ["associations", "reassign", "--yes", "--body", '{"filter": {"entityid": "sales"}}'],
        ["associations", "reassign", "--yes", "--body", '{"filter": "sales"}'],
        ["associations", "unlink", "--yes", "--body", '{"filter": {"channel": "Sms"}}'],
        ["strategies", "create", "--priorities", '[{"senderTyp": "SHORT_CODE", "priority": 1}]'],
        ["strategies", "create", "--weights", "{"],
        ["senders", "resolve", "--channel", "SMS"],
        ["keys", "create", "--expires-at", "2h ago"],
        ["keys", "create", "--expires-at", "soon"],
        ["login", "--name", " ", "--url", "https://host"],
        ["operations", "watch", ".."],
        ["limits", "get", "--url", "127.0.0.1:3000"],
        ["limits", "get", "--url", "http://user:secret@127.0.0.1"],
        ["audit", "list", "--since", "long ago"],
    ],
)
def test_what_is_used_wrongly_is_never_sent(api: ScriptedApi, command: list[str]) -> None:
    assert main(command) == 2
    assert api.sent == []


@pytest.mark.parametrize("content", [b"\xff\xfea\0", "m\u00fcnchen".encode("latin-1"), b"a\0b"])
def test_a_file_that_is_not_utf8_is_refused(
    api: ScriptedApi, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "ids.txt"
    file.write_bytes(content)
    assert main(["entities", "bulk", "--delete-file", str(file)]) == 2
    assert api.sent == []


def test_ids_are_read_as_they_are_written(api: ScriptedApi, tmp_path: Path) -> None:
    file = tmp_path / "ids.txt"
    file.write_text("[acme\nacme, inc\nline\u2028separator\n")
    api.then(200, outcomes(200, 200, 200, action="delete"))
    assert main(["entities", "bulk", "--delete-file", str(file)]) == 0
    assert api.sent[0].body == {"delete": ["[acme", "acme, inc", "line\u2028separator"]}


@pytest.mark.parametrize("status", [200, 301, 302, 308])
def test_an_answer_of_another_server_is_an_error(api: ScriptedApi, status: int) -> None:
    api.then(status, Location="https://127.0.0.1/")
    assert main(["applications", "create", "shop"]) == 1


def test_a_path_of_the_api_in_the_base_url_is_understood(api: ScriptedApi) -> None:
    api.then(200, page([]))
    assert main(["applications", "list", "--url", f"{api.url}/provisioning/1/"]) == 0
    assert api.sent[0].path == "/provisioning/1/applications"


def test_a_netrc_does_not_replace_the_key(
    api: ScriptedApi, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login someone password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    api.then(200, page([]))
    assert main(["applications", "list"]) == 0
    assert api.sent[0].headers["Authorization"] == f"App {key}"


def test_a_bulk_that_stopped_goes_on_where_it_was(api: ScriptedApi, tmp_path: Path) -> None:
    file = tmp_path / "new.csv"
    file.write_text("entityId\n" + "".join(f"e{number}\n" for number in range(1500)))
    command = ["entities", "bulk", "--create-file", str(file)]
    api.then(200, outcomes(*[201] * 1000, action="create"))
    for _ in range(3):
        api.then(500, {"unexpected": "shape"})
    assert main(command) == 1
    api.then(207, outcomes(*[409] * 500, action="create"))
    assert main([*command, "--resume"]) == 0
    assert [len(sent.body["create"]) for sent in api.sent] == [1000, *[500] * 4]
