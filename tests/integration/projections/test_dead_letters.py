"""Stream records that fail: outages are waited for, poison is put aside and replayed."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from ops import admin
from provisioning.projections import dead_letters
from tests.support.associations import sms
from tests.support.client import ROOT, Client, Context, load_function
from tests.support.stream import Record, Stream, invoke, settings, streams_client
from tests.support.transport import failed, through_to_engine, unreachable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

    from tests.support.queues import Queues

OUTAGES = {
    "throttled": failed("ProvisionedThroughputExceededException"),
    "unreachable": unreachable,
    "failing": failed("InternalServerError", 500),
}


@pytest.fixture
def stream(endpoint: str, database: "DynamoDBClient", table: str, client: Client) -> Stream:
    """The stream of a table, after the creation of an account."""
    stream = Stream(streams_client(endpoint), database, table)
    stream.read()
    return stream


@pytest.fixture
def queue(submission_queues: "Queues", monkeypatch: pytest.MonkeyPatch) -> "Queues":
    """Queues, one of which is the dead-letter queue of the stream's functions."""
    monkeypatch.setenv("DEAD_RECORDS_URL", submission_queues.dead_url)
    return submission_queues


def follow(records: list[Record]) -> Any:
    return load_function("changes").handler({"Records": records}, Context())


def history(client: Client) -> list[str]:
    """Return the actions of the account's audit, newest first."""
    return [entry["action"] for entry in client.call("GET", f"{ROOT}/audit").json["results"]]


def of_changes(stream: Stream) -> list[Record]:
    return list(filter(settings("Changes").matches, stream.read()))


@pytest.mark.parametrize("function", ["Changes", "Resets"])
def test_records_are_retried_for_as_long_as_the_stream_keeps_them(function: str) -> None:
    assert settings(function).retries is None
    assert settings(function).maximum_age == 24 * 3600
    assert settings(function).reports_items
    assert settings(function).on_failure is not None


@pytest.mark.parametrize("outage", sorted(OUTAGES))
@pytest.mark.usefixtures("pauses")
def test_an_outage_of_the_table_puts_nothing_aside(
    client: Client, stream: Stream, queue: "Queues", outage: str
) -> None:
    client.create("applications", "shop")
    client.link(sms("shop"))
    records = of_changes(stream)
    with pytest.MonkeyPatch.context() as patch:
        through_to_engine(patch).always(OUTAGES[outage])
        with pytest.raises(Exception, match=r"failed after \d+ attempts in \d+\.\d s: "):
            follow(records)
        links = [record for record in records if settings().matches(record)]
        assert invoke(links) == links != []
    assert queue.dead() == {}
    assert follow(records) == {"batchItemFailures": []}
    assert history(client) == ["LINKED", "CREATED"]


def test_a_record_that_cannot_be_followed_is_put_aside_and_replayed(
    client: Client,
    stream: Stream,
    queue: "Queues",
    table: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("good", "bad", "better"):
        client.create("applications", name)
    records = of_changes(stream)
    spoiled = json.loads(json.dumps(records[1]))
    del spoiled["dynamodb"]["NewImage"]["id"]
    assert follow([records[0], spoiled, records[2]]) == {"batchItemFailures": []}
    assert history(client) == ["CREATED", "CREATED"]
    ((body, reason),) = queue.dead().items()
    assert "id" in reason
    assert json.loads(body)["record"]["eventID"] == records[1]["eventID"]

    queue.sqs.send_message(QueueUrl=queue.dead_url, MessageBody=json.dumps({"record": records[1]}))
    queue.sqs.send_message(QueueUrl=queue.dead_url, MessageBody=body)
    assert admin.main(["--table", table, "replay-dead-letters", queue.dead_url]) == 0
    told = capsys.readouterr().out.splitlines()[-1]
    assert json.loads(told) == {"replayed": 1, "failed": 1, "forgotten": 0}
    assert history(client) == ["CREATED"] * 3


def test_a_call_that_the_table_rejects_is_put_aside(
    client: Client, stream: Stream, queue: "Queues"
) -> None:
    client.create("applications", "shop")
    client.link(sms("shop"))
    links = [record for record in stream.read() if settings().matches(record)]
    with pytest.MonkeyPatch.context() as patch:
        through_to_engine(patch).always(failed("ValidationException"))
        assert invoke(links) == []
    (reason,) = queue.dead().values()
    assert "ValidationException" in reason


@pytest.mark.usefixtures("pauses")
def test_a_record_stays_in_the_stream_while_the_queue_refuses_it(
    client: Client, stream: Stream, queue: "Queues", monkeypatch: pytest.MonkeyPatch
) -> None:
    client.create("applications", "shop")
    (record,) = of_changes(stream)
    del record["dynamodb"]["NewImage"]["id"]
    monkeypatch.setenv("DEAD_RECORDS_URL", f"{queue.dead_url}-gone")
    number = record["dynamodb"]["SequenceNumber"]
    assert follow([record]) == {"batchItemFailures": [{"itemIdentifier": number}]}


def test_what_the_stream_has_forgotten_is_found_from_the_items(
    client: Client, stream: Stream, queue: "Queues"
) -> None:
    client.create("applications", "shop")
    client.link(sms("shop"))
    queue.sqs.send_message(
        QueueUrl=queue.dead_url,
        MessageBody=json.dumps({"DDBStreamBatchInfo": {"shardId": "shard"}}),
    )
    assert vars(dead_letters.replay(queue.dead_url)) == {
        "replayed": 0,
        "failed": 0,
        "forgotten": 1,
    }
    found = client.list("associations", resourceId=sms("shop")["resourceId"]).json["results"]
    assert [link["applicationId"] for link in found] == ["shop"]
    assert queue.dead() == {}
