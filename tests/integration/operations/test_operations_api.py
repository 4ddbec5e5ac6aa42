"""Operations as clients see them: after a deletion, while they run, and when they failed."""

from typing import TYPE_CHECKING

import pytest

from provisioning.accounts import accounts, key_creation
from provisioning.accounts.principals import READ
from provisioning.core.kinds import APPLICATION, Kind
from tests.support.associations import sms
from tests.support.client import ROOT, Client, Response
from tests.support.stream import Stream, streams_client
from tests.support.workers import Workers

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

MANY = f"{ROOT}/operations"


@pytest.fixture
def workers(client: Client, database: "DynamoDBClient", endpoint: str, table: str) -> Workers:
    """The stream function, at the client's table."""
    return Workers(Stream(streams_client(endpoint), database, table))


def delete(client: Client, kind: Kind, identifier: str) -> Response:
    """Create and delete an application or entity."""
    assert client.create(kind.collection, identifier).status == 201
    return client.delete(kind.collection, identifier)


def location(answer: Response) -> str:
    """Return the path of the operation that an answer names."""
    return MANY + answer.headers["Operation-Location"].rpartition(MANY)[2]


def test_delete_answers_200_with_nothing_but_where_its_operation_is(
    client: Client, kind: Kind
) -> None:
    answer = delete(client, kind, "a/b")
    assert (answer.status, answer.text) == (200, "")
    shown = client.call("GET", location(answer))
    assert shown.status == 200
    assert shown.json["kind"] == f"DELETE_{kind.name.upper()}"
    assert shown.json[kind.id_member] == "a/b"
    assert shown.json["state"] == "PENDING"
    assert shown.json["done"] == 0
    assert "startedAt" not in shown.json
    assert answer.headers["Operation-Location"].endswith(shown.json["operationId"])


def test_an_operation_shows_how_much_it_did_and_when(client: Client, workers: Workers) -> None:
    client.create("applications", "shop")
    client.create("entities", "bank")
    linked = [sms("shop"), sms("shop", "bank"), sms()]
    linked += [sms("shop", None, "2"), sms("shop", None, "3"), sms("shop", "bank", "3")]
    for association in linked:
        assert client.link(association).status == 201
    with workers.at_work():
        pass  # What was linked is seen to have its parents.
    answer = client.delete("applications", "shop")
    with workers.at_work():
        pass
    shown = client.call("GET", location(answer)).json
    assert (shown["state"], shown["done"], shown["merged"]) == ("SUCCEEDED", 5, 3)
    assert shown["requestedAt"] <= shown["startedAt"] <= shown["endedAt"]
    assert {"reason", "resume"}.isdisjoint(shown)
    listed = client.list("associations").json["results"]
    assert [found["resourceId"] for found in listed] == ["2", "3", "447700900123"]
    assert {found["applicationId"] for found in listed} == {"default"}


def test_operations_are_listed_by_pages_newest_first(client: Client) -> None:
    answers = [delete(client, APPLICATION, f"a{number}") for number in range(5)]
    newest_first = [location(answer).rpartition("/")[2] for answer in reversed(answers)]
    page = client.call("GET", MANY, query={"page": 1, "size": 2}).json
    assert [shown["operationId"] for shown in page["results"]] == newest_first[2:4]
    assert page["paging"] == {"page": 1, "size": 2, "totalPages": 3, "totalResults": 5}
    assert client.call("GET", MANY, query={"page": 9}).json["results"] == []


@pytest.mark.parametrize("query", [{"page": "-1"}, {"size": "0"}, {"size": "1001"}, {"page": "x"}])
def test_a_page_that_cannot_be_is_refused(client: Client, query: dict[str, str]) -> None:
    answer = client.call("GET", MANY, query=query)
    assert answer.status == 400
    assert set(answer.problems) == set(query)


@pytest.mark.parametrize("method_and_path", ["GET {}", "POST {}/resume"])
@pytest.mark.parametrize("whose", ["nobody's", "another account's"])
def test_an_operation_of_another_account_is_not_found(
    client: Client, whose: str, method_and_path: str
) -> None:
    accounts.create("other")
    other = Client(key_creation.create_key("other"))
    path = location(delete(other, APPLICATION, "a")) if whose != "nobody's" else f"{MANY}/x"
    method, _, template = method_and_path.partition(" ")
    assert client.call(method, template.format(path)).status == 404
    assert client.call("GET", MANY).json["results"] == []


def test_a_key_that_may_only_read_sees_operations_and_resumes_none(client: Client) -> None:
    path = location(delete(client, APPLICATION, "a"))
    reader = Client(key_creation.create_key("acme", (READ,)))
    assert reader.call("GET", path).status == 200
    assert reader.call("GET", MANY).json["paging"]["totalResults"] == 1
    assert reader.call("POST", f"{path}/resume").status == 403


def test_a_successful_operation_cannot_be_resumed(client: Client, workers: Workers) -> None:
    path = location(delete(client, APPLICATION, "a"))
    with workers.at_work():
        pass
    answer = client.call("POST", f"{path}/resume")
    assert answer.status == 409
    assert path.rpartition("/")[2] in answer.json["requestError"]["serviceException"]["text"]


def test_resuming_a_running_operation_is_harmless_and_shows_its_progress(
    client: Client, workers: Workers
) -> None:
    path = location(delete(client, APPLICATION, "a"))
    for _ in "123":
        answer = client.call("POST", f"{path}/resume")
        assert answer.status == 202
        assert location(answer) == path
    with workers.at_work():
        pass
    assert client.call("GET", path).json["state"] == "SUCCEEDED"


def test_deleting_a_missing_or_built_in_parent_starts_nothing(client: Client, kind: Kind) -> None:
    assert client.delete(kind.collection, "missing").status == 404
    assert client.delete("applications", "default").status == 400
    assert client.call("GET", MANY).json["results"] == []
