"""The two kinds of parent, application and entity, as data: how they differ."""

from dataclasses import dataclass
from typing import Literal

DEFAULT_APPLICATION = "default"
"""Id of the application that every account has and that cannot be deleted (contract)."""

BUILT_IN_GENERATION = "built-in"
"""Generation of the application ``default``, which is never created again."""


@dataclass(frozen=True)
class Kind:
    """A kind of parent of associations: application or entity.

    Attributes:
        name: The noun, as the attribute ``type`` of its items has it.
        collection: The plural, as paths have it.
        id_member: The JSON member of its id.
        name_member: The JSON member of its name.
        built_in: Ids that exist in every account and cannot be deleted.
        reserved: Ids that no client can create, because a query string gives them another
            meaning (contract: the word ``null`` says "no entity").
        created_by_messages: Whether a submitted message that names one creates it.
    """

    name: str
    collection: str
    id_member: str
    name_member: str
    built_in: frozenset[str] = frozenset()
    reserved: frozenset[str] = frozenset()
    created_by_messages: bool = False


APPLICATION = Kind(
    name="application",
    collection="applications",
    id_member="applicationId",
    name_member="applicationName",
    built_in=frozenset({DEFAULT_APPLICATION}),
)
ENTITY = Kind(
    name="entity",
    collection="entities",
    id_member="entityId",
    name_member="entityName",
    reserved=frozenset({"null"}),
    created_by_messages=True,
)

KINDS = {kind.name: kind for kind in (APPLICATION, ENTITY)}
"""Both kinds of parent, by name."""

ResourceType = Literal["NUMBER", "DOMAIN", "ALPHA", "RCS_RESOURCE", "APPLE_RESOURCE"]
Channel = Literal["SMS", "MMS", "EMAIL", "WHATSAPP", "RCS", "APPLE"]

VALID_CHANNELS: dict[ResourceType, tuple[Channel, ...]] = {
    "NUMBER": ("SMS", "MMS", "WHATSAPP", "RCS"),
    "DOMAIN": ("EMAIL",),
    "ALPHA": ("SMS", "MMS"),
    "RCS_RESOURCE": ("RCS",),
    "APPLE_RESOURCE": ("APPLE",),
}
"""The channels of each resource type; every other pair is invalid.

Numbers (short codes, virtual long numbers, 10-digit long codes) send SMS and MMS and are the ids
of WhatsApp senders, and of RCS where a number is the sender; alphanumeric senders send SMS and
MMS; email domains belong to email only; RCS and Apple resources to the channel of their name.
"""
