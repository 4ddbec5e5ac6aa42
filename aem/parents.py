"""Applications and entities in a plan: those that must exist, and what their removal does."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from aem import plans, strategies
from aem.client import Client
from aem.errors import UsageError
from aem.plans import Plan
from aem.state import Link, State

_WORDS = {"applications": "application", "entities": "entity"}
Parent = tuple[str, str]
"""A section and an id."""
_DEFAULT = ("applications", "default")


def sections(wanted: State) -> set[str]:
    """Return the sections whose ids a file's associations and strategies name."""
    found = {parent for _, parents in _named(wanted) for parent in parents}
    return {section for section, _ in found - {_DEFAULT}}


def check(source: str, current: State, wanted: State, *, remove: bool) -> None:
    """Check that each application and entity that a file names exists once it is carried out.

    Args:
        source: The file.
        current: The account.
        wanted: What the file says.
        remove: Whether what the file lacks is removed.

    Raises:
        UsageError: One is neither in the file nor in the account, or the file removes it.
    """
    known = {_DEFAULT}
    for section in _WORDS:
        names, now = wanted.names.get(section), current.names.get(section) or {}
        known |= {(section, key) for key in names or ()}
        if names is None or not remove:
            known |= {(section, key) for key in now}
    for place, parents in _named(wanted):
        for section, key in parents:
            if (section, key) in known:
                continue
            where = "is neither in the file nor in the account"
            if key in (current.names.get(section) or {}):
                where = f"is not in the file's section {section}, so it would be removed"
            raise UsageError(f"{source}, {place}: the {_WORDS[section]} {key!r} {where}")


def _named(wanted: State) -> Iterator[tuple[str, list[Parent]]]:
    """Yield elements of a file, in words, with the parents that they name."""
    for link in sorted(wanted.links or (), key=str):
        yield f"associations, {link[0]} {link[1]} {link[4]}", _parents(link[2], link[3])
    for subject, strategy in (wanted.strategies or {}).items():
        yield f"{strategies.SECTION}, {subject}", _parents(*strategies.parents(strategy))


def _parents(application_id: str | None, entity_id: str | None) -> list[Parent]:
    pairs = (("applications", application_id), ("entities", entity_id))
    return [(section, key) for section, key in pairs if key is not None]


def add_effects(client: Client, plan: Plan, wanted: State) -> None:
    """Add to a plan what its deletions do to associations and strategies.

    A file that has associations or strategies decides on these itself.
    """
    deleted = {(section, key) for section, keys in plan.delete.items() for key in keys}
    if not deleted:
        return
    if wanted.links is None:
        _add_links(client, plan, wanted, deleted)
    if wanted.strategies is None and strategies.readable(client):
        for strategy in strategies.current(client):
            if deleted & {*_parents(*strategies.parents(strategy))}:
                plan.add_strategy("remove", strategies.subject(strategy))


def _add_links(client: Client, plan: Plan, wanted: State, deleted: set[Parent]) -> None:
    affected = [
        link for link in plans.ordered(plans.links(client)) if deleted & {*_link_parents(link)}
    ]
    if not affected:
        return
    given: dict[str, Any] = wanted.settings or {}
    on_linked = given.get("onLinked") or plans.settings(client).get("onLinked")
    if on_linked == "unlink":
        plan.unlinked = affected
    elif on_linked == "refuse":
        found = (parent for link in affected for parent in _link_parents(link))
        plan.refused = dict(Counter(parent for parent in found if parent in deleted))
    else:
        plan.moved = affected


def _link_parents(link: Link) -> list[Parent]:
    return _parents(link[2], link[3])
