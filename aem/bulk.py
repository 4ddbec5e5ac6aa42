"""Sends lists of any length in parts, keeps the outcomes, and continues after an interruption."""

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import platformdirs

from aem.client import LONGEST_WAIT, Client
from aem.errors import (
    FAILED,
    INTERRUPTED,
    OK,
    ApiError,
    CommandError,
    NoAnswerError,
    UsageError,
)
from aem.output import Output

_CONFLICT = 409
_ERRORS = 400
_MISSING = 404
_THROTTLED = 429
_FAILURES = 500
_TRIES = 8
_TRIES_OF_FAILURES = 3

Lists = Mapping[str, tuple[Sequence[Any], int]]
"""By action (``create``, ``unlink``, ...): the elements, and how many a request may have."""
Outcome = dict[str, Any]


class Journal:
    """The parts of a bulk that were sent, kept in a file of the user's state folder."""

    def __init__(self, url: str, path: str, lists: Lists) -> None:
        """Find the file for these lists at this address."""
        content = json.dumps([url, path, lists])
        name = hashlib.sha256(content.encode()).hexdigest()[:32]
        state = os.environ.get("AEM_STATE_DIR") or platformdirs.user_state_dir("aem")
        self.file = Path(state) / f"bulk-{name}.jsonl"

    def read(self) -> dict[tuple[str, int], list[Outcome]]:
        """Return the outcomes of the parts that were sent, by action and first index."""
        try:
            lines = self.file.read_text(encoding="utf-8").split("\n")
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise CommandError(f"{self.file}: {error.strerror}") from None
        done: dict[tuple[str, int], list[Outcome]] = {}
        for line in lines:
            try:
                action, start, outcomes = json.loads(line)
                if all(isinstance(outcome["status"], int) for outcome in outcomes):
                    done[str(action), int(start)] = outcomes
            except (KeyError, TypeError, ValueError):  # damaged by a crash: the part is sent again
                continue
        return done

    def add(self, action: str, start: int, outcomes: list[Outcome]) -> None:
        """Keep the outcomes of a part."""
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.file.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps([action, start, outcomes]) + "\n")

    def remove(self) -> None:
        """Forget the parts."""
        with contextlib.suppress(OSError):  # without a folder there is no file
            self.file.unlink(missing_ok=True)


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
        journal = Journal(self._client.url, self._path, lists)
        done = journal.read() if resume else {}
        if resume and not done:
            self._output.note("No interrupted run of these lists was found; starting it.")
        if not resume:
            journal.remove()
        code = self._sent(lists, journal, done, resume=resume)
        if code != OK:
            if self.outcomes:
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
        try:
            self._send_all(lists, journal, done, total, resume=resume)
        except KeyboardInterrupt:
            word, code = "Interrupted", INTERRUPTED
        except CommandError as error:
            self._output.fail(error)
            word, code = "Stopped", FAILED
        else:
            return OK
        option = "" if journal is None else " with --resume"
        self._output.warn(
            f"{word} after {len(self.outcomes):,} of {total:,}; of one more part the outcome is"
            f" unknown. Run the same command again{option} to go on."
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
                    found = self._send_part(action, start, part, again=again)
                    self._keep(journal, action, start, found)
                self.outcomes += found
                progress.update(shown, advance=len(part))

    def _keep(
        self, journal: Journal | None, action: str, start: int, outcomes: list[Outcome]
    ) -> None:
        """Keep the outcomes of a part; that this fails must not stop what is under way."""
        if journal is None or self._unkept:
            return
        try:
            journal.add(action, start, outcomes)
        except OSError as error:
            self._unkept = True
            self._output.warn(f"--resume will not find this run: {journal.file}: {error.strerror}")

    def _send_part(
        self, action: str, start: int, part: Sequence[Any], *, again: bool
    ) -> list[Outcome]:
        """Send a part; elements that were throttled, or that the service failed, are sent again."""
        outcomes: dict[int, Outcome] = {}
        places = list(range(len(part)))
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
        found = {result["index"]: result for result in document["results"]}
        pairs = [(place, dict(found[number])) for number, place in enumerate(places)]
        complete = all(isinstance(result["status"], int) for _, result in pairs)
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
