"""Expressions of DynamoDB calls."""

from collections.abc import Mapping
from typing import Any

from provisioning.table.items import encode


class Expression:
    """Collects the placeholders of expressions, so that attributes may have reserved names."""

    def __init__(self) -> None:
        """Start without placeholders."""
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def name(self, attribute: str) -> str:
        """Return the placeholder of an attribute."""
        placeholder = f"#{attribute}"
        self.names[placeholder] = attribute
        return placeholder

    def value(self, label: str, value: Any) -> str:
        """Return the placeholder of a value, by a label that is unique in the expression."""
        placeholder = f":{label}"
        self.values[placeholder] = value
        return placeholder

    def condition(self, expected: Mapping[str, Any]) -> str:
        """Return the condition that an item exists and has values.

        Args:
            expected: The values; None means that the attribute must be absent.
        """
        terms = [f"attribute_exists({self.name('PK')})"]
        for attribute, value in expected.items():
            if value is None:
                terms.append(f"attribute_not_exists({self.name(attribute)})")
            else:
                terms.append(f"{self.name(attribute)} = {self.value('is_' + attribute, value)}")
        return " AND ".join(terms)

    def parameters(self, **expressions: str) -> dict[str, Any]:
        """Return the parameters of a call: the expressions, and their placeholders."""
        given: dict[str, Any] = {**expressions, "ExpressionAttributeNames": self.names}
        if self.values:
            given["ExpressionAttributeValues"] = encode(self.values)
        return given | {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
