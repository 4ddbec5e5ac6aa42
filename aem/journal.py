"""Remembers what became of the parts of a bulk, so that another run can continue."""

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import platformdirs

from aem.errors import CommandError

Lists = Mapping[str, tuple[Sequence[Any], int]]
"""By action (``create``, ``unlink``, ...): the elements, and how many a request may have."""
Outcome = dict[str, Any]


class Journal:
    """The parts of a bulk that were sent, kept in a file of the user's state folder.

    Attributes:
        file: The file.
    """

    def __init__(self, url: str, account: str, path: str, lists: Lists) -> None:
        """Find the file for these lists at this address, of this account."""
        content = json.dumps([url, account, path, lists])
        name = hashlib.sha256(content.encode()).hexdigest()[:32]
        state = os.environ.get("AEM_STATE_DIR") or platformdirs.user_state_dir("aem")
        self.file = Path(state) / f"bulk-{name}.jsonl"

    def read(self) -> dict[tuple[str, int], list[Outcome]]:
        """Return the outcomes of the parts that were sent, by action and first index."""
        try:
            lines = self.file.read_text(encoding="utf-8").split("\n")
        except FileNotFoundError:
            return {}
        except UnicodeDecodeError:
            return {}  # damaged by a crash: everything is sent again
        except OSError as error:
            raise CommandError(f"{self.file}: {error.strerror}") from None
        done: dict[tuple[str, int], list[Outcome]] = {}
        for line in lines:
            try:
                action, start, outcomes = json.loads(line)
                if all(isinstance(each["status"] + each["index"], int) for each in outcomes):
                    done[str(action), int(start)] = outcomes
            except (KeyError, TypeError, ValueError):  # damaged by a crash: the part is sent again
                continue
        return done

    def add(self, action: str, start: int, outcomes: list[Outcome]) -> None:
        """Keep the outcomes of a part."""
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as stream:
            stream.write(json.dumps([action, start, outcomes]) + "\n")

    def remove(self) -> None:
        """Forget the parts."""
        with contextlib.suppress(OSError):  # without a folder there is no file
            self.file.unlink(missing_ok=True)
