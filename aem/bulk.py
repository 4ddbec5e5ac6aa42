"""Sends lists of any length in parts, keeps the outcomes, and continues after an interruption."""

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aem.client import Client
from aem.errors import (
    FAILED,
    INTERRUPTED,
    OK,
    ApiError,
    CommandError,
    NoAnswerError,
    UsageError,
)
from aem.journal import Journal, Lists, Outcome
from aem.output import Output
from aem.retries import LONGEST_WAIT

_CONFLICT = 409
_ERRORS = 400
_MISSING = 404
_THROTTLED = 429
_FAILURES = 500
_STATUSES = range(200, 600)
_TRIES = 8
_TRIES_OF_FAILURES = 3


class Bulk:
    """One run of a bulk command.

    Args:
        client: Sends the requests.
        output: Shows progress and outcomes.
        path: The path of the bulk route.
        accepted: Statuses that count as done, by action (``--if-missing``, ``--if-present``).
    """

    def __init__(
        self, client: Client, output: Output, path: str, accepted: Mapping[str, int]
    ) -> None:
        """Take what to send with, and where to."""
        self._client = client
        self._output = output
        self._path = path
        self._accepted = dict(accepted)
        self.outcomes: list[Outcome] = []
        self._unkept = False

    def run(self, lists: Lists, *, resume: bool) -> int:
        """Send the lists and show the outcomes.

        Args:
            lists: What to send.
            resume: Whether to leave out the parts that an earlier run has done without failures.

        Returns:
            The exit code.
        """
        if not any(elements for elements, _ in lists.values()):
            raise UsageError("Nothing to send: the lists are empty or missing")
        journal = Journal(self._client.url, self._client.account, self._path, lists)
        done = journal.read() if resume else {}
        if resume and not done:
            self._output.note("No interrupted run of these lists was found; starting it.")
        if not resume:
            journal.remove()
        code = self._sent(lists, journal, done, resume=resume)
        if code != OK:
            if self.outcomes:
                with contextlib.suppress(BrokenPipeError):  # Ctrl-C has ended the reader, too
                    self._show()
            return code
        if not any(map(_failed, self.outcomes)):
            journal.remove()
        return self._show()

    def run_step(self, lists: Lists) -> int:
        """Send the lists as a step of something larger, and show the outcomes only if some failed.

        Returns:
            The exit code.
        """
        code = self._sent(lists, None, {}, resume=False)
        shown = self._show() if any(map(_failed, self.outcomes)) else OK
        return shown if code == OK else code

    def _sent(
        self,
        lists: Lists,
        journal: Journal | None,
        done: Mapping[tuple[str, int], list[Outcome]],
        *,
        resume: bool,
    ) -> int:
        """Send the lists; if that stops before the end, say how to go on."""
        total = sum(len(elements) for elements, _ in lists.values())
        doubt = "; of one more part the outcome is unknown"
        try:
            self._send_all(lists, journal, done, total, resume=resume)
        except KeyboardInterrupt:
            word, code = "Interrupted", INTERRUPTED
        except CommandError as error:
            self._output.fail(error)
            word, code = "Stopped", FAILED
            if isinstance(error, ApiError) and error.status < _FAILURES:
                doubt = ""  # a request that is refused changes nothing
        else:
            return OK
        option = "" if journal is None else " with --resume"
        self._output.warn(
            f"{word} after {len(self.outcomes):,} of {total:,}{doubt}."
            f" Run the same command again{option} to go on."
        )
        return code

    def _send_all(
        self,
        lists: Lists,
        journal: Journal | None,
        done: Mapping[tuple[str, int], list[Outcome]],
        total: int,
        *,
        resume: bool,
    ) -> None:
        first = True
        with self._output.progress() as progress:
            shown = progress.add_task("sending", total=total, speed="")
            for action, start, part in _parts(lists):
                found = done.get((action, start))
                if found is None or any(map(_failed, found)):
                    # What an earlier run sent may have been carried out.
                    again = resume and (found is not None or first)
                    first = first and found is not None
                    found = self._send_part(action, start, part, found or (), again=again)
                    self._keep(journal, action, start, found)
                self.outcomes += found
                progress.update(shown, advance=len(part))

    def _keep(
        self, journal: Journal | None, action: str, start: int, outcomes: list[Outcome]
    ) -> None:
        """Store the outcomes of a part. A failure to store them must not stop the requests."""
        if journal is None or self._unkept:
            return
        try:
            journal.add(action, start, outcomes)
        except OSError as error:
            self._unkept = True
            self._output.warn(f"--resume will not find this run: {journal.file}: {error.strerror}")

    def _send_part(
        self,
        action: str,
        start: int,
        part: Sequence[Any],
        before: Sequence[Outcome],
        *,
        again: bool,
    ) -> list[Outcome]:
        """Send a part; elements that were throttled, or that the service failed, are sent again.

        Args:
            action: The action on the elements, for example ``create``.
            start: The index of the first.
            part: The elements.
            before: The outcomes of an earlier run; only those that failed are sent again.
            again: Whether elements may have been carried out before.
        """
        outcomes = {each["index"] - start: each for each in before if not _failed(each)}
        places = [place for place in range(len(part)) if place not in outcomes]
        uncertain: set[int] = set(places) if again else set()
        for attempt in range(_TRIES):
            body = {action: [part[place] for place in places]}
            found = self._request(body, attempt)
            if found is None:
                uncertain.update(places)
                time.sleep(1 + attempt)
                continue
            for place, result in _checked(found, places):
                outcomes[place] = {**result, "action": action, "index": start + place}
            # An element that the service failed may have been carried out.
            uncertain.update(place for place in places if outcomes[place]["status"] >= _FAILURES)
            places = [place for place in places if _may_pass(outcomes[place], attempt)]
            if not places or attempt == _TRIES - 1:
                break
            time.sleep(max(_pause(outcomes[place]) for place in places))
        return [
            self._judge(outcomes[place], again=place in uncertain) for place in sorted(outcomes)
        ]

    def _request(self, body: Mapping[str, Any], attempt: int) -> Mapping[str, Any] | None:
        """Return the outcomes of a request; None if it failed in a way that may pass.

        Raises:
            CommandError: It was refused, or failed too often.
        """
        try:
            answer = self._client.send("POST", self._path, body=body, expected=(200, 207))
        except (ApiError, NoAnswerError) as error:
            passing = not isinstance(error, ApiError) or error.status >= _FAILURES
            if not passing or attempt >= _TRIES_OF_FAILURES - 1:
                raise
            return None
        return self._client.object(answer)

    def _judge(self, outcome: Outcome, *, again: bool) -> Outcome:
        """Return an outcome, marked if its failure means that it was so already."""
        already = _CONFLICT if outcome["action"] in {"create", "link"} else _MISSING
        accepted = again or self._accepted.get(outcome["action"]) == already
        if outcome["status"] == already and accepted:
            return {**outcome, "unchanged": True}
        return outcome

    def _show(self) -> int:
        failed = [each for each in self.outcomes if _failed(each)]
        summary = {"succeeded": len(self.outcomes) - len(failed), "failed": len(failed)}
        unchanged = sum(1 for each in self.outcomes if each.get("unchanged"))
        if unchanged:
            summary["unchanged"] = unchanged
        if self._output.form != "table":
            self._output.show({"results": self.outcomes, **summary})
        elif failed:
            self._output.show({"results": failed, **summary})
        else:
            note = f" ({unchanged:,} of them were so already)" if unchanged else ""
            self._output.say(f"All {len(self.outcomes):,} succeeded{note}.")
        return FAILED if failed else OK


def _parts(lists: Lists) -> Iterator[tuple[str, int, Sequence[Any]]]:
    for action, (elements, size) in lists.items():
        for start in range(0, len(elements), size):
            yield action, start, elements[start : start + size]


def _checked(document: Mapping[str, Any], places: Sequence[int]) -> list[tuple[int, Outcome]]:
    """Return the outcome of each element that was sent.

    Raises:
        CommandError: The answer has not exactly one for each.
    """
    try:
        results = document["results"]
        found = {result["index"]: result for result in results}
        pairs = [(place, dict(found[number])) for number, place in enumerate(places)]
        complete = len(results) == len(pairs) and all(
            type(result["status"]) is int and result["status"] in _STATUSES for _, result in pairs
        )
    except (KeyError, TypeError, ValueError):
        complete, pairs = False, []
    if not complete:
        raise CommandError("The answer does not have an outcome for every element")
    return pairs


def _failed(outcome: Outcome) -> bool:
    return outcome["status"] >= _ERRORS and not outcome.get("unchanged")


def _may_pass(outcome: Outcome, attempt: int) -> bool:
    """Return whether an element is sent again."""
    if outcome["status"] >= _FAILURES:
        return attempt < _TRIES_OF_FAILURES - 1
    return bool(outcome["status"] == _THROTTLED and _pause(outcome) <= LONGEST_WAIT)


def _pause(outcome: Outcome) -> float:
    """Return the seconds after which an element can be sent again."""
    wait = outcome.get("retryAfter")
    return max(0.0, wait) if isinstance(wait, int | float) else 1.0
