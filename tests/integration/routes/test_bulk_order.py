"""The order of a bulk request is that of single requests, sent one after the other."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provisioning.accounts import accounts, key_creation
from provisioning.table import dynamodb
from tests.support.associations import sms
from tests.support.bulk import link, listed, send, statuses
from tests.support.client import ROOT, Client, Response


def test_removals_come_first_and_the_same_ones_in_their_order(shop: Client) -> None:
    one = sms("shop", "acme")
    answer = send(shop, "associations", link=[one, one], unlink=[one, one])
    assert statuses(answer) == [404, 404, 201, 409]
    answer = send(shop, "associations", link=[one, one], unlink=[one, one])
    assert statuses(answer) == [204, 404, 201, 409]
    answer = send(shop, "applications", create=[{"applicationId": "shop"}] * 2, delete=["shop"] * 2)
    assert statuses(answer) == [200, 404, 201, 409]


def test_missing_elements_cost_no_additional_requests(shop: Client) -> None:
    there, gone = sms("shop", "acme", "1"), [sms("shop", "acme", f"{n}") for n in range(2, 20)]
    shop.link(there)
    dynamodb.usage.reset()
    answer = send(shop, "associations", unlink=[*gone, there])
    assert statuses(answer) == [*[404] * 18, 204]
    assert dynamodb.usage.calls <= 2


def test_the_same_many_times_is_asked_for_no_more_than_twice(shop: Client) -> None:
    dynamodb.usage.reset()
    answer = link(shop, *[sms()] * 1000)
    assert statuses(answer) == [201, *[409] * 999]
    assert dynamodb.usage.calls <= 2


def test_what_is_still_to_be_moved_out_of_the_way_of_many_is_moved_together(shop: Client) -> None:
    links = [sms("shop", "acme", f"{number}") for number in range(40)]
    link(shop, *links)
    operation = shop.delete("applications", "shop").headers["Operation-Location"]
    shop.create("applications", "shop")
    dynamodb.usage.reset()
    assert statuses(link(shop, *links)) == [201] * 40
    assert dynamodb.usage.calls <= 25
    path = f"{ROOT}/operations/{operation.rpartition('/')[2]}"
    assert shop.call("GET", path).json["done"] == 40
    assert statuses(link(shop, *links)) == [409] * 40


applications = st.sampled_from(["default", "shop", "blog", "nowhere"])
entities = st.sampled_from([None, "acme", "umbra", "nobody"])
links = st.lists(st.builds(sms, applications, entities, st.sampled_from("12")), max_size=8)
misfits = st.sampled_from([{}, None, 7, {"applicationId": 1}, {"applicationId": " "}])
ids = st.sampled_from(["default", "shop", "blog", "new", "x" * 255])
numbers = iter(range(1_000_000))


def twins() -> tuple[Client, Client]:
    """Return clients of two new accounts in which everything is the same."""
    made = []
    for _ in range(2):
        account = f"twin{next(numbers)}"
        accounts.create(account)
        client = Client(key_creation.create_key(account))
        for application in ("shop", "blog"):
            client.create("applications", application)
        for entity in ("acme", "umbra"):
            client.create("entities", entity)
        for association in (sms("shop", "acme", "1"), sms("blog", None, "2"), sms("default")):
            client.link(association)
        made.append(client)
    return made[0], made[1]


def outcome_of(answer: Response) -> tuple[int, Any]:
    """Return the status of a single request, and its error if it is one."""
    return answer.status, answer.json["requestError"] if answer.status >= 400 else None


def outcomes(answer: Response) -> list[tuple[int, Any]]:
    return [(result["status"], result.get("requestError")) for result in answer.json["results"]]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(links, st.lists(links.filter(bool).map(lambda few: few[0]) | misfits, max_size=8))
def test_a_bulk_of_associations_equals_single_requests(
    table: str, removed: list[Any], made: list[Any]
) -> None:
    one, other = twins()
    answer = send(one, "associations", unlink=removed, link=made)
    path = f"{ROOT}/associations"
    singles = [other.call("DELETE", path, body=json.dumps(body)) for body in removed]
    singles += [other.call("POST", path, body=json.dumps(body)) for body in made]
    assert outcomes(answer) == [outcome_of(single) for single in singles]
    assert listed(one, "associations") == listed(other, "associations")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(
    st.lists(ids, max_size=5),
    st.lists(st.fixed_dictionaries({"applicationId": ids}) | misfits, max_size=5),
)
def test_a_bulk_of_applications_equals_single_requests(
    table: str, deleted: list[str], created: list[Any]
) -> None:
    one, other = twins()
    answer = send(one, "applications", delete=deleted, create=created)
    singles = [other.delete("applications", identifier) for identifier in deleted]
    path = f"{ROOT}/applications"
    singles += [other.call("POST", path, body=json.dumps(body)) for body in created]
    assert outcomes(answer) == [outcome_of(single) for single in singles]
    assert listed(one, "applications") == listed(other, "applications")
    operations = [
        [(each["kind"], each["applicationId"]) for each in listed(client, "operations")]
        for client in (one, other)
    ]
    assert sorted(operations[0]) == sorted(operations[1])
