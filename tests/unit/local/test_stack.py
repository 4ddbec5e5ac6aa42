"""A SAM template becomes what runs locally, with every setting it has."""

from pathlib import Path
from typing import Any

import pytest

from local import template
from local.intrinsics import Resolver
from local.settings import LocalError
from local.stack import Stack

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Level: {Type: String, Default: INFO}
  Mail: {Type: String, Default: ""}
Conditions:
  HasMail: !Not [!Equals [!Ref Mail, ""]]
Globals:
  Function:
    Runtime: python3.13
    Handler: app.handler
    Timeout: 7
    Layers: [!Ref Shared]
    Environment: {Variables: {LEVEL: !Ref Level, TABLE: !Ref Table, FLAG: true}}
Resources:
  Shared:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: layers/shared}
  Api:
    Type: AWS::Serverless::Api
    Properties: {StageName: v1}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/worker
      ReservedConcurrentExecutions: 2
      Environment: {Variables: {QUEUE: !Ref Jobs, ARN: !GetAtt Jobs.Arn}}
      Events:
        Get: {Type: Api, Properties: {RestApiId: !Ref Api, Path: "/things/{id}", Method: get}}
        Changes:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Table.StreamArn
            StartingPosition: LATEST
            BatchSize: 5
            DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Dead.Arn}}
        Jobs: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn, BatchSize: 3}}
        Often: {Type: Schedule, Properties: {Schedule: rate(1 minute)}}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: PK, AttributeType: S}]
      KeySchema: [{AttributeName: PK, KeyType: HASH}]
      BillingMode: PAY_PER_REQUEST
      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "jobs-${Level}"}}
  Dead: {Type: AWS::SQS::Queue}
  Mails: {Type: AWS::SQS::Queue, Condition: HasMail}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    return tmp_path


@pytest.fixture
def stack(root: Path) -> Stack:
    return Stack(template.load(root / "template.yaml"), root, queues="http://queues")


def test_a_function_has_its_own_settings_and_the_global_ones(stack: Stack, root: Path) -> None:
    worker = stack.functions["Worker"]

    assert worker.code == root / "functions/worker"
    assert worker.layers == (root / "layers/shared",)
    assert (worker.handler, worker.timeout, worker.memory) == ("app.handler", 7, 128)
    assert worker.concurrency == 2
    assert worker.environment == {
        "LEVEL": "INFO",
        "TABLE": "local-Table",
        "FLAG": "true",
        "QUEUE": "http://queues/000000000000/jobs-INFO",
        "ARN": "arn:aws:sqs:us-east-1:000000000000:jobs-INFO",
    }


def test_event_sources_keep_all_their_settings(stack: Stack) -> None:
    (stream,) = stack.streams
    (queue,) = stack.queue_sources
    (schedule,) = stack.schedules

    assert stream.function == queue.function == schedule.function == "Worker"
    assert stream.settings["BatchSize"] == 5
    assert stream.settings["DestinationConfig"]["OnFailure"]["Destination"].endswith(":local-Dead")
    assert queue.source == "arn:aws:sqs:us-east-1:000000000000:jobs-INFO"
    assert schedule.expression == "rate(1 minute)"


def test_a_resource_whose_condition_fails_is_not_there(root: Path) -> None:
    translated = template.load(root / "template.yaml")

    assert len(Stack(translated, root).queues) == 2
    assert len(Stack(translated, root, parameters={"Mail": "me"}).queues) == 3


def test_routes_lead_to_functions(stack: Stack) -> None:
    integration = stack.api.document["paths"]["/things/{id}"]["get"]
    uri = integration["x-amazon-apigateway-integration"]["uri"]

    assert stack.function_named(uri.split("/functions/")[1].removesuffix("/invocations")) == (
        "Worker"
    )


def test_the_translation_is_kept_until_the_template_changes(root: Path, tmp_path: Path) -> None:
    path, cache = root / "template.yaml", tmp_path / "cache" / "template.json"
    first = template.load(path, cache)
    kept = cache.read_text()

    assert template.load(path, cache) == first
    path.write_text(TEMPLATE.replace("Default: INFO", "Default: DEBUG"))
    assert template.load(path, cache) != first
    assert cache.read_text() != kept


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: [", "not valid YAML"),
        (TEMPLATE.replace("CodeUri", "CodeURL"), "CodeURL"),
    ],
)
def test_a_broken_template_is_refused_with_its_reason(
    tmp_path: Path, text: str, reason: str
) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(text)

    with pytest.raises(LocalError, match=reason):
        template.load(path)


def test_a_missing_template_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="No such file"):
        template.load(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "AWS::Region"}, "us-east-1"),
        ({"Fn::Sub": "${AWS::StackName}-${Name}-${!Not}"}, "local-c-${Not}"),
        ({"Fn::Sub": ["${x}/${Thing.Arn}", {"x": {"Ref": "Name"}}]}, "c/Thing:Arn"),
        ({"Fn::GetAtt": "Thing.A.B"}, "Thing:A.B"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Name"}]]}, "a-c"),
        ({"Fn::Select": ["1", ["a", {"Ref": "Name"}]]}, "c"),
        ({"Fn::If": ["Yes", 1, 2]}, 1),
        ({"Fn::If": ["No", 1, 2]}, 2),
        ({"a": {"Fn::If": ["No", 1, {"Ref": "AWS::NoValue"}]}, "b": 2}, {"b": 2}),
        ([1, {"Ref": "AWS::NoValue"}], [1]),
        ({"Fn::FindInMap": ["Sizes", "big", "memory"]}, 1024),
        ({"Fn::ToJsonString": [{"Ref": "Name"}, 1]}, '["c", 1]'),
        ({"Fn::Or": [{"Condition": "Yes"}, {"Condition": "No"}]}, True),
    ],
)
def test_intrinsic_functions_are_resolved(value: Any, expected: Any) -> None:
    declared = {
        "Parameters": {
            "Name": {"Type": "String", "Default": "c"},
        },
        "Conditions": {
            "Yes": {"Fn::Equals": ["a", "a"]},
            "No": {"Fn::Not": [{"Condition": "Yes"}]},
        },
        "Mappings": {"Sizes": {"big": {"memory": 1024}}},
        "Resources": {"Thing": {"Type": "X"}},
    }
    resolver = Resolver(declared, {}, lambda name, attribute: f"{name}:{attribute}")

    assert resolver.resolve(value) == expected


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"Fn::ImportValue": "x"}, "Fn::ImportValue"),
        ({"Fn::Split": ["/", "a/b"]}, "Fn::Split"),
        ({"Ref": "Nothing"}, "no Nothing"),
        ({"Fn::Sub": "${Nothing}"}, "no Nothing"),
    ],
)
def test_an_unknown_function_or_name_is_named(value: Any, reason: str) -> None:
    resolver = Resolver({"Resources": {}}, {}, lambda name, _: name)

    with pytest.raises(LocalError, match=reason):
        resolver.resolve(value)


def test_a_parameter_needs_a_value() -> None:
    declared = {"Parameters": {"Mail": {"Type": "String"}}, "Resources": {}}

    with pytest.raises(LocalError, match="Mail"):
        Resolver(declared, {}, lambda name, _: name)
    assert Resolver(declared, {"Mail": "me"}, lambda name, _: name).reference("Mail") == "me"


def test_a_list_as_a_parameter_is_refused() -> None:
    names = {"Type": "CommaDelimitedList", "Default": "a,b"}

    with pytest.raises(LocalError, match=r"does not support lists as parameters \(Names\)"):
        Resolver({"Parameters": {"Names": names}, "Resources": {}}, {}, lambda name, _: name)


def test_a_schedule_with_an_event_of_its_own_is_refused(root: Path) -> None:
    path = root / "template.yaml"
    path.write_text(TEMPLATE.replace("rate(1 minute)}", "rate(1 minute), Input: '{}'}"))

    with pytest.raises(LocalError, match="does not support the Input of a schedule"):
        _ = Stack(template.load(path), root).schedules
