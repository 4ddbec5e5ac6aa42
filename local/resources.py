"""The resources of a stack that exist on this machine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from local.settings import ACCOUNT, REGION

Properties = Mapping[str, Any]

QUEUE: Final = "AWS::SQS::Queue"
FUNCTION: Final = "AWS::Lambda::Function"
TABLE: Final = "AWS::DynamoDB::Table"
ARNS: Final = {
    TABLE: f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/",
    FUNCTION: f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:",
    QUEUE: f"arn:aws:sqs:{REGION}:{ACCOUNT}:",
}


@dataclass(frozen=True)
class Function:
    """A function.

    Attributes:
        layers: Folders of its layers, later ones first in the path.
        handler: `module.function`.
        timeout: Seconds it may run.
        memory: MiB; not enforced.
        concurrency: How many may run at once; None for no limit of its own.
    """

    logical_id: str
    name: str
    code: Path
    layers: tuple[Path, ...]
    handler: str
    timeout: int
    memory: int
    concurrency: int | None
    environment: Mapping[str, str] = field(hash=False)

    @property
    def arn(self) -> str:
        """Its ARN."""
        return ARNS[FUNCTION] + self.name

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders of its code and layers."""
        return (self.code, *self.layers)


@dataclass(frozen=True)
class EventSource:
    """A stream or queue (an ARN) that invokes a function (a logical id) with these properties."""

    logical_id: str
    function: str
    source: str
    settings: Properties


@dataclass(frozen=True)
class Schedule:
    """A schedule, for example `rate(5 minutes)`, that invokes a function (a logical id)."""

    logical_id: str
    function: str
    expression: str


@dataclass(frozen=True)
class Api:
    """The REST API: its OpenAPI document with Amazon's extensions, and its stage's properties."""

    document: Properties
    stage: Properties


@dataclass(frozen=True)
class Resource:
    """A table or queue: its deployed name, and its properties in the template."""

    name: str
    settings: Properties
