"""Careful deletions: the impact is exact, and nothing else happens."""

import random
from itertools import product

import pytest

from tests.support.associations import shown, sms
from tests.support.operator import Link, Operator

COLLECTIONS = ["applications", "entities"]


def some_links(chance: random.Random, number: int) -> list[Link]:
    """Return links of few resources to few parents, so that some will merge."""
    applications, entities = ["a", "b", "default"], ["e", "f", None]
    pairs = [("NUMBER", "SMS"), ("NUMBER", "MMS"), ("ALPHA", "SMS"), ("DOMAIN", "EMAIL")]
    everything = [
        {
            "resourceType": kind,
            "channel": channel,
            "applicationId": application_id,
            "entityId": entity_id,
            "resourceId": resource_id,
        }
        for (kind, channel), application_id, entity_id, resource_id in product(
            pairs, applications, entities, "1234"
        )
    ]
    return chance.sample(everything, number)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.usefixtures("slices")
def test_the_impact_equals_the_effect_of_the_delete(operator: Operator, seed: int) -> None:
    chance = random.Random(seed)
    operator.prepare("ab", "ef", some_links(chance, 60))
    collection = chance.choice(COLLECTIONS)
    name = "a" if collection == "applications" else "e"
    preview = operator.impact(collection, name)
    operation = operator.settled(operator.delete(collection, name, preview.headers["ETag"]))
    impact = preview.json
    assert (operation["done"], operation["merged"]) == (impact["linked"], impact["merged"])
    assert sum(counted["count"] for counted in impact["byType"]) == impact["linked"]
    moved = [outcome["before"] for outcome in operator.outcomes(operation)]
    assert len(moved) == impact["linked"]
    assert all(link in moved for link in impact["sample"])
    for counted in impact["byType"]:
        pair = {name: counted[name] for name in ("resourceType", "channel")}
        assert counted["count"] == sum(link | pair == link for link in moved)


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_a_parent_without_associations_has_no_impact(operator: Operator, collection: str) -> None:
    operator.prepare("a", "a", [sms()])
    assert operator.impact(collection, "a").json == {
        ("applicationId" if collection == "applications" else "entityId"): "a",
        "protected": False,
        "linked": 0,
        "byType": [],
        "merged": 0,
        "sendingStrategies": 0,
        "sample": [],
        "restrictedApiKeys": 0,
    }
    assert operator.impact(collection, "b").status == 404


@pytest.mark.parametrize(
    "change",
    [
        lambda operator: operator.client.link(sms("a", "e", "2")),
        lambda operator: operator.client.unlink(sms("a", "e", "1")),
        lambda operator: (
            operator.client.unlink(sms("a", "e", "1")),
            operator.client.link(sms("a", "e", "1")),
        ),
        lambda operator: (operator.delete("applications", "a"), operator.prepare("a", "", [])),
    ],
    ids=["a link more", "a link fewer", "a link created again", "the application created again"],
)
def test_a_delete_with_a_stale_preview_changes_nothing(operator: Operator, change: object) -> None:
    operator.prepare("a", "e", [sms("a", "e", "1")])
    etag = operator.impact("applications", "a").headers["ETag"]
    assert callable(change)
    change(operator)
    before = operator.everything()
    answer = operator.delete("applications", "a", etag)
    assert answer.status == 412
    assert "Operation-Location" not in answer.headers
    assert operator.everything() == before
    fresh = operator.impact("applications", "a").headers["ETag"]
    assert operator.delete("applications", "a", fresh).status == 200


def test_one_of_several_tags_is_enough(operator: Operator) -> None:
    operator.prepare("a", "", [sms("a")])
    version = operator.client.get("applications", "a").headers["ETag"]
    fingerprint = operator.impact("applications", "a").headers["ETag"]
    operator.client.link(sms("a", None, "2"))
    assert operator.delete("applications", "a", fingerprint).status == 412
    assert operator.delete("applications", "a", f"{fingerprint}, {version}").status == 200


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_a_delete_can_be_refused_while_there_are_associations(
    operator: Operator, collection: str
) -> None:
    operator.prepare("ab", "ab", [sms("a", "a", "1"), sms("a", "a", "2")])
    answer = operator.delete(collection, "a", onLinked="refuse")
    assert answer.status == 409
    text = answer.json["requestError"]["serviceException"]["text"]
    assert "has 2 associations (2 NUMBER on SMS)" in text
    assert operator.client.get(collection, "a").status == 200
    assert operator.delete(collection, "b", onLinked="refuse").status == 200


def test_an_account_can_have_deletes_refused_by_default(operator: Operator) -> None:
    operator.prepare("a", "", [sms("a")])
    path = "/provisioning/1/settings"
    assert operator.client.call("GET", path).json == {"onLinked": "reset"}
    assert operator.client.call("PATCH", path, body={"onLinked": "refuse"}).status == 200
    assert operator.client.call("GET", path).json == {"onLinked": "refuse"}
    assert operator.delete("applications", "a").status == 409
    assert operator.delete("applications", "a", onLinked="reset").status == 200
    answer = operator.client.call("PATCH", path, body={"onLinked": None})
    assert answer.json == {"onLinked": "reset"}


@pytest.mark.parametrize("value", ["reassign", "", 1, "nothing"])
def test_the_default_is_one_that_every_delete_can_have(operator: Operator, value: object) -> None:
    answer = operator.client.call("PATCH", "/provisioning/1/settings", body={"onLinked": value})
    assert answer.status == 400
    assert list(answer.problems) == ["onLinked"]


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_a_protected_parent_is_not_deleted(operator: Operator, collection: str) -> None:
    operator.prepare("a", "a", [])
    before = operator.client.get(collection, "a")
    assert operator.protect(collection, "a", protected=True).status == 204
    assert operator.client.get(collection, "a").json == before.json
    assert operator.impact(collection, "a").json["protected"] is True
    assert operator.delete(collection, "a").status == 409
    bulk = operator.post(f"{collection}/bulk", {"create": [], "delete": ["a"]})
    assert [outcome["status"] for outcome in bulk.json["results"]] == [409]
    operator.client.rename(collection, "a", {})
    assert operator.delete(collection, "a").status == 409
    assert operator.protect(collection, "a", protected=False).status == 204
    assert operator.delete(collection, "a").status == 200
    assert operator.protect(collection, "a", protected=True).status == 404


@pytest.mark.parametrize("body", [{}, {"protected": None}, {"protected": "yes"}, {"protected": 1}])
def test_protection_is_said_by_true_or_false(operator: Operator, body: object) -> None:
    operator.prepare("a", "", [])
    answer = operator.client.call("PATCH", "/provisioning/1/applications/a", body=body)
    assert answer.status == 400
    assert list(answer.problems) == ["protected"]


@pytest.mark.usefixtures("slices")
def test_a_delete_can_move_associations_to_another_application(operator: Operator) -> None:
    numbers = [str(number) for number in range(20)]
    links = [sms("a", "e" if number in {"3", "4"} else None, number) for number in numbers]
    operator.prepare("ab", "e", [*links, sms("b", None, "7"), sms("b", "e", "4"), sms()])
    answer = operator.delete("applications", "a", onLinked="reassign", targetApplicationId="b")
    operation = operator.settled(answer)
    assert (operation["done"], operation["merged"]) == (20, 2)
    assert operation["target"] == {"applicationId": "b"}
    expected = [
        shown(sms("b", "e" if number in {"3", "4"} else None, number)) for number in numbers
    ]
    assert sorted(map(str, operator.links())) == sorted(map(str, [*expected, shown(sms())]))


@pytest.mark.usefixtures("slices")
def test_a_delete_can_move_associations_to_another_entity(operator: Operator) -> None:
    links = [sms(name, "e", str(number)) for name in ("a", "default") for number in range(9)]
    operator.prepare("a", "ef", [*links, sms("a", "f", "3")])
    answer = operator.delete("entities", "e", onLinked="reassign", targetEntityId="f")
    operation = operator.settled(answer)
    assert (operation["done"], operation["merged"]) == (18, 1)
    assert operator.links() == [shown(link | {"entityId": "f"}) for link in links]


def test_associations_whose_target_is_gone_are_reset(operator: Operator) -> None:
    operator.prepare("ab", "e", [sms("a", None, "1"), sms("a", "e", "2")])
    answer = operator.delete("applications", "a", onLinked="reassign", targetApplicationId="b")
    operator.delete("applications", "b")
    operator.settled(answer)
    assert operator.links() == [shown(sms(resource_id=number)) for number in ("1", "2")]


@pytest.mark.parametrize(
    ("query", "member"),
    [
        ({"onLinked": "reassign"}, "targetApplicationId"),
        ({"onLinked": "reassign", "targetApplicationId": "a"}, "targetApplicationId"),
        ({"onLinked": "reassign", "targetApplicationId": "nowhere"}, "targetApplicationId"),
        (
            {"onLinked": "reassign", "targetApplicationId": "b", "targetEntityId": "nobody"},
            "targetEntityId",
        ),
        ({"onLinked": "reassign", "targetEntityId": "e"}, "targetApplicationId"),
        ({"targetApplicationId": "b"}, "onLinked"),
        ({"onLinked": "reset", "targetApplicationId": "b"}, "onLinked"),
        ({"onLinked": "forget"}, "onLinked"),
    ],
)
def test_a_target_must_be_another_one_that_exists(
    operator: Operator, query: dict[str, str], member: str
) -> None:
    operator.prepare("ab", "e", [sms("a")])
    answer = operator.delete("applications", "a", **query)
    assert answer.status == 400
    assert list(answer.problems) == [member]
    assert operator.client.get("applications", "a").status == 200
