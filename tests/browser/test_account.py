"""The account in the console: overview, operations, audit, keys, limits and settings."""

from playwright.sync_api import expect

from tests.browser.person import Person, links


def test_the_overview_tells_what_there_is(person: Person) -> None:
    person.asks("POST", "applications", {"applicationId": "shop"})
    person.asks("POST", "entities", {"entityId": "customer"})
    made = links("1", "2", applicationId="shop", entityId="customer") + links("3", channel="MMS")
    person.asks("POST", "associations/bulk", {"link": made})
    person.open("overview")
    person.page.reload()
    for tile in ("Applications 2", "Entities 1", "Links 3", "Left under default 1"):
        expect(person.page.locator("main").get_by_role("link", name=tile)).to_be_visible()
    for chart, name, count in (("channel", "MMS", "1"), ("entity", "customer", "2")):
        card = person.page.locator("section.card").filter(has_text=f"Links by {chart}")
        expect(card.get_by_role("listitem").filter(has_text=name)).to_contain_text(count)


def test_an_account_without_links_is_told_how_to_begin(person: Person) -> None:
    person.open("overview")
    person.sees("Nothing is linked yet")
    person.page.get_by_role("link", name="Create an application").click()
    expect(person.dialog).to_be_visible()


def test_the_audit_shows_an_operation_as_one_row(person: Person) -> None:
    person.asks("POST", "entities", {"entityId": "customer"})
    person.asks("POST", "associations/bulk", {"link": links("1", "2", "3", entityId="customer")})
    person.asks("DELETE", "entities/customer")
    person.open("audit")
    person.until(lambda: "3 links by one operation" in person.page.inner_text("main"))
    expect(person.page.get_by_text("Deleted", exact=True)).to_have_count(1)
    person.page.get_by_text("Filters").click()
    person.fill("Entity", "customer")
    expect(person.page.get_by_text("3 links by one operation")).to_have_count(0)
    expect(person.page.get_by_text("Deleted", exact=True)).to_have_count(1)
    person.open("operations")
    expect(person.row("Delete entity")).to_contain_text("customer")
    expect(person.row("Delete entity")).to_contain_text("Succeeded")


def test_what_is_followed_goes_on_after_an_outage(person: Person) -> None:
    person.asks("POST", "entities", {"entityId": "customer"})
    person.asks("DELETE", "entities/customer")
    operation_id = person.asks("GET", "operations")["results"][0]["operationId"]
    outage = iter([True])
    person.page.route(
        f"**/operations/{operation_id}",
        lambda route: route.abort() if next(outage, False) else route.continue_(),
    )
    person.open("operations", operation_id)
    expect(person.page.get_by_text("The API cannot be reached")).to_be_visible()
    expect(person.page.get_by_role("heading", name="Delete entity")).to_be_visible()
    assert all("ERR_FAILED" in error for error in person.errors)
    person.errors.clear()


def test_a_key_is_created_shown_once_rotated_and_revoked(person: Person) -> None:
    person.asks("POST", "applications", {"applicationId": "shop"})
    person.open("keys")
    person.click("New key")
    person.fill("Name", "Shop backend")
    person.click("Restrict it", person.dialog)
    person.fill("Application", "shop")
    person.click("Create key", person.dialog)
    secret = person.page.locator("[data-secret]").inner_text()
    person.click("I have copied it", person.dialog)
    assert secret not in person.page.content()
    expect(person.row("Shop backend")).to_contain_text("shop")
    created = person.asks("GET", "api-keys")["results"][0]
    assert created["scopes"] == ["application-entity:read"]
    assert created["platform"] == [{"applicationId": "shop"}]

    person.click("Rotate Shop backend")
    person.click("Rotate", person.dialog)
    assert person.page.locator("[data-secret]").inner_text() != secret
    person.click("I have copied it", person.dialog)
    person.click("Revoke Shop backend")
    person.click("Revoke", person.dialog)
    expect(person.row("Shop backend")).to_contain_text("Revoked")


def test_limits_are_shown_and_settings_changed(person: Person) -> None:
    person.open("account")
    person.sees("1 of 10,000")
    person.page.get_by_label("When a request deletes something that has links").select_option(
        "refuse"
    )
    person.click("Save")
    expect(person.page.get_by_role("button", name="Save")).to_be_disabled()
    assert person.asks("GET", "settings") == {"onLinked": "refuse"}
