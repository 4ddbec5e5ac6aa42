"""The page that explains the API: what a person finds, tries, and does not have to type twice."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import PATIENCE_MILLISECONDS
from tests.support.served import Served


@pytest.fixture
def page(browser: Browser, system: Served) -> Iterator[Page]:
    """The page, whose requests must all have gone to the host that serves it."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    page = context.new_page()
    elsewhere: list[str] = []
    page.on(
        "request",
        lambda request: (
            elsewhere.append(request.url)
            if not request.url.startswith((system.url, "data:"))
            else None
        ),
    )
    page.goto(f"{system.url}/docs")
    yield page
    context.close()
    assert elsewhere == []


def opened(page: Page, operation: str) -> Locator:
    """Open an operation, which is ready to be tried."""
    block = page.locator(f".opblock[id$='-{operation}']")
    block.get_by_role("button").first.click()
    return block


def test_path_ids_are_strings_and_examples_do_no_harm(page: Page) -> None:
    one = opened(page, "getApplication")
    expect(one.locator(".parameter__type").first).to_have_text("string")
    assert "never" not in one.inner_text()
    reassign = opened(page, "reassignAssociations")
    expect(reassign.locator("textarea").first).to_have_value(re.compile(r'"dryRun": true'))
    message = opened(page, "submitMessage")
    expect(message.locator("textarea").first).to_have_value(re.compile("shop-production"))


def test_the_key_is_kept_over_a_reload_and_used(page: Page, system: Served) -> None:
    page.get_by_role("button", name="Authorize").first.click()
    page.get_by_label("auth-apiKey-value").or_(page.locator(".auth-container input")).first.fill(
        system.new_account()
    )
    page.locator(".auth-btn-wrapper").get_by_role("button", name="Apply credentials").click()
    page.reload()
    one = opened(page, "getCurrentApiKey")
    one.get_by_role("button", name="Execute").click()
    expect(one.locator(".live-responses-table .response-col_status").last).to_contain_text("200")


def test_operations_are_found_by_what_they_do(page: Page) -> None:
    page.get_by_placeholder("Filter by tag").fill("sending")
    expect(page.locator(".opblock")).to_have_count(3)
