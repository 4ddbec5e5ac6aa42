"""What the environment says of a run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

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
    """

    port: int = 3000
    in_memory: bool = False
    throttled: bool = False
    folder: Path = PROJECT / ".local"
    template: Path = PROJECT / "template.yaml"
    parameters: Mapping[str, str] = field(default_factory=dict)

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
        """Read PORT, DATA, THROTTLE, LOCAL_DIR, TEMPLATE and PARAMETERS.

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
        )


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
