"""A move of one association to another identity; or its deletion, or its restoration."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from provisioning.core import identities
from provisioning.core.identities import Identity
from provisioning.operations.journal_entry import JournalEntry
from provisioning.operations.shard_state import Changes
from provisioning.resources import association_items
from provisioning.resources.association_items import Generations as Marks
from provisioning.table.items import Item
from provisioning.table.primary_keys import Key


@dataclass(frozen=True)
class Move:
    """A move of one association.

    A deletion and a restoration are moves with one side: they name the same association twice.

    Attributes:
        before: The association.
        after: What it becomes.
        known: What is known of its item: at least its ``creationId``; unless it is a share, also
            its generations and ``shares``.
        generations: The generations of the parents of ``after``.
        progress: What the shard stores once the move is done.
        added: Further attributes of the new item.
        is_share: Whether it takes back one share of the association instead of all of it.
        deletes: Whether the association is only deleted.
        restores: Whether the association is only created, after an operation had deleted it.
        refused: Why it must not be made, for the journal; None to make it.
    """

    before: Identity
    after: Identity
    known: Item
    generations: Marks
    progress: Changes
    added: Mapping[str, str | int | None] = field(default_factory=lambda: MappingProxyType({}))
    is_share: bool = False
    deletes: bool = False
    restores: bool = False
    refused: str | None = None

    def keys(self, account_id: str) -> list[Key]:
        """Return the keys of all items that the move deletes or creates."""
        has_one_side = self.deletes or self.restores
        sides = (self.before,) if has_one_side else (self.before, self.after)
        return [key for side in sides for key in association_items.keys_of(account_id, side)]

    def entry(
        self, known: Item, outcome: str, left: str, *, was_kept: bool = False
    ) -> JournalEntry:
        """Return its journal entry.

        Args:
            known: What is now known of its item.
            outcome: What became of the association.
            left: The ``creationId`` of the association that it has become; "" for none.
            was_kept: Whether the association still exists at ``before``.
        """
        return JournalEntry(
            self.before.members(),
            self.after.members(),
            outcome,
            known.get("formerId") or known["creationId"],
            association_items.stored_generations(known),
            known.get("shares"),
            left,
            was_kept,
        )


def deletion_of(item: Item) -> Move:
    """Return the move that only deletes an association."""
    association = identities.of(item)
    return Move(association, association, item, {}, {"cursor": item["SK"]}, deletes=True)
