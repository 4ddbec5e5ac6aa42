"""Batches of stream records: one that fails is reported, and none is kept back by it."""

from typing import Any

from provisioning.core import batch


def test_each_record_is_handled_and_those_that_fail_are_reported() -> None:
    handled: list[str] = []

    def handle(record: Any) -> None:
        handled.append(record["dynamodb"]["SequenceNumber"])
        if handled[-1] in {"2", "4"}:
            raise KeyError("NewImage")

    records = [{"dynamodb": {"SequenceNumber": str(number)}} for number in range(1, 6)]
    answer = batch.process({"Records": records}, handle)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "2"}, {"itemIdentifier": "4"}]}
    assert handled == ["1", "2", "3", "4", "5"]
