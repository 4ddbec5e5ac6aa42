"""Numbers in several spellings: another spelling of one that exists gets a warning."""

from pathlib import Path

import pytest

from aem.__main__ import main
from tests.support.scripted_api import ScriptedApi

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
