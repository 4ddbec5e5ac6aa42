"""Moves of several associations in one transaction.

A move deletes an association and creates another one; there is no moment between the two. If the
same association already exists at the target, the two become one: they **merge**.

An association that moves have created counts in ``shares`` how many associations have become one
in it, so that an undo can give each its own back: the association is deleted with its last share.
An association that a client created has no shares and stays, whatever merged into it.

The writes are planned from what is known of the items, and planned again from what failed
conditions show of them: a reset of associations that nobody else changes reads nothing.
"""

from collections.abc import Callable, Iterable

from provisioning.core import ids
from provisioning.core.identities import Identity
from provisioning.operations.journal_entry import (
    CHANGED,
    MERGED,
    MOVED,
    RESTORED,
    UNLINKED,
    JournalEntry,
)
from provisioning.operations.move import Move
from provisioning.resources import association_items
from provisioning.table import items, keys, reads, writes
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.items import Item
from provisioning.table.primary_keys import Key
from provisioning.table.writes import Write


class MoveTransaction:
    """The writes of some moves, planned again whenever their conditions fail.

    Attributes:
        moves: The moves still to be made.
        refused: The moves that will not be made, with the reason for the journal.
        writes: The writes of the moves, all or none.
        blocking: Associations at targets that must be moved first, because a parent is gone.
    """

    def __init__(self, account_id: str, moves: Iterable[Move]) -> None:
        """Plan moves; of their targets nothing is known yet."""
        self._account_id = account_id
        self._creation_id = ids.new_id()
        self._at_targets: dict[Key, Item] = {}
        self._at_sources: dict[Key, Item] = {}
        self._dropped: set[int] = set()
        given = list(moves)
        self.refused = [(move, move.refused) for move in given if move.refused is not None]
        self._plan([move for move in given if move.refused is None])

    # --- planning -------------------------------------------------------------------------------

    def _plan(self, moves: list[Move]) -> None:
        self.moves = moves
        self.writes: list[Write] = []
        self.blocking: list[Item] = []
        self._sources_by_position: dict[int, list[Move]] = {}
        self._targets_by_position: dict[int, Key] = {}
        for group in self._by_source().values():
            self._sources_by_position[len(self.writes)] = group
            self.writes += (
                self._taking_shares(group) if group[0].is_share else self._deleting(group)
            )
        for key, group in self._by_target().items():
            # The condition on an association's own item is enough: its links always agree.
            self._targets_by_position[len(self.writes)] = key
            self.writes += self._arriving(key, group)

    def _by_source(self) -> dict[Key, list[Move]]:
        leaving = (move for move in self.moves if not move.restores)
        return self._grouped(leaving, lambda move: move.before)

    def _by_target(self) -> dict[Key, list[Move]]:
        arriving = (move for move in self.moves if not move.deletes)
        return self._grouped(arriving, lambda move: move.after)

    def _grouped(
        self, moves: Iterable[Move], side: Callable[[Move], Identity]
    ) -> dict[Key, list[Move]]:
        groups: dict[Key, list[Move]] = {}
        for move in moves:
            groups.setdefault(self._key(side(move)), []).append(move)
        return groups

    def _key(self, association: Identity) -> Key:
        return keys.association(self._account_id, association)

    def _deleting(self, group: list[Move]) -> list[Write]:
        """Return the writes that delete an association, if it is still the one that was read."""
        # The condition includes the shares: an undo would lose any that came since the read.
        expected = _state(self._known(group[0]))
        keys = association_items.keys_of(self._account_id, group[0].before)
        return [writes.delete(key, **expected) for key in keys]

    def _known(self, move: Move) -> Item:
        return self._at_sources.get(self._key(move.before), move.known)

    def _taking_shares(self, group: list[Move]) -> list[Write]:
        """Return the writes that take shares off an association, and delete it with the last."""
        keys = association_items.keys_of(self._account_id, group[0].before)
        expected = _state(self._shared(group))
        if expected["shares"] is None:
            return [writes.check(keys[0], **expected)]
        if expected["shares"] > len(group):
            fewer = {"shares": expected["shares"] - len(group)}
            return [writes.update(key, fewer, **expected) for key in keys]
        return [writes.delete(key, **expected) for key in keys]

    def _shared(self, group: list[Move]) -> Item:
        """Return the known state of an association, of which the moves of a group take shares."""
        unread = {**group[0].known, "shares": len(group)}
        return self._at_sources.get(self._key(group[0].before), unread)

    def _keeping(self) -> set[int]:
        """Return the ids of the moves after which their association still exists as well."""
        keeping: list[Move] = []
        for group in self._by_source().values():
            if group[0].is_share:
                is_deleted = self._shared(group).get("shares") == len(group)
                keeping += group[:-1] if is_deleted else group
        return set(map(id, keeping))

    def _arriving(self, key: Key, group: list[Move]) -> list[Write]:
        """Return the writes that create or check the target of a group of moves."""
        existing, first = self._at_targets.get(key), group[0]
        shares = None if first.is_share else len(group)
        if existing is None:
            added = {"shares": shares, **first.added}
            new = association_items.items_of(
                self._account_id, first.after, self._creation_id, first.generations
            )
            return [writes.create(item | added) for item in new]
        if association_items.stored_generations(existing) != first.generations:
            self.blocking.append(existing)
        expected = _state(existing)
        if shares is None or expected["shares"] is None:
            return [writes.check(key, **expected)]
        more = {"shares": expected["shares"] + shares}
        keys = association_items.keys_of(self._account_id, first.after)
        return [writes.update(each, more, **expected) for each in keys]

    @property
    def sources(self) -> frozenset[Key]:
        """The keys of the associations that move."""
        return frozenset(self._key(move.before) for move in self.moves)

    @property
    def merged(self) -> int:
        """How many of the associations merge with another."""
        groups = self._by_target().items()
        return sum(len(group) - (key not in self._at_targets) for key, group in groups)

    # --- planning again -------------------------------------------------------------------------

    def read(self) -> None:
        """Read the targets and plan again.

        Where some associations merge, more will, and a read costs a fraction of a transaction
        that fails.
        """
        targets, sources = self._by_target(), self._by_source()
        shared = [key for key, group in sources.items() if group[0].is_share]
        found = reads.batch_get([*targets, *shared])
        self._at_targets |= {key: found[key] for key in targets if key in found}
        for key in shared:
            self._note_source(sources[key], found.get(key))
        self._plan(self._remaining())

    def replan(self, error: ConditionFailedError) -> None:
        """Plan again from the items that failed conditions have found."""
        for position, found in error.found.items():
            if position in self._sources_by_position:
                self._note_source(self._sources_by_position[position], found)
            elif position in self._targets_by_position:
                self._note_target(self._targets_by_position[position], found)
        self._plan(self._remaining())

    def _note_source(self, group: list[Move], found: Item | None) -> None:
        """Store an association that has changed; drop its moves if it is gone or another one."""
        is_share, creation_id = group[0].is_share, group[0].known["creationId"]
        if found is not None:
            former_id = found.get("formerId") if is_share else None
            if creation_id in {found["creationId"], former_id}:
                self._at_sources[self._key(group[0].before)] = found
                return
        self._dropped |= {id(move) for move in group}
        if is_share:
            self.refused += [(move, CHANGED) for move in group]

    def _note_target(self, key: Key, found: Item | None) -> None:
        self._at_targets.pop(key, None)
        if found is not None:
            self._at_targets[key] = found

    def _remaining(self) -> list[Move]:
        return [move for move in self.moves if id(move) not in self._dropped]

    def unblock(self, item: Item) -> None:
        """Plan again without a blocking association that has been moved."""
        self._at_targets.pop(items.key_of(item), None)
        self._plan(self.moves)

    # --- the journal ----------------------------------------------------------------------------

    def entries(self) -> list[JournalEntry]:
        """Return the journal entries of the moves, for the same transaction."""
        entries: list[JournalEntry] = []
        keeping = self._keeping()
        for key, group in self._by_target().items():
            existing = self._at_targets.get(key)
            left = existing["creationId"] if existing else self._creation_id
            for number, move in enumerate(group):
                merges = existing is not None or number > 0
                alone = RESTORED if move.restores else MOVED
                outcome, was_kept = MERGED if merges else alone, id(move) in keeping
                entries.append(move.entry(self._known(move), outcome, left, was_kept=was_kept))
        deleted = (move for move in self.moves if move.deletes)
        entries += [move.entry(self._known(move), UNLINKED, "") for move in deleted]
        return entries + [move.entry(move.known, reason, "") for move, reason in self.refused]


def _state(item: Item) -> Item:
    """Return the attributes that say whether an association is the same and unchanged."""
    return {name: item.get(name) for name in ("creationId", "shares")}
