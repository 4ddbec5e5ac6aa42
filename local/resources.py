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
        logical_id: Its name in the template.
        name: Its deployed name.
        code: Folder of its code.
        layers: Folders of its layers, later ones first in the path.
        handler: `module.function`.
        timeout: Seconds it may run.
        memory: MiB, told to the function but not enforced.
        concurrency: How many may run at once, None for no limit of its own.
        environment: Its variables.
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


@dataclass(frozen=True)
class EventSource:
    """A stream or queue that invokes a function.

    Attributes:
        logical_id: Its name in the template.
        function: Logical id of the function.
        source: ARN of the stream or queue.
        settings: Properties of AWS::Lambda::EventSourceMapping.
    """

    logical_id: str
    function: str
    source: str
    settings: Properties


@dataclass(frozen=True)
class Schedule:
    """A schedule that invokes a function.

    Attributes:
        logical_id: Its name in the template.
        function: Logical id of the function.
        expression: `rate(...)` or `cron(...)`.
        event: What the function gets; None for EventBridge's own event.
    """

    logical_id: str
    function: str
    expression: str
    event: Any


@dataclass(frozen=True)
class Queue:
    """A queue.

    Attributes:
        logical_id: Its name in the template.
        name: Its deployed name.
        settings: Properties of AWS::SQS::Queue.
    """

    logical_id: str
    name: str
    settings: Properties

    @property
    def arn(self) -> str:
        """Its ARN."""
        return ARNS[QUEUE] + self.name


@dataclass(frozen=True)
class Api:
    """The REST API.

    Attributes:
        document: Its OpenAPI document, with Amazon's extensions.
        stage: Properties of its stage.
    """

    document: Properties
    stage: Properties


@dataclass(frozen=True)
class Table:
    """The table.

    Attributes:
        name: Its deployed name.
        settings: Properties of AWS::DynamoDB::Table.
    """

    name: str
    settings: Properties
