"""Which links each kind of operation moves, and where to.

* A **deletion** moves what is linked to its parent to application ``default`` without entity (a
  reset), or to a target; what cannot go there, because the target or another parent is gone by
  then, is reset.
* A **reassignment** moves what meets a filter to a target, and ends if the target is gone.
* An **undoing** moves back what the journal of another operation tells, to where it was.

Whether a parent is gone is decided by reading it after the links (see ``associations``). Links that
hang on a parent which is gone are left to its deletion by all others.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from provisioning.core import identities
from provisioning.core.identities import Identity
from provisioning.core.kinds import APPLICATION, ENTITY, KINDS, Kind
from provisioning.operations import journal
from provisioning.operations.journal import Entry
from provisioning.operations.moves import Move
from provisioning.operations.operations import REASSIGN, UNDO
from provisioning.resources import associations, parents
from provisioning.resources.associations import Marks
from provisioning.table import keys
from provisioning.table.dynamodb import Item
from provisioning.table.keys import KeyRange

LINKS = 240
"""Links read at a time: fifteen transactions' worth."""
JOURNALS = 5
"""Items of a journal read at a time, each of which tells of one transaction."""

Parent = tuple[Kind, str]
Present = dict[Parent, Item]
"""The parents that exist, as they are."""


class TargetGoneError(Exception):
    """What a reassignment moves links to does not exist any more; its text names it."""


@dataclass(frozen=True)
class Target:
    """Where links go.

    Attributes:
        application_id: The application; None leaves each link its own.
        entity_id: The entity, None for none.
        keeps_entity: Whether each link keeps its own entity instead.
    """

    application_id: str | None
    entity_id: str | None
    keeps_entity: bool = False

    def of(self, association: Identity) -> Identity:
        """Return what an association becomes."""
        entity_id = association.entity_id if self.keeps_entity else self.entity_id
        application_id = self.application_id or association.application_id
        return association._replace(application_id=application_id, entity_id=entity_id)

    def parents(self) -> set[Parent]:
        """Return the parents that it names."""
        named = {(APPLICATION, self.application_id), (ENTITY, self.entity_id)}
        return {(kind, name) for kind, name in named if name is not None}

    def shown(self) -> Item:
        """Return it as clients write it: what is left out stays as it is."""
        shown: Item = {} if self.keeps_entity else {"entityId": self.entity_id}
        return shown | ({"applicationId": self.application_id} if self.application_id else {})

    @classmethod
    def read(cls, shown: Item) -> "Target":
        """Return what ``shown`` returned as a target again."""
        return cls(shown.get("applicationId"), shown.get("entityId"), "entityId" not in shown)


# --- where a piece of work finds its links -------------------------------------------------------


def links(work: Item) -> KeyRange:
    """Return where everything stands that a piece of work may have to do with."""
    account_id = work["accountId"]
    if work["action"] == UNDO:
        return keys.journal(account_id, work["source"])
    if work["action"] == REASSIGN:
        return KeyRange(work["partition"])
    return associations.linked_to(account_id, KINDS[work["parentKind"]], work["parentId"])


def page_size(work: Item) -> int:
    """Return how many items of that are read at a time."""
    return JOURNALS if work["action"] == UNDO else LINKS


def can_be_split(work: Item) -> bool:
    """Tell whether a part of a piece of work can become one of its own."""
    return bool(work["action"] != UNDO)


def moves(work: Item, found: list[Item]) -> list[Move]:
    """Return what is to be done with the items of a page.

    Args:
        work: The piece of work, as it stood when they were read.
        found: The items.

    Raises:
        TargetGoneError: They cannot go where they are to go.
        ThrottledError, UnavailableError: The parents could not be read.
    """
    if not found:
        return []
    if work["action"] == UNDO:
        return list(_undoing(work, found))
    if work["action"] == REASSIGN:
        return list(_reassignment(work, found))
    return list(_deletion(work, found))


# --- deletions -----------------------------------------------------------------------------------


def _deletion(work: Item, found: list[Item]) -> Iterator[Move]:
    account_id, kind = work["accountId"], KINDS[work["parentKind"]]
    target = Target.read(json.loads(work["target"])) if "target" in work else None
    wanted = {(kind, work["parentId"])}
    for link in found if target is not None else ():
        wanted |= _needed(link, target)
    present = parents.find(account_id, wanted)
    for link in found:
        association = identities.of(link)
        if _stands(present, {f"{kind.name}Generation": (kind, work["parentId"])}, link):
            continue  # It is its namesake's.
        marks = None
        if target is not None:
            marks = _marks_after(present, link, target.of(association))
        after = association.by_default()
        if target is not None and marks is not None:
            after = target.of(association)
        yield Move(association, after, link, marks or {}, {"cursor": link["SK"]})


def _needed(link: Item, target: Target | None) -> set[Parent]:
    """Return the parents that a link has, and those that it will have."""
    association = identities.of(link)
    needed = set(associations.parents_of(association).values())
    if target is not None:
        needed |= set(associations.parents_of(target.of(association)).values())
    return needed


def _stands(present: Present, needed: dict[str, Parent], link: Item) -> bool:
    """Tell whether parents exist, each the one that a link remembers."""
    return all(
        parent in present and present[parent]["generation"] == link.get(mark)
        for mark, parent in needed.items()
    )


def _marks_after(present: Present, link: Item, after: Identity) -> Marks | None:
    """Return the generations of the parents that a link will have; None where one is gone.

    A parent that it keeps must be the one that it remembers.
    """
    kept = associations.parents_of(identities.of(link))
    wanted = associations.parents_of(after)
    stays = {mark: parent for mark, parent in wanted.items() if kept.get(mark) == parent}
    if not _stands(present, stays, link) or not set(wanted.values()) <= set(present):
        return None
    return {mark: present[parent]["generation"] for mark, parent in wanted.items()}


# --- reassignments -------------------------------------------------------------------------------


def meets(link: Item, filters: Item) -> bool:
    """Tell whether a link has all the members that a list's filters ask for; None: has it not."""
    return all(link.get(member) == value for member, value in filters.items())


def _reassignment(work: Item, found: list[Item]) -> Iterator[Move]:
    filters, target = json.loads(work["filter"]), Target.read(json.loads(work["target"]))
    matching = [link for link in found if meets(link, filters)]
    wanted = target.parents()
    for link in matching:
        wanted |= _needed(link, target)
    present = parents.find(work["accountId"], wanted)
    _require_present(target, present)
    for link in matching:
        before = identities.of(link)
        after = target.of(before)
        if after == before or not _stands(present, associations.parents_of(before), link):
            continue
        marks = _marks_after(present, link, after)
        if marks is not None:
            yield Move(before, after, link, marks, {"cursor": link["SK"]})


def _require_present(target: Target, present: Present) -> None:
    for kind, identifier in sorted(target.parents(), key=lambda parent: parent[0].name):
        if (kind, identifier) not in present and identifier not in kind.built_in:
            message = f"The {kind.name} {identifier}, to which links were moved, was deleted"
            raise TargetGoneError(message)


# --- undoings ------------------------------------------------------------------------------------


def _undoing(work: Item, found: list[Item]) -> Iterator[Move]:
    entries = list(_entries(work, found))
    wanted = {
        parent
        for entry, _ in entries
        for parent in associations.parents_of(identities.of(entry.before)).values()
    }
    present = parents.find(work["accountId"], wanted)
    for entry, progress in entries:
        before, after = identities.of(entry.after), identities.of(entry.before)
        needed = associations.parents_of(after)
        gone = not all(_is_heir(present, needed[mark], entry.marks.get(mark)) for mark in needed)
        yield Move(
            before,
            after,
            {"creationId": entry.left},
            {} if gone else {mark: present[needed[mark]]["generation"] for mark in needed},
            progress,
            made={"formerId": entry.made_by, "shares": entry.shares},
            shared=True,
            refused=journal.PARENT_GONE if gone else None,
        )


def _is_heir(present: Present, parent: Parent, generation: str | None) -> bool:
    """Tell whether a parent that exists is the one of a generation, or was restored from it."""
    item = present.get(parent)
    return item is not None and generation in {
        item["generation"],
        *item.get("formerGenerations", ()),
    }


def _entries(work: Item, found: Iterable[Item]) -> Iterator[tuple[Entry, Item]]:
    """Yield what is to be undone, and what the progress of the work is after each entry.

    An item of the journal may be worked off in several transactions: until its last entry is done,
    the cursor stays before it, and ``skip`` tells how many are.
    """
    before, skip = work.get("cursor"), work.get("skip") or 0
    for item in found:
        entries = list(journal.entries(item))
        for place, entry in enumerate(entries):
            if place < skip or not entry.was_moved:
                continue
            last = place == len(entries) - 1
            cursor, skipped = (item["SK"], None) if last else (before, place + 1)
            yield entry, {"cursor": cursor, "skip": skipped}
        before, skip = item["SK"], 0
