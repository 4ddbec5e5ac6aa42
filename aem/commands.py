"""Carries out the commands that come from the document."""

from collections.abc import Iterator, Mapping
from typing import Any

from aem import inputs, spelling, strategies, tables
from aem.arguments import Arguments
from aem.bulk import Bulk
from aem.client import UNSTEADY, Answer, Client, fill
from aem.document import Document, Operation
from aem.errors import OK, UNKNOWN, ApiError, UsageError
from aem.follow import OPERATION, follow
from aem.names import key_names
from aem.output import Output

_CONFLICT = 409
_MISSING = 404

Request = dict[str, Any]


class Command:
    """One command with its arguments."""

    def __init__(
        self,
        document: Document,
        operation: Operation,
        values: Mapping[str, Any],
        client: Client,
        output: Output,
    ) -> None:
        """Take the arguments and what carries them out.

        Raises:
            UsageError: An id cannot be addressed in a path.
        """
        self._document = document
        self._arguments = Arguments(operation, values)
        self._operation = operation
        self._client = client
        self._output = output
        self._ids = self._arguments.ids()
        self._path = fill(operation.path, self._ids)

    def run(self) -> int:
        """Carry it out, and return the exit code.

        Raises:
            CommandError: It failed.
        """
        self._output.expect(self._columns())
        if self._operation.is_bulk:
            return self._bulk()
        if self._arguments.flag("all"):
            return self._all_pages()
        request = self._request()
        if asks(self._operation) and not self._arguments.flag("yes"):
            request = self._confirmed(request)
        if (self._operation.group, self._operation.verb) == ("associations", "create"):
            spelling.warn(self._client, self._output, [request["body"]])
        try:
            answer = self._send(request)
        except ApiError as error:
            if not self._accepts(error):
                raise
            self._output.say("Nothing to do: it was so already.")
            return OK
        return self._finish(answer)

    def _columns(self) -> list[str]:
        """Return the columns that the result can have."""
        columns = list(self._operation.columns)
        if self._operation.is_bulk:
            columns.append("unchanged")
        if self._operation.starts_operation:
            followed = self._document.columns("GET", OPERATION)
            columns += ["operationId", "operationLocation", *followed]
        return list(dict.fromkeys(columns))

    # --- what is sent -------------------------------------------------------------------------

    def _request(self) -> Request:
        request: Request = {
            "query": self._arguments.query(),
            "headers": self._arguments.headers(),
            "body": self._arguments.body(),
        }
        self._keep_the_rest(request)
        return request

    def _keep_the_rest(self, request: Request) -> None:
        """Fill a PUT of several members with what they are now: it would clear the others."""
        names = [given.name[0] for given in self._operation.body]
        one = self._document.find("GET", self._operation.path)
        if self._operation.method != "PUT" or one is None or set(names) <= request["body"].keys():
            return
        answer = self._client.send("GET", self._path)
        current = self._client.object(answer)
        rest = {name: current.get(name) for name in names if name not in request["body"]}
        request["body"] = {**rest, **request["body"]}
        if "ETag" in answer.headers and self._operation.input("if-match"):
            request["headers"].setdefault("If-Match", answer.headers["ETag"])

    def _send(self, request: Request) -> Answer:
        try:
            with self._output.waiting():
                answer = self._client.send(
                    self._operation.method, self._path, expected=self._operation.expected, **request
                )
        except KeyboardInterrupt:
            if self._operation.method != "GET":
                self._output.warn(f"{UNKNOWN.capitalize()}.")
            raise
        oddity = self._operation.oddity(answer.status, answer.headers, answer.document)
        if oddity is not None:
            raise self._client.foreign(oddity)
        return answer

    def _accepts(self, error: ApiError) -> bool:
        accepted = self._accepted().values()
        if (self._operation.group, self._operation.verb) == ("strategies", "create"):
            return _CONFLICT in accepted and strategies.exists_already(error)
        if not error.is_own:
            return False
        if self._operation.method == "DELETE" and error.status == _MISSING:
            return _MISSING in accepted
        return error.status == _CONFLICT and _CONFLICT in accepted

    def _accepted(self) -> dict[str, int]:
        accepted: dict[str, int] = {}
        if self._arguments.flag("if_missing"):
            accepted |= {"create": _CONFLICT, "link": _CONFLICT}
        if self._arguments.flag("if_present"):
            accepted |= {"delete": _MISSING, "unlink": _MISSING}
        return accepted

    # --- what comes back ----------------------------------------------------------------------

    def _finish(self, answer: Answer) -> int:
        location = answer.headers.get("Operation-Location")
        if self._arguments.flag("wait") and (location or "operationId" in self._ids):
            return follow(self._client, self._output, location or self._path)
        if answer.document is not None:
            self._show(answer.document)
        elif location:
            operation_id = location.rpartition("/")[2]
            if self._output.form == "table":
                self._output.say(f"Done. Follow it with: aem operations watch {operation_id}")
            else:
                self._output.show({"operationId": operation_id, "operationLocation": location})
        else:
            self._output.say("Done.")
        return OK

    def _show(self, document: Any) -> None:
        if self._operation.group == "audit" and self._output.form == "table":
            self._output.names = key_names(self._client)
        self._output.show(document)

    # --- pages --------------------------------------------------------------------------------

    def _all_pages(self) -> int:
        if "page" in self._arguments.query():
            raise UsageError("--all and --page cannot be used together")
        results = [result for page in self._pages() for result in page["results"]]
        if self._client.unsteady:
            self._output.warn(UNSTEADY)
        self._show({"results": results, "paging": {"totalResults": len(results)}})
        return OK

    def _pages(self) -> Iterator[Mapping[str, Any]]:
        query = self._arguments.query()
        size = self._operation.input("size")
        largest = size.schema.get("maximum") if size is not None else None
        with self._output.progress() as progress:
            shown = progress.add_task("reading", total=None, speed="")
            for page in self._client.pages(self._path, query, largest):
                yield page
                total = tables.whole(page["paging"].get("totalResults"))
                progress.update(shown, advance=len(page["results"]), total=total)

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
            raise UsageError("Not a terminal: add --yes to confirm.")
        if rehearsed:
            body = {**request["body"], "dryRun": True}
            self._output.preview(self._send({**request, "body": body}).document)
        elif impact := self._document.find("GET", f"{self._operation.path}/impact"):
            answer = self._client.send("GET", fill(impact.path, self._ids))
            self._output.preview(self._client.object(answer))
            # The delete is carried out on what was shown, or not at all.
            if "ETag" in answer.headers:
                request["headers"].setdefault("If-Match", answer.headers["ETag"])
        ids = " ".join(self._ids.values())
        self._output.confirm(f"{self._operation.described.get('summary', 'Go on')}: {ids}?")
        return request

    # --- many at once -------------------------------------------------------------------------

    def _bulk(self) -> int:
        body = self._arguments.body() or {}
        lists = {}
        for given in self._operation.body:
            name, elements = given.name[0], body.get(given.name[0]) or []
            for number, element in enumerate(elements, 1):
                inputs.check_element(element, given.schema["items"], f"{name}, element {number}")
            size = self._arguments.number("batch_size") or given.schema.get("maxItems", 1000)
            lists[name] = (elements, size)
        if "link" in lists:
            spelling.warn(self._client, self._output, lists["link"][0])
        bulk = Bulk(self._client, self._output, self._path, self._accepted())
        return bulk.run(lists, resume=self._arguments.flag("resume"))


def asks(operation: Operation) -> bool:
    """Return whether a command is confirmed: it deletes, or can be rehearsed."""
    deletes = operation.method == "DELETE" and "{" in operation.path
    return deletes or operation.input("dryRun") is not None
