"""Moves: some links become other links, all of them in one transaction.

A move takes a link away from where it stands and puts it where it is to go, with no moment between
the two. Where the same link is there already, the two become one (they **merge**).

A link that moves have put somewhere counts in ``shares`` how many links have become one in it, so
that undoing gives each its own back: the link at the target goes with its last share. One that a
client made has no shares; whatever merged into it, it stays.

The writes are planned by what is known of the items, and planned again by what the failure of a
condition shows of them (``learn``): a reset of links that nobody else touches reads nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from provisioning.core.identities import Identity
from provisioning.operations import journal
from provisioning.operations.journal import Entry
from provisioning.resources import associations
from provisioning.resources.associations import Marks
from provisioning.table import dynamodb, keys
from provisioning.table.dynamodb import ConditionFailedError, Item, Write
from provisioning.table.keys import Key


@dataclass(frozen=True)
class Move:
    """One link's way.

    Attributes:
        before: The association that it is.
        after: The association that it becomes.
        source: What is known of its item: at least its ``creationId``, and where the whole link
            goes its marks and ``shares`` too.
        marks: The generations that the parents of ``after`` have.
        made: Further attributes of the new item: those that outlive being moved and brought back.
        progress: What is true of the piece of work once the move is done.
        shared: Whether it gives back a share only; else the whole link goes.
        refused: Why it must not be made, which is then only told; None to make it.
    """

    before: Identity
    after: Identity
    source: Item
    marks: Marks
    progress: Item
    made: Mapping[str, str | int | None] = field(default_factory=lambda: MappingProxyType({}))
    shared: bool = False
    refused: str | None = None

    def keys(self, account_id: str) -> list[Key]:
        """Return the keys of all items that it takes away and of those that it makes."""
        sides = (self.before, self.after)
        return [key for side in sides for key in associations.keys_of(account_id, side)]

    def entry(self, source: Item, outcome: str, left: str) -> Entry:
        """Return what the journal tells of it.

        Args:
            source: What is known of its item by now.
            outcome: What became of it.
            left: The ``creationId`` of the association that it has become; "" for none.
        """
        return Entry(
            self.before.members(),
            self.after.members(),
            outcome,
            source.get("formerId") or source["creationId"],
            associations.remembered(source),
            source.get("shares"),
            left,
        )


class Moves:
    """The writes that make some moves, mended by what their failures tell.

    Attributes:
        moves: The moves still to be made.
        refused: Those that are not, with why.
        writes: The writes that make them, all or none.
        merged: How many of the links will become one with another.
        in_the_way: Links at targets that hang on parents which are gone, and must be reset first.
    """

    def __init__(self, account_id: str, moves: Iterable[Move]) -> None:
        """Plan moves, of which nothing is known but what they say themselves."""
        self._account_id = account_id
        self._creation_id = keys.new_id()
        self._standing: dict[Key, Item] = {}
        self._sources: dict[Key, Item] = {}
        self._dropped: set[int] = set()
        given = list(moves)
        self.refused = [(move, move.refused) for move in given if move.refused is not None]
        self._plan([move for move in given if move.refused is None])

    # --- planning -------------------------------------------------------------------------------

    def _plan(self, moves: list[Move]) -> None:
        self.moves = moves
        self.writes: list[Write] = []
        self.in_the_way: list[Item] = []
        self._source_at: dict[int, list[Move]] = {}
        self._target_at: dict[int, Key] = {}
        for together in self._by_source().values():
            writes = self._giving_back(together) if together[0].shared else self._taking(together)
            self._source_at[len(self.writes)] = together
            self.writes += writes
        for key, together in self._by_target.items():
            # An association's own item tells all; those that list it come and go with it.
            self._target_at[len(self.writes)] = key
            self.writes += self._bringing(key, together)

    def _by_source(self) -> dict[Key, list[Move]]:
        found: dict[Key, list[Move]] = {}
        for move in self.moves:
            found.setdefault(self._key(move.before), []).append(move)
        return found

    @property
    def _by_target(self) -> dict[Key, list[Move]]:
        found: dict[Key, list[Move]] = {}
        for move in self.moves:
            found.setdefault(self._key(move.after), []).append(move)
        return found

    def _key(self, association: Identity) -> Key:
        return associations.key_of(self._account_id, association)

    def _taking(self, moves: list[Move]) -> list[Write]:
        """Return the writes that take a link away, if it is still the one that was found."""
        item = self._source(moves[0])
        places = associations.keys_of(self._account_id, moves[0].before)
        # On condition of the shares: some that came since it was read would be forgotten.
        state = {name: item.get(name) for name in ("creationId", "shares")}
        return [dynamodb.remove(key, **state) for key in places]

    def _source(self, move: Move) -> Item:
        """Return what is known by now of the item of a move's link."""
        return self._sources.get(self._key(move.before), move.source)

    def _giving_back(self, moves: list[Move]) -> list[Write]:
        """Return the writes that take shares off a link, and the link away with the last."""
        places = associations.keys_of(self._account_id, moves[0].before)
        item = self._sources.get(places[0], moves[0].source | {"shares": len(moves)})
        state = {name: item.get(name) for name in ("creationId", "shares")}
        if state["shares"] is None:
            return [dynamodb.require(places[0], **state)]
        if state["shares"] > len(moves):
            fewer = {"shares": state["shares"] - len(moves)}
            return [dynamodb.change(key, fewer, **state) for key in places]
        return [dynamodb.remove(key, **state) for key in places]

    def _bringing(self, key: Key, moves: list[Move]) -> list[Write]:
        """Return the writes after which a link stands where moves go, for all that become it."""
        standing, first = self._standing.get(key), moves[0]
        shares = None if first.shared else len(moves)
        if standing is None:
            made = {"shares": shares, **first.made}
            items = associations.items_of(
                self._account_id, first.after, self._creation_id, first.marks
            )
            return [dynamodb.create(item | made) for item in items]
        if associations.remembered(standing) != first.marks:
            self.in_the_way.append(standing)
        state = {name: standing.get(name) for name in ("creationId", "shares")}
        if shares is None or state["shares"] is None:
            return [dynamodb.require(key, **state)]
        more = {"shares": state["shares"] + shares}
        places = associations.keys_of(self._account_id, first.after)
        return [dynamodb.change(place, more, **state) for place in places]

    @property
    def merged(self) -> int:
        """How many of the links become one with another."""
        return sum(
            len(moves) - (key not in self._standing) for key, moves in self._by_target.items()
        )

    # --- learning -------------------------------------------------------------------------------

    def look(self) -> None:
        """Plan again by what stands: where some links merge, more will, and a read costs a fraction
        of a transaction that fails.
        """
        targets, sources = self._by_target, self._by_source()
        shared = [key for key, together in sources.items() if together[0].shared]
        found = dynamodb.get_many([*targets, *shared])
        self._standing |= {key: found[key] for key in targets if key in found}
        for key in shared:
            self._learn_source(sources[key], found.get(key))
        self._plan(self._remaining)

    def learn(self, error: ConditionFailedError) -> None:
        """Plan again by what conditions found that failed."""
        for at, found in error.found.items():
            if at in self._source_at:
                self._learn_source(self._source_at[at], found)
            elif at in self._target_at:
                self._learn_target(self._target_at[at], found)
        self._plan(self._remaining)

    def _learn_source(self, moves: list[Move], found: Item | None) -> None:
        """Take note of what became of a link: it is changed, another one, or gone."""
        shared, wanted = moves[0].shared, moves[0].source["creationId"]
        same = found is not None and wanted in {
            found["creationId"],
            found.get("formerId") if shared else None,
        }
        if found is not None and same:
            self._sources[self._key(moves[0].before)] = found
            return
        self._dropped |= {id(move) for move in moves}
        if shared:
            self.refused += [(move, journal.CHANGED) for move in moves]

    def _learn_target(self, key: Key, found: Item | None) -> None:
        self._standing.pop(key, None)
        self._standing |= {key: found} if found is not None else {}

    @property
    def _remaining(self) -> list[Move]:
        return [move for move in self.moves if id(move) not in self._dropped]

    def forget(self, item: Item) -> None:
        """Plan again without a link that stood in the way and was reset."""
        self._standing.pop(dynamodb.key_of(item), None)
        self._plan(self.moves)

    # --- telling --------------------------------------------------------------------------------

    def entries(self) -> list[Entry]:
        """Return what the journal tells of the moves, if the writes get through."""
        told: list[Entry] = []
        for key, moves in self._by_target.items():
            standing = self._standing.get(key)
            left = standing["creationId"] if standing else self._creation_id
            for place, move in enumerate(moves):
                merges = standing is not None or place > 0
                outcome = journal.MERGED if merges else journal.MOVED
                told.append(move.entry(self._source(move), outcome, left))
        return told + [move.entry(move.source, reason, "") for move, reason in self.refused]
