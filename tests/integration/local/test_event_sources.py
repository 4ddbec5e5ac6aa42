"""Streams and queues of a template drive its functions, on the real engine and the real queues."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local import table, template
from local.event_sources import EventSources
from local.functions import Functions
from local.queues import server
from local.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Prefix: {Type: String}
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub ${Prefix}-Table
      AttributeDefinitions: [{AttributeName: PK, AttributeType: S}]
      KeySchema: [{AttributeName: PK, KeyType: HASH}]
      BillingMode: PAY_PER_REQUEST
      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
  Dead:
    Type: AWS::SQS::Queue
    Properties: {QueueName: !Sub "${Prefix}-Dead"}
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub ${Prefix}-Jobs
      VisibilityTimeout: 1
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 2}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: worker
      Handler: app.handler
      Runtime: python3.13
      Timeout: 10
      Events:
        Changes:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Table.StreamArn
            StartingPosition: TRIM_HORIZON
            BatchSize: 10
            ParallelizationFactor: 4
            MaximumRetryAttempts: 1
            BisectBatchOnFunctionError: true
            FunctionResponseTypes: [ReportBatchItemFailures]
            DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Dead.Arn}}
            FilterCriteria:
              Filters: [{Pattern: '{"dynamodb": {"NewImage": {"wanted": {"BOOL": [true]}}}}'}]
        Jobs:
          Type: SQS
          Properties:
            Queue: !GetAtt Jobs.Arn
            FunctionResponseTypes: [ReportBatchItemFailures]
"""
FUNCTION = """
from pathlib import Path

JOURNAL = Path(__file__).parent.parent / "journal"

def handler(event, context):
    failed = []
    for record in event["Records"]:
        change = record.get("dynamodb")
        name = change["Keys"]["PK"]["S"] if change else record["body"]
        if "poison" in name:
            failed.append(change["SequenceNumber"] if change else record["messageId"])
        else:
            with JOURNAL.open("a") as journal:
                journal.write(name + "\\n")
    return {"batchItemFailures": [{"itemIdentifier": item} for item in failed]}
"""


@dataclass
class Running:
    """Event sources that run, and their surroundings."""

    dynamodb: "DynamoDBClient"
    sqs: "SQSClient"
    stack: Stack
    journal: Path
    prefix: str

    def put(self, *names: str, wanted: bool = True) -> None:
        """Write items."""
        for name in names:
            self.dynamodb.put_item(
                TableName=self.stack.table.name,
                Item={"PK": {"S": name}, "wanted": {"BOOL": wanted}},
            )

    def seen(self) -> list[str]:
        """List what the function has handled, in any order."""
        return sorted(self.journal.read_text().split()) if self.journal.exists() else []

    def dead_letter(self) -> str:
        """Wait for the one message of the dead-letter queue."""
        url = self.sqs.get_queue_url(QueueName=f"{self.prefix}-Dead")["QueueUrl"]
        found = self.sqs.receive_message(
            QueueUrl=url, WaitTimeSeconds=20, MaxNumberOfMessages=10
        ).get("Messages", [])
        (message,) = found
        return message["Body"]


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that happens beside the test."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def running(root: Path, endpoint: str, queues: str) -> Iterator[Running]:
    """Run the event sources of the template for the length of a with block."""
    stack = Stack(
        template.load(root / "template.yaml", root / "cache"),
        root,
        queues=queues,
        parameters={"Prefix": root.name},
    )
    dynamodb, sqs = table.client(endpoint), server.client(queues)
    table.create(dynamodb, stack.table)
    server.create(sqs, stack.queues)
    notes: list[str] = []
    functions = Functions(stack.functions.values(), {}, root / "logs", notes.append)
    stream = table.stream(dynamodb, stack.table)
    sources = EventSources(functions, sqs, endpoint, stream, root, notes.append)
    sources.start(stack)
    try:
        yield Running(dynamodb, sqs, stack, root / "journal", root.name)
    finally:
        sources.stop()
        functions.close()
        sources.join()
        sqs.close()
        dynamodb.close()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / f"t{uuid.uuid4().hex}"
    (folder / "worker").mkdir(parents=True)
    (folder / "worker" / "app.py").write_text(FUNCTION)
    (folder / "template.yaml").write_text(TEMPLATE)
    return folder


@pytest.fixture(scope="module")
def queues() -> Iterator[str]:
    service = server.start()
    service.wait()
    yield service.endpoint
    service.stop()


def test_changes_reach_the_function_and_poison_ends_in_the_dead_letter_queue(
    root: Path, endpoint: str, queues: str
) -> None:
    names = [f"item{number:02d}" for number in range(40)]
    with running(root, endpoint, queues) as system:
        system.put("unwanted", wanted=False)
        system.put(*names[:20], "poison", *names[20:])
        until(lambda: set(system.seen()) == set(names))
        letter = json.loads(system.dead_letter())

    assert letter["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert letter["DDBStreamBatchInfo"]["batchSize"] == 1


def test_a_later_run_continues_where_the_first_one_stopped(
    root: Path, endpoint: str, queues: str
) -> None:
    with running(root, endpoint, queues) as system:
        system.put("first")
        until(lambda: system.seen() == ["first"])
        until((root / "WorkerChanges.json").exists)
    system.put("between")
    with running(root, endpoint, queues) as system:
        until(lambda: "between" in system.seen())
        system.put("last")
        until(lambda: "last" in system.seen())

    assert system.seen() == ["between", "first", "last"]


def test_messages_reach_the_function_and_poison_is_moved_away(
    root: Path, endpoint: str, queues: str
) -> None:
    with running(root, endpoint, queues) as system:
        url = system.sqs.get_queue_url(QueueName=f"{system.prefix}-Jobs")["QueueUrl"]
        for body in ("a", "poison", "b"):
            system.sqs.send_message(QueueUrl=url, MessageBody=body)
        until(lambda: system.seen() == ["a", "b"])

        assert system.dead_letter() == "poison"


def test_messages_survive_the_end_of_the_server_even_if_they_were_on_their_way(
    tmp_path: Path,
) -> None:
    first = server.start(data=tmp_path)
    first.wait()
    sqs = server.client(first.endpoint)
    url = sqs.create_queue(QueueName="kept")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="waiting")
    sqs.send_message(QueueUrl=url, MessageBody="on its way")
    sqs.receive_message(QueueUrl=url)
    sqs.close()
    first.program.process.kill()
    first.stop()

    second = server.start(data=tmp_path)
    second.wait()
    sqs = server.client(second.endpoint)
    url = sqs.get_queue_url(QueueName="kept")["QueueUrl"]
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert sorted(message["Body"] for message in found) == ["on its way", "waiting"]
    sqs.close()
    second.stop()
