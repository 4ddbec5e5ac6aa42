"""The function that serves the console: what it sends, at any address."""

import gzip
import re
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest

from tests.support.client import Context, load_function

console = load_function("console")
LARGEST = 150 * 1024
FILES = {
    "index.html": '<link href="console/style-12.css" /><script src="console/app-34.js"></script>',
    "style-12.css": "body {}",
    "app-34.js": "start()",
}


@pytest.fixture(autouse=True)
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bundle of a page and two files."""
    for name, content in FILES.items():
        (tmp_path / name).write_text(content)
    monkeypatch.setattr(console, "STATIC", tmp_path)
    console._files.cache_clear()


def get(path: str, base: str = "", **headers: str) -> Any:
    file = path.removeprefix("/console").strip("/")
    event = {
        "httpMethod": "GET",
        "resource": "/console/{file}" if file else path.rstrip("/") or "/",
        "path": path,
        "pathParameters": {"file": file} if file else None,
        "headers": headers,
        "requestContext": {"path": base + path},
    }
    return console.handler(event, Context())


@pytest.mark.parametrize("base", ["", "/v1", "/a/base/path"])
def test_the_page_and_its_files_find_each_other_under_any_base_path(base: str) -> None:
    page = get("/console", base)
    links = re.findall(r'(?:href|src)="([^"]+)"', page["body"])
    for link in links:
        target = urljoin(f"https://host{base}/console", link).removeprefix(f"https://host{base}")
        assert get(target, base)["statusCode"] == 200


@pytest.mark.parametrize("base", ["", "/v1", "/a/base/path"])
@pytest.mark.parametrize("asked", ["", "/", "/console/"])
def test_the_root_and_a_slash_at_the_end_lead_to_the_page(asked: str, base: str) -> None:
    answer = get(asked or "/", base)
    assert answer["statusCode"] == (308 if asked == "/console/" else 302)
    target = urljoin(f"https://host{base}{asked}", answer["headers"]["Location"])
    assert target == f"https://host{base}/console"


def test_files_are_kept_for_good_and_the_page_is_asked_for_again() -> None:
    assert "immutable" in get("/console/app-34.js")["headers"]["Cache-Control"]
    page = get("/console")
    assert page["headers"]["Cache-Control"] == "no-cache"
    for tag in (page["headers"]["ETag"], f'"other", W/{page["headers"]["ETag"]}'):
        again = get("/console", **{"If-None-Match": tag})
        assert (again["statusCode"], again["body"]) == (304, "")
        assert again["headers"]["ETag"] == page["headers"]["ETag"]


@pytest.mark.parametrize("name", ["other.js", "app.py", "..%2Fapp.py", "../app.py"])
def test_nothing_else_is_served(name: str) -> None:
    answer = get(f"/console/{name}")
    assert answer["statusCode"] == 404
    assert "NOT_FOUND" in answer["body"]


def test_the_page_may_load_nothing_from_elsewhere() -> None:
    for path in ("/console", "/console/app-34.js", "/console/other.js", "/"):
        headers = get(path)["headers"]
        policy = dict(
            directive.split(" ", 1) for directive in headers["Content-Security-Policy"].split("; ")
        )
        assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_bundle_is_small_and_names_no_other_host() -> None:
    built = sorted((Path(str(console.__file__)).parent / "static").iterdir())
    assert {path.suffix for path in built} == {".html", ".css", ".js"}, "run `make console`"
    contents = [path.read_bytes() for path in built]
    assert sum(len(gzip.compress(content)) for content in contents) <= LARGEST
    hosts = set(re.findall(rb"https?://([\w.-]+)", b"".join(contents)))
    # A namespace of XML, and where a library names its own page; nothing is loaded from them.
    assert hosts <= {b"www.w3.org", b"github.com"}
