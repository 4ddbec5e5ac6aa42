"""What would change in an account so that it is as a file says."""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from aem import strategies
from aem.client import Client
from aem.state import KINDS, OPTIONAL, Link, State, association, link_of
from aem.strategies import Strategy

ROOT = "/provisioning/1"
COLUMNS = ("action", "what", "id", "detail")
"""The members of a row, which describes one change."""


@dataclass
class Plan:
    """The changes, in the order in which they are made.

    Attributes:
        create: By section, ids and names.
        link: Associations to create.
        unlink: Associations to delete.
        rename: By section, ids and new names.
        delete: By section, ids.
        settings: Settings to set.
        replaced: Sending strategies with what takes their place.
        strategies: Sending strategies to create.
        obsolete: Ids of sending strategies to delete.
        strategy_rows: What that does, for people and scripts.
        moved: Associations that a deletion moves to the application ``default``.
        unlinked: Associations that a deletion deletes.
        refused: By section and id, how many associations make the API refuse the deletion.
    """

    create: dict[str, dict[str, str | None]] = field(default_factory=dict)
    link: list[Link] = field(default_factory=list)
    unlink: list[Link] = field(default_factory=list)
    rename: dict[str, dict[str, str | None]] = field(default_factory=dict)
    delete: dict[str, list[str]] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    replaced: list[tuple[Strategy, Strategy]] = field(default_factory=list)
    strategies: list[Strategy] = field(default_factory=list)
    obsolete: list[str] = field(default_factory=list)
    strategy_rows: list[dict[str, str]] = field(default_factory=list)
    moved: list[Link] = field(default_factory=list)
    unlinked: list[Link] = field(default_factory=list)
    refused: dict[tuple[str, str], int] = field(default_factory=dict)

    def rows(self) -> list[dict[str, str]]:
        """Return the changes one by one, for people and scripts."""
        found = [_row("change", "setting", name, value) for name, value in self.settings.items()]
        for section, names in self.create.items():
            found += [_row("create", section, key, name) for key, name in names.items()]
        for section, names in self.rename.items():
            found += [_row("change", section, key, name) for key, name in names.items()]
        found += [*self._link_rows(), *self.strategy_rows]
        for section, ids in self.delete.items():
            found += [_row("remove", section, key, self._refusal(section, key)) for key in ids]
        return found

    def _refusal(self, section: str, key: str) -> str | None:
        """Return why the API will refuse to delete an application or entity, if it will."""
        count = self.refused.get((section, key))
        if count is None:
            return None
        return f"will be refused: onLinked is refuse, associations: {count:,}"

    def add_strategy(self, action: str, subject: str, detail: str | None = None) -> None:
        """Add what happens to a sending strategy."""
        self.strategy_rows.append(_row(action, strategies.SECTION, subject, detail))

    def _link_rows(self) -> list[dict[str, str]]:
        """Return links and unlinks; an unlink and a link of one resource are a move."""
        before: dict[tuple[str, ...], list[Link]] = {}
        for link in self.unlink:
            before.setdefault(_resource(link), []).append(link)
        rows = []
        for link in self.link:
            left = before.get(_resource(link))
            if left:
                old = left.pop(0)
                rows.append(
                    _row(
                        "move",
                        "associations",
                        _resource_text(link),
                        f"{_parents(old)} → {_parents(link)}",
                    )
                )
            else:
                rows.append(_row("create", "associations", _resource_text(link), _parents(link)))
        removed = [*chain.from_iterable(before.values()), *self.unlinked]
        rows += [
            _row("remove", "associations", _resource_text(link), _parents(link)) for link in removed
        ]
        rows += [
            _row("move", "associations", _resource_text(link), f"{_parents(link)} → default")
            for link in self.moved
        ]
        return rows

    def digest(self) -> str:
        """Return a short name of exactly these changes."""
        content = json.dumps(self.rows(), sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:16]


def _row(action: str, what: str, identifier: str, detail: Any) -> dict[str, str]:
    text = "" if detail is None else str(detail)
    return dict(zip(COLUMNS, (action, what, identifier, text), strict=True))


def _resource(link: Link) -> tuple[str, ...]:
    return (link[0], link[1], link[4])


def _resource_text(link: Link) -> str:
    return f"{link[0]} {link[1]} {link[4]}"


def _parents(link: Link) -> str:
    return link[2] if link[3] is None else f"{link[2]} / {link[3]}"


def current_state(client: Client, wanted: State, named: Collection[str]) -> State:
    """Return the sections of an account that a plan for another state needs.

    Args:
        client: Reads the account.
        wanted: The other state.
        named: Sections whose ids it names elsewhere, ``applications`` or ``entities``.
    """
    state = State()
    for section, (identifier, *rest) in KINDS.items():
        if section == "associations":
            if wanted.links is not None:
                state.links = links(client)
        elif wanted.names.get(section) is not None or section in named:
            rows = elements(client, section)
            state.names[section] = {row[identifier]: row.get(rest[0]) for row in rows}
    if wanted.strategies is not None:
        state.strategies = {strategies.subject(row): row for row in strategies.current(client)}
    if wanted.settings is not None:
        state.settings = settings(client)
    return state


def links(client: Client) -> set[Link]:
    """Return all associations of an account."""
    return {link_of(row) for row in elements(client, "associations")}


def settings(client: Client) -> dict[str, Any]:
    """Return the settings of an account."""
    return dict(client.get(f"{ROOT}/settings"))


def elements(client: Client, section: str) -> Iterator[Mapping[str, Any]]:
    """Yield all elements of a section, page by page, with the members that a file has."""
    optional = OPTIONAL | ({"entityId"} if section == "associations" else set())
    required = set(KINDS[section]) - optional
    for row in client.rows(f"{ROOT}/{section}", required):
        yield {name: row[name] for name in KINDS[section] if row.get(name) is not None}


def compare(current: State, wanted: State, *, remove: bool) -> Plan:
    """Return the changes that make an account as it is wanted.

    Args:
        current: The account.
        wanted: What the file says; sections that it lacks stay as they are.
        remove: Whether what the file lacks, names included, is removed (``apply``) or kept
            (``import``).
    """
    plan = Plan()
    for section, names in wanted.names.items():
        if names is None:
            continue
        now = current.names.get(section) or {}
        plan.create[section] = {key: names[key] for key in sorted(names.keys() - now.keys())}
        plan.rename[section] = {
            key: names[key]
            for key in sorted(names.keys() & now.keys())
            if names[key] != now[key] and (remove or names[key] is not None)
        }
        if remove:
            kept = {"default"} if section == "applications" else set()
            plan.delete[section] = sorted(now.keys() - names.keys() - kept)
    if wanted.links is not None:
        have = current.links or set()
        plan.link = ordered(wanted.links - have)
        plan.unlink = ordered(have - wanted.links) if remove else []
    if wanted.strategies is not None:
        _compare_strategies(plan, current.strategies or {}, wanted.strategies, remove=remove)
    now = current.settings or {}
    plan.settings = {
        name: value for name, value in (wanted.settings or {}).items() if now.get(name) != value
    }
    return plan


def _compare_strategies(
    plan: Plan, have: Mapping[str, Strategy], wanted: Mapping[str, Strategy], *, remove: bool
) -> None:
    """Add to a plan what makes the strategies as they are wanted; they cannot be changed."""
    for subject, strategy in sorted(wanted.items()):
        old = have.get(subject)
        if old is not None and strategies.plain(old) == strategy:
            continue
        if old is None:
            plan.strategies.append(strategy)
        else:
            plan.replaced.append((old, strategy))
        action = "create" if old is None else "change"
        detail = json.dumps(strategy, ensure_ascii=False, sort_keys=True)
        plan.add_strategy(action, subject, detail)
    for subject in sorted(have.keys() - wanted.keys()) if remove else ():
        plan.obsolete.append(have[subject]["sendingStrategyId"])
        plan.add_strategy("remove", subject)


def ordered(found: Iterable[Link]) -> list[Link]:
    """Return associations in the order of a plan."""
    return sorted(found, key=lambda link: tuple(part or "" for part in link))


def associations(links: list[Link]) -> list[dict[str, Any]]:
    """Return associations as the API has them."""
    return [association(link) for link in links]
