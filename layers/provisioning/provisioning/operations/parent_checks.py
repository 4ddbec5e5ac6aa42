"""Whether the parents of an association exist, as the same ones that it was created under.

Parents are always read after the associations (see ``associations``). Associations whose parent is
gone are left to the operation that deleted it.
"""

from provisioning.core import identities
from provisioning.core.identities import Identity
from provisioning.operations.target import Parent, Target
from provisioning.resources import association_items
from provisioning.resources.association_items import Generations as Marks
from provisioning.table.item_types import ParentItem
from provisioning.table.items import Item

Present = dict[Parent, ParentItem]
"""The items of the parents that exist."""


def parents_before_and_after(association: Item, target: Target) -> set[Parent]:
    """Return the parents that an association has, and those that it will have at a target."""
    identity = identities.of(association)
    before = association_items.parents_of(identity).values()
    after = association_items.parents_of(target.of(identity)).values()
    return {*before, *after}


def generations_after(present: Present, association: Item, after: Identity) -> Marks | None:
    """Return the generations that an association stores after a move.

    Returns:
        The generations; None if a parent is gone, or is one that the association keeps and has
        been deleted and created again since.
    """
    before_parents = association_items.parents_of(identities.of(association))
    after_parents = association_items.parents_of(after)
    kept = {
        attribute: parent
        for attribute, parent in after_parents.items()
        if before_parents.get(attribute) == parent
    }
    all_exist = set(after_parents.values()) <= set(present)
    if not all_exist or not association_items.are_unchanged(present, kept, association):
        return None
    return {attribute: present[parent]["generation"] for attribute, parent in after_parents.items()}
