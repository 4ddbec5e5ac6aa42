"""ETag and If-Match: nobody writes over what they have not seen."""

from typing import Any

import pytest

from provisioning.core.kinds import Kind
from tests.support.associations import sms
from tests.support.client import ROOT, Client, Response, path_of


def put(client: Client, kind: Kind, etag: str | None, name: str) -> Response:
    headers = {} if etag is None else {"If-Match": etag}
    body = {kind.name_member: name}
    return client.call("PUT", path_of(kind.collection, "one"), body=body, headers=headers)


def delete(client: Client, kind: Kind, etag: str) -> Response:
    path = path_of(kind.collection, "one")
    return client.call("DELETE", path, headers={"If-Match": etag})


def etag(client: Client, kind: Kind) -> str:
    return client.get(kind.collection, "one").headers["ETag"]


@pytest.fixture
def one(client: Client, kind: Kind) -> Client:
    """A client of an account with an application or entity of the id ``one``."""
    client.create(kind.collection, "one", "first")
    return client


def test_a_version_stays_until_there_is_a_change(one: Client, kind: Kind) -> None:
    first = etag(one, kind)
    assert first == etag(one, kind)
    put(one, kind, None, "second")
    assert etag(one, kind) != first


def test_the_present_version_is_changed_and_an_older_one_is_not(one: Client, kind: Kind) -> None:
    first = etag(one, kind)
    assert put(one, kind, first, "second").status == 204
    answer = put(one, kind, first, "third")
    assert answer.status == 412
    assert answer.json["requestError"]["serviceException"] == {
        "messageId": "PRECONDITION_FAILED",
        "text": "Precondition failed",
    }
    assert delete(one, kind, first).status == 412
    assert one.get(kind.collection, "one").json[kind.name_member] == "second"
    assert delete(one, kind, etag(one, kind)).status == 200


def test_a_version_is_not_that_of_a_namesake(one: Client, kind: Kind) -> None:
    first = etag(one, kind)
    one.delete(kind.collection, "one")
    one.create(kind.collection, "one", "first")
    assert put(one, kind, first, "second").status == 412
    assert delete(one, kind, first).status == 412


@pytest.mark.parametrize("form", ["*", " * ", '"x", {}', '{} , W/"y"', '"",{}', "{},", ", {}"])
def test_any_version_or_one_of_several_may_be_asked_for(one: Client, kind: Kind, form: str) -> None:
    assert put(one, kind, form.format(etag(one, kind)), "second").status == 204


@pytest.mark.parametrize("form", ["W/{}", '""', '"x"', '"x", "y"', 'W/"x"'])
def test_another_version_or_a_weak_one_is_not_the_present_one(
    one: Client, kind: Kind, form: str
) -> None:
    assert put(one, kind, form.format(etag(one, kind)), "second").status == 412


@pytest.mark.parametrize(
    "header", ["", " ", ",", "x", '"x', '"x" "y"', "**", '*, "x"', '"x"' * 2000]
)
def test_an_invalid_version_is_a_bad_request(one: Client, kind: Kind, header: str) -> None:
    answer = put(one, kind, header, "second")
    assert (answer.status, list(answer.problems)) == (400, ["If-Match"])


def test_a_missing_parent_is_not_found_whatever_version_is_expected(
    client: Client, kind: Kind
) -> None:
    for header in ("*", '"x"'):
        assert put(client, kind, header, "name").status == 404
        assert delete(client, kind, header).status == 404


def test_a_link_is_removed_only_as_it_was_seen(client: Client) -> None:
    link: dict[str, Any] = sms()

    def unlink(version: str) -> int:
        headers = {"If-Match": version}
        return client.call("DELETE", f"{ROOT}/associations", body=link, headers=headers).status

    assert unlink('"x"') == 404
    client.link(link)
    first = client.single(link).headers["ETag"]
    client.unlink(link)
    client.link(link)
    assert unlink(first) == 412
    assert client.single(link).status == 200
    assert unlink(client.single(link).headers["ETag"]) == 204
