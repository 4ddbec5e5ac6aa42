"""Files of whole accounts that a test carries out, and errors of version 2 of the API."""

from pathlib import Path
from typing import Any

from aem.__main__ import main
from tests.support.scripted_api import ScriptedApi


def newer(description: str, **problems: str) -> dict[str, Any]:
    """Return an error in the form of version 2."""
    found = [{"property": name, "violation": text} for name, text in problems.items()]
    return {"errorCode": "E400", "description": description, "action": "x", "violations": found}


def carried_out(tmp_path: Path, text: str, *command: str) -> int:
    """Carry out a file of this text, and return the exit code."""
    file = tmp_path / "state.yaml"
    file.write_text(text, encoding="utf-8")
    return main([*(command or ("apply", "--yes")), "-f", str(file)])


def changes(api: ScriptedApi) -> list[tuple[str, Any]]:
    """Return the method and body of each request that changes something."""
    return [(sent.method, sent.body) for sent in api.sent if sent.method != "GET"]
