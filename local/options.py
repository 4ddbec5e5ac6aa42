"""Options of `make serve`, read from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

from local.settings import PROJECT, LocalError

_MAX_PORT: Final = 65535


@dataclass(frozen=True)
class Options:
    """What to run, and where, as `python -m local --help` describes it."""

    port: int = 3000
    in_memory: bool = False
    folder: Path = PROJECT / ".local"
    template: Path = PROJECT / "template.yaml"
    parameters: Mapping[str, str] = field(default_factory=dict)
    functions_dynamodb: str = ""
    capacity: str = ""

    @property
    def data(self) -> Path | None:
        """The folder of everything that survives a restart; None if nothing does."""
        return None if self.in_memory else self.folder / "data"

    @property
    def logs(self) -> Path:
        """The folder of the logs."""
        return self.folder / "logs"

    @classmethod
    def read(cls, env: Mapping[str, str]) -> Self:
        """Read the variables of an environment.

        Raises:
            LocalError: A value is invalid.
        """
        data = env.get("DATA") or "disk"
        if data not in {"disk", "memory"}:
            message = f"DATA must be disk or memory, not {data!r}"
            raise LocalError(message)
        return cls(
            port=_port(env.get("PORT") or str(cls.port)),
            in_memory=data == "memory",
            folder=Path(env.get("LOCAL_DIR") or cls.folder).resolve(),
            template=Path(env.get("TEMPLATE") or cls.template).resolve(),
            parameters=_pairs(env.get("PARAMETERS") or ""),
            functions_dynamodb=_endpoint(env.get("FUNCTIONS_DYNAMODB") or ""),
            capacity=env.get("CAPACITY") or "",
        )


def _port(text: str) -> int:
    try:
        port = int(text)
    except ValueError:
        message = f"PORT must be a whole number, not {text!r}"
        raise LocalError(message) from None
    if not 0 <= port <= _MAX_PORT:
        message = f"PORT must be from 0 to {_MAX_PORT}, not {port}"
        raise LocalError(message)
    return port


def _endpoint(url: str) -> str:
    if url and not (url.startswith(("http://", "https://")) and urlsplit(url).netloc):
        message = f"FUNCTIONS_DYNAMODB must be a URL, such as http://127.0.0.1:8000, not {url!r}"
        raise LocalError(message)
    return url


def _pairs(text: str) -> dict[str, str]:
    """Read `Name=value` pairs separated by spaces, as `sam deploy --parameter-overrides` does."""
    pairs = [part.partition("=") for part in text.split()]
    if any(not name or not equals for name, equals, _ in pairs):
        message = f"PARAMETERS must be Name=value pairs, not {text!r}"
        raise LocalError(message)
    return {name: value for name, _, value in pairs}
