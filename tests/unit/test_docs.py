"""The page that explains the API is complete in itself, at any address."""

import json
import re
from typing import Any
from urllib.parse import urljoin

import pytest

from tests.support.client import Context, load_function
from tests.support.deployment import stack
from tools.openapi import DOCUMENT

docs = load_function("docs")


def get(resource: str, path: str | None = None) -> Any:
    event = {"httpMethod": "GET", "resource": resource, "path": path or resource}
    return docs.handler(event, Context())


def test_the_gateway_knows_each_file_and_no_other() -> None:
    routes = {
        path
        for path, methods in stack().api.document["paths"].items()
        if "get" in methods and path.startswith(("/docs", "/openapi"))
    }
    assert routes == set(docs.FILES)


@pytest.mark.parametrize("resource", docs.FILES)
def test_each_file_has_its_media_type(resource: str) -> None:
    answer = get(resource)
    types = {"docs": "text/html", "js": "text/javascript", "css": "text/css"}
    media_type = types.get(re.split(r"[/.]", resource)[-1], "application/json")
    assert answer["statusCode"] == 200
    assert answer["headers"]["Content-Type"] == f"{media_type}; charset=utf-8"
    assert answer["headers"]["X-Content-Type-Options"] == "nosniff"
    assert len(answer["body"].encode()) < 6 * 1024 * 1024  # all that Lambda returns at once


def test_the_document_is_the_one_in_the_repository() -> None:
    assert json.loads(get("/openapi.json")["body"]) == json.loads(DOCUMENT.read_text())


@pytest.mark.parametrize("base", ["", "/v1", "/a/base/path"])
def test_the_page_links_to_files_of_its_own_under_any_base_path(base: str) -> None:
    page = get("/docs")["body"] + get("/docs/page.js")["body"]
    links = re.findall(r'(?:href=|src=|url: )"([^"]+)"', page)
    targets = {urljoin(f"https://host{base}/docs", link) for link in links if link != "data:,"}
    assert targets == {f"https://host{base}{path}" for path in set(docs.FILES) - {"/docs"}}


def test_the_page_may_run_and_load_nothing_but_its_files() -> None:
    policy = dict(
        directive.split(" ", 1)
        for directive in get("/docs")["headers"]["Content-Security-Policy"].split("; ")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert "<script>" not in get("/docs")["body"]
    assert "<style" not in get("/docs")["body"]


@pytest.mark.parametrize("resource", docs.FILES)
def test_a_path_that_ends_in_a_slash_leads_to_the_one_without(resource: str) -> None:
    answer = get(resource, f"{resource}/")
    assert answer["statusCode"] == 308
    assert urljoin(f"https://host/v1{resource}/", answer["headers"]["Location"]) == (
        f"https://host/v1{resource}"
    )
