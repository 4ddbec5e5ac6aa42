"""Works out how the system scales and writes docs/scale.md: ``python -m tools.scale``.

Units come from the access patterns (``tools.costs``), limits of AWS from ``Limits``, figures of the
capacity model from bench/results.json, marked as such. ``--check`` only compares the document with
the new text.
"""

import json
import math
import sys
from dataclasses import dataclass
from typing import Final

from local.settings import PROJECT
from tools import costs, generated

DOCUMENT: Final = PROJECT / "docs" / "scale.md"
RESULTS: Final = PROJECT / "bench" / "results.json"
LINKS: Final = (10_000, 100_000, 1_000_000, 10_000_000)
REQUESTS: Final = (1, 100, 1_000, 10_000, 100_000)
SECONDS_A_MONTH: Final = 30 * 24 * 3600


@dataclass(frozen=True)
class Limits:
    """What AWS documents, for us-east-1 unless it was raised.

    Attributes:
        partition_writes: Write units a second of a partition.
        partition_bytes: Bytes of a partition.
        new_table_writes: Write units a second of a new on-demand table, before it grows.
        table_writes: Write units a second of a table, unless raised.
        concurrency: Functions that run at the same time in an account, unless raised.
    """

    partition_writes: int = 1_000
    partition_bytes: int = 10 * 10**9
    new_table_writes: int = 4_000
    table_writes: int = 40_000
    concurrency: int = 1_000


@dataclass(frozen=True)
class Link:
    """The use of an association.

    Attributes:
        item_bytes: Bytes of each of its items.
        moved_units: Write units that moving it takes of each of these partitions.
        share: Share of a partition's limit that an operation uses beside clients (bench).
    """

    item_bytes: int = 250
    moved_units: int = 4
    share: float = 0.8


LIMITS, LINK = Limits(), Link()


def partitions(links: int) -> int:
    """Return the partitions that one of the three orders of an account's links needs for size."""
    return max(1, math.ceil(links * LINK.item_bytes / LIMITS.partition_bytes))


def reset_seconds(links: int, parts: int) -> float:
    """Return how long a reset takes if the items are spread over so many partitions."""
    return links * LINK.moved_units / (LIMITS.partition_writes * LINK.share * parts)


def units(requests: float) -> tuple[float, float]:
    """Return the read and write units a second of a mix of requests, the stream's included."""
    known = {pattern.operation: pattern for pattern in costs.patterns()}
    reads = sum(share * known[name].reads for name, share in costs.MIX.items())
    writes = sum(
        share * (known[name].writes + (costs.ASSUMED.stream_writes if known[name].writes else 0))
        for name, share in costs.MIX.items()
    )
    return requests * reads, requests * writes


def written() -> str:
    """Return the generated part of the document."""
    return f"""\
## An account

| associations | each order | partitions | creates a second | reset | reset in 8 partitions |
|---|---|---|---|---|---|
{_accounts()}

Partitions are those that size alone needs. Creates and the reset are those of one account whose
orders are in one partition each; DynamoDB splits one by sort key while it stays hot.

## A platform

| requests a second | reads | writes | functions | partitions | US dollars a month | first limit |
|---|---|---|---|---|---|---|
{_platforms()}

Requests are those of [cost.md](cost.md#a-month), spread over many accounts. Reads and writes are
units a second, functions those that run at once, {costs.ASSUMED.seconds * 1000:g} ms for a request.
Partitions are those that the writes need; each is a shard of the stream.

## Figures of the capacity model

{_measured()}"""


def _accounts() -> str:
    rows = []
    for links in LINKS:
        size = links * LINK.item_bytes / 1e6
        one, eight = reset_seconds(links, 1), reset_seconds(links, 8)
        created = LIMITS.partition_writes // 2
        rows.append(
            f"| {links:,} | {size:,.1f} MB | {partitions(links)} | {created} "
            f"| {_time(one)} | {_time(eight)} |"
        )
    return "\n".join(rows)


def _time(seconds: float) -> str:
    if seconds < 120:  # noqa: PLR2004 - two minutes
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"  # noqa: PLR2004


def _platforms() -> str:
    rows = []
    for requests in REQUESTS:
        reads, writes = units(requests)
        running = requests * costs.ASSUMED.seconds
        parts = max(1, math.ceil(writes / LIMITS.partition_writes))
        price = costs.month(requests * SECONDS_A_MONTH, costs.MIX, requests / 10)
        rows.append(
            f"| {requests:,} | {reads:,.0f} | {writes:,.0f} | {max(1, math.ceil(running)):,} "
            f"| {parts:,} | {price:,.0f} | {_first_limit(writes, running)} |"
        )
    return "\n".join(rows)


def _first_limit(writes: float, running: float) -> str:
    if running > LIMITS.concurrency:
        return f"Lambda concurrency ({LIMITS.concurrency:,}): raise it"
    if writes > LIMITS.table_writes:
        return f"table writes ({LIMITS.table_writes:,}): raise the quota"
    if writes > LIMITS.new_table_writes:
        return f"a new table ({LIMITS.new_table_writes:,} writes): warm it"
    return "none"


def _measured() -> str:
    results = json.loads(RESULTS.read_text()).get("capacity") if RESULTS.exists() else None
    if results is None:
        return "`make bench ARGS=capacity` has not been run on this version.\n"
    figures = results["reset"] | {
        f"two resets of a third each: {name}": value
        for name, value in results["two resets"].items()
    }
    rows = "\n".join(f"| {name} | {value} |" for name, value in figures.items())
    return f"""\
A reset while clients create ten associations a second in the same account, every partition key
limited to {results["partition writes"]} write units a second (`make bench ARGS=capacity`).
The errors are the worst of all estimates of the end from a tenth on: in parts of the whole time,
and of the time that was left, which counts as a tenth of the whole at least:

| figure | value |
|---|---|
{rows}
"""


def main(arguments: list[str]) -> int:
    """Write the document, or compare it (``--check``)."""
    options = generated.parser("scale", __doc__).parse_args(arguments)
    return generated.update(DOCUMENT, "scale", written(), check=options.check)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
