"""Sends requests, and follows operations."""

import hashlib
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import requests
from requests.auth import AuthBase

from aem import __version__, forms, retries
from aem.errors import UNKNOWN, ApiError, CommandError, NoAnswerError
from aem.settings import Connection

TIMEOUT = 60.0
"""Seconds; longer than API Gateway waits for a function."""
POLL_SECONDS = 0.5
UNSTEADY = "What was read changed meanwhile: elements may be missing. Read it again."
UNFINISHED = {"PENDING", "RUNNING", "CANCELLING"}
"""States of operations that have not ended."""
_REDIRECTS = range(300, 400)
_ERRORS = 400


@dataclass(frozen=True)
class Answer:
    """An answer: the status, the headers, and the document, None if the body was empty."""

    status: int
    headers: Mapping[str, str]
    document: Any


class _ApiKey(AuthBase):
    """Sends the API key; as an explicit auth it comes before ``.netrc`` and user info."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"App {self._key}"
        return request


class Client:
    """Calls an API with a key.

    Attributes:
        url: The base URL.
        account: A digest of the key. It distinguishes accounts at the same URL.
        unsteady: Whether a list changed while its pages were read: the pages shift, and an element
            can be on none of those that were read.
    """

    def __init__(self, connection: Connection) -> None:
        """Take the base URL and the key; nothing is sent yet."""
        self.url = connection.url
        self.unsteady = False
        self.account = hashlib.sha256(connection.api_key.encode()).hexdigest()
        self._session = requests.Session()
        self._session.auth = _ApiKey(connection.api_key)
        self._session.headers["User-Agent"] = f"aem/{__version__}"

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        expected: Collection[int] = (200,),
    ) -> Answer:
        """Send a request; a throttled one, or a read that failed, is sent again after a pause.

        Args:
            method: The HTTP method.
            path: The path under the base URL, percent-encoded, or one of the same host, as in
                ``Operation-Location``.
            query: The query string.
            headers: Further headers.
            body: The document to send.
            expected: The statuses of success.

        Raises:
            ApiError: The API refused it.
            CommandError: There was no answer, or not one of this API.
        """
        attempt = 0
        while True:
            try:
                response = self._try(method, path, dict(query or {}), dict(headers or {}), body)
                wait = retries.wait(response, method, attempt)
                if wait is None:
                    return self._answer(response, method, expected)
            except NoAnswerError as error:
                wait = retries.wait_after_loss(error, method, attempt)
                if wait is None:
                    raise
            time.sleep(wait)
            attempt += 1

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """Return the object that a path holds.

        Raises:
            CommandError: See ``send``; or the answer is no JSON object.
        """
        return self.object(self.send("GET", path, query=query))

    def object(self, answer: Answer) -> Mapping[str, Any]:
        """Return an answer's document, which must be a JSON object.

        Raises:
            CommandError: It is not.
        """
        if not isinstance(answer.document, dict):
            raise self.foreign("an answer without a JSON object")
        return answer.document

    def page(self, path: str, query: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a page of results.

        Raises:
            CommandError: The answer is not a page.
        """
        found = self.get(path, query)
        if not isinstance(found.get("results"), list) or not isinstance(found.get("paging"), dict):
            raise self.foreign("an answer that is not a page of results")
        return found

    def pages(
        self, path: str, query: Mapping[str, Any], size: int | None = 1000
    ) -> Iterator[Mapping[str, Any]]:
        """Yield all pages of a list, by page or by cursor.

        Args:
            path: The path of the list.
            query: Its filters.
            size: Results in a page; None for the API's default.

        Raises:
            CommandError: See ``page``.
        """
        asked = {name: value for name, value in query.items() if name != "page"}
        if size is not None:
            asked["size"] = size
        total, seen = None, {asked.get("cursor")}
        while True:
            page = self.page(path, asked)
            yield page
            paging = page["paging"]
            self.unsteady = self.unsteady or total not in {None, str(paging.get("totalResults"))}
            total = str(paging.get("totalResults"))
            if isinstance(paging.get("totalPages"), int):
                asked["page"] = asked.get("page", 0) + 1
                if asked["page"] >= paging["totalPages"]:
                    return
            else:
                following = paging.get("next")
                if following is None:
                    return
                if not isinstance(following, str) or following in seen:
                    raise self.foreign("a page that leads to itself")
                seen.add(following)
                asked["cursor"] = following

    def rows(self, path: str, required: Collection[str]) -> Iterator[Mapping[str, Any]]:
        """Yield all results of a list, page by page.

        Args:
            path: The path of the list.
            required: Members that are text in each result.

        Raises:
            CommandError: See ``page``; or a result is something else.
        """
        for page in self.pages(path, {}):
            if not isinstance(page["paging"].get("totalPages"), int):
                raise self.foreign("a page that does not say how many there are")
            for row in page["results"]:
                if not isinstance(row, Mapping) or not all(
                    isinstance(row.get(name), str) for name in required
                ):
                    raise self.foreign("results of another shape")
                yield row

    def operation(self, location: str) -> Iterator[Mapping[str, Any]]:
        """Yield an operation's states until it has ended; some answers may be lost."""
        lost = 0
        while True:
            try:
                current = self.get(location)
            except NoAnswerError as error:
                lost += 1
                if error.is_cut or lost == retries.ATTEMPTS_OF_READS:
                    raise
                time.sleep(lost)
                continue
            lost = 0
            if not isinstance(current.get("state"), str):
                raise self.foreign("an answer that is not an operation")
            yield current
            if current["state"] not in UNFINISHED:
                return
            time.sleep(POLL_SECONDS)

    def _try(
        self, method: str, path: str, query: dict[str, Any], headers: dict[str, str], body: Any
    ) -> requests.Response:
        try:
            return self._session.request(
                method,
                self._address(path),
                params=query,
                headers=headers,
                json=body,
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        except (requests.RequestException, UnicodeError, ValueError) as error:
            # Its own words may contain what was sent.
            unknown = "" if method == "GET" else f"; {UNKNOWN}"
            name = type(error).__name__
            text = f"No answer from {self.url}: {name}{unknown}"
            raise NoAnswerError(text, is_cut=retries.is_cut(error)) from None
        except OSError as error:  # of the certificates that the environment names
            raise CommandError(f"Nothing was sent to {self.url}: {error}") from None

    def _address(self, path: str) -> str:
        """Return the URL of a path.

        Raises:
            CommandError: A location that the API gave is on another host, which must not get the
                key.
        """
        if path.startswith("/provisioning/"):
            return self.url + path
        address = urljoin(self.url, path)
        if urlsplit(address)[:2] != urlsplit(self.url)[:2]:
            raise self.foreign("a location on another host")
        return address

    def _answer(
        self, response: requests.Response, method: str, expected: Collection[int]
    ) -> Answer:
        status = response.status_code
        if status in _REDIRECTS:
            raise self._redirected(response)
        document = None
        if response.content:
            try:
                document = forms.load_json(response.content)
            except (ValueError, RecursionError):
                if status < _ERRORS:
                    raise self.foreign("an answer that is not JSON") from None
        if status >= _ERRORS:
            envelope = document if isinstance(document, dict) else {}
            raise ApiError(status, envelope, is_write=method != "GET")
        if status not in expected:
            raise self.foreign(f"the status {status}")
        if response.content and not isinstance(document, dict):
            raise self.foreign("an answer without a JSON object")
        return Answer(status, response.headers, document)

    def _redirected(self, response: requests.Response) -> CommandError:
        hint = ""
        try:
            there = urlsplit(urljoin(response.url, response.headers.get("Location", "")))
        except ValueError:
            there = urlsplit("")
        here = urlsplit(self.url)
        if there.scheme == "https" and here.scheme == "http" and here.hostname == there.hostname:
            host = there.netloc.rpartition("@")[2]
            hint = f" Use https: https://{host}{here.path}"
        return CommandError(
            f"{self.url} answers with a redirect ({response.status_code}), which is not followed."
            + hint
        )

    def foreign(self, found: str) -> CommandError:
        """Return the error for an answer that the API does not give."""
        return CommandError(f"{self.url} gave {found}: is this the base URL of the API?")


def fill(path: str, ids: Mapping[str, str]) -> str:
    """Return a path with ids in place of their names, percent-encoded."""
    for name, value in ids.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    return path
