"""The OpenAPI document made from the code, and what it accepts."""

from typing import Any

from jsonschema import Draft202012Validator

from provisioning.core.errors import InvalidError
from provisioning.shapes import fields
from tools import openapi

DOCUMENT = openapi.document()
OPERATIONS = {
    (method.upper(), path): operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
MANY = "/provisioning/1"
VERSIONS = (MANY, "/provisioning/2")


def validator(name: str) -> Draft202012Validator:
    """Return a validator of values in a form that the document describes."""
    return Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}
    )


def is_accepted(model: type[fields.Model], values: Any) -> bool:
    """Return whether the code accepts the values."""
    try:
        fields.parse(model, values)
    except InvalidError:
        return False
    return True


def parameters(method: str, path: str) -> dict[str, Any]:
    """Return the parameters of an operation, by name."""
    return {given["name"]: given for given in OPERATIONS[method, path]["parameters"]}
