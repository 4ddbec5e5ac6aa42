"""Applications and entities in the console: found, created, renamed, protected, deleted."""

import pytest
from playwright.sync_api import expect

from tests.browser.person import Person, links


def test_an_application_is_created_renamed_and_protected(person: Person) -> None:
    person.open("applications")
    person.click("New application")
    person.fill("Id", "shop/eu")
    person.fill("Name", "Web shop")
    person.click("Create application", person.dialog)
    expect(person.page.get_by_role("heading", name="shop/eu")).to_be_visible()

    person.click("Rename")
    person.fill("Name", "Web shop, Europe")
    person.click("Save", person.dialog)
    person.sees("Web shop, Europe")

    person.click("Protect")
    person.sees("Protected")
    person.click("Delete")
    expect(person.dialog).to_contain_text("It is protected")
    expect(person.dialog.get_by_role("button", name="Delete")).to_be_disabled()
    assert person.asks("GET", "applications/shop%2Feu")["applicationName"] == "Web shop, Europe"


def test_an_id_that_is_taken_is_told_beside_the_form(person: Person) -> None:
    person.asks("POST", "entities", {"entityId": "customer"})
    person.open("entities", new="1")
    person.fill("Id", "customer")
    person.click("Create entity", person.dialog)
    expect(person.dialog.get_by_role("alert")).to_contain_text("already exists")
    expect(person.dialog.get_by_label("Id", exact=True)).to_have_value("customer")
    person.errors.clear()  # the browser logs the 409 itself


def test_entities_are_found_by_the_beginning_of_their_id_and_by_page(person: Person) -> None:
    for start in (0, 600):
        created = [{"entityId": f"customer-{n:04d}"} for n in range(start, start + 600)]
        person.asks("POST", "entities/bulk", {"create": created})
    person.open("entities", page="40")
    expect(person.row("customer-1000")).to_be_visible()
    person.page.get_by_label("Page number").fill("48")
    person.page.get_by_label("Page number").press("Enter")
    expect(person.row("customer-1199")).to_be_visible()

    person.page.get_by_label("Ids that begin with").fill("customer-01")
    expect(person.page.get_by_text("of 100 entities")).to_be_visible()
    expect(person.row("customer-0100")).to_be_visible()
    person.page.get_by_label("Ids that begin with").fill("nobody")
    person.sees("No id begins with that")


def test_a_list_tells_how_many_links_each_has(person: Person) -> None:
    person.asks("POST", "applications", {"applicationId": "shop"})
    numbers = [str(number) for number in range(1, 31)]
    person.asks("POST", "associations/bulk", {"link": links(*numbers, applicationId="shop")})
    person.open("applications")
    expect(person.row("shop").get_by_role("link", name="30 links")).to_be_visible()
    person.row("shop").get_by_role("link", name="30 links").click()
    expect(person.page.get_by_text("of 30 links")).to_be_visible()


@pytest.mark.parametrize("choice", ["Reset", "Unlink"])
def test_a_delete_is_shown_beforehand_watched_and_undone(person: Person, choice: str) -> None:
    person.asks("POST", "applications", {"applicationId": "shop"})
    made = links("1", "2", "3", applicationId="shop")
    person.asks("POST", "associations/bulk", {"link": made})
    person.open("applications", "shop")
    person.click("Delete")
    expect(person.dialog).to_contain_text("3 links affected")
    person.dialog.get_by_role("radio", name=choice).check()
    person.click("Delete, 3 links", person.dialog)

    person.sees("Succeeded")
    expect(person.page.get_by_text("3 of 3")).to_be_visible()
    left = person.asks("GET", "associations", applicationId="default")["paging"]["totalResults"]
    assert left == (3 if choice == "Reset" else 0)

    person.click("Undo")
    expect(person.page.get_by_role("heading", name="Undo")).to_be_visible()
    person.sees("Succeeded")
    shop = person.asks("GET", "associations", applicationId="shop")["results"]
    assert sorted(link["resourceId"] for link in shop) == ["1", "2", "3"]


def test_links_are_reassigned_to_a_target_that_is_picked(person: Person) -> None:
    for name in ("old", "new"):
        person.asks("POST", "entities", {"entityId": name})
    person.asks("POST", "associations/bulk", {"link": links("1", "2", entityId="old")})
    person.open("entities", "old", act="delete")
    person.dialog.get_by_role("radio", name="Reassign").check()
    person.fill("Target entity", "new")
    person.click("Delete, 2 links", person.dialog)
    person.sees("Succeeded")
    assert person.asks("GET", "associations", entityId="new")["paging"]["totalResults"] == 2


def test_what_has_changed_since_it_was_shown_is_not_deleted(person: Person) -> None:
    person.asks("POST", "entities", {"entityId": "customer"})
    person.asks("POST", "associations/bulk", {"link": links("1", entityId="customer")})
    person.open("entities", "customer", act="delete")
    expect(person.dialog).to_contain_text("1 link affected")
    person.asks("POST", "associations/bulk", {"link": links("2", entityId="customer")})
    person.click("Delete, 1 link", person.dialog)
    expect(person.dialog).to_contain_text("has changed since it was shown")
    person.click("Show it again", person.dialog)
    person.click("Delete, 2 links", person.dialog)
    person.sees("Succeeded")
    assert all("412" in error for error in person.errors)
    person.errors.clear()


HOSTILE = [
    '<img src=x onerror="document.title=1">',
    "مرحبا بالعالم",
    "\U0001f600" * 255,
    "a/b?c#d%20e",
    "\u202eevil",
    "\"quoted\" 'id' %2F .. \\",
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_any_id_and_name_is_shown_as_text(person: Person, hostile: str) -> None:
    person.asks("POST", "entities", {"entityId": hostile, "entityName": hostile})
    person.asks("POST", "associations/bulk", {"link": links("447700900123", entityId=hostile)})
    person.open("entities")
    shown = hostile.replace("\u202e", "⟨U+202E⟩")
    expect(person.page.get_by_role("link", name=shown, exact=True)).to_be_visible()
    person.page.get_by_role("link", name=shown, exact=True).click()
    expect(person.page.get_by_role("heading", level=1)).to_have_text(shown)
    person.sees("447700900123")
    assert person.page.locator("main img, main script").count() == 0
    assert person.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    person.page.reload()
    expect(person.page.get_by_role("heading", level=1)).to_have_text(shown)
