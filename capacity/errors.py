"""The errors of AWS for calls that exceed a table's capacity."""

from typing import Any, NamedTuple

from capacity.settings import ON_DEMAND

_NAMESPACE = "com.amazonaws.dynamodb.v20120810#"
_THROUGHPUT = (
    "The level of configured provisioned throughput for the table was exceeded. "
    "Consider increasing your provisioning level with the UpdateTable API."
)
_KEY_RANGE = "Throughput exceeds the current capacity of your table or index."


class Refusal(NamedTuple):
    """An error response: its status and document."""

    status: int
    document: dict[str, Any]


def _refusal(code: str, message: str, **more: Any) -> Refusal:
    return Refusal(400, {"__type": _NAMESPACE + code, "message": message, **more})


def account_exceeded() -> Refusal:
    """Return the error for a call beyond the account's limit."""
    return _refusal("RequestLimitExceeded", "Throughput exceeds the current account limit.")


def exceeded(mode: str) -> Refusal:
    """Return the error for a call beyond the capacity of a partition or the table."""
    if mode == ON_DEMAND:
        return _refusal("ThrottlingException", _KEY_RANGE)
    return _refusal("ProvisionedThroughputExceededException", _THROUGHPUT)


def statement_exceeded(mode: str) -> dict[str, Any]:
    """Return the error for one statement of a batch."""
    code = "ThrottlingError" if mode == ON_DEMAND else "ProvisionedThroughputExceeded"
    return {"Error": {"Code": code, "Message": _KEY_RANGE}}


def cancelled(mode: str, short: list[bool]) -> Refusal:
    """Return the error for a transaction, some of whose parts exceed a capacity.

    Args:
        mode: The table's.
        short: For each part, whether it is one of them.
    """
    code = "ThrottlingError" if mode == ON_DEMAND else "ProvisionedThroughputExceeded"
    reasons = [
        {"Code": code, "Message": _KEY_RANGE} if each else {"Code": "None"} for each in short
    ]
    codes = ", ".join(reason["Code"] for reason in reasons)
    message = (
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    )
    return _refusal("TransactionCanceledException", message, CancellationReasons=reasons)
