"""Stream records: one that fails is reported, and stops none of the others."""

from provisioning.table import stream_records
from provisioning.table.stream_records import StreamRecord


def test_each_record_is_handled_and_those_that_fail_are_reported() -> None:
    handled: list[str] = []

    def handle(record: StreamRecord) -> None:
        handled.append(record.sequence_number)
        if handled[-1] in {"2", "4"}:
            raise KeyError("NewImage")

    records = [{"dynamodb": {"SequenceNumber": str(number)}} for number in range(1, 6)]
    answer = stream_records.process_each({"Records": records}, handle)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "2"}, {"itemIdentifier": "4"}]}
    assert handled == ["1", "2", "3", "4", "5"]


def test_a_batch_of_which_every_record_fails_is_reported_too() -> None:
    def fail(_: StreamRecord) -> None:
        raise KeyError("NewImage")

    records = [{"dynamodb": {"SequenceNumber": str(number)}} for number in range(1, 3)]
    answer = stream_records.process_each({"Records": records}, fail)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}, {"itemIdentifier": "2"}]}
