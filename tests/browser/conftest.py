"""Fixtures of the tests that use the console in Debian's Chromium, as a person does."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.person import Person
from tests.support.served import Served, served

PATIENCE_MILLISECONDS = 20_000.0
expect.set_options(timeout=PATIENCE_MILLISECONDS)
FLAGS = [
    "--no-sandbox",  # CI runs as root
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The whole system, served for all tests of this worker process."""
    with served(tmp_path_factory.mktemp("served")) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    chromium = shutil.which("chromium")
    assert chromium, "Chromium is not installed: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def api_key(system: Served) -> str:
    """A key of a new account, which may do everything."""
    return system.new_account()


@pytest.fixture
def person(browser: Browser, system: Served, api_key: str) -> Iterator[Person]:
    """Somebody who is signed in with that key; the page must have logged no error in the end, and
    have asked no other host.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    somebody = Person(context.new_page(), system.url, api_key)
    somebody.sign_in()
    yield somebody
    somebody.page.unroute_all(behavior="ignoreErrors")  # requests may still be in progress
    context.close()
    assert somebody.errors == []
    assert somebody.elsewhere == []
