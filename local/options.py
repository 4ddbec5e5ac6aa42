"""What the environment says of a run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from local.capacity.settings import Capacity
from local.settings import PROJECT, LocalError, number


@dataclass(frozen=True)
class Options:
    """What the environment says of a run.

    Attributes:
        port: Port of the gateway.
        in_memory: Whether nothing is kept on disk.
        throttled: Whether the stage's limits are enforced.
        folder: Where data, logs and caches are.
        template: The SAM template.
        parameters: Values for its parameters instead of their defaults.
        capacity: What the table can take, as local.capacity reads it; without limits if empty.
        functions_dynamodb: Endpoint by which functions reach the engine, instead of its own.
    """

    port: int = 3000
    in_memory: bool = False
    throttled: bool = False
    folder: Path = PROJECT / ".local"
    template: Path = PROJECT / "template.yaml"
    parameters: Mapping[str, str] = field(default_factory=dict)
    capacity: str = ""
    functions_dynamodb: str = ""

    @property
    def data(self) -> Path | None:
        """Where everything is that has to survive a restart; None if nothing has to."""
        return None if self.in_memory else self.folder / "data"

    @property
    def logs(self) -> Path:
        """Where logs are."""
        return self.folder / "logs"

    @classmethod
    def read(cls, env: Mapping[str, str]) -> Self:
        """Read what ``python -m local --help`` lists.

        Args:
            env: The environment.

        Raises:
            LocalError: A value makes no sense.
        """
        data = env.get("DATA") or "disk"
        if data not in {"disk", "memory"}:
            message = f"DATA must be disk or memory, not {data!r}"
            raise LocalError(message)
        return cls(
            port=number(env, "PORT", cls.port),
            in_memory=data == "memory",
            throttled=bool(env.get("THROTTLE")),
            folder=Path(env.get("LOCAL_DIR") or cls.folder).resolve(),
            template=Path(env.get("TEMPLATE") or cls.template).resolve(),
            parameters=assignments(env.get("PARAMETERS") or ""),
            capacity=checked_capacity(env.get("CAPACITY") or ""),
            functions_dynamodb=env.get("FUNCTIONS_DYNAMODB") or "",
        )


def checked_capacity(text: str) -> str:
    """Return what CAPACITY says, if it makes sense.

    Raises:
        LocalError: It does not.
    """
    if text:
        Capacity.read(text)
    return text


def assignments(text: str) -> dict[str, str]:
    """Read `Name=value` pairs between spaces, as `sam deploy --parameter-overrides` takes them.

    Raises:
        LocalError: A part is no pair.
    """
    pairs = [part.partition("=") for part in text.split()]
    if any(not name or not equals for name, equals, _ in pairs):
        message = f"PARAMETERS must be Name=value pairs, not {text!r}"
        raise LocalError(message)
    return {name: value for name, _, value in pairs}
