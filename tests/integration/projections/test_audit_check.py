"""The audit check counts what the audit lacks, and writes what the stream has forgotten."""

from typing import TYPE_CHECKING, Any

import pytest

from ops import admin
from provisioning.projections import audit_check
from provisioning.projections.audit_check import AuditDifferences
from tests.support.associations import sms
from tests.support.client import ROOT, Client, Context, load_function
from tests.support.operator import Operator
from tests.support.stream import Stream, settings, streams_client

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

ACCOUNT = "acme"


@pytest.fixture(autouse=True)
def no_settling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let entries count as missing at once."""
    monkeypatch.setattr(audit_check, "SETTLE_SECONDS", -60.0)


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the stream have forgotten everything."""
    monkeypatch.setattr(audit_check, "STREAM_SECONDS", -60.0)


@pytest.fixture
def changed(client: Client, database: "DynamoDBClient", table: str, endpoint: str) -> None:
    """An account in which associations, applications and entities were changed in each way."""
    operator = Operator(client, Stream(streams_client(endpoint), database, table))
    operator.prepare("ab", "e", [sms("a", "e", "1"), sms("a", None, "2"), sms("b", None, "3")])
    client.rename("entities", "e", {"entityName": "The E"})
    client.rename("entities", "e", {"entityName": "The E"})
    client.unlink(sms("b", None, "3"))
    operator.settled(operator.delete("applications", "a"))


def follow_everything(database: "DynamoDBClient", table: str, endpoint: str) -> None:
    """Deliver the whole stream to the function that writes the audit."""
    stream = Stream(streams_client(endpoint), database, table)
    while records := stream.read():
        batch = list(filter(settings("Changes").matches, records))
        load_function("changes").handler({"Records": batch}, Context())


def actions(client: Client) -> list[Any]:
    """Return the action and the object of every entry of the account, sorted."""
    page = client.call("GET", f"{ROOT}/audit", query={"size": "100"}).json
    assert "next" not in page["paging"]
    return sorted((entry["action"], str(entry["target"])) for entry in page["results"])


@pytest.mark.usefixtures("changed")
def test_an_audit_that_has_everything_lacks_nothing(
    database: "DynamoDBClient", table: str, endpoint: str
) -> None:
    follow_everything(database, table, endpoint)
    assert audit_check.complete(ACCOUNT) == AuditDifferences(awaited=0, written=0)


@pytest.mark.usefixtures("changed")
def test_what_the_stream_can_still_bring_is_counted_and_not_written(client: Client) -> None:
    found = audit_check.complete(ACCOUNT)
    assert found.awaited > 0
    assert audit_check.complete(ACCOUNT) == AuditDifferences(found.awaited, 0)
    assert actions(client) == []


@pytest.mark.usefixtures("changed", "forgetful")
def test_what_the_stream_has_forgotten_is_written_from_the_items(
    client: Client, table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert admin.main(["--table", table, "check-audit", ACCOUNT]) == 0
    told = capsys.readouterr().out.splitlines()[-1]
    found = actions(client)
    # A client sees every entry but that of its API key.
    assert told == f'{{"awaited": 0, "written": {len(found) + 1}}}'
    assert audit_check.complete(ACCOUNT) == AuditDifferences(0, 0)
    assert [action for action, _ in found] == [
        *["CREATED"] * 3,
        "DELETED",
        "MOVED",
        "MOVED",
        "UNLINKED",
    ]
