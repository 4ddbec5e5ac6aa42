"""What the key of one tenant learns and changes of another one of the same account: nothing.

Every kind of binding meets every route. What belongs to the other tenant is marked with
``FOREIGN``, so that it is recognised in any answer and any item.
"""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from provisioning.accounts import key_changes
from provisioning.core.origins import COMMAND
from tests.support.associations import sms, stored_items
from tests.support.audit import key_id_of
from tests.support.client import ROOT, Client, Response
from tests.support.senders import STRATEGIES, Settle
from tests.support.tenants import BINDINGS, FOREIGN, NUMBER, OPERATOR, new_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

NOWHERE = "zz-nowhere"
PARENTS = ("shop", "customer", "default", FOREIGN)
Asked = tuple[str, str, Any]
"""A request: method, path, and query or body."""


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
        for own in ("applications/shop", "entities/customer"):
            yield "DELETE", f"{ROOT}/{own}?onLinked=reassign&target{noun.title()}Id={name}", ""
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
