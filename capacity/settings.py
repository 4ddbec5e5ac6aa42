"""The limits of the model, and how the text of ``CAPACITY`` sets them."""

from dataclasses import dataclass, fields
from typing import Self

from local.settings import LocalError

ON_DEMAND, PROVISIONED = "on-demand", "provisioned"


@dataclass(frozen=True)
class Capacity:
    """The limits of a table.

    Attributes:
        partition_writes: Write units a second of each partition key.
        partition_reads: Read units a second of each partition key.
        table_writes: Write units a second of the table; 0 for no limit.
        table_reads: Read units a second of the table; 0 for no limit.
        account_calls: Calls a second, beyond which AWS names the account's limit; 0 for no limit.
        burst: Seconds of unused capacity that are kept for later.
        latency: Milliseconds added to each call.
        mode: ``on-demand`` or ``provisioned``, which differ in the names of errors.
    """

    partition_writes: float = 1000
    partition_reads: float = 3000
    table_writes: float = 0
    table_reads: float = 0
    account_calls: float = 0
    burst: float = 1
    latency: float = 0
    mode: str = ON_DEMAND

    @classmethod
    def read(cls, text: str) -> Self:
        """Read ``name=value`` pairs between commas; ``aws`` alone means AWS's own limits.

        Raises:
            LocalError: A name or value is invalid.

        Example:
            >>> Capacity.read("partition-writes=300,burst=2").partition_writes
            300.0
        """
        known = {field.name: field.type for field in fields(cls)}
        values: dict[str, str | float] = {}
        for part in text.split(",") if text != "aws" else ():
            name, _, value = part.strip().partition("=")
            attribute = name.replace("-", "_")
            if attribute not in known:
                message = f"CAPACITY knows no {name!r}, only {', '.join(sorted(known))}"
                raise LocalError(message)
            values[attribute] = value if attribute == "mode" else _number(name, value)
        if values.get("mode", ON_DEMAND) not in {ON_DEMAND, PROVISIONED}:
            message = f"mode must be {ON_DEMAND} or {PROVISIONED}, not {values['mode']!r}"
            raise LocalError(message)
        return cls(**values)  # type: ignore[arg-type]


def _number(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value < float("inf"):
        message = f"{name} must be a number from 0 up, not {text!r}"
        raise LocalError(message)
    return value
