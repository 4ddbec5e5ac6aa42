"""Sends requests, and follows what they set going."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin

import requests

from aem.errors import ApiError, CommandError

ATTEMPTS = 6
"""Tries of a request that is answered 429."""
LONGEST_WAIT = 60.0
"""Seconds; who is told to wait for longer has used up more than the rate of requests."""
PATIENCE = 60.0
"""Seconds that an answer may take: longer than API Gateway waits for a function."""
POLL_SECONDS = 0.5
UNFINISHED = {"PENDING", "RUNNING", "CANCELLING"}
"""States of operations that go on."""
_ERRORS = 400
_THROTTLED = 429


@dataclass(frozen=True)
class Answer:
    """What came back: the status, the headers, and the document, None where there is none."""

    status: int
    headers: Mapping[str, str]
    document: Any


class Client:
    """Calls an API with a key."""

    def __init__(self, url: str, api_key: str) -> None:
        """Take the base URL and the key; nothing is sent yet."""
        self._url = url.rstrip("/")
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"App {api_key}"

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> Answer:
        """Send a request; what is throttled is sent again when its answer says.

        Args:
            method: The HTTP method.
            path: The path under the base URL, percent-encoded; or one of the same host, as
                ``Operation-Location`` has it.
            query: The query string.
            headers: Further headers.
            body: The document to send.

        Raises:
            ApiError: The API refused it.
            CommandError: The API did not answer.
        """
        response = self._try(method, path, dict(query or {}), dict(headers or {}), body)
        for _ in range(ATTEMPTS - 1):
            wait = _wait(response)
            if wait is None:
                break
            time.sleep(wait)
            response = self._try(method, path, dict(query or {}), dict(headers or {}), body)
        document = _document(response)
        if response.status_code >= _ERRORS:
            raise ApiError(response.status_code, document if isinstance(document, dict) else {})
        return Answer(response.status_code, response.headers, document)

    def _try(
        self, method: str, path: str, query: dict[str, Any], headers: dict[str, str], body: Any
    ) -> requests.Response:
        try:
            return self._session.request(
                method,
                self._url + path if path.startswith("/provisioning/") else urljoin(self._url, path),
                params=query,
                headers=headers,
                json=body,
                timeout=PATIENCE,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            # Its own words may hold what was sent.
            raise CommandError(f"No answer from {self._url}: {type(error).__name__}") from None

    def operation(self, location: str) -> Iterator[Mapping[str, Any]]:
        """Yield an operation as it stands, again and again until it has ended."""
        while True:
            standing: Mapping[str, Any] = self.send("GET", location).document
            yield standing
            if standing["state"] not in UNFINISHED:
                return
            time.sleep(POLL_SECONDS)


def filled(path: str, ids: Mapping[str, str]) -> str:
    """Return a path with ids in place of their names, percent-encoded."""
    for name, value in ids.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    return path


def _wait(response: requests.Response) -> float | None:
    """Return after how many seconds a throttled request can be sent again; None for never."""
    if response.status_code != _THROTTLED:
        return None
    told = response.headers.get("Retry-After", "1")
    wait = float(told) if told.isdigit() else 1.0
    return wait if wait <= LONGEST_WAIT else None


def _document(response: requests.Response) -> Any:
    if not response.content:
        return None
    try:
        return response.json()
    except ValueError:
        return None
