"""Associations in the console: filters, links, selections, moves, look-ups and CSV files."""

from playwright.sync_api import expect

from tests.browser.person import Person, links


def prepare(person: Person) -> None:
    person.asks("POST", "applications", {"applicationId": "shop"})
    person.asks("POST", "entities", {"entityId": "customer"})


def test_a_resource_is_linked_found_by_filters_and_unlinked(person: Person) -> None:
    prepare(person)
    person.asks("POST", "associations/bulk", {"link": links("1", "2")})
    person.open("associations")
    person.click("Link a resource")
    person.dialog.get_by_label("Type").select_option("DOMAIN")
    expect(person.dialog.get_by_label("Channel")).to_have_value("EMAIL")
    person.fill("Resource", "mail.example.com")
    person.fill("Application", "shop")
    person.fill("Entity", "customer")
    person.click("Link", person.dialog)
    expect(person.row("mail.example.com")).to_be_visible()

    person.page.get_by_label("Channel").select_option("EMAIL")
    person.sees("1 link")
    assert "channel=EMAIL" in person.page.url
    person.page.get_by_label("Select mail.example.com on Email").check()
    person.click("Unlink")
    person.click("Unlink 1 link", person.dialog)
    person.sees("No link meets these filters")
    assert person.asks("GET", "associations")["paging"]["totalResults"] == 2


def test_an_unknown_parent_is_told_with_the_form_as_it_was(person: Person) -> None:
    person.open("associations", new="1")
    person.fill("Resource", "1")
    person.fill("Application", "nobody")
    person.click("Link", person.dialog)
    expect(person.dialog.get_by_role("alert")).to_contain_text("does not exist")
    expect(person.dialog.get_by_label("Resource")).to_have_value("1")
    person.errors.clear()


def test_selected_links_are_moved(person: Person) -> None:
    prepare(person)
    person.asks("POST", "associations/bulk", {"link": links("1", "2", "3")})
    person.open("associations")
    for number in "13":
        person.page.get_by_label(f"Select {number} on SMS").check()
    person.click("Move")
    person.fill("To application", "shop")
    person.click("Move 2 links", person.dialog)
    expect(person.dialog).to_have_count(0)
    moved = person.asks("GET", "associations", applicationId="shop")["results"]
    assert [link["resourceId"] for link in moved] == ["1", "3"]


def test_links_are_reassigned_by_a_filter_after_a_dry_run(person: Person) -> None:
    prepare(person)
    person.asks("POST", "associations/bulk", {"link": links("1", "2")})
    person.open("associations", applicationId="default")
    person.click("Reassign all of these")
    person.fill("To application", "nobody")
    expect(person.dialog.get_by_text("does not exist").first).to_be_visible()
    person.fill("To application", "shop")
    person.click("Reassign 2 links", person.dialog)
    person.sees("Succeeded")
    assert person.asks("GET", "associations", applicationId="shop")["paging"]["totalResults"] == 2
    person.errors.clear()


def test_links_are_unlinked_by_a_filter_and_come_back(person: Person) -> None:
    person.asks("POST", "associations/bulk", {"link": links("1", "2")})
    person.open("associations", channel="SMS")
    person.click("Unlink all of these")
    person.click("Unlink 2 links", person.dialog)
    person.sees("Succeeded")
    assert person.asks("GET", "associations")["paging"]["totalResults"] == 0
    person.click("Undo")
    expect(person.page.get_by_role("heading", name="Undo")).to_be_visible()
    person.sees("Succeeded")
    expect(person.page.get_by_text("Restored").nth(1)).to_be_visible()
    assert person.asks("GET", "associations")["paging"]["totalResults"] == 2


def test_csv_lines_are_checked_one_by_one_before_any_is_sent(person: Person) -> None:
    person.open("associations", csv="associations")
    lines = [
        "resourceType,channel,applicationId,entityId,resourceId",
        "NUMBER,SMS,default,,447700900001",
        "NUMBER,FAX,default,,447700900002",
        "DOMAIN,SMS,default,,mail.example.com",
        "NUMBER,SMS,,,447700900003",
        "NUMBER,SMS,default,,447700900001",
        "NUMBER,SMS,nobody,,447700900004",
    ]
    person.fill("Lines", "\n".join(lines))
    expect(person.dialog.get_by_text("2 lines ready")).to_be_visible()
    for number, problem in {
        3: "channel must be one of",
        4: "DOMAIN is not used on SMS",
        5: "applicationId must not be blank",
        6: "the same as line 2",
    }.items():
        row = person.dialog.get_by_role("row").filter(has_text=problem)
        expect(row.get_by_role("cell").first).to_have_text(str(number))
    assert person.asks("GET", "associations")["paging"]["totalResults"] == 0

    person.click("Send 2 lines", person.dialog)
    expect(person.dialog).to_contain_text("1 line done, 1 line failed")
    expect(person.dialog).to_contain_text("Line 7: ")
    assert person.asks("GET", "associations")["paging"]["totalResults"] == 1


def test_a_csv_file_brings_entities(person: Person) -> None:
    person.open("associations", csv="entities")
    content = b"entityId;entityName\ncustomer-1;Northwind\ncustomer-2;\n"
    person.dialog.get_by_label("CSV file").set_input_files(
        {"name": "customers.csv", "mimeType": "text/csv", "buffer": content}
    )
    person.click("Send 2 lines", person.dialog)
    expect(person.dialog).to_contain_text("2 lines done")
    created = person.asks("GET", "entities")["results"]
    assert created == [
        {"entityId": "customer-1", "entityName": "Northwind"},
        {"entityId": "customer-2"},
    ]
