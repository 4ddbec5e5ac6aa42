"""Who makes a request: an API key, with its scopes and its binding."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from provisioning.accounts.restrictions import OPEN, Binding
from provisioning.core.origins import WITHOUT_KEY

MANAGE = "application-entity:manage"
"""Scope of a key that may do everything with applications, entities and associations (contract)."""
READ = "application-entity:read"
"""Scope of a key that may only read them."""
KEYS = "account-management:manage"
"""Scope of a key that may manage the account's API keys and see their changes in the audit."""
SENDING = "sending-strategy:manage"
"""Scope of a key that may manage sending strategies (contract)."""
ANY = ""
"""What every key may do, whatever its scopes."""
SCOPES = (MANAGE, READ, KEYS, SENDING)
OTHER_KEY = "other-key"
"""What a restricted key sees instead of the id of another API key."""


@dataclass(frozen=True)
class Principal:
    """Who makes a request.

    Attributes:
        account_id: The account that the API key belongs to.
        key_id: The key's public id.
        scopes: The permissions of the key.
        binding: The applications and entities to which it is restricted.
        until: When it expires, in seconds since 1970; None for never.
        limits: The account's limits that differ from those of all accounts.
    """

    account_id: str
    key_id: str
    scopes: frozenset[str]
    binding: Binding = OPEN
    until: int | None = None
    limits: Mapping[str, int] = field(default_factory=dict)

    def may(self, scope: str) -> bool:
        """Return whether the key has a scope; managing includes reading."""
        return scope in {ANY, *self.scopes} or (scope == READ and MANAGE in self.scopes)

    def seen(self, actor: str) -> str:
        """Return how the key sees who made a change: a restricted key sees no id but its own."""
        if self.binding.is_open or actor in {self.key_id, *WITHOUT_KEY}:
            return actor
        return OTHER_KEY


def unrestricted(account_id: str) -> Principal:
    """Return a principal with every scope in an account: a person at the command."""
    return Principal(account_id, "command", frozenset(SCOPES))
