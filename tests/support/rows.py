"""How many calls of a request follow each other: those made side by side count once."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from tests.support.transport import Send, through_to_engine

_LINGER_SECONDS = 0.02
"""How long each call is held, so that those that are made side by side meet."""


@dataclass
class Rows:
    """Watches calls to DynamoDB.

    Attributes:
        spans: When each call began and ended.
        held: Whether calls are held, so that the depth can be measured.
    """

    spans: list[tuple[float, float]] = field(default_factory=list)
    held: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def pass_on(self, request: AWSPreparedRequest, send: Send) -> AWSResponse:
        """Send a request, taking note of when."""
        if not self.held:
            return send(request)
        began = time.monotonic()
        time.sleep(_LINGER_SECONDS)
        response = send(request)
        with self._lock:
            self.spans.append((began, time.monotonic()))
        return response

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Hold all calls within, and forget those before."""
        self.spans, self.held = [], True
        try:
            yield
        finally:
            self.held = False

    @property
    def depth(self) -> int:
        """The longest sequence of calls, one after the other."""
        levels: list[tuple[float, int]] = []
        for began, ended in sorted(self.spans):
            level = 1 + max((level for end, level in levels if end <= began), default=0)
            levels.append((ended, level))
        return max((level for _, level in levels), default=0)


def watch(monkeypatch: pytest.MonkeyPatch) -> Rows:
    """Watch the calls of the code under test from now on."""
    rows = Rows()
    through_to_engine(monkeypatch).always(rows.pass_on)
    return rows
