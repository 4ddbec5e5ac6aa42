"""What an event source mapping of a stream says, with Lambda's defaults."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from local.patterns import Matcher, any_of


@dataclass(frozen=True)
class StreamSettings:
    """Settings of one event source.

    Attributes:
        batch_size: Records in one invocation at most.
        window: Seconds to wait for a batch to fill.
        lanes: Batches of one shard that are handled side by side.
        from_start: Whether it begins with the oldest record, rather than the next.
        retries: How often a failed batch is tried again; without end if None.
        maximum_age: Seconds after which a record is given up; never if None.
        bisects: Whether a failed batch is split before it is tried again.
        reports_items: Whether the function tells which records failed.
        matches: Tells whether a record is for the function.
        on_failure: ARN of the queue that is told of records given up, if any.
    """

    batch_size: int
    window: float
    lanes: int
    from_start: bool
    retries: int | None
    maximum_age: float | None
    bisects: bool
    reports_items: bool
    matches: Matcher
    on_failure: str | None

    @classmethod
    def read(cls, properties: Mapping[str, Any]) -> Self:
        """Read properties of AWS::Lambda::EventSourceMapping.

        Args:
            properties: The properties.

        Raises:
            LocalError: A filter is no valid event pattern.
        """
        filters = properties.get("FilterCriteria", {}).get("Filters", ())
        destination = properties.get("DestinationConfig", {}).get("OnFailure", {})
        return cls(
            batch_size=int(properties.get("BatchSize", 100)),
            window=float(properties.get("MaximumBatchingWindowInSeconds", 0)),
            lanes=int(properties.get("ParallelizationFactor", 1)),
            from_start=properties.get("StartingPosition") != "LATEST",
            retries=limit(properties.get("MaximumRetryAttempts")),
            maximum_age=limit(properties.get("MaximumRecordAgeInSeconds")),
            bisects=bool(properties.get("BisectBatchOnFunctionError")),
            reports_items="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", ()),
            matches=any_of(one["Pattern"] for one in filters),
            on_failure=destination.get("Destination"),
        )


def limit(value: Any) -> int | None:
    """Read a limit that -1, or nothing, sets aside."""
    return None if value is None or int(value) < 0 else int(value)
