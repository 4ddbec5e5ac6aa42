"""The two functions on the stream: records that set them off, and records that fail."""

import json

import pytest

from provisioning.projections import follower
from tests.support.template import (
    DAY_SECONDS,
    DEAD_CHANGES,
    DEAD_LETTERS,
    FUNCTIONS,
    RESOURCES,
    Properties,
)


def source(function: str = "Resets", event: str = "Changes") -> Properties:
    """The settings of the event source that sets off a function."""
    given: Properties = FUNCTIONS[function]["Events"][event]["Properties"]
    return given


CONSUMERS = [
    (source("Resets", "Changes"), DEAD_LETTERS),
    (source("Changes", "Items"), DEAD_CHANGES),
]


@pytest.mark.parametrize(("given", "dead_letters"), CONSUMERS)
def test_records_are_retried_for_as_long_as_the_stream_keeps_them_and_never_lost(
    given: Properties, dead_letters: Properties
) -> None:
    assert given["BisectBatchOnFunctionError"] is True
    assert given["MaximumRetryAttempts"] == -1
    assert given["MaximumRecordAgeInSeconds"] == -1
    assert given["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert given["DestinationConfig"]["OnFailure"] == {"Type": "SQS", "Destination": dead_letters}


@pytest.mark.parametrize(
    ("function", "queue"), [("Resets", "ResetsDeadLetters"), ("Changes", "ChangesDeadLetters")]
)
def test_a_function_can_put_records_aside_in_its_own_dead_letter_queue(
    function: str, queue: str
) -> None:
    variables = RESOURCES[function]["Properties"]["Environment"]["Variables"]
    assert variables == {"DEAD_RECORDS_URL": {"Ref": queue}}


@pytest.mark.parametrize(
    "name", ["ResetsDeadLetters", "ChangesDeadLetters", "SubmissionsDeadLetters"]
)
def test_dead_letters_are_encrypted_kept_long_and_raise_an_alarm(name: str) -> None:
    queue = RESOURCES[name]["Properties"]
    assert queue["SqsManagedSseEnabled"] is True
    assert queue["MessageRetentionPeriod"] == 14 * DAY_SECONDS
    alarm = RESOURCES[f"{name}Alarm"]["Properties"]
    assert alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
    assert alarm["Threshold"] == 1


def test_a_function_that_its_own_writes_set_off_is_allowed_to() -> None:
    for function in ("Resets", "Changes"):
        assert FUNCTIONS[function]["RecursiveLoop"] == "Allow"


@pytest.mark.parametrize("index", range(len(source()["FilterCriteria"]["Filters"])))
def test_resets_look_at_new_items_of_kinds_that_exist(index: int) -> None:
    pattern = json.loads(source()["FilterCriteria"]["Filters"][index]["Pattern"])
    image = pattern["dynamodb"]["NewImage"]
    assert set(image["type"]["S"]) <= {"operation", "shard", "association"}
    if "awake" in image:
        assert (image["awake"], image["working"]) == ({"BOOL": [True]}, {"BOOL": [True]})


@pytest.mark.parametrize(
    "index", range(len(source("Changes", "Items")["FilterCriteria"]["Filters"]))
)
def test_the_function_that_follows_changes_filters_out_its_own_writes(index: int) -> None:
    filters = source("Changes", "Items")["FilterCriteria"]["Filters"]
    pattern = json.loads(filters[index]["Pattern"])
    (image,) = pattern["dynamodb"].values()
    followed = follower.COUNTED
    audited = {"operation", "journalEntry", "associationTombstone", "apiKey", "account"}
    audited |= {"sendingStrategy", "strategyChange"}
    assert set(image["type"]["S"]) <= followed | audited or image == {
        "type": {"S": ["pageIndex"]},
        "awake": {"BOOL": [True]},
    }
