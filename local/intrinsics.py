"""Resolves CloudFormation's intrinsic functions, as far as the template uses them."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from local.settings import ACCOUNT, REGION, STACK, LocalError

_NO_VALUE: Final = object()
_PSEUDO_PARAMETERS: Final[dict[str, Any]] = {
    "AWS::AccountId": ACCOUNT,
    "AWS::NoValue": _NO_VALUE,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackName": STACK,
    "AWS::URLSuffix": "amazonaws.com",
}
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_VARIABLE: Final = re.compile(r"\$\{(!?)([^}]*)\}")

Attribute = Callable[[str, str | None], Any]


class Resolver:
    """Resolves values of one template; an unknown function is an error, not a guess."""

    def __init__(
        self, template: Mapping[str, Any], parameters: Mapping[str, str], attribute: Attribute
    ) -> None:
        """Prepare to resolve values; `parameters` replace the template's defaults.

        `attribute` returns the value of Ref (None) or Fn::GetAtt (an attribute's name)
        of a resource.

        Raises:
            LocalError: A parameter has no default, no valid value, or does not exist.
        """
        declared = template.get("Parameters", {})
        if unknown := parameters.keys() - declared.keys():
            message = f"PARAMETERS: the template has no parameter {min(unknown)}"
            raise LocalError(message)
        self._attribute = attribute
        self._resources = template["Resources"]
        self._mappings = template.get("Mappings", {})
        self._conditions = template.get("Conditions", {})
        self._values = _PSEUDO_PARAMETERS | {
            name: _parameter_value(name, one, parameters) for name, one in declared.items()
        }
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Condition": self.condition,
            "Fn::Equals": lambda pair: self.resolve(pair[0]) == self.resolve(pair[1]),
            "Fn::FindInMap": self._find_in_map,
            "Fn::GetAtt": self._get_attribute,
            "Fn::If": lambda given: self.resolve(given[1 if self.condition(given[0]) else 2]),
            "Fn::Join": lambda pair: pair[0].join(map(str, self.resolve(pair[1]))),
            "Fn::Not": lambda operands: not self.resolve(operands[0]),
            "Fn::Or": lambda operands: any(self.resolve(operands)),
            "Fn::Select": lambda pair: self.resolve(pair[1])[int(self.resolve(pair[0]))],
            "Fn::Sub": self._substitute,
            "Fn::ToJsonString": lambda value: json.dumps(self.resolve(value)),
            "Ref": self.reference,
        }

    def resolve(self, value: Any) -> Any:
        """Resolve any part of the template and everything within it.

        Returns:
            Plain data; what resolves to AWS::NoValue is left out of its object or list.

        Raises:
            LocalError: A function or a name is unknown.
        """
        if isinstance(value, list):
            resolved = [self.resolve(member) for member in value]
            return [member for member in resolved if member is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        name, operand = next(iter(value.items()), (None, None))
        if len(value) == 1 and name in self._functions:
            return self._functions[name](operand)
        if len(value) == 1 and str(name).startswith("Fn::"):
            message = f"the local system does not support {name}"
            raise LocalError(message)
        members = {name: self.resolve(member) for name, member in value.items()}
        return {name: member for name, member in members.items() if member is not _NO_VALUE}

    def condition(self, name: str) -> bool:
        """Evaluate a condition of the template."""
        return bool(self.resolve(self._conditions[name]))

    def reference(self, name: str) -> Any:
        """Resolve a Ref: a parameter's value, or a resource's own reference."""
        if name in self._values:
            return self._values[name]
        return self._get_attribute([name])

    def _get_attribute(self, operand: str | list[str]) -> Any:
        text = operand if isinstance(operand, str) else ".".join(operand)
        name, _, attribute = text.partition(".")
        if name not in self._resources:
            message = f"the template has no {name}"
            raise LocalError(message)
        return self._attribute(name, attribute or None)

    def _find_in_map(self, operands: list[Any]) -> Any:
        name, first, second = (self.resolve(operand) for operand in operands)
        return self.resolve(self._mappings[name][first][second])

    def _substitute(self, operand: str | list[Any]) -> str:
        text, variables = (operand, {}) if isinstance(operand, str) else operand

        def value(match: re.Match[str]) -> str:
            if match[1]:  # ${!Name} is the literal text ${Name}
                return f"${{{match[2]}}}"
            name = match[2].strip()
            if name in variables:
                return str(self.resolve(variables[name]))
            return str(self._get_attribute(name) if "." in name else self.reference(name))

        return _VARIABLE.sub(value, text)


def _parameter_value(name: str, declared: Mapping[str, Any], given: Mapping[str, str]) -> Any:
    value = given.get(name, declared.get("Default"))
    if value is None:
        message = f"parameter {name} has no default, and no value was given"
        raise LocalError(message)
    kind, allowed = declared["Type"], map(str, declared.get("AllowedValues", [value]))
    if str(value) not in allowed or (kind == "Number" and not _NUMBER.fullmatch(str(value))):
        message = f"PARAMETERS: {name} cannot be {value!r} (template.yaml)"
        raise LocalError(message)
    if kind == "CommaDelimitedList" or kind.startswith("List<"):
        message = f"the local system does not support lists as parameters ({name})"
        raise LocalError(message)
    return value
