"""Carries out the commands that come from the document."""

from collections.abc import Iterator, Mapping
from typing import Any

from aem import inputs, times
from aem.bulk import Bulk
from aem.client import Answer, Client, fill
from aem.document import Document, Input, Operation
from aem.errors import FAILED, INTERRUPTED, OK, ApiError, UsageError
from aem.output import Output

_CONFLICT = 409
_MISSING = 404

Arguments = Mapping[str, Any]
Request = dict[str, Any]


class Command:
    """One command with its arguments."""

    def __init__(
        self,
        document: Document,
        operation: Operation,
        arguments: Arguments,
        client: Client,
        output: Output,
    ) -> None:
        """Take the arguments and what carries them out.

        Raises:
            UsageError: An id cannot be addressed in a path.
        """
        self._document = document
        self._arguments = arguments
        self._operation = operation
        self._client = client
        self._output = output
        ids = self._given("path")
        for name, value in ids.items():
            check_path_id(name, value)
        self._path = fill(operation.path, ids)

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
        if asks(self._operation) and not self._arguments.get("yes"):
            request = self._confirmed(request)
        try:
            answer = self._send(request)
        except ApiError as error:
            if not self._accepts(error):
                raise
            self._output.say("Nothing to do: it was so already.")
            return OK
        return self._finish(answer)

    # --- what is sent -------------------------------------------------------------------------

    def _given(self, place: str) -> dict[str, Any]:
        found = {
            given.name[0]: self._arguments.get(dest(given))
            for given in self._operation.inputs
            if given.place == place
        }
        return {name: value for name, value in found.items() if value is not None}

    def _query(self) -> dict[str, Any]:
        query = self._given("query")
        for name in ("since", "until"):
            if name in query:
                query[name] = times.moment(query[name])
        return query

    def _body(self) -> dict[str, Any] | None:
        """Return the body: what ``--body`` gives, and what options give.

        Raises:
            UsageError: It has members that the API does not know, or lacks some.
        """
        members = self._operation.body
        if not members:
            return None
        body = self._whole_body()
        for given in members:
            value = self._value(given)
            if value is not None:
                *under, name = given.name
                (body.setdefault(under[0], {}) if under else body)[name] = value
        for name in self._cleared():
            body[name] = None
        if self._operation.method in {"PUT", "PATCH"} and not body:
            options = ", ".join(f"--{given.flag}" for given in members)
            clear = " or --clear" if self._operation.method == "PUT" else ""
            raise UsageError(f"Nothing to change: give {options}{clear}")
        self._check_required(body)
        return body

    def _whole_body(self) -> dict[str, Any]:
        text = self._arguments.get("body")
        if text is None:
            return {}
        source = text[1:] if text.startswith("@") else None
        text = text if source is None else inputs.read_text(source)
        body = inputs.parse_json(text, "--body")
        if not isinstance(body, dict):
            raise UsageError("--body: expected a JSON object")
        known: dict[str, Any] = {}
        for given in self._operation.body:
            known[given.name[0]] = given.schema if len(given.name) == 1 else {}
        inputs.check_members(body, {"properties": known}, "--body")
        for name, value in body.items():
            kinds = known[name].get("type", ())
            if value is not None and "array" in kinds and not isinstance(value, list):
                raise UsageError(f"--body: {name}: expected an array, found {value!r}")
        return body

    def _value(self, given: Input) -> Any:
        source = self._arguments.get(f"{dest(given)}_file")
        value = self._arguments.get(dest(given))
        if given.kind == "array" and not value:
            value = None
        if given.name[-1] == "expiresAt" and isinstance(value, str):
            value = times.moment(value)
        if source is None:
            return list(value) if isinstance(value, tuple) else value
        if value is not None:
            raise UsageError(f"--{given.flag} and --{given.flag}-file cannot be used together")
        return inputs.read_list(source, given.schema["items"], self._constants())

    def _constants(self) -> dict[str, str]:
        constants: dict[str, str] = {}
        for text in self._arguments.get("constants") or ():
            name, equals, value = text.partition("=")
            if not equals or not value or name in constants:
                raise UsageError(f"--set {text}: expected NAME=VALUE, each name once")
            constants[name] = value
        return constants

    def _cleared(self) -> list[str]:
        names = [given.name[0] for given in self._operation.body]
        cleared = self._arguments.get("clear")
        if cleared is True:
            cleared = names
        return list(cleared or ())

    def _check_required(self, body: Mapping[str, Any]) -> None:
        for given in self._operation.body:
            *under, name = given.name
            holder = body.get(under[0], {}) if under else body
            if given.required and isinstance(holder, Mapping) and holder.get(name) is None:
                raise UsageError(f"--{given.flag} is missing")

    def _request(self) -> Request:
        request: Request = {
            "query": self._query(),
            "headers": self._given("header"),
            "body": self._body(),
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
        answer = self._client.send(
            self._operation.method, self._path, expected=self._operation.expected, **request
        )
        if self._operation.answers(answer.status):
            self._client.object(answer)
        return answer

    def _accepts(self, error: ApiError) -> bool:
        accepted = self._accepted().values()
        if self._operation.method == "DELETE" and error.status == _MISSING:
            return _MISSING in accepted
        return error.status == _CONFLICT and _CONFLICT in accepted

    def _accepted(self) -> dict[str, int]:
        accepted: dict[str, int] = {}
        if self._arguments.get("if_missing"):
            accepted |= {"create": _CONFLICT, "link": _CONFLICT}
        if self._arguments.get("if_present"):
            accepted |= {"delete": _MISSING, "unlink": _MISSING}
        return accepted

    # --- what comes back ----------------------------------------------------------------------

    def _finish(self, answer: Answer) -> int:
        location = answer.headers.get("Operation-Location")
        if self._arguments.get("wait") and (location or "operationId" in self._path_names()):
            return self.wait(location or self._path)
        if answer.document is not None:
            self._output.show(answer.document)
        elif location:
            operation_id = location.rpartition("/")[2]
            if self._output.form == "table":
                self._output.say(f"Done. Follow it with: aem operations watch {operation_id}")
            else:
                self._output.show({"operationId": operation_id, "operationLocation": location})
        else:
            self._output.say("Done.")
        return OK

    def _path_names(self) -> list[str]:
        return [given.name[0] for given in self._operation.inputs if given.place == "path"]

    def wait(self, location: str) -> int:
        """Follow an operation until it has ended, and return the exit code."""
        return follow(self._client, self._output, location)

    # --- pages --------------------------------------------------------------------------------

    def _all_pages(self) -> int:
        results = [result for page in self._pages() for result in page["results"]]
        self._output.show({"results": results, "paging": {"totalResults": len(results)}})
        return OK

    def _pages(self) -> Iterator[Mapping[str, Any]]:
        query = self._query()
        size = self._operation.input("size")
        largest = size.schema.get("maximum") if size is not None else None
        with self._output.progress() as progress:
            shown = progress.add_task("reading", total=None, speed="")
            for page in pages(self._client, self._path, query, largest):
                yield page
                total = page["paging"].get("totalResults")
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
            answer = self._client.send("GET", fill(impact.path, self._given("path")))
            self._output.preview(self._client.object(answer))
            # The delete is carried out on what was shown, or not at all.
            if "ETag" in answer.headers:
                request["headers"].setdefault("If-Match", answer.headers["ETag"])
        ids = " ".join(self._given("path").values())
        self._output.confirm(f"{self._operation.described.get('summary', 'Go on')}: {ids}?")
        return request

    # --- many at once -------------------------------------------------------------------------

    def _bulk(self) -> int:
        body = self._body() or {}
        lists = {}
        for given in self._operation.body:
            name, elements = given.name[0], body.get(given.name[0]) or []
            for number, element in enumerate(elements, 1):
                inputs.check_element(element, given.schema["items"], f"{name}, element {number}")
            lists[name] = (elements, given.schema.get("maxItems", 1000))
        bulk = Bulk(self._client, self._output, self._path, self._accepted())
        return bulk.run(lists, resume=bool(self._arguments.get("resume")))


def check_path_id(name: str, value: str) -> None:
    """Refuse what cannot stand in a path.

    Raises:
        UsageError: The id is blank, ``.`` or ``..``.
    """
    if not value.strip() or value in {".", ".."}:
        raise UsageError(f"{name}: {value!r} cannot be addressed: it is blank, . or ..")


def pages(
    client: Client, path: str, query: Mapping[str, Any], size: int | None = 1000
) -> Iterator[Mapping[str, Any]]:
    """Yield all pages of a list."""
    asked = {name: value for name, value in query.items() if name != "page"}
    if size is not None:
        asked["size"] = size
    while True:
        page = client.page(path, asked)
        yield page
        paging = page["paging"]
        if isinstance(paging.get("totalPages"), int):
            asked["page"] = asked.get("page", 0) + 1
            if asked["page"] >= paging["totalPages"]:
                return
        else:
            following = paging.get("next")
            if following is None or following == asked.get("cursor"):
                return
            asked["cursor"] = following


def follow(client: Client, output: Output, location: str) -> int:
    """Follow an operation with a progress bar until it has ended.

    Returns:
        0 if it succeeded, 1 if it did not, 130 if following was interrupted.
    """
    operation_id = location.rpartition("/")[2]
    output.note(f"Operation {operation_id}; follow it with: aem operations watch {operation_id}")
    current: Mapping[str, Any] = {}
    try:
        with output.progress() as progress:
            shown = progress.add_task("operation", total=None, speed="")
            for current in client.operation(location):
                progress.update(
                    shown,
                    description=current["state"].lower(),
                    completed=current.get("done", 0),
                    total=current.get("total"),
                    speed=_speed(current),
                )
    except KeyboardInterrupt:
        output.warn(f"The operation goes on; follow it with: aem operations watch {operation_id}")
        return INTERRUPTED
    output.show(current)
    return OK if current["state"] == "SUCCEEDED" else FAILED


def asks(operation: Operation) -> bool:
    """Return whether a command is confirmed: it deletes, or can be rehearsed."""
    deletes = operation.method == "DELETE" and "{" in operation.path
    return deletes or operation.input("dryRun") is not None


def dest(given: Input) -> str:
    """Return the name under which a value is among the arguments."""
    return "__".join((given.place, *given.name)).replace("-", "_").lower()


def _speed(operation: Mapping[str, Any]) -> str:
    rate, end = operation.get("rate"), operation.get("estimatedEndAt")
    words = [f"{rate:g}/s" if isinstance(rate, int | float) else "", f"ends {end}" if end else ""]
    return ", ".join(filter(None, words))
