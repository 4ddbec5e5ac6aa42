"""The resources that a template declares, as they exist on this machine."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from local import resources
from local.intrinsics import Resolver
from local.resources import ARNS, FUNCTION, QUEUE, TABLE, EventSource, Properties, Schedule
from local.settings import ACCOUNT, REGION, STACK, LocalError

_NAMES: Final = {TABLE: "TableName", FUNCTION: "FunctionName", QUEUE: "QueueName"}


class Stack:
    """The resources of one template.

    Attributes:
        resources: All that exist with these parameters, resolved, by logical id.
        functions: The functions, by logical id.
    """

    def __init__(
        self,
        template: Properties,
        root: Path,
        *,
        queues: str = "http://127.0.0.1",
        parameters: Mapping[str, str] | None = None,
    ) -> None:
        """Resolve what ``template.load`` returned of a template in the folder `root`.

        The URLs of queues begin with `queues`; parameters have these values or their defaults.

        Raises:
            LocalError: Something in it cannot be resolved.
        """
        self._root = root
        self._queues = queues
        self._declared = template["Resources"]
        self._resolver = resolver = Resolver(template, parameters or {}, self._attribute)
        self.resources = {
            name: resolver.resolve(resource)
            for name, resource in self._declared.items()
            if "Condition" not in resource or resolver.condition(resource["Condition"])
        }
        self.functions = {name: self._function(name, p) for name, p in self._all(FUNCTION)}

    @property
    def table(self) -> resources.Resource:
        """The table; LocalError is raised if there is none, or more than one."""
        name, properties = self._only(TABLE)
        return resources.Resource(self._name(name), properties)

    @property
    def api(self) -> resources.Api:
        """The REST API; LocalError is raised if there is none, or more than one."""
        _, api = self._only("AWS::ApiGateway::RestApi")
        _, stage = self._only("AWS::ApiGateway::Stage")
        return resources.Api(api["Body"], stage)

    @property
    def queues(self) -> list[resources.Resource]:
        """The queues, in the template's order."""
        return [resources.Resource(self._name(name), p) for name, p in self._all(QUEUE)]

    @property
    def streams(self) -> list[EventSource]:
        """The functions' event sources that are streams of the table."""
        return [source for source in self._event_sources() if ":dynamodb:" in source.source]

    @property
    def queue_sources(self) -> list[EventSource]:
        """The functions' event sources that are queues."""
        return [source for source in self._event_sources() if ":sqs:" in source.source]

    @property
    def schedules(self) -> list[Schedule]:
        """The schedules that are switched on.

        Raises:
            LocalError: A schedule has an event of its own, which the template does not use.
        """
        return [
            self._schedule(name, rule, target)
            for name, rule in self._all("AWS::Events::Rule")
            if "ScheduleExpression" in rule and rule.get("State") != "DISABLED"
            for target in rule["Targets"]
        ]

    def function_named(self, arn: str) -> str:
        """Return the logical id of the function with an ARN, with or without an alias, or a name.

        Raises:
            LocalError: The template has no such function.
        """
        name = arn.partition(":function:")[2].partition(":")[0] or arn
        for function in self.functions.values():
            if function.name == name:
                return function.logical_id
        message = f"the template has no function {arn}"
        raise LocalError(message)

    def _event_sources(self) -> Iterator[EventSource]:
        for name, properties in self._all("AWS::Lambda::EventSourceMapping"):
            if properties.get("Enabled", True):
                function = self.function_named(properties["FunctionName"])
                yield EventSource(name, function, properties["EventSourceArn"], properties)

    def _schedule(self, name: str, rule: Properties, target: Properties) -> Schedule:
        if "Input" in target:
            message = f"{name}: the local system does not support the Input of a schedule"
            raise LocalError(message)
        return Schedule(name, self.function_named(target["Arn"]), rule["ScheduleExpression"])

    def _function(self, name: str, properties: Properties) -> resources.Function:
        environment = properties.get("Environment", {}).get("Variables", {})
        return resources.Function(
            logical_id=name,
            name=self._name(name),
            code=self._root / str(properties["Code"]["S3Key"]),
            layers=tuple(self._layer(arn) for arn in properties.get("Layers", ())),
            handler=properties["Handler"],
            timeout=int(properties.get("Timeout", 3)),
            memory=int(properties.get("MemorySize", 128)),
            concurrency=properties.get("ReservedConcurrentExecutions"),
            environment={key: _as_text(value) for key, value in environment.items()},
        )

    def _layer(self, arn: str) -> Path:
        for name, properties in self._all("AWS::Lambda::LayerVersion"):
            if arn == self._attribute(name, None):
                return self._root / str(properties["Content"]["S3Key"])
        message = f"layer {arn} is not in the template"
        raise LocalError(message)

    def _attribute(self, name: str, attribute: str | None) -> Any:
        """Return the value of Ref (no attribute) or Fn::GetAtt of a resource."""
        resource = self._declared[name]
        kind, physical = resource["Type"], self._name(name)
        if kind in {"AWS::Lambda::Alias", "AWS::Lambda::Version"}:
            return ARNS[FUNCTION] + self._name(resource["Properties"]["FunctionName"]["Ref"])
        if attribute == "Arn" and kind in ARNS:
            return ARNS[kind] + physical
        if attribute == "StreamArn":
            return f"{ARNS[kind]}{physical}/stream/local"
        if kind == QUEUE and attribute in {None, "QueueUrl"}:
            return f"{self._queues}/{ACCOUNT}/{physical}"
        if attribute is None or attribute in _NAMES.values():
            return physical
        return f"arn:aws:local:{REGION}:{ACCOUNT}:{physical}/{attribute}"

    def _name(self, name: str) -> str:
        """Return a resource's deployed name."""
        resource = self._declared[name]
        declared = resource.get("Properties", {}).get(_NAMES.get(resource["Type"], ""))
        given = self._resolver.resolve(declared)
        return given if isinstance(given, str) else f"{STACK}-{name}"

    def _all(self, kind: str) -> Iterator[tuple[str, Properties]]:
        for name, resource in self.resources.items():
            if resource["Type"] == kind:
                yield name, resource.get("Properties", {})

    def _only(self, kind: str) -> tuple[str, Properties]:
        found = list(self._all(kind))
        if len(found) != 1:
            message = f"the template must have one {kind}, and has {len(found)}"
            raise LocalError(message)
        return found[0]


def _as_text(value: Any) -> str:
    """Write a value as CloudFormation writes it into a variable."""
    return str(value).lower() if isinstance(value, bool) else str(value)
