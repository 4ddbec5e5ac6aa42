"""Works out the costs of the system on AWS and writes docs/cost.md: ``python -m tools.costs``.

Units of an operation come from the table in docs/access-patterns.md, which a test compares with the
calls that are really made; alarms are counted in the transformed template. ``--check`` only
compares the document with the new text.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from local import template
from local.settings import PROJECT
from tools import generated

DOCUMENT: Final = PROJECT / "docs" / "cost.md"
PATTERNS: Final = PROJECT / "docs" / "access-patterns.md"
COLUMNS: Final = 6
MIX: Final = {
    "get an association": 0.4,
    "list associations of an application": 0.4,
    "create an association with an application": 0.15,
    "delete an association": 0.05,
}
"""Share of each operation in the requests of a month."""
MILLION: Final = 1_000_000
GIGABYTE: Final = 1e9


@dataclass(frozen=True)
class Prices:
    """US dollars, as AWS lists them for us-east-1 without free tiers and discounts.

    Attributes:
        read: A million read units on demand.
        write: A million write units on demand.
        api: A million requests to a REST API.
        invocation: A million invocations of a function.
        gigabyte_second: A second of a function with 1 GB on arm64.
        message: A million requests to a queue.
        log_gigabyte: A gigabyte of logs, taken in.
        metric: A metric for a month: custom, or detailed of an API's method.
        alarm: A metric that an alarm looks at, for a month.
        composite_alarm: A composite alarm for a month.
        dashboard: A dashboard for a month.
        stored_gigabyte: A gigabyte in the table for a month, with point-in-time recovery.
        trace: A million traces in X-Ray.
    """

    read: float = 0.125
    write: float = 0.625
    api: float = 3.50
    invocation: float = 0.20
    gigabyte_second: float = 0.0000133334
    message: float = 0.40
    log_gigabyte: float = 0.50
    metric: float = 0.30
    alarm: float = 0.10
    composite_alarm: float = 0.50
    dashboard: float = 3.00
    stored_gigabyte: float = 0.25 + 0.20
    trace: float = 5.00


@dataclass(frozen=True)
class Assumptions:
    """The use of a request apart from the table.

    Attributes:
        seconds: Billed duration of a function for a request, when it is warm.
        gigabytes: Memory of a function.
        log_bytes: Log lines of a request: access log, the function's own, its metrics, Lambda's.
        stream_writes: Write units of projections and audit for each request that writes.
        sampled: Share of requests that X-Ray traces.
    """

    seconds: float = 0.03
    gigabytes: float = 0.5
    log_bytes: int = 2_100
    stream_writes: float = 3.0
    sampled: float = 0.05


@dataclass(frozen=True)
class Pattern:
    """An access pattern: a row of docs/access-patterns.md."""

    operation: str
    reads: float
    writes: float


PRICES: Final = Prices()
ASSUMED: Final = Assumptions()
_DYNAMODB, _GATEWAY = "Amazon DynamoDB pricing", "Amazon API Gateway pricing"
_LAMBDA, _CLOUDWATCH = "AWS Lambda pricing", "Amazon CloudWatch pricing"
PRICE_SOURCES: Final = {
    "read": ("a million read units, on demand", _DYNAMODB),
    "write": ("a million write units, on demand", _DYNAMODB),
    "stored_gigabyte": ("a gigabyte a month, 0.20 of it for going back in time", _DYNAMODB),
    "api": ("a million requests to a REST API", _GATEWAY),
    "invocation": ("a million invocations", _LAMBDA),
    "gigabyte_second": ("a gigabyte-second on arm64", _LAMBDA),
    "message": ("a million requests to a queue", "Amazon SQS pricing"),
    "log_gigabyte": ("a gigabyte of logs", _CLOUDWATCH),
    "metric": ("a metric a month", _CLOUDWATCH),
    "alarm": ("an alarm's metric a month", _CLOUDWATCH),
    "composite_alarm": ("a composite alarm a month", _CLOUDWATCH),
    "dashboard": ("a dashboard a month", _CLOUDWATCH),
    "trace": ("a million traces", "AWS X-Ray pricing"),
}
"""What each price is for, and the page of AWS that lists it."""
ASSUMPTION_SOURCES: Final = {
    "seconds": (
        "billed seconds of a request",
        (
            "1 to 3 ms on a whole processor (performance.md), of which 512 MB have 0.29, and 1 to "
            "3 calls to the table of some 5 ms each"
        ),
    ),
    "gigabytes": ("gigabytes of memory of a function", "`MemorySize` in template.yaml"),
    "log_bytes": (
        "bytes of logs of a request",
        (
            "counted with short ids: 840 of the function's two lines, 380 of Lambda's three, 450 "
            "of the access log, and 26 that CloudWatch adds to each"
        ),
    ),
    "stream_writes": (
        "write units behind the stream of a request that writes",
        "two entries of the audit and a share of a page index's block",
    ),
    "sampled": (
        "share of requests that are traced",
        'AWS, "Configuring sampling rules": one a second and 5 % of the others',
    ),
}
"""What is assumed of a request, and why."""


def patterns() -> list[Pattern]:
    """Read the access patterns with their read and write units; a write in a transaction is two."""
    found = []
    for line in PATTERNS.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == COLUMNS and cells[3].isdigit():
            items, _, transaction = cells[5].partition(" ")
            writes = float(items or 0) * (2 if transaction else 1)
            found.append(Pattern(cells[0], float(cells[4] or 0), writes))
    return found


def request(pattern: Pattern, prices: Prices = PRICES, assumed: Assumptions = ASSUMED) -> float:
    """Return the cost of a million requests of a pattern, with its consequences on the stream."""
    follows = assumed.stream_writes if pattern.writes else 0
    table = pattern.reads * prices.read + (pattern.writes + follows) * prices.write
    return table + overhead(prices, assumed)


def overhead(prices: Prices = PRICES, assumed: Assumptions = ASSUMED) -> float:
    """Return the cost of a million requests apart from the table."""
    function = prices.invocation + assumed.seconds * assumed.gigabytes * (
        prices.gigabyte_second * MILLION
    )
    logs = assumed.log_bytes * MILLION / GIGABYTE * prices.log_gigabyte
    return prices.api + function + logs + assumed.sampled * prices.trace


def standing(prices: Prices = PRICES) -> dict[str, float]:
    """Return the monthly cost of a stack without requests, by cause."""
    resources = template.load(PROJECT / "template.yaml")["Resources"]
    alarms = list(_of_type(resources, "AWS::CloudWatch::Alarm"))
    composites = list(_of_type(resources, "AWS::CloudWatch::CompositeAlarm"))
    runs = 30 * 24 * 12 + 30
    seconds = 30 * 24 * 12 * 0.1 + 30 * 5
    return {
        f"{len(alarms)} alarms": len(alarms) * prices.alarm,
        f"{len(composites)} composite alarms": len(composites) * prices.composite_alarm,
        "the dashboard": prices.dashboard,
        "scheduled functions": runs / MILLION * prices.invocation
        + seconds * ASSUMED.gigabytes * prices.gigabyte_second,
        "polling of the queue": 5 * 3 * 60 * 24 * 30 / MILLION * prices.message,
    }


def month(requests: float, share: Mapping[str, float], gigabytes: float) -> float:
    """Return the cost of a month.

    Args:
        requests: Requests in the month.
        share: The share of each pattern in them, by its operation.
        gigabytes: Size of the table.
    """
    known = {pattern.operation: pattern for pattern in patterns()}
    each = sum(part * request(known[name]) for name, part in share.items())
    stored = gigabytes * PRICES.stored_gigabyte
    return sum(standing().values()) + requests / MILLION * each + stored


def written() -> str:
    """Return the generated part of the document."""
    fixed = standing()
    idle = "\n".join(f"| {cause} | {dollars(cost)} |" for cause, cost in fixed.items())
    return f"""\
## A month

Of 100 requests, 40 read an association, 40 list those of an application, 15 create one and 5 delete
one.

| system | requests | table | US dollars |
|---|---|---|---|
{_sizes()}

## Without requests

| cause | US dollars a month |
|---|---|
{idle}
| **together** | **{dollars(sum(fixed.values()))}** |

## A million requests

Every request costs {dollars(overhead())} a million apart from the table: the API
({dollars(PRICES.api)}), the function, about {ASSUMED.log_bytes:,} bytes of logs and its share of
traces. Each request that writes costs {ASSUMED.stream_writes:g} more write units behind the stream
(page indexes and audit), which the last column includes.

| operation | read units | write units | US dollars a million |
|---|---|---|---|
{_requests()}

## Prices and assumptions

| figure | value | source |
|---|---|---|
{_sources()}
"""


def _requests() -> str:
    return "\n".join(
        f"| {p.operation} | {p.reads:g} | {p.writes:g} | {dollars(request(p))} |"
        for p in patterns()
    )


def _sources() -> str:
    """Return the table of the prices and the assumptions."""
    prices = [
        f'| {what} | {getattr(PRICES, name):g} | list price: AWS, "{page}" |'
        for name, (what, page) in PRICE_SOURCES.items()
    ]
    assumed = [
        f"| {what} | {getattr(ASSUMED, name):g} | **assumed**: {why} |"
        for name, (what, why) in ASSUMPTION_SOURCES.items()
    ]
    return "\n".join(prices + assumed)


def _sizes() -> str:
    return "\n".join(
        f"| {name} | {requests:,} | {gigabytes:g} GB | {dollars(month(requests, MIX, gigabytes))} |"
        for name, requests, gigabytes in (
            ("idle", 0, 0.1),
            ("small", MILLION, 1),
            ("large", 1000 * MILLION, 200),
        )
    )


def dollars(amount: float) -> str:
    """Write an amount of money."""
    return f"{amount:,.2f}"


def _of_type(resources: Mapping[str, Any], kind: str) -> Iterator[str]:
    return (name for name, resource in resources.items() if resource["Type"] == kind)


def main(arguments: list[str]) -> int:
    """Write the document, or compare it (``--check``), or print the costs as JSON."""
    parser = generated.parser("costs", __doc__)
    parser.add_argument("--json", action="store_true", help="print costs of each operation")
    options = parser.parse_args(arguments)
    if options.json:
        costs = {pattern.operation: request(pattern) for pattern in patterns()}
        print(json.dumps({"standing": standing(), "million": costs}, indent=2))
        return 0
    return generated.update(DOCUMENT, "costs", written(), check=options.check)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
