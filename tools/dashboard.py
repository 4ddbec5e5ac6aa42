"""Draws the dashboard of template.yaml from the local system: ``python -m tools.dashboard``.

The system is served with the capacity model in front of its table. Clients and a large deletion
keep it busy for two minutes. Each widget is drawn from what the functions logged meanwhile, what
the model refused, and how many messages the queues had. A period is ``PERIOD`` seconds, not
minutes. The picture is docs/dashboard.png.
"""

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import boto3
import requests
from samcli.yamlhelper import yaml_parse

from local.settings import PROJECT, REGION
from tools import dashboard_load, interpreters
from tools.costs import MILLION, PRICES
from tools.dashboard_load import Busy

PICTURE: Final = PROJECT / "docs" / "dashboard.png"
PERIOD: Final = 5


class Sample(NamedTuple):
    """A measurement.

    Attributes:
        at: When, in seconds since 1970.
        metric: Its name in CloudWatch.
        of: What it is of: a route, a queue or a kind of call.
        value: Its value.
    """

    at: float
    metric: str
    of: str
    value: float


def main() -> int:
    """Serve the system, keep it busy, and draw its dashboard."""
    with tempfile.TemporaryDirectory() as name, dashboard_load.serving(Path(name)) as busy:
        busy.prepare()
        started, watched, stop = time.time(), list[Sample](), threading.Event()
        watcher = threading.Thread(target=_watch, args=(busy, watched, stop))
        watcher.start()
        busy.work()
        stop.set()
        watcher.join()
        samples = [*watched, *_logged(Path(name) / "logs")]
    end = time.time()
    found = Samples(samples, started, end)
    drawn = {title: WIDGETS[title](found) for title in titles()}
    drawing = {
        "period": PERIOD,
        "widgets": [
            {"title": title, "empty": EMPTY.get(title, "none"), "lines": lines}
            for title, lines in drawn.items()
        ],
    }
    python = interpreters.interpreter("{}.{}".format(*sys.version_info), "dashboard")
    plot = [python, PROJECT / "tools" / "dashboard_plot.py", PICTURE]
    subprocess.run(plot, input=json.dumps(drawing), text=True, check=True)
    return 0


def titles() -> list[str]:
    """Return the titles of the template's widgets."""
    template = yaml_parse((PROJECT / "template.yaml").read_text())
    body = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    return [widget["properties"]["title"] for widget in json.loads(body)["widgets"]]


def _watch(busy: Busy, samples: list[Sample], stop: threading.Event) -> None:
    """Note, every second, the messages in the queues and the calls that the model refused."""
    queues = boto3.client("sqs", REGION, endpoint_url=busy.environment["AWS_ENDPOINT_URL_SQS"])
    urls = queues.list_queues()["QueueUrls"]
    before = _refused(busy)
    while not stop.wait(1):
        now = time.time()
        for url in urls:
            found = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
            name = url.rpartition("/")[2].removeprefix("local-")
            depth = float(found["Attributes"]["ApproximateNumberOfMessages"])
            samples.append(Sample(now, "ApproximateNumberOfMessagesVisible", name, depth))
        refused = _refused(busy)
        for call, number in refused.items():
            samples.append(Sample(now, "ThrottleEvents", call, number - before.get(call, 0)))
        before = refused


def _refused(busy: Busy) -> dict[str, int]:
    """Return how many calls of each kind the model has refused so far."""
    refused: dict[str, int] = requests.get(busy.capacity, timeout=10).json()["refused"]
    return refused


def _logged(folder: Path) -> Iterator[Sample]:
    """Yield what functions logged: a line for each request, and metrics in the embedded format."""
    for file in folder.glob("*.log"):
        for line in file.read_text(errors="replace").splitlines():
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if "_aws" in record:
                yield from _embedded(record)
            elif "status" in record and "milliseconds" in record:
                yield from _request(record)


def _embedded(record: Any) -> Iterator[Sample]:
    at = record["_aws"]["Timestamp"] / 1000
    for directive in record["_aws"]["CloudWatchMetrics"]:
        for metric in directive["Metrics"]:
            name = metric["Name"]
            values = record[name] if isinstance(record[name], list) else [record[name]]
            yield Sample(at, name, name, sum(values))


def _request(record: Any) -> Iterator[Sample]:
    at = datetime.strptime(record["timestamp"], "%Y-%m-%d %H:%M:%S,%f%z").timestamp()
    route, _, status = record["message"].rpartition(" ")
    route = route.replace("/provisioning/1", "")
    yield Sample(at, "Count", route, 1)
    yield Sample(at, "Latency", "all", record["milliseconds"])
    if status[0] in "45":
        yield Sample(at, f"{status[0]}XXError", f"{status[0]}XX {route}", 1)


# --- what the widgets show ------------------------------------------------------------------------

Lines = dict[str, list[float]]
"""The lines of a widget: a value for each period, by label."""
EMPTY: Final = {"Stream age (ms)": "DynamoDB Local does not tell it"}


class Samples(NamedTuple):
    """All measurements, and the time that is drawn."""

    all: list[Sample]
    start: float
    end: float

    def lines(self, summed: Callable[[list[float]], float], *metrics: str) -> Lines:
        """Return a line for each thing that some metrics are of."""
        found: dict[str, list[list[float]]] = defaultdict(self._periods)
        for sample in self.all:
            number = int((sample.at - self.start) // PERIOD)
            if sample.metric in metrics and 0 <= number < len(self._periods()):
                found[sample.of][number].append(sample.value)
        return {of: [summed(values) for values in found[of]] for of in sorted(found)}

    def _periods(self) -> list[list[float]]:
        return [[] for _ in range(int((self.end - self.start) // PERIOD))]


def _sums(*metrics: str) -> Callable[[Samples], Lines]:
    return lambda samples: samples.lines(sum, *metrics)


def _queues(samples: Samples) -> Lines:
    return samples.lines(partial(max, default=0.0), "ApproximateNumberOfMessagesVisible")


def _percentiles(samples: Samples) -> Lines:
    percentiles = {
        f"p{rank}": samples.lines(partial(_percentile, rank), "Latency") for rank in (50, 95, 99)
    }
    return {label: lines["all"] for label, lines in percentiles.items()}


def _percentile(rank: int, values: list[float]) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * rank // 100)] if ordered else 0.0


def _cost(samples: Samples) -> Lines:
    """Return what an hour at the pace of each period costs, in US dollars."""
    lines = samples.lines(sum, "ReadUnits", "WriteUnits")
    requests_by_route = samples.lines(sum, "Count").values()
    hours = 3600 / PERIOD / MILLION
    table = [
        (read * PRICES.read + written * PRICES.write) * hours
        for read, written in zip(lines["ReadUnits"], lines["WriteUnits"], strict=True)
    ]
    api = [sum(counts) * PRICES.api * hours for counts in zip(*requests_by_route, strict=True)]
    return {"table": table, "api": api}


WIDGETS: Final[dict[str, Callable[[Samples], Lines]]] = {
    "Requests by route": _sums("Count"),
    "Errors by route": _sums("4XXError", "5XXError"),
    "Latency (ms)": _percentiles,
    "Throttles": _sums("ThrottleEvents"),
    "Read and write units": _sums("ReadUnits", "WriteUnits"),
    "Stream age (ms)": lambda _: {},
    "Dead letters and waiting submissions": _queues,
    "Operations: slices of work in a minute, and work that had to be revived": _sums(
        "Slices", "RevivedWork"
    ),
    "Cost of the hour (US dollars, us-east-1 prices; docs/cost.md)": _cost,
}
"""What each widget of the template shows, by its title."""


if __name__ == "__main__":
    sys.exit(main())
