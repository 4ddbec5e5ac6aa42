"""What the layer keeps of botocore's data has all that the functions call."""

import ast
import json
from pathlib import Path
from typing import Any

import botocore
import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel, StructureShape

import service_data
from local.settings import PROJECT

SITE = Path(botocore.__file__).parent
CALLERS = {"call": "dynamodb", "_call": "sqs"}
"""The functions that calls are made by, and the service that each calls."""


@pytest.fixture(scope="module")
def files() -> dict[str, Any]:
    return dict(service_data.trimmed(SITE / "data"))


def model_of(files: dict[str, Any], service: str) -> ServiceModel:
    (found,) = (
        files[name] for name in files if name.startswith(f"{service}/") and "service" in name
    )
    return ServiceModel(found, service)


def calls() -> list[tuple[str, str, set[str]]]:
    """Return the calls in the code: service, operation, names of parameters."""
    found = []
    for path in (PROJECT / "layers/provisioning/provisioning").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                first = node.args[0]
                if name in CALLERS and isinstance(first, ast.Constant):
                    given = {keyword.arg for keyword in node.keywords if keyword.arg}
                    found.append((CALLERS[name], str(first.value), given))
    return found


def test_every_operation_and_parameter_that_the_code_names_is_kept(files: dict[str, Any]) -> None:
    named = calls()
    assert {operation for _, operation, _ in named} >= {"GetItem", "Query", "SendMessageBatch"}
    for service, operation, parameters in named:
        shape = model_of(files, service).operation_model(operation).input_shape
        assert isinstance(shape, StructureShape)
        assert parameters <= set(shape.members) | {"paced", "tries"}, operation


@pytest.mark.parametrize("service", sorted(service_data.OPERATIONS))
def test_a_kept_operation_is_complete(files: dict[str, Any], service: str) -> None:
    whole = ServiceModel(Loader().load_service_model(service, "service-2"), service)
    kept = model_of(files, service)
    assert kept.metadata == whole.metadata
    assert set(kept.operation_names) == service_data.OPERATIONS[service]
    for name in kept.operation_names:
        ours, theirs = kept.operation_model(name), whole.operation_model(name)
        assert json.dumps(described(ours.input_shape)) == json.dumps(described(theirs.input_shape))
        assert [shape.name for shape in ours.error_shapes] == [
            shape.name for shape in theirs.error_shapes
        ]


def described(shape: Any, depth: int = 6) -> Any:
    """Return the members of a shape, and of theirs, by name."""
    if depth == 0 or shape is None:
        return None
    if shape.type_name == "structure":
        return {name: described(member, depth - 1) for name, member in shape.members.items()}
    if shape.type_name == "list":
        return [described(shape.member, depth - 1)]
    if shape.type_name == "map":
        return {"*": described(shape.value, depth - 1)}
    return shape.type_name


def test_the_certificates_that_are_kept_are_those_of_amazon_trust_services() -> None:
    kept = service_data.aws_certificates((SITE / "cacert.pem").read_text())
    assert kept.count("BEGIN CERTIFICATE") == 5
    assert kept.count("CN=Amazon Root CA") >= 4
