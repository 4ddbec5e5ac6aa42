"""Somebody in front of the console, and the API beside it for what happens elsewhere."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

import requests
from playwright.sync_api import Locator, Page, expect

from local.settings import PROJECT

AXE = PROJECT / "console" / "node_modules" / "axe-core" / "axe.min.js"
PATIENCE_SECONDS = 30.0
RUN_AXE = """axe.run(document, {resultTypes: ["violations"]}).then(({violations}) =>
  violations.map(({id, nodes}) => `${id}: ${nodes.map(({html}) => html).join(" ")}`))"""

NEXT_FRAME = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
ENDED_TRANSITIONS = """Promise.all(document.getAnimations()
  .filter((animation) => animation instanceof CSSTransition)
  .map(({finished}) => finished.catch(() => null))).then(() => null)"""


class Person:
    """Somebody in front of the console.

    Attributes:
        page: What they look at.
        errors: What the page has logged as errors, or raised.
        elsewhere: The requests of the page that went to another host.
    """

    def __init__(self, page: Page, url: str, key: str) -> None:
        """Sit down in front of a page of the console of a served system."""
        self.page = page
        self.url = url
        self.key = key
        self.errors: list[str] = []
        self.elsewhere: list[str] = []
        own = (url, "data:", "blob:")
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith(own) else self.elsewhere.append(request.url)
            ),
        )
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on(
            "console",
            lambda message: (
                self.errors.append(f"{message.text} {message.location['url']}")
                if message.type == "error"
                else None
            ),
        )

    def sign_in(self, key: str | None = None) -> None:
        """Open the console and sign in."""
        self.page.goto(f"{self.url}/console")
        self.page.get_by_label("API key").fill(key or self.key)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("navigation", name="Sections")).to_be_visible()

    def open(self, *path: str, **params: str) -> None:
        """Open a page by its address, as a link from elsewhere does."""
        query = f"?{urlencode(params)}" if params else ""
        segments = "/".join(quote(segment, safe="") for segment in path)
        self.page.goto(f"{self.url}/console#/{segments}{query}")
        if params.keys() & {"act", "csv", "new"}:
            expect(self.dialog).to_be_visible()

    def click(self, name: str, within: Locator | None = None) -> None:
        """Press the button of a name."""
        (within or self.page).get_by_role("button", name=name, exact=True).click()

    def fill(self, label: str, value: str) -> None:
        """Type into the field of a label; one in a dialog, where there is a dialog."""
        dialog = self.page.get_by_role("dialog")
        scope: Page | Locator = dialog if dialog.count() else self.page
        scope.get_by_label(label, exact=True).fill(value)

    @property
    def dialog(self) -> Locator:
        """The dialog that is open."""
        return self.page.get_by_role("dialog")

    def sees(self, text: str) -> None:
        """Wait until a text is on the page."""
        expect(self.page.get_by_text(text, exact=True).first).to_be_visible()

    def row(self, text: str) -> Locator:
        """The row of a table that has a text."""
        return self.page.get_by_role("row").filter(has_text=text)

    def settle(self) -> None:
        """Wait until the page has loaded what it shows, and nothing on it changes its colour.

        A button's colour takes a moment to follow when the colours of the page change: on a busy
        machine axe would measure one in between.
        """
        self.page.evaluate(NEXT_FRAME)
        expect(self.page.locator("[aria-label=Loading], [aria-busy=true]")).to_have_count(0)
        self.page.evaluate(ENDED_TRANSITIONS)

    def ill_accessible(self) -> list[str]:
        """Return what axe finds wrong with the page once it has settled."""
        self.settle()
        self.page.evaluate(AXE.read_text())
        found: list[str] = self.page.evaluate(RUN_AXE)
        return found

    def asks(self, method: str, path: str, body: Any = None, **params: str) -> Any:
        """Make a request of the API, as a program elsewhere does with the same key."""
        answer = requests.request(
            method,
            f"{self.url}/provisioning/1/{path}",
            json=body,
            params=params,
            headers={"Authorization": f"App {self.key}"},
            timeout=30,
        )
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def wait_until_refused(self, key: str) -> None:
        """Wait until a key that was revoked is refused: it may be good for a few seconds yet."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        headers = {"Authorization": f"App {key}"}
        # Each process of each function keeps keys for itself.
        refused = 0
        while refused < 10:
            collection = ("entities", "associations")[refused % 2]
            answer = requests.get(
                f"{self.url}/provisioning/1/{collection}", headers=headers, timeout=30
            )
            refused = refused + 1 if answer.status_code == 401 else 0
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def until(self, condition: Callable[[], bool]) -> None:
        """Reload the page until a condition is met: the audit follows a moment after a change."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < deadline, self.page.inner_text("main")
            self.page.reload()
            self.page.wait_for_load_state("networkidle")


def links(*resource_ids: str, **members: str) -> list[dict[str, str]]:
    """Return links of numbers on SMS under `default`, but for the members that are given."""
    link = {"resourceType": "NUMBER", "channel": "SMS", "applicationId": "default"} | members
    return [link | {"resourceId": resource_id} for resource_id in resource_ids]
