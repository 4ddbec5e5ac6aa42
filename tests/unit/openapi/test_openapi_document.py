"""The OpenAPI document as a whole: valid, complete, and the same in every process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.support.deployment import stack
from tests.support.openapi_document import DOCUMENT, MANY, OPERATIONS, VERSIONS
from tools import openapi


def test_it_is_valid_openapi() -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_it_has_each_operation_that_is_deployed_and_no_other() -> None:
    deployed = {
        (method.upper(), path)
        for path, methods in stack().api.document["paths"].items()
        for method in methods
        if path.startswith(VERSIONS) and method != "options"  # a browser's, answered by the gateway
    }
    # A bulk request is a POST to the path of one application or entity, with the id "bulk".
    bulk = {
        (method, path.replace("/bulk", one))
        for method, path in OPERATIONS
        for collection, one in (("applications", "/{applicationId}"), ("entities", "/{entityId}"))
        if path.endswith(f"{collection}/bulk")
    }
    documented = {
        each for each in OPERATIONS if not each[1].endswith(("applications/bulk", "entities/bulk"))
    }
    assert documented | bulk == deployed


def test_every_member_is_described() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert not [
        f"{name}.{member}"
        for name, schema in schemas.items()
        for member, described in schema.get("properties", {}).items()
        if "description" not in described
    ]


def test_each_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(set(names)) == len(names)
    assert OPERATIONS["POST", f"{MANY}/applications"]["operationId"] == "createApplication"
    assert OPERATIONS["GET", f"{MANY}/associations/single"]["operationId"] == "getAssociation"


def test_it_is_the_same_in_every_process() -> None:
    program = "from tools import openapi; print(openapi.text(), end='')"
    texts = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=openapi.DOCUMENT.parents[2],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert texts == {openapi.text()}


def test_drift_is_found_and_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(openapi, "DOCUMENT", tmp_path / "openapi.json")
    assert openapi.main([]) == 0
    assert openapi.main(["--check"]) == 0
    assert capsys.readouterr().out == ""
    openapi.DOCUMENT.write_text(openapi.text().replace("createEntity", "makeEntity"))
    assert openapi.main(["--check"]) == 1
    shown = capsys.readouterr().out.splitlines()
    assert '-        "operationId": "makeEntity",' in shown
    assert '+        "operationId": "createEntity",' in shown
