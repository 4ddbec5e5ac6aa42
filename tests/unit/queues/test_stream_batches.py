"""Batches of stream records: one that fails is retried alone, and stops none of the others."""

from provisioning.core.errors import ThrottledError, UnavailableError
from provisioning.queues import stream_batches
from provisioning.table import stream_records
from provisioning.table.stream_records import StreamRecord


def test_each_record_is_handled_and_those_whose_failure_passes_are_reported() -> None:
    handled: list[str] = []

    def handle(record: StreamRecord) -> None:
        handled.append(record.sequence_number)
        if handled[-1] == "2":
            raise ThrottledError
        if handled[-1] == "4":
            raise UnavailableError

    records = [{"dynamodb": {"SequenceNumber": str(number)}} for number in range(1, 6)]
    answer = stream_batches.process_each(stream_records.of_event({"Records": records}), handle)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "2"}, {"itemIdentifier": "4"}]}
    assert handled == ["1", "2", "3", "4", "5"]
