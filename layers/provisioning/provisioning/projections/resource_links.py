"""Resource links: each association is also listed under its resource.

The follower of the stream writes them, so writing an association costs a client no more and a move
writes two items less. A resource link is made to match a consistent read of the association, which
is read again afterwards. So of two late or duplicate deliveries the last one to read leaves the
right state.
"""

from provisioning.core.identities import Identity
from provisioning.resources import association_items
from provisioning.table import items, reads, writes
from provisioning.table.primary_keys import Key
from provisioning.table.retries import BACKGROUND_ATTEMPTS, retry_on_conflict


class _ChangedError(Exception):
    """Associations came or went while their resource links were written."""


def update(account_id: str, changed: dict[Key, Identity]) -> list[Key]:
    """Write the resource links of associations that exist, and delete those of the others.

    Args:
        account_id: The account.
        changed: Associations that may have come or gone, by their key.

    Returns:
        The keys of all their resource links, existing or not.

    Raises:
        ThrottledError, UnavailableError: The table could not be read or written.
    """
    links = {key: association_items.resource_link(account_id, changed[key]) for key in changed}
    pending = set(changed)
    existing = set(reads.batch_get(pending))

    def attempt() -> None:
        nonlocal pending, existing
        writes.batch_write(
            puts=[links[key] for key in pending & existing],
            removals=[items.key_of(links[key]) for key in pending - existing],
        )
        now_existing = set(reads.batch_get(pending))
        pending = {key for key in pending if (key in existing) != (key in now_existing)}
        existing = now_existing
        if pending:
            raise _ChangedError

    retry_on_conflict(attempt, attempts=BACKGROUND_ATTEMPTS, conflict=_ChangedError)
    return [items.key_of(link) for link in links.values()]
