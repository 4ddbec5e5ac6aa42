"""How long a function is busy with the slowest of 10,000 hostile bodies (issue 15).

Each body is read and parsed as the route's handler does it, up to the rule. Its time is compared
with that of a plain body of the same length: a valid one that is read whole, and the fifth of a
millisecond that any request takes. The time of a process is taken, not that of a clock, and that of
slow bodies several times, the least of which counts.
"""

import base64
import json
import os
import random
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from bench.hostile_bodies import FORM, JSON, KINDS
from provisioning.core.errors import ProvisioningError
from provisioning.http import events
from provisioning.http.routes import Route
from tools import functions

if TYPE_CHECKING:
    from provisioning.shapes.fields import Model

BODIES: Final = int(os.environ.get("BENCH_BODIES", "10000"))
TRIES: Final = 3
SHOWN: Final = 10
RATIO_AIM: Final = 8.0
"""How many times as long as a plain body a hostile one may take."""
LEAST_SECONDS: Final = 0.002
"""Seconds below which the ratio says nothing."""
ROUTES: Final = {
    "applications": ("POST", "/provisioning/1/applications"),
    "associations": ("POST", "/provisioning/1/associations/bulk"),
    "entities": ("POST", "/provisioning/1/entities/bulk"),
    "keys": ("POST", "/provisioning/1/api-keys"),
    "messages": ("POST", "/provisioning/1/messages"),
    "senders": ("POST", "/provisioning/1/senders/resolve"),
    "sending_strategies": ("POST", "/provisioning/2/sending-strategies"),
}
"""A route with a body of each function that has one."""

Figures = dict[str, Any]


class Timed(NamedTuple):
    """A body that was read.

    Attributes:
        seconds: Processor time.
        ratio: How many times that of a plain body of the same length.
        function: The function that read it.
        kind: The kind of body.
        size: Its bytes.
    """

    seconds: float
    ratio: float
    function: str
    kind: str
    size: int


def run() -> Figures:
    """Read all bodies, print the slowest and return them."""
    timed = sorted(read_all(), reverse=True)
    slowest = [each._asdict() for each in timed[:SHOWN]]
    worst = max((each for each in timed if each.seconds >= LEAST_SECONDS), key=_ratio, default=None)
    print(f"{'seconds':>8} {'ratio':>6} {'bytes':>9}  function: kind")
    for each in timed[:SHOWN]:
        print(f"{each.seconds:8.4f} {each.ratio:6.1f} {each.size:9}  {each.function}: {each.kind}")
    return {
        "bodies": len(timed),
        "slowest": slowest,
        "worst ratio": worst._asdict() if worst else None,
        "met": worst is None or worst.ratio <= RATIO_AIM,
    }


def _ratio(each: Timed) -> float:
    return each.ratio


def read_all(count: int = BODIES, seed: int = 15) -> Iterator[Timed]:
    """Yield what each of so many bodies takes, by functions and kinds in turn."""
    chance = random.Random(seed)  # noqa: S311 - the same bodies at each run
    routes = {name: _route(name, *ROUTES[name]) for name in ROUTES}
    paces = {
        (name, media_type): _plain_pace(route, media_type)
        for name, route in routes.items()
        for media_type in (JSON, FORM)
    }
    choices = [(name, kind) for name in ROUTES for kind in KINDS]
    for number in range(count):
        function, kind = choices[number % len(choices)]
        route, (media_type, make) = routes[function], KINDS[kind]
        # Each kind once as long as it may be, then of any length.
        size = route.largest if number < len(choices) else _any_size(chance, route.largest)
        body = make(chance, size)[: route.largest]
        seconds = _seconds(route, body, media_type)
        plain = LEAST_SECONDS / 10 + len(body) * paces[function, media_type]
        yield Timed(seconds, seconds / plain, function, kind, len(body))


def _any_size(chance: random.Random, largest: int) -> int:
    return int(largest ** chance.uniform(0.3, 0.8))


def _route(function: str, method: str, path: str) -> Route:
    routes: list[Route] = functions.load(function).routes
    return next(route for route in routes if (route.method, route.path) == (method, path))


def _plain_pace(route: Route, media_type: str) -> float:
    """Return the seconds for each byte of a plain body of a route."""
    return _seconds(route, _plain(route.largest, media_type), media_type) / route.largest


def _plain(size: int, media_type: str) -> bytes:
    """Return a body of a length with one text, which no shape knows."""
    if media_type == JSON:
        return json.dumps({"x": "a" * max(0, size - 9)}).encode()
    start = b"--b\r\nContent-Disposition: form-data; name=x\r\n\r\n"
    return start + b"a" * max(0, size - len(start) - 9) + b"\r\n--b--\r\n"


def _seconds(route: Route, body: bytes, media_type: str) -> float:
    """Return the processor time of reading a body, the least of some tries if it is long."""
    event = {
        "headers": {"Content-Type": media_type if route.forms else JSON},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }
    least = _read(route, event)
    for _ in range(TRIES - 1):
        if least < LEAST_SECONDS:
            break
        least = min(least, _read(route, event))
    return least


def _read(route: Route, event: events.Event) -> float:
    shape = cast("type[Model]", route.body)
    began = time.process_time()
    with suppress(ProvisioningError):
        route.read(shape, events.body(event, route.largest, forms=route.forms))
    return time.process_time() - began
