"""Senders in the console: who has one, which one a message leaves from, and sending strategies."""

from datetime import datetime, timedelta

from playwright.sync_api import expect

from tests.browser.person import Person, links


def test_a_number_is_looked_up_with_its_earlier_owners(person: Person) -> None:
    person.asks("POST", "applications", {"applicationId": "shop"})
    person.asks("POST", "entities", {"entityId": "customer"})
    moved = links("447700900123", applicationId="shop", entityId="customer")
    person.asks("POST", "associations/bulk", {"link": links("447700900123")})
    person.asks("POST", "associations/bulk", {"unlink": links("447700900123"), "link": moved})
    person.open("lookup")
    person.page.get_by_label("Number, sender or domain").fill("+44 7700 900123")
    channel = person.page.locator("section.card").filter(
        has=person.page.get_by_role("heading", name="SMS")
    )
    expect(channel.get_by_role("link", name="customer", exact=True)).to_be_visible()
    person.until(lambda: "Earlier owners" in person.page.inner_text("main"))
    now, before = channel.locator(".owner").all()
    key_id = person.asks("GET", "current-api-key")["keyId"]
    for period, words in ((now, ("shop", "Since")), (before, ("default", "Since", "Until"))):
        for word in (*words, f"by {key_id}"):
            expect(period).to_contain_text(word)

    long_ago = datetime.now().astimezone() - timedelta(days=400)
    person.page.get_by_label("At", exact=True).fill(f"{long_ago:%Y-%m-%dT%H:%M}")
    expect(channel).to_contain_text("Nobody had it then.")


def test_what_nobody_ever_had_is_said_to_be_free(person: Person) -> None:
    person.open("lookup", resource="MyShop")
    expect(person.page.get_by_text("Nobody has it", exact=True)).to_be_visible()
    person.page.get_by_role("link", name="Link it").click()
    expect(person.dialog.get_by_label("Resource", exact=True)).to_have_value("MyShop")
    assert all("404" in error for error in person.errors)
    person.errors.clear()


def test_a_message_is_asked_for_its_sender_and_the_answer_explained(person: Person) -> None:
    person.asks("POST", "applications", {"applicationId": "shop"})
    made = links("12125550100", "13105550100", "447700900123", applicationId="shop")
    person.asks("POST", "associations/bulk", {"link": made})
    person.open("senders")
    person.fill("To", "+1 212 555 0123")
    person.fill("Application", "shop")
    person.click("Ask")
    chosen = person.page.locator(".chosen")
    expect(chosen).to_contain_text("no sending strategy applies")
    expect(chosen).to_contain_text("3 senders linked to shop")
    expect(chosen).to_contain_text("2 of the country of the destination")

    person.fill("From", "447700900123")
    person.click("Ask")
    expect(chosen).to_contain_text("The sender that the message asks for")
    expect(chosen.get_by_role("link", name="447700900123", exact=True)).to_be_visible()

    person.fill("Application", "nowhere")
    person.click("Ask")
    expect(chosen).to_contain_text("There is no such application")


def test_a_sending_strategy_is_created_used_and_deleted(person: Person) -> None:
    person.asks("POST", "applications", {"applicationId": "shop"})
    made = links("12125550100", "13105550100", applicationId="shop")
    person.asks("POST", "associations/bulk", {"link": made})
    person.open("senders")
    person.sees("No strategies yet")
    person.click("New strategy")
    person.fill("Application", "shop")
    person.fill("Country", "usa")
    person.click("Create strategy", person.dialog)
    expect(person.dialog.locator(".hint.wrong")).to_be_visible()
    person.fill("Country", "us")
    person.dialog.get_by_label("Virtual long number").select_option("1")
    person.dialog.get_by_label("Prefer the nearest area code").check()
    person.click("Create strategy", person.dialog)
    row = person.row("All messages to US of shop")
    for rule in ("Virtual long number", "Nearest area code"):
        expect(row).to_contain_text(rule)

    person.fill("To", "+1 212 555 0123")
    person.fill("Application", "shop")
    person.click("Ask")
    chosen = person.page.locator(".chosen")
    expect(chosen).to_contain_text("Chosen by a sending strategy")
    expect(chosen.get_by_role("link", name="12125550100", exact=True)).to_be_visible()

    row.get_by_role("button").click()
    person.click("Delete", person.dialog)
    person.sees("No strategies yet")
    assert all("400" in error for error in person.errors)
    person.errors.clear()
