"""The expressions of calls that ``tests.support.memory`` understands, each text read once."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from operator import eq, gt, le, lt
from typing import Any, NamedTuple

from provisioning.table.items import Attributes

_CONDITION = re.compile(
    r"attribute_(?P<absent>not_)?exists\((?P<asked>\S+)\)"
    r"|(?P<name>\S+) (?P<relation>=|<|<=|>) (?P<value>\S+)"
)
_STATEMENT = re.compile(r'UPDATE "[^"]+" SET (?P<set>.*) WHERE (?P<where>.*)')
_UPDATE = re.compile(r"(?:SET (?P<set>.*?))?(?: ?REMOVE (?P<remove>.*))?")
_SUM = re.compile(r"(?P<name>\S+) \+ (?P<amount>\S+)")
_RELATIONS: dict[str, Callable[[Any, Any], bool]] = {"=": eq, "<": lt, "<=": le, ">": gt}


class _Term(NamedTuple):
    """A term of a condition: of the presence of an attribute, or of its value.

    Attributes:
        name: The placeholder of the attribute.
        exists: Whether it must be present, if the term is of that.
        relation: How its value must relate to the other.
        value: The placeholder of the other value.
    """

    name: str
    exists: bool
    relation: Callable[[Any, Any], bool] | None
    value: str

    def holds(self, part: Mapping[str, Any], standing: Mapping[str, Any]) -> bool:
        found = standing.get(part["ExpressionAttributeNames"][self.name])
        if self.relation is None:
            return (found is not None) == self.exists
        wanted = part["ExpressionAttributeValues"][self.value]
        if self.relation is eq or found is None:
            return bool(found == wanted)
        return self.relation(_comparable(found), _comparable(wanted))


def _comparable(value: Mapping[str, Any]) -> Any:
    return int(value["N"]) if "N" in value else value["S"]


@cache
def _alternatives(text: str) -> tuple[tuple[_Term, ...], ...]:
    return tuple(tuple(map(_term, terms.split(" AND "))) for terms in text.split(" OR "))


def _term(text: str) -> _Term:
    found = _CONDITION.fullmatch(text)
    assert found is not None, text
    if found["asked"]:
        return _Term(found["asked"], exists=not found["absent"], relation=None, value="")
    return _Term(
        found["name"], exists=True, relation=_RELATIONS[found["relation"]], value=found["value"]
    )


def holds(part: Mapping[str, Any], standing: Mapping[str, Any] | None) -> bool:
    """Return whether a condition holds: alternatives of terms that must all hold."""
    condition = part.get("ConditionExpression")
    return condition is None or any(
        all(term.holds(part, standing or {}) for term in terms)
        for terms in _alternatives(condition)
    )


@cache
def _changes(text: str) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Return which placeholders an update sets to which terms, and which it removes."""
    found = _UPDATE.fullmatch(text)
    assert found is not None, text
    settings = [term.split(" = ") for term in (found["set"] or "").split(", ") if term]
    removed = [name for name in (found["remove"] or "").split(", ") if name]
    return tuple((name, value) for name, value in settings), tuple(removed)


def updated(part: Mapping[str, Any], item: Mapping[str, Any]) -> Attributes:
    """Return an item after an update."""
    names, values = part["ExpressionAttributeNames"], part.get("ExpressionAttributeValues", {})
    settings, removed = _changes(part["UpdateExpression"])
    changed = dict(item)
    for name, term in settings:
        changed[names[name]] = values[term] if term in values else _total(term, part, item)
    for name in removed:
        changed.pop(names[name], None)
    return changed


def _total(term: str, part: Mapping[str, Any], item: Mapping[str, Any]) -> dict[str, str]:
    found = _SUM.fullmatch(term)
    assert found is not None, term
    number = item[part["ExpressionAttributeNames"][found["name"]]]
    amount = part["ExpressionAttributeValues"][found["amount"]]
    return {"N": str(int(number["N"]) + int(amount["N"]))}


def projected(given: Mapping[str, Any], found: list[Attributes]) -> list[Attributes]:
    """Return the attributes of items that a query asks for."""
    if "ProjectionExpression" not in given:
        return found
    names = given.get("ExpressionAttributeNames", {})
    wanted = [names.get(name, name) for name in given["ProjectionExpression"].split(", ")]
    return [{name: item[name] for name in wanted if name in item} for item in found]


def update_of(statement: Mapping[str, Any]) -> dict[str, Any]:
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
