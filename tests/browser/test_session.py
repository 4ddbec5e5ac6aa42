"""Who is signed in, and what they see of it."""

import re

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.person import Person, links
from tests.support.served import Served

SECTIONS = [
    "overview",
    "applications",
    "entities",
    "associations",
    "lookup",
    "senders",
    "operations",
    "audit",
    "keys",
    "account",
]

SHOP = [{"applicationId": "shop"}]


def sections(person: Person) -> list[str]:
    return (
        person.page.get_by_role("navigation", name="Sections").get_by_role("link").all_inner_texts()
    )


def changing_buttons(person: Person) -> list[str]:
    words = ("new", "link a", "delete", "rename", "protect", "csv", "undo", "unlink", "reassign")
    buttons = person.page.locator("main button, main a.button").all_inner_texts()
    return [name for name in buttons if name.strip().lower().startswith(words)]


def test_a_wrong_key_is_told_and_the_right_one_is_kept_in_the_tab_alone(
    browser: Browser, system: Served, api_key: str
) -> None:
    context = browser.new_context()
    person = Person(context.new_page(), system.url, api_key)
    person.page.goto(f"{system.url}/")
    assert person.page.url == f"{system.url}/console"
    person.page.get_by_label("API key").fill("no-such-key")
    person.click("Sign in")
    expect(person.page.get_by_text("This key is not known")).to_be_visible()
    person.sign_in()
    assert person.page.evaluate("Object.values(sessionStorage)") == [api_key]
    assert person.page.evaluate("localStorage.length") == 0
    assert person.page.evaluate("document.cookie") == ""
    person.page.reload()
    expect(person.page.get_by_role("heading", name="Overview")).to_be_visible()
    person.click("Sign out")
    expect(person.page.get_by_label("API key")).to_be_visible()
    assert person.page.evaluate("sessionStorage.length") == 0
    context.close()


def test_a_key_that_only_reads_sees_no_button_that_would_fail(person: Person) -> None:
    person.asks("POST", "entities", {"entityId": "customer"})
    person.asks("POST", "associations/bulk", {"link": links("1", entityId="customer")})
    created = {"name": "Reader", "scopes": ["application-entity:read"]}
    secret = person.asks("POST", "api-keys", created)["apiKey"]
    person.asks("DELETE", "entities/customer")
    person.asks("POST", "entities", {"entityId": "customer"})
    operation_id = person.asks("GET", "operations")["results"][0]["operationId"]
    person.click("Sign out")
    person.sign_in(secret)
    assert "Audit" not in sections(person)
    assert "API keys" not in sections(person)
    pages = [(name,) for name in SECTIONS if name not in {"audit", "keys"}]
    for path in [*pages, ("entities", "customer"), ("operations", operation_id)]:
        person.open(*path)
        person.settle()
        assert changing_buttons(person) == []


def test_a_restricted_key_sees_and_changes_what_is_its_own(person: Person) -> None:
    for name in ("shop", "other"):
        person.asks("POST", "applications", {"applicationId": name})
    person.asks("POST", "associations/bulk", {"link": links("1", "2", applicationId="shop")})
    created = {"name": "Shop", "platform": [{"applicationId": "shop"}]}
    secret = person.asks("POST", "api-keys", created)["apiKey"]
    person.click("Sign out")
    person.sign_in(secret)
    person.sees("What this key sees")
    person.open("applications")
    expect(person.row("shop")).to_contain_text("2")
    expect(person.row("other")).to_have_count(0)
    person.open("applications", "shop")
    person.click("Delete")
    expect(person.dialog.get_by_role("radio", name="Reassign")).to_have_count(0)
    person.click("Delete, 2 links", person.dialog)
    person.sees("Succeeded")


@pytest.mark.parametrize(
    ("scopes", "platform", "seen"),
    [
        (["application-entity:read"], SHOP, 8),
        (["application-entity:manage"], SHOP, 9),
        (["account-management:manage"], [], 1),
        (["sending-strategy:manage"], [], 1),
    ],
)
def test_a_key_of_any_scope_sees_no_page_that_asks_for_what_it_may_not(
    person: Person, scopes: list[str], platform: list[dict[str, str]], seen: int
) -> None:
    person.asks("POST", "applications", {"applicationId": "shop"})
    person.asks("POST", "associations/bulk", {"link": links("1", applicationId="shop")})
    created = {"name": "Narrow", "scopes": scopes, "platform": platform}
    secret = person.asks("POST", "api-keys", created)["apiKey"]
    person.click("Sign out")
    person.sign_in(secret)
    places = person.page.get_by_role("navigation", name="Sections").get_by_role("link")
    addresses = [place.get_attribute("href") for place in places.all()]
    assert len(addresses) == seen
    for address in addresses:
        person.page.goto(f"{person.url}/console{address}")
        person.settle()
        for button in ("New key", "New strategy", "Link a resource"):
            if person.page.get_by_role("button", name=button, exact=True).count():
                person.click(button)
                expect(person.dialog).to_be_visible()
                person.settle()


def test_pasted_lines_stay_when_the_session_ends_and_the_rest_is_sent(person: Person) -> None:
    created = {"name": "Short", "scopes": ["application-entity:manage"]}
    short = person.asks("POST", "api-keys", created)
    person.click("Sign out")
    person.sign_in(short["apiKey"])
    person.open("associations", csv="associations")
    person.fill("Lines", "\n".join(f"NUMBER,SMS,default,,4477009{n:05}" for n in range(300)))
    bulk = f"{person.url}/provisioning/1/associations/bulk"
    sent: list[Route] = []

    def refuse_the_second(route: Route) -> None:
        sent.append(route)
        if len(sent) == 2:
            person.asks("DELETE", f"api-keys/{short['keyId']}")
            person.wait_until_refused(short["apiKey"])
        route.continue_()

    person.page.route(bulk, refuse_the_second)
    person.click("Send 300 lines", person.dialog)
    ended = person.page.get_by_role("dialog", name="The session has ended")
    expect(ended).to_be_visible(timeout=60_000)  # not before the key is refused everywhere
    person.page.keyboard.press("Escape")
    ended.get_by_label("API key").fill(person.key)
    person.click("Sign in", ended)
    expect(ended).to_have_count(0)
    again = person.dialog.get_by_role("button", name=re.compile(r"Send \d+ lines? again"))
    expect(again).to_be_visible()
    while again.count():  # what a busy table has refused meanwhile is sent once more
        again.click()
        expect(person.dialog.get_by_role("button", name="Close").last).to_be_enabled()
        expect(person.dialog.get_by_role("progressbar")).to_have_count(0)
    expect(person.dialog).to_contain_text("300 lines done.")
    assert person.asks("GET", "associations")["paging"]["totalResults"] == 300
    assert all("401" in error for error in person.errors)
    person.errors.clear()


def test_what_is_on_the_page_stays_when_the_session_ends(person: Person) -> None:
    created = {"name": "Short", "scopes": ["application-entity:manage"]}
    short = person.asks("POST", "api-keys", created)
    person.click("Sign out")
    person.sign_in(short["apiKey"])
    person.open("entities", new="1")
    person.fill("Id", "draft")
    person.asks("DELETE", f"api-keys/{short['keyId']}")
    person.wait_until_refused(short["apiKey"])
    person.click("Create entity", person.dialog)
    ended = person.page.get_by_role("dialog", name="The session has ended")
    ended.get_by_label("API key").fill(person.key)
    person.click("Sign in", ended)
    expect(ended).to_have_count(0)
    expect(person.dialog.get_by_label("Id", exact=True)).to_have_value("draft")
    person.click("Create entity", person.dialog)
    expect(person.page.get_by_role("heading", name="draft")).to_be_visible()
    assert all("401" in error for error in person.errors)
    person.errors.clear()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_is_accessible_and_fits(person: Person, theme: str, width: int) -> None:
    person.asks("POST", "entities", {"entityId": "customer", "entityName": "N" * 255})
    made = links("1", entityId="customer") + links("447700900123", channel="WHATSAPP")
    person.asks("POST", "associations/bulk", {"link": made})
    person.page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    person.page.set_viewport_size({"width": width, "height": 844})
    pages: list[tuple[str, ...]] = [(name,) for name in SECTIONS]
    for path in [*pages, ("entities", "customer"), ("nowhere",)]:
        person.open(*path)
        assert person.ill_accessible() == [], path
        assert person.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    for params in ({"new": "1"}, {"csv": "associations"}, {"act": "unlink", "channel": "SMS"}):
        person.open("associations", **params)
        expect(person.dialog).to_be_visible()
        assert person.ill_accessible() == [], params


def test_a_narrow_screen_has_a_menu(person: Person) -> None:
    person.page.set_viewport_size({"width": 390, "height": 844})
    person.open("overview")
    expect(person.page.get_by_role("navigation", name="Sections")).to_be_hidden()
    person.click("Menu")
    person.page.get_by_role("link", name="Entities", exact=True).click()
    expect(person.page.get_by_role("heading", name="Entities")).to_be_visible()
    expect(person.page.get_by_role("navigation", name="Sections")).to_be_hidden()


def test_everything_is_reached_by_the_keyboard(person: Person) -> None:
    person.open("overview")
    keyboard = person.page.keyboard
    keyboard.press("g")
    keyboard.press("e")
    expect(person.page.get_by_role("heading", name="Entities")).to_be_visible()
    keyboard.press("/")
    expect(person.page.get_by_label("Ids that begin with")).to_be_focused()
    person.page.get_by_role("button", name="New entity").focus()
    keyboard.press("Enter")
    expect(person.dialog.get_by_label("Id", exact=True)).to_be_focused()
    keyboard.type("customer")
    keyboard.press("Enter")
    expect(person.page.get_by_role("heading", name="customer")).to_be_visible()
    keyboard.press("?")
    expect(person.dialog).to_contain_text("Keyboard shortcuts")
    keyboard.press("Escape")
    expect(person.dialog).to_have_count(0)


def test_a_page_past_the_end_leads_back(person: Person) -> None:
    person.open("entities", page="39999")
    person.sees("No entities yet")
    person.asks("POST", "entities", {"entityId": "customer"})
    person.page.reload()
    expect(person.page.get_by_text("Past the end of 1 entity")).to_be_visible()
    person.click("Previous page")
    expect(person.row("customer")).to_be_visible()


@pytest.mark.parametrize("base", ["/prod", "/a/base/path"])
def test_it_works_behind_a_stage_path_and_a_base_path(
    browser: Browser, system: Served, api_key: str, base: str
) -> None:
    context = browser.new_context()
    context.route(
        f"**{base}/**",
        lambda route: route.fulfill(
            response=route.fetch(url=route.request.url.replace(base, "", 1))
        ),
    )
    person = Person(context.new_page(), f"{system.url}{base}", api_key)
    person.sign_in()
    person.open("applications")
    expect(person.row("default")).to_be_visible()
    assert person.errors == []
    assert person.elsewhere == []
    context.unroute_all(behavior="ignoreErrors")  # requests may still be in progress
    context.close()
