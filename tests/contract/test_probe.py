"""The local system keeps to what is assumed of AWS, by the checks that a deployed stage gets."""

import pytest

from local.settings import PROJECT
from tests.support.served import Served
from tools import probe_aws


@pytest.mark.parametrize("check", probe_aws.CHECKS, ids=lambda check: check.name)
def test_an_assumption_holds_for_the_local_system(
    check: probe_aws.Check, system: Served, api_key: str
) -> None:
    assert check.holds(probe_aws.Stage(system.url, api_key))


def test_every_check_is_in_the_table_of_assumptions() -> None:
    page = (PROJECT / "docs" / "aws-assumptions.md").read_text()
    assert [check.name for check in probe_aws.CHECKS if f"`{check.name}`" not in page] == []


def test_a_check_that_cannot_be_made_is_not_taken_to_hold(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AEM_API_KEY", "any")
    assert probe_aws.main(["http://127.0.0.1:9"]) == 1
    assert "holds" not in capsys.readouterr().out
