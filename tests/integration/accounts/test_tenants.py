"""What the key of one tenant learns and changes of another one of the same account: nothing.

Every kind of binding meets every route. What belongs to the other tenant is marked with
``FOREIGN``, so that it is recognised in any answer and any item.
"""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from provisioning.accounts import authentication, key_changes, key_creation, principals
from provisioning.accounts.key_creation import NewKey
from provisioning.accounts.restrictions import Pair
from provisioning.core.origins import COMMAND, Origin
from provisioning.senders import snapshots
from tests.support.associations import sms, stored_items
from tests.support.client import ROOT, Client, Response
from tests.support.senders import STRATEGIES, Settle, create_strategy
from tests.support.stream import Stream, deliver_all, streams_client

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

FOREIGN = "zz-foreign"
NOWHERE = "zz-nowhere"
NUMBER = "447700900999"
"""A number that only the other tenant has."""
OPERATOR = principals.unrestricted("acme")
PARENTS = ("shop", "customer", "default", FOREIGN)
Asked = tuple[str, str, Any]
"""A request: method, path, and query or body."""
BINDINGS = {
    "application": (Pair("shop", None),),
    "entity": (Pair(None, "customer"),),
    "both": (Pair("shop", "customer"),),
    "application that links any": (Pair("shop", None, links_any=True),),
    "entity that links any": (Pair(None, "customer", links_any=True),),
    "several": (Pair("shop", None), Pair(None, "customer"), Pair("missing", None)),
}


def key_id_of(client: Client) -> str:
    assert client.api_key is not None
    return authentication.authenticate(client.api_key).key_id


def new_key(pairs: tuple[Pair, ...]) -> tuple[str, Client]:
    """Make a key with every scope that a restricted key can have; returns its id and a client."""
    scopes = (principals.MANAGE, principals.SENDING)
    key, secret = key_creation.create("acme", NewKey(scopes, pairs), COMMAND)
    return key["keyId"], Client(secret)


@pytest.fixture(autouse=True)
def no_cache(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Look keys up at every request, and forget what was read of platforms."""
    monkeypatch.setattr(authentication, "CACHE_SECONDS", 0)
    snapshots.forget()
    yield
    snapshots.forget()


@pytest.fixture
def settle(endpoint: str, database: "DynamoDBClient", table: str) -> Settle:
    """Delivers all stream records until there are no more."""
    stream = Stream(streams_client(endpoint), database, table)

    def deliver() -> None:
        deliver_all(stream)

    return deliver


@pytest.fixture
def world(client: Client, settle: Settle) -> Client:
    """An unrestricted client of an account with two tenants, and the audit of how they came."""
    manager = Client(key_creation.create_key("acme", principals.SCOPES))
    for application in ("shop", FOREIGN, f"{FOREIGN}-gone"):
        assert manager.create("applications", application, application).status == 201
    for entity in ("customer", FOREIGN):
        assert manager.create("entities", entity, entity).status == 201
    for link in (
        sms("shop", "customer", "1"),
        sms("default", None, NUMBER),
        sms(FOREIGN, None, NUMBER),
        sms(FOREIGN, FOREIGN, NUMBER),
        sms(f"{FOREIGN}-gone", None, "2"),
    ):
        assert manager.link(link).status == 201
    create_strategy(manager, {"applicationId": FOREIGN})
    manager.delete("applications", f"{FOREIGN}-gone")
    settle()
    return manager


def foreign_operation(world: Client) -> str:
    found = world.list("operations").json["results"]
    return str(next(each["operationId"] for each in found if FOREIGN in json.dumps(each)))


def reads(world: Client, key_id: str) -> Iterator[Asked]:
    """Each request that reads: method, path, and query or body."""
    yield from ((("GET", f"{ROOT}/{path}", query)) for path, query in lists(key_id))
    operation = f"{ROOT}/operations/{foreign_operation(world)}"
    yield from (("GET", path, {}) for path in (operation, f"{operation}/links", STRATEGIES))
    for number in (NUMBER, f"+{NUMBER}", "2"):
        yield "POST", f"{ROOT}/inbound/resolve", {"channel": "SMS", "resourceId": number}
    yield from questions(FOREIGN)


def lists(key_id: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Each path below the root that a GET has, and a query."""
    for collection in ("applications", "entities"):
        yield collection, {"size": "100", "include": "counts"}
        yield collection, {"prefix": "z", "size": "1000"}
        yield f"{collection}/{FOREIGN}", {}
        yield from ((f"{collection}/{name}/impact", {}) for name in PARENTS)
    for link in (sms(FOREIGN, None, NUMBER), sms(FOREIGN, FOREIGN, NUMBER)):
        yield "associations/single", {name: value for name, value in link.items() if value}
    for query in ({}, {"applicationId": FOREIGN}, {"entityId": FOREIGN}, {"resourceId": NUMBER}):
        yield "associations", {**query, "size": "1000"}
    resource = {"resourceType": "NUMBER", "channel": "SMS", "resourceId": NUMBER}
    for asked in ({}, {"applicationId": FOREIGN}, {"actor": "command"}, resource):
        yield "audit", asked
    for path in ("operations", "limits", "settings", "summary", "resources", "api-keys"):
        yield path, {}
    yield f"resources/NUMBER/{NUMBER}", {}
    yield f"api-keys/{key_id}", {}


def questions(foreign: str) -> Iterator[Asked]:
    """Each question which sender a message leaves from."""
    for application in ("shop", foreign, "default", "missing"):
        for entity in ("customer", foreign, None):
            platform = {"applicationId": application} | ({"entityId": entity} if entity else {})
            question = {"channel": "SMS", "to": "447700900123", "platform": platform}
            yield "POST", f"{ROOT}/senders/resolve", question | {"explain": True}


def asked(key: Client, method: str, path: str, content: Any) -> Response:
    if method == "GET":
        return key.call(method, path, query=content)
    return key.call(method, path, body=content)


# One account serves all bindings in each test: making it takes longer than the requests do.


def test_no_answer_tells_of_another_tenant(world: Client) -> None:
    for name, pairs in BINDINGS.items():
        key_id, key = new_key(pairs)
        for request in reads(world, key_id):
            require_nothing_told(key, request, name)


def require_nothing_told(key: Client, request: Asked, binding: str) -> None:
    method, path, content = request
    answer = asked(key, method, path, content)
    if "/inbound/" in path:
        assert answer.json["owners"] == [], (binding, *request)
    elif NUMBER not in path:
        assert NUMBER not in answer.text, (binding, *request)
    if FOREIGN not in path + json.dumps(content):
        assert FOREIGN not in answer.text, (binding, *request)
    if FOREIGN in path:
        assert answer.status == 404, (binding, *request)


def test_no_answer_names_another_api_key(world: Client, settle: Settle) -> None:
    manager = key_id_of(world)
    for name, pairs in BINDINGS.items():
        key_id, key = new_key(pairs)
        further = [
            ("current-api-key", {}),
            ("resources/NUMBER/1", {}),
            ("audit", {"actor": manager}),
        ]
        own = [("GET", f"{ROOT}/{path}", query) for path, query in further]
        for request in (*reads(world, key_id), *own):
            assert manager not in asked(key, *request).text, (name, *request)
    made = {"name": "Shop", "platform": [{"applicationId": "shop"}]}
    created = world.call("POST", f"{ROOT}/api-keys", body=made).json
    tenant = Client(created["apiKey"])
    assert tenant.call("GET", f"{ROOT}/current-api-key").json["createdBy"] == "other-key"
    assert tenant.link(sms("shop", None, "1")).status == 201
    settle()
    entries = tenant.call("GET", f"{ROOT}/audit").json["results"]
    assert {one["actor"] for one in entries} == {"other-key", created["keyId"]}
    filtered = {
        actor: tenant.call("GET", f"{ROOT}/audit", query={"actor": actor}).json["results"]
        for actor in ("other-key", created["keyId"], manager)
    }
    assert [len(found) for found in filtered.values()] == [len(entries) - 1, 1, 0]
    owners = tenant.call("GET", f"{ROOT}/resources/NUMBER/1").json["channels"][0]["owners"]
    assert [one["by"] for one in owners] == [created["keyId"], "other-key"]


@pytest.mark.usefixtures("world")
def test_whether_another_tenant_has_an_id_changes_no_answer() -> None:
    for name, pairs in BINDINGS.items():
        _, key = new_key(pairs)
        for question, other in zip(questions(FOREIGN), questions(NOWHERE), strict=True):
            require_same(asked(key, *question), asked(key, *other), (name, *question))
        changes = list(writes(FOREIGN)) + (list(linking(FOREIGN)) if "any" not in name else [])
        for method, path, body in changes:
            elsewhere = (each.replace(FOREIGN, NOWHERE) for each in (path, body))
            there = asked_to(key, method, path, body)
            require_same(there, asked_to(key, method, *elsewhere), (name, method, path, body))


def require_same(there: Response, nowhere: Response, told: object) -> None:
    assert there.status == nowhere.status, told
    assert there.text.replace(FOREIGN, NOWHERE) == nowhere.text, told


def writes(name: str) -> Iterator[tuple[str, str, str]]:
    """Each request that changes what has an id: method, path, and the body as JSON or nothing."""
    for collection, noun in (("applications", "application"), ("entities", "entity")):
        one = f"{ROOT}/{collection}/{name}"
        yield "POST", f"{ROOT}/{collection}", json.dumps({f"{noun}Id": name})
        yield "PUT", one, json.dumps({f"{noun}Name": "Mine"})
        yield "PATCH", one, json.dumps({"protected": True})
        for query in ("", "?onLinked=unlink", "?onLinked=refuse"):
            yield "DELETE", one + query, ""
        yield "DELETE", f"{one}?onLinked=reassign&targetApplicationId=shop", ""
        body = {"delete": [name], "create": [{f"{noun}Id": name}]}
        yield "POST", f"{ROOT}/{collection}/bulk", json.dumps(body)
    for application, entity in ((name, None), (name, name), (name, "customer"), ("shop", name)):
        link = json.dumps(sms(application, entity, NUMBER))
        yield "DELETE", f"{ROOT}/associations", link
        bulk = {"unlink": [json.loads(link)]}
        yield "POST", f"{ROOT}/associations/bulk", json.dumps(bulk)
        filters = {"applicationId": application} | ({"entityId": entity} if entity else {})
        for dry in (True, False):
            unlinking = {"filter": filters, "dryRun": dry}
            yield "POST", f"{ROOT}/associations/unlink", json.dumps(unlinking)
            moving = {"filter": filters, "target": {"applicationId": "shop"}, "dryRun": dry}
            yield "POST", f"{ROOT}/associations/reassign", json.dumps(moving)
    target = {"filter": {"applicationId": "shop"}, "target": {"applicationId": name}}
    yield "POST", f"{ROOT}/associations/reassign", json.dumps(target)
    yield "POST", STRATEGIES, json.dumps({"platform": {"applicationId": name}})
    yield "DELETE", f"{STRATEGIES}/{name}", ""
    yield "POST", f"{ROOT}/messages", json.dumps({"entityId": name})


def linking(name: str) -> Iterator[tuple[str, str, str]]:
    """Each request that links what a tenant has with what has an id."""
    for application, entity in ((name, None), (name, name), (name, "customer"), ("shop", name)):
        link = sms(application, entity, "21")
        yield "POST", f"{ROOT}/associations", json.dumps(link)
        yield "POST", f"{ROOT}/associations/bulk", json.dumps({"link": [link]})


def asked_to(key: Client, method: str, path: str, body: str) -> Response:
    path, _, query = path.partition("?")
    pairs = [tuple(pair.split("=")) for pair in query.split("&") if pair]
    return key.call(method, path, query=pairs, body=body or None)  # type: ignore[arg-type]


def test_no_request_changes_anything_of_another_tenant(
    world: Client, database: "DynamoDBClient", table: str
) -> None:
    before, operation = foreign_items(database, table), foreign_operation(world)
    assert len(before) > 10
    for pairs in BINDINGS.values():
        key_id, key = new_key(pairs)
        for each in writes(FOREIGN):
            asked_to(key, *each)
        for action in ("undo", "resume", "cancel"):
            assert key.call("POST", f"{ROOT}/operations/{operation}/{action}").status == 404
        for method, path, body in (
            ("PATCH", "settings", {"onLinked": "refuse"}),
            ("POST", "api-keys", {}),
            ("PUT", f"api-keys/{key_id}", {"name": FOREIGN}),
            ("POST", f"api-keys/{key_id}/rotate", {}),
            ("DELETE", f"api-keys/{key_id}", None),
        ):
            assert key.call(method, f"{ROOT}/{path}", body=body).status == 403
    assert foreign_items(database, table) == before


def foreign_items(database: "DynamoDBClient", table: str) -> list[str]:
    """Everything that names the other tenant or its number, and the account's own item."""
    items = (
        json.dumps(item, default=str, sort_keys=True) for item in stored_items(database, table)
    )
    return sorted(item for item in items if FOREIGN in item or NUMBER in item or "SETTINGS" in item)


def test_an_ended_key_gets_nothing_and_a_rotated_one_what_it_had(world: Client) -> None:
    key_id, key = new_key(BINDINGS["application"])
    _, secret = key_changes.rotate(OPERATOR, key_id, 3600, COMMAND)
    for each in (key, Client(secret)):
        assert each.get("applications", "shop").status == 200
        assert each.get("applications", FOREIGN).status == 404
    key_changes.modify(OPERATOR, key_id, None, 1, COMMAND)
    for each in (key, Client(secret)):
        for method, path, content in reads(world, key_id):
            assert asked(each, method, path, content).status == 401


def test_a_repeated_request_of_another_key_is_not_recognised(world: Client) -> None:
    _, key = new_key(BINDINGS["several"])
    headers = {"Idempotency-Key": "one"}
    path, body = f"{ROOT}/associations", sms(FOREIGN, None, "31")
    assert world.call("POST", path, body=body, headers=headers).status == 201
    assert key.call("POST", path, body=body, headers=headers).status == 404


def test_a_cursor_of_another_key_leads_to_the_keys_own_entries(world: Client) -> None:
    cursor = world.list("audit", size=1).json["paging"]["next"]
    _, key = new_key(BINDINGS["application"])
    found = key.list("audit", cursor=cursor)
    assert found.status == 200
    assert FOREIGN not in found.text


# --- namesakes ----------------------------------------------------------------------------------


def test_a_key_of_a_new_application_does_not_see_what_its_namesake_was(
    world: Client, settle: Settle
) -> None:
    world.rename("applications", "shop", {"applicationName": f"{FOREIGN} name"})
    create_strategy(world, {"applicationId": "shop"})
    settle()
    deleted = world.delete("applications", "shop")
    world.create("applications", "shop")
    settle()
    _, key = new_key(BINDINGS["application"])
    assert key.list("operations").json["paging"]["totalResults"] == 0
    operation = deleted.headers["Operation-Location"].removeprefix("/v1")
    assert key.call("GET", operation).status == 404
    entries = key.list("audit").json["results"]
    assert [entry["action"] for entry in entries] == ["CREATED"]
    assert world.call("GET", f"{ROOT}/resources/NUMBER/1").json["channels"][0]["earlierOwners"]
    assert key.call("GET", f"{ROOT}/resources/NUMBER/1").status == 404

    key.delete("applications", "shop")
    assert key.list("operations").json["paging"]["totalResults"] == 1


@pytest.mark.parametrize("binding", ["application", "application that links any"])
def test_a_key_of_a_new_application_does_not_see_what_is_still_to_be_moved(
    world: Client, settle: Settle, binding: str
) -> None:
    world.delete("applications", "shop")
    world.create("applications", "shop")
    _, key = new_key(BINDINGS[binding])
    assert key.link(sms("shop", None, "new")).status == 201

    def counts() -> list[int]:
        queries = [{}, {"applicationId": "shop"}, {"entityId": "customer"}, {"resourceId": "1"}]
        pages = [key.list("associations", **query, size=1).json for query in queries]
        (application,) = [
            one["linked"]
            for one in key.list("applications", include="counts").json["results"]
            if one["applicationId"] == "shop"
        ]
        return [*(page["paging"]["totalResults"] for page in pages), application]

    every = key.list("associations").json["results"]
    resources = key.call("GET", f"{ROOT}/resources").json["results"]
    assert [one["resourceId"] for one in every] == ["new"]
    assert resources == every
    before = counts()
    owner = key.call("GET", f"{ROOT}/resources/NUMBER/1")
    settle()
    assert before == counts() == [1, 1, 0, 0, 1]
    assert (owner.status, owner.text) == (
        404,
        key.call("GET", f"{ROOT}/resources/NUMBER/1").text,
    )


def test_restored_applications_are_their_keys_again(world: Client, settle: Settle) -> None:
    _, key = new_key(BINDINGS["application"])
    assert restricted_keys(world, "shop") == 1
    deleted = world.delete("applications", "shop")
    assert key.get("applications", "shop").status == 404
    operation = deleted.headers["Operation-Location"].removeprefix("/v1")
    settle()
    assert world.call("POST", f"{operation}/undo").status == 202
    assert key.get("applications", "shop").status == 200
    assert restricted_keys(world, "shop") == 1


def restricted_keys(client: Client, application: str) -> int | None:
    found = client.call("GET", f"{ROOT}/applications/{application}/impact").json
    restricted: int | None = found.get("restrictedApiKeys")
    return restricted


def test_the_impact_counts_the_keys_that_mean_it(world: Client) -> None:
    key_id, key = new_key(BINDINGS["several"])
    new_key(BINDINGS["both"])
    assert restricted_keys(world, "shop") == 2
    assert restricted_keys(key, "shop") is None
    key_changes.revoke(OPERATOR, key_id, Origin("command"))
    assert restricted_keys(world, "shop") == 1
    world.delete("applications", "shop")
    world.create("applications", "shop")
    assert restricted_keys(world, "shop") == 0
