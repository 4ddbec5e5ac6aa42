"""The settings of a stream's event source mapping, with Lambda's defaults."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from local.patterns import Matcher, any_of
from local.settings import LocalError

RETENTION_SECONDS: Final = 24 * 3600.0
"""How long DynamoDB keeps a stream record; Lambda gives up older ones whatever the settings."""


@dataclass(frozen=True)
class StreamSettings:
    """Settings of one event source.

    Attributes:
        window: Seconds to wait for a batch to fill.
        lanes: Batches of one shard that are processed concurrently (ParallelizationFactor).
        retries: How often a failed batch is retried; None for no limit.
        maximum_age: Seconds after which a record is given up.
        on_failure: ARN of the queue for records that are given up, if any.
    """

    batch_size: int
    window: float
    lanes: int
    retries: int | None
    maximum_age: float
    bisects: bool
    reports_items: bool
    matches: Matcher
    on_failure: str | None

    @classmethod
    def read(cls, properties: Mapping[str, Any]) -> Self:
        """Read properties of AWS::Lambda::EventSourceMapping.

        Raises:
            LocalError: A filter is invalid, or a setting is not supported.
        """
        if (start := properties.get("StartingPosition", "TRIM_HORIZON")) != "TRIM_HORIZON":
            message = f"the local system does not support the StartingPosition {start}"
            raise LocalError(message)
        filters = properties.get("FilterCriteria", {}).get("Filters", ())
        age = _limit(properties.get("MaximumRecordAgeInSeconds"))
        return cls(
            batch_size=int(properties.get("BatchSize", 100)),
            window=float(properties.get("MaximumBatchingWindowInSeconds", 0)),
            lanes=int(properties.get("ParallelizationFactor", 1)),
            retries=_limit(properties.get("MaximumRetryAttempts")),
            maximum_age=RETENTION_SECONDS if age is None else min(age, RETENTION_SECONDS),
            bisects=bool(properties.get("BisectBatchOnFunctionError")),
            reports_items="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", ()),
            matches=any_of(one["Pattern"] for one in filters),
            on_failure=properties.get("DestinationConfig", {})
            .get("OnFailure", {})
            .get("Destination"),
        )


def _limit(value: Any) -> int | None:
    """Read a limit; missing or -1 means no limit."""
    return None if value is None or int(value) < 0 else int(value)
