"""The routes of the API, and what it passes on and logs."""

import json
import re

from local import template
from local.settings import PROJECT
from local.stack import Stack
from tests.support.client import Context, load_function
from tests.support.template import RESOURCES, routes

PARENT = (("GET", ""), ("POST", ""), ("GET", "/{}"), ("PUT", "/{}"), ("DELETE", "/{}"))
CONTRACT = {
    *((method, f"/applications{path.format('{applicationId}')}") for method, path in PARENT),
    *((method, f"/entities{path.format('{entityId}')}") for method, path in PARENT),
    *((method, "/associations") for method in ("GET", "POST", "DELETE")),
    ("GET", "/associations/single"),
}


def test_every_operation_of_the_contract_has_a_route() -> None:
    served = {(method, path) for _, method, path in routes()}
    assert {(method, f"/provisioning/1{path}") for method, path in CONTRACT} <= served


def test_no_route_is_served_twice() -> None:
    served = [(method, path) for _, method, path in routes()]
    assert len(served) == len(set(served))


def test_an_id_that_is_called_as_a_route_beside_it_can_be_used_all_the_same() -> None:
    """API Gateway takes a fixed segment before a parameter, whatever methods either has."""
    served = {(method, path) for _, method, path in routes()}
    paths = {path for _, path in served}
    for path in paths:
        before, _, after = path.partition("{")
        beside = {other[len(before) :].partition("/")[0] for other in paths if before in other}
        for fixed in beside - {""} if after else ():
            if not fixed.startswith("{"):
                namesake = before + fixed + after.partition("}")[2]
                methods = {method for method, other in served if other == path}
                assert {(method, namesake) for method in methods} <= served


def test_bodies_reach_the_functions_byte_by_byte() -> None:
    translated = template.load(PROJECT / "template.yaml", PROJECT / ".local" / "template.json")
    document = Stack(translated, PROJECT).api.document
    binary = document["x-amazon-apigateway-binary-media-types"]
    assert binary == ["application/json", "multipart/form-data"]


def test_the_access_log_is_json_and_holds_nothing_of_a_customers() -> None:
    line = RESOURCES["Api"]["Properties"]["AccessLogSetting"]["Format"]
    assert json.loads(line)
    logged = set(re.findall(r"\$context\.([A-Za-z.]+)", line))
    assert not logged & {"path", "identity.sourceIp", "identity.userAgent", "identity.user"}


def test_a_post_that_is_no_bulk_request_is_not_found() -> None:
    """The route is there for the id `bulk` alone."""
    event = json.loads((PROJECT / "events" / "applications" / "bulk.json").read_text())
    other = event | {"path": event["path"].replace("/bulk", "/shop")}
    assert load_function("applications").handler(other, Context())["statusCode"] == 404
