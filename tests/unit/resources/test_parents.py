"""Applications and entities: every operation and status of the contract."""

from typing import Any

import pytest

from provisioning.core.kinds import Kind
from tests.support.client import ROOT, Client

NO_NAME = pytest.mark.parametrize("names", [[], [None]], ids=["absent", "null"])
NOT_FOUND = {"requestError": {"serviceException": {"messageId": "NOT_FOUND", "text": "Not found"}}}


@pytest.fixture
def collection(kind: Kind) -> str:
    """The plural of the kind, as paths have it."""
    return kind.collection


def listed(client: Client, kind: Kind) -> list[str]:
    """Return the ids that a client sees, without those built in."""
    ids = client.list(kind.collection, size=1000).ids
    return [identifier for identifier in ids if identifier not in kind.built_in]


def test_create_answers_201_with_nothing(client: Client, collection: str) -> None:
    answer = client.create(collection, "shop", "Web shop")
    assert (answer.status, answer.text) == (201, "")


def test_a_created_parent_can_be_read(client: Client, kind: Kind) -> None:
    client.create(kind.collection, "shop", "Web shop")
    answer = client.get(kind.collection, "shop")
    assert answer.status == 200
    assert answer.json == {kind.id_member: "shop", kind.name_member: "Web shop"}


def named(kind: Kind, names: list[Any]) -> dict[str, Any]:
    """Return the member with the name, if there is one."""
    return dict(zip([kind.name_member], names, strict=False))


@NO_NAME
def test_a_name_that_is_not_given_is_not_made_up(
    client: Client, kind: Kind, names: list[None]
) -> None:
    body = {kind.id_member: "shop"} | named(kind, names)
    assert client.call("POST", f"{ROOT}/{kind.collection}", body=body).status == 201
    assert client.get(kind.collection, "shop").json == {kind.id_member: "shop"}


def test_an_empty_name_is_kept(client: Client, kind: Kind) -> None:
    client.create(kind.collection, "shop", "")
    assert client.get(kind.collection, "shop").json[kind.name_member] == ""


def test_creating_an_existing_parent_is_a_conflict_that_names_it(
    client: Client, kind: Kind
) -> None:
    client.create(kind.collection, "shop", "first")
    answer = client.create(kind.collection, "shop", "second")
    assert answer.status == 409
    exception = answer.json["requestError"]["serviceException"]
    assert exception == {
        "messageId": "CONFLICT",
        "text": f"{kind.name.capitalize()} shop already exists",
    }
    assert client.get(kind.collection, "shop").json[kind.name_member] == "first"


def test_ids_are_case_sensitive(client: Client, collection: str) -> None:
    assert client.create(collection, "Shop").status == 201
    assert client.create(collection, "shop").status == 201
    assert client.get(collection, "SHOP").status == 404


@pytest.mark.parametrize("names", [[], ["Web shop"], [7]])
def test_an_invalid_creation_creates_nothing(client: Client, kind: Kind, names: list[Any]) -> None:
    answer = client.call("POST", f"{ROOT}/{kind.collection}", body=named(kind, names))
    assert answer.status == 400
    assert answer.problems[kind.id_member] == ["must not be null"]
    assert listed(client, kind) == []


def test_a_missing_parent_is_not_found(client: Client, collection: str) -> None:
    for answer in (
        client.get(collection, "nothing"),
        client.rename(collection, "nothing", {}),
        client.delete(collection, "nothing"),
    ):
        assert (answer.status, answer.json) == (404, NOT_FOUND)


def test_rename_answers_204_with_nothing(client: Client, kind: Kind) -> None:
    client.create(kind.collection, "shop", "old")
    answer = client.rename(kind.collection, "shop", {kind.name_member: "new"})
    assert (answer.status, answer.text) == (204, "")
    assert client.get(kind.collection, "shop").json[kind.name_member] == "new"


@NO_NAME
def test_a_rename_without_name_clears_it(client: Client, kind: Kind, names: list[None]) -> None:
    client.create(kind.collection, "shop", "old")
    assert client.rename(kind.collection, "shop", named(kind, names)).status == 204
    assert client.get(kind.collection, "shop").json == {kind.id_member: "shop"}


def test_a_rename_changes_no_id(client: Client, kind: Kind) -> None:
    client.create(kind.collection, "shop")
    body = {kind.id_member: "other", kind.name_member: "new"}
    assert client.rename(kind.collection, "shop", body).status == 204
    assert listed(client, kind) == ["shop"]


def test_an_invalid_rename_changes_nothing(client: Client, kind: Kind) -> None:
    client.create(kind.collection, "shop", "old")
    answer = client.rename(kind.collection, "shop", {kind.name_member: "x" * 256})
    assert answer.status == 400
    assert answer.problems == {kind.name_member: ["size must be between 0 and 255"]}
    assert client.get(kind.collection, "shop").json[kind.name_member] == "old"


def test_delete_answers_200_with_nothing(client: Client, collection: str) -> None:
    client.create(collection, "shop")
    answer = client.delete(collection, "shop")
    assert (answer.status, answer.text) == (200, "")
    assert client.get(collection, "shop").status == 404
    assert client.delete(collection, "shop").status == 404


def test_delete_says_where_its_reset_can_be_followed(client: Client, collection: str) -> None:
    client.create(collection, "shop")
    location = client.delete(collection, "shop").headers["Operation-Location"]
    assert location.startswith(f"/v1{ROOT}/operations/")


def test_a_deleted_parent_can_be_created_again(client: Client, collection: str) -> None:
    client.create(collection, "shop", "old")
    client.delete(collection, "shop")
    assert client.create(collection, "shop").status == 201


def test_applications_and_entities_do_not_share_ids(client: Client) -> None:
    assert client.create("applications", "shop").status == 201
    assert client.get("entities", "shop").status == 404
    assert client.create("entities", "shop").status == 201


# --- the application that every account has ----------------------------------------------------


def test_every_account_has_the_application_default(client: Client) -> None:
    assert client.get("applications", "default").json == {"applicationId": "default"}
    assert client.list("applications").ids == ["default"]


def test_the_application_default_can_be_renamed(client: Client) -> None:
    body = {"applicationName": "Everything else"}
    assert client.rename("applications", "default", body).status == 204
    assert client.get("applications", "default").json == {"applicationId": "default"} | body


def test_the_application_default_cannot_be_created(client: Client) -> None:
    assert client.create("applications", "default").status == 409


def test_the_application_default_cannot_be_deleted(client: Client) -> None:
    answer = client.delete("applications", "default")
    assert answer.status == 400
    assert list(answer.problems) == ["applicationId"]
    assert client.get("applications", "default").status == 200


def test_default_is_no_special_entity(client: Client) -> None:
    assert client.get("entities", "default").status == 404
    assert client.create("entities", "default").status == 201
    assert client.delete("entities", "default").status == 200


def test_the_word_null_is_no_entity_but_an_application(client: Client) -> None:
    refused = client.create("entities", "null")
    assert (refused.status, refused.problems) == (400, {"entityId": ['must not be "null"']})
    assert client.create("applications", "null").status == 201


# --- pages --------------------------------------------------------------------------------------


def test_a_list_has_every_member_of_the_contract(client: Client, kind: Kind) -> None:
    client.create(kind.collection, "shop", "Web shop")
    client.create(kind.collection, "till")
    answer = client.list(kind.collection)
    built_in = [{kind.id_member: identifier} for identifier in sorted(kind.built_in)]
    assert answer.status == 200
    assert answer.json == {
        "results": [
            *built_in,
            {kind.id_member: "shop", kind.name_member: "Web shop"},
            {kind.id_member: "till"},
        ],
        "paging": {
            "page": 0,
            "size": 20,
            "totalPages": 1,
            "totalResults": len(built_in) + 2,
        },
    }
    assert ".0" not in answer.text


def test_every_page_is_a_slice_of_the_ids_in_order(client: Client, kind: Kind) -> None:
    ids = sorted({*(f"id{number}" for number in range(23)), *kind.built_in})
    for identifier in reversed(ids):
        client.create(kind.collection, identifier)
    for size in (1, 5, 7, len(ids) - 1, len(ids), len(ids) + 1, 1000):
        pages = -(-len(ids) // size)
        for page in {0, pages // 2, pages - 1, pages}:
            answer = client.list(kind.collection, page=page, size=size)
            assert answer.ids == ids[page * size : (page + 1) * size]
            assert answer.json["paging"] == {
                "page": page,
                "size": size,
                "totalPages": pages,
                "totalResults": len(ids),
            }


def test_a_page_past_the_end_is_empty(client: Client, collection: str) -> None:
    answer = client.list(collection, page=2**31 - 1, size=1000)
    assert answer.status == 200
    assert answer.json["results"] == []


def test_an_account_without_entities_has_an_empty_list(client: Client) -> None:
    assert client.list("entities").json == {
        "results": [],
        "paging": {"page": 0, "size": 20, "totalPages": 0, "totalResults": 0},
    }


def test_a_list_longer_than_one_query_is_whole(client: Client) -> None:
    ids = [f"{number:03}" + "😀" * 252 for number in range(400)]
    for identifier in ids:
        client.create("entities", identifier, "😀" * 255)
    assert client.list("entities", size=400).ids == ids
    assert client.list("entities", page=399, size=1).ids == ids[-1:]
