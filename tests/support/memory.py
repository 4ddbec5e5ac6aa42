"""A table whose calls a test interleaves as it likes, which moto and DynamoDB Local cannot.

moto cannot choose what happens between two calls. This table can, and is fast enough to try
thousands of interleavings; it replaces ``clients.call``.
Each call takes effect at one moment, between two pauses in which others may be let in; a query
returns few items at a time, so that what it counts may change meanwhile. Everything that becomes
of an item is kept as the stream would deliver it.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from provisioning.aws.clients import ServiceError
from provisioning.table import items, reads, writes
from provisioning.table.items import Attributes

_CONDITION = re.compile(
    r"attribute_(?P<absent>not_)?exists\((?P<asked>\S+)\)|(?P<name>\S+) = (?P<value>\S+)"
)
_STATEMENT = re.compile(r'UPDATE "[^"]+" SET (?P<set>.*) WHERE (?P<where>.*)')
_UPDATE = re.compile(r"(?:SET (?P<set>.*?))?(?: ?REMOVE (?P<remove>.*))?")


class Memory:
    """One table.

    Attributes:
        pause: Called before and after each call takes effect.
        doubled: Says of a call whether its first answer is lost, so that the client sends it
            again.
        page: Items that a query returns at once.
        stream: How items were before and after each change, in order.
    """

    def __init__(self) -> None:
        self.pause: Callable[[], None] = lambda: None
        self.doubled: Callable[[], bool] = lambda: False
        self.page = 1000
        self.stream: list[tuple[Attributes | None, Attributes | None]] = []
        self._partitions: dict[str, dict[str, Attributes]] = {}
        self._operations: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "GetItem": self._get_item,
            "BatchGetItem": self._batch_get_item,
            "Query": self._query,
            "PutItem": lambda given: self._single("Put", given),
            "UpdateItem": lambda given: self._single("Update", given),
            "DeleteItem": lambda given: self._single("Delete", given),
            "BatchExecuteStatement": self._batch_execute_statement,
            "BatchWriteItem": self._batch_write_item,
            "TransactWriteItems": self._transact_write_items,
        }

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Carry out an operation, as ``clients.call`` does."""
        self.pause()
        # A transaction's token makes the second time the first one.
        if operation != "TransactWriteItems" and self.doubled():
            self._operations[operation](parameters)
            self.pause()
        answer = self._operations[operation](parameters)
        self.pause()
        return answer

    def items(self, partition: str) -> list[Attributes]:
        """Return the items of a partition in order."""
        found = self._partitions.get(partition, {})
        return [items.decode(found[sort_key]) for sort_key in sorted(found)]

    # --- reads -----------------------------------------------------------------------------------

    def _standing(self, key: Mapping[str, Any]) -> Attributes | None:
        return self._partitions.get(key["PK"]["S"], {}).get(key["SK"]["S"])

    def _get_item(self, given: Mapping[str, Any]) -> dict[str, Any]:
        item = self._standing(given["Key"])
        return {} if item is None else {"Item": item}

    def _batch_get_item(self, given: Mapping[str, Any]) -> dict[str, Any]:
        ((table, request),) = given["RequestItems"].items()
        assert len(request["Keys"]) <= reads.BATCH_READ_ITEMS
        found = [self._standing(key) for key in request["Keys"]]
        return {"Responses": {table: [item for item in found if item is not None]}}

    def _query(self, given: Mapping[str, Any]) -> dict[str, Any]:
        values = items.decode(given["ExpressionAttributeValues"])
        found = self._partitions.get(values[":partition"], {})
        forwards = given.get("ScanIndexForward", True)
        among = list(_within(sorted(found), values.get(":first"), values.get(":last")))
        if "ExclusiveStartKey" in given:
            after = given["ExclusiveStartKey"]["SK"]["S"]
            among = [key for key in among if (key > after if forwards else key < after)]
        count = min(given.get("Limit", self.page), self.page)
        some = (among if forwards else among[::-1])[:count]
        answer: dict[str, Any] = {"Count": len(some)}
        if given.get("Select") != "COUNT":
            answer["Items"] = [_projected(given, found[key]) for key in some]
        if len(some) == count:
            last = found[some[-1]]
            answer["LastEvaluatedKey"] = {name: last[name] for name in ("PK", "SK")}
        return answer

    # --- writes ----------------------------------------------------------------------------------

    def _single(self, action: str, given: Mapping[str, Any]) -> dict[str, Any]:
        standing = self._standing(_key(given))
        if not _holds(given, standing):
            raise _refusal("ConditionalCheckFailedException", Item=standing)
        self._apply(action, given)
        return {}

    def _transact_write_items(self, given: Mapping[str, Any]) -> dict[str, Any]:
        parts = [next(iter(part.items())) for part in given["TransactItems"]]
        named = {tuple(_key(part)[name]["S"] for name in ("PK", "SK")) for _, part in parts}
        assert len(named) == len(parts) <= writes.TRANSACTION_ITEMS
        reasons = [self._reason(part) for _, part in parts]
        if any(reason["Code"] != "None" for reason in reasons):
            raise _refusal("TransactionCanceledException", CancellationReasons=reasons)
        for action, part in parts:
            self._apply(action, part)
        return {}

    def _reason(self, part: Mapping[str, Any]) -> dict[str, Any]:
        standing = self._standing(_key(part))
        if _holds(part, standing):
            return {"Code": "None"}
        return {"Code": "ConditionalCheckFailed", "Item": standing}

    def _batch_write_item(self, given: Mapping[str, Any]) -> dict[str, Any]:
        (requests,) = given["RequestItems"].values()
        assert len(requests) <= writes.BATCH_WRITE_ITEMS
        for request in requests:
            ((action, part),) = request.items()
            self._apply(action.removesuffix("Request"), part)
        return {}

    def _batch_execute_statement(self, given: Mapping[str, Any]) -> dict[str, Any]:
        assert len(given["Statements"]) <= writes.BATCH_STATEMENTS
        answers: list[dict[str, Any]] = []
        for statement in given["Statements"]:
            part = _update_of(statement)
            if not _holds(part, self._standing(part["Key"])):
                answers.append({"Error": {"Code": "ConditionalCheckFailed"}})
                continue
            self._apply("Update", part)
            answers.append({})
        return {"Responses": answers}

    def _apply(self, action: str, part: Mapping[str, Any]) -> None:
        key = _key(part)
        old = self._standing(key)
        new = _after(action, part, old)
        if new == old:
            return  # for which the stream has no record
        place = self._partitions.setdefault(key["PK"]["S"], {})
        if new is None:
            del place[key["SK"]["S"]]
        else:
            place[key["SK"]["S"]] = new
        self.stream.append((_decoded(old), _decoded(new)))


def _projected(given: Mapping[str, Any], item: Attributes) -> Attributes:
    if "ProjectionExpression" not in given:
        return item
    names = given.get("ExpressionAttributeNames", {})
    wanted = {names.get(name, name) for name in given["ProjectionExpression"].split(", ")}
    return {name: value for name, value in item.items() if name in wanted}


def _decoded(item: Attributes | None) -> Attributes | None:
    return None if item is None else items.decode(item)


def _within(keys: list[str], first: str | None, last: str | None) -> Iterator[str]:
    """Yield the sorted keys between two; Python orders texts as DynamoDB orders their UTF-8."""
    assert first is None or last is None or first <= last
    start = 0 if first is None else bisect_left(keys, first)
    end = len(keys) if last is None else bisect_right(keys, last)
    yield from keys[start:end]


def _key(part: Mapping[str, Any]) -> dict[str, Any]:
    given = part.get("Key") or part["Item"]
    return {name: given[name] for name in ("PK", "SK")}


def _update_of(statement: Mapping[str, Any]) -> dict[str, Any]:
    """Return an update in PartiQL as the expressions of an update of one item."""
    found = _STATEMENT.fullmatch(statement["Statement"])
    assert found is not None, statement["Statement"]
    values = iter(statement["Parameters"])
    part: dict[str, Any] = {"ExpressionAttributeNames": {}, "ExpressionAttributeValues": {}}

    def terms(text: str, separator: str, prefix: str) -> list[str]:
        made = []
        for term in text.split(separator):
            name = term.split('"')[1]
            part["ExpressionAttributeNames"][f"#{name}"] = name
            if term.endswith("IS MISSING"):
                made.append(f"attribute_not_exists(#{name})")
                continue
            part["ExpressionAttributeValues"][f":{prefix}{name}"] = next(values)
            made.append(f"#{name} = :{prefix}{name}")
        return made

    part["UpdateExpression"] = f"SET {', '.join(terms(found['set'], ', ', 'to_'))}"
    conditions = terms(found["where"], " AND ", "is_")
    key = {name: part["ExpressionAttributeValues"][f":is_{name}"] for name in ("PK", "SK")}
    return part | {"Key": key, "ConditionExpression": " AND ".join(conditions)}


def _refusal(code: str, **content: Any) -> ServiceError:
    return ServiceError(400, code, content)


def _holds(part: Mapping[str, Any], standing: Attributes | None) -> bool:
    """Return whether a condition holds: alternatives of terms that must all hold."""
    alternatives = part.get("ConditionExpression", "").split(" OR ")
    return any(
        all(_term_holds(term, part, standing or {}) for term in terms.split(" AND ") if term)
        for terms in alternatives
    )


def _term_holds(term: str, part: Mapping[str, Any], standing: Attributes) -> bool:
    found = _CONDITION.fullmatch(term)
    assert found is not None, term
    names = part["ExpressionAttributeNames"]
    if found["asked"]:
        return (names[found["asked"]] in standing) != bool(found["absent"])
    wanted: Any = part["ExpressionAttributeValues"][found["value"]]
    return bool(standing.get(names[found["name"]]) == wanted)


def _after(action: str, part: Mapping[str, Any], old: Attributes | None) -> Attributes | None:
    """Return the item after a part of a write."""
    match action:
        case "Put":
            return dict(part["Item"])
        case "Update":
            return _updated(part, old or _key(part))
        case "Delete":
            return None
    assert action == "ConditionCheck"
    return old


def _updated(part: Mapping[str, Any], item: Attributes) -> Attributes:
    names, values = part["ExpressionAttributeNames"], part.get("ExpressionAttributeValues", {})
    found = _UPDATE.fullmatch(part["UpdateExpression"])
    assert found is not None, part["UpdateExpression"]
    settings = (term.split(" = ") for term in (found["set"] or "").split(", ") if term)
    removed = {names[name] for name in (found["remove"] or "").split(", ") if name}
    changed = item | {names[name]: values[value] for name, value in settings}
    return {name: value for name, value in changed.items() if name not in removed}
