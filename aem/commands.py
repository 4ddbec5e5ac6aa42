"""Carries out commands."""

import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any

from aem import inputs, parser
from aem.client import LONGEST_WAIT, Answer, Client, filled
from aem.document import Document, Operation
from aem.errors import FAILED, OK, UsageError
from aem.output import Output

_ERRORS = 400
_THROTTLED = 429
_BULK_TRIES = 5

Arguments = Mapping[str, Any]
Request = dict[str, Any]


class Command:
    """One command, as it was given."""

    def __init__(
        self, document: Document, arguments: Arguments, client: Client, output: Output
    ) -> None:
        """Take what was given, and by what to carry it out."""
        self._document = document
        self._arguments = arguments
        self._operation: Operation = arguments["operation"]
        self._client = client
        self._output = output
        self._path = filled(self._operation.path, self._given("path"))

    def run(self) -> int:
        """Carry it out, and return the exit code.

        Raises:
            CommandError: It failed.
        """
        if self._operation.is_bulk:
            return self._bulk()
        if self._arguments.get("all"):
            return self._all_pages()
        request = self._request()
        if parser.asks(self._operation) and not self._arguments.get("yes"):
            request = self._confirmed(request)
        return self._finish(self._send(request))

    # --- what is sent -------------------------------------------------------------------------

    def _given(self, place: str) -> dict[str, Any]:
        return {
            given.name[0]: self._arguments[parser.dest(given)]
            for given in self._operation.inputs
            if given.place == place and parser.dest(given) in self._arguments
        }

    def _body(self) -> Any:
        """Return the body: what ``--body`` gives, with what options give in its place."""
        members = [given for given in self._operation.inputs if given.place == "body"]
        if not members:
            return None
        whole = self._arguments.get("body")
        body = {} if whole is None else parser.body_of(whole, sys.stdin)
        for given in members:
            value = self._value(parser.dest(given), plain=_is_plain(given.schema))
            if value is not None and isinstance(body, dict):
                *under, name = given.name
                (body.setdefault(under[0], {}) if under else body)[name] = value
        return body

    def _value(self, name: str, *, plain: bool) -> Any:
        source = self._arguments.get(f"{name}:file")
        if source is None:
            return self._arguments.get(name)
        return inputs.read(source, plain=plain)

    def _request(self) -> Request:
        return {
            "query": self._given("query"),
            "headers": self._given("header"),
            "body": self._body(),
        }

    def _send(self, request: Request) -> Answer:
        return self._client.send(self._operation.method, self._path, **request)

    # --- what comes back ----------------------------------------------------------------------

    def _finish(self, answer: Answer) -> int:
        location = answer.headers.get("Operation-Location")
        if self._arguments.get("wait"):
            return self._wait(location or self._path)
        if answer.document is not None:
            self._output.show(answer.document)
        elif location and self._output.as_json:
            operation_id = location.rpartition("/")[2]
            self._output.show({"operationId": operation_id, "operationLocation": location})
        elif location:
            self._output.say(f"Done. Operation {location.rpartition('/')[2]} goes on.")
        else:
            self._output.say("Done.")
        return OK

    def _wait(self, location: str) -> int:
        standing: Mapping[str, Any] = {}
        with self._output.progress() as progress:
            shown = progress.add_task("operation", total=None, speed="")
            for standing in self._client.operation(location):
                progress.update(
                    shown,
                    description=standing["state"].lower(),
                    completed=standing.get("done", 0),
                    total=standing.get("total"),
                    speed=_speed(standing),
                )
        self._output.show(standing)
        return OK if standing["state"] == "SUCCEEDED" else FAILED

    # --- pages --------------------------------------------------------------------------------

    def _all_pages(self) -> int:
        results = [result for page in self._pages() for result in page["results"]]
        self._output.show({"results": results, "paging": {"totalResults": len(results)}})
        return OK

    def _pages(self) -> Iterator[Mapping[str, Any]]:
        """Yield every page, each as long as pages may be."""
        request = self._request()
        query = request["query"]
        size = self._operation.input("size")
        if size is not None and "maximum" in size.schema:
            query["size"] = size.schema["maximum"]
        query.pop("page", None)
        with self._output.progress() as progress:
            shown = progress.add_task("reading", total=None, speed="")
            while True:
                page: Mapping[str, Any] = self._send(request).document
                yield page
                paging = page["paging"]
                progress.update(
                    shown, advance=len(page["results"]), total=paging.get("totalResults")
                )
                if not _turn(query, paging):
                    return

    # --- confirmation -------------------------------------------------------------------------

    def _confirmed(self, request: Request) -> Request:
        """Show what a command would do, and return it as it may be sent.

        Raises:
            UsageError: It was not confirmed.
        """
        rehearsed = self._operation.input("dryRun") is not None
        if rehearsed and request["body"].get("dryRun"):
            return request
        if not self._output.interactive:
            raise UsageError("Nobody can be asked here: confirm with --yes")
        if rehearsed:
            self._preview(self._send(request | {"body": request["body"] | {"dryRun": True}}))
        elif impact := self._document.find("GET", f"{self._operation.path}/impact"):
            answer = self._client.send("GET", filled(impact.path, self._given("path")))
            self._preview(answer)
            # What is deleted then is what was shown, or nothing.
            if "ETag" in answer.headers and "If-Match" not in request["headers"]:
                request["headers"]["If-Match"] = answer.headers["ETag"]
        self._ask()
        return request

    def _preview(self, answer: Answer) -> None:
        if not self._output.as_json and answer.document is not None:
            self._output.show(answer.document)

    def _ask(self) -> None:
        self._output.warn(f"{self._operation.described['summary']}: {self._path}")
        if input("Go on? [y/N] ").strip().lower() not in {"y", "yes"}:
            raise UsageError("Left as it is")

    # --- many at once -------------------------------------------------------------------------

    def _bulk(self) -> int:
        """Send lists of any length, in as many requests as they need; first what is first."""
        body = self._body()
        if not isinstance(body, dict):
            raise UsageError("--body: must hold a JSON object")
        lists = {
            given.name[0]: (list(body.get(given.name[0]) or ()), given.schema.get("maxItems", 1000))
            for given in self._operation.inputs
            if given.place == "body"
        }
        outcomes: list[dict[str, Any]] = []
        with self._output.progress() as progress:
            total = sum(len(elements) for elements, _ in lists.values())
            shown = progress.add_task("sending", total=total, speed="")
            for action, (elements, size) in lists.items():
                for start, part in enumerate(parser.chunks(elements, size)):
                    outcomes += [
                        outcome | {"index": outcome["index"] + start * size}
                        for outcome in self._bulk_part(action, list(part))
                    ]
                    progress.update(shown, advance=len(part))
        return self._show_outcomes(outcomes)

    def _bulk_part(self, action: str, elements: list[Any]) -> list[dict[str, Any]]:
        """Send a part of a list; what is throttled is sent again when its outcome says."""
        outcomes: dict[int, dict[str, Any]] = {}
        places = list(range(len(elements)))
        for _ in range(_BULK_TRIES):
            answer = self._client.send(
                "POST", self._path, body={action: [elements[place] for place in places]}
            )
            for result in answer.document["results"]:
                place = places[result["index"]]
                outcomes[place] = result | {"index": place}
            again = [place for place in places if _may_pass(outcomes[place])]
            if not again:
                break
            time.sleep(max(outcomes[place].get("retryAfter", 1) for place in again))
            places = again
        return [outcomes[place] for place in sorted(outcomes)]

    def _show_outcomes(self, outcomes: list[dict[str, Any]]) -> int:
        failed = [outcome for outcome in outcomes if outcome["status"] >= _ERRORS]
        told = {"succeeded": len(outcomes) - len(failed), "failed": len(failed)}
        # Of many, a person wants to see what went wrong; a script gets them all.
        if failed or self._output.as_json:
            self._output.show({"results": outcomes if self._output.as_json else failed, **told})
        else:
            self._output.say(f"All {len(outcomes)} succeeded.")
        return FAILED if failed else OK


def _may_pass(outcome: Mapping[str, Any]) -> bool:
    return bool(outcome["status"] == _THROTTLED and outcome.get("retryAfter", 1) <= LONGEST_WAIT)


def _is_plain(schema: Mapping[str, Any]) -> bool:
    """Return whether the elements of a list are texts."""
    elements: Mapping[str, Any] = schema.get("items", {})
    return elements.get("type") == "string"


def _turn(query: dict[str, Any], paging: Mapping[str, Any]) -> bool:
    """Set a query to the page that follows one; return whether there is one."""
    if "totalPages" in paging:
        query["page"] = paging["page"] + 1
        return bool(query["page"] < paging["totalPages"])
    query["cursor"] = paging.get("next")
    return query["cursor"] is not None


def _speed(standing: Mapping[str, Any]) -> str:
    """Return how fast an operation is and when it may end, as far as it tells."""
    rate, end = (
        standing.get("rate"),
        standing.get("estimatedEndAt"),
    )
    told = [f"{rate:g}/s" if isinstance(rate, int | float) else "", f"ends {end}" if end else ""]
    return ", ".join(filter(None, told))
