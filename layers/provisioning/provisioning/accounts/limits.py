"""The limits of accounts: rate limits and quotas. Some accounts have limits of their own.

The names of limits are ``NAMES``. A limit that is missing, or 0, does not apply.
"""

from collections.abc import Iterable, Mapping

from provisioning.core import config
from provisioning.core.errors import NotFoundError
from provisioning.core.origins import Origin
from provisioning.table import keys, reads, writes
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.item_types import StoredSecret

NAMES = (
    "accountRequestsPerSecond",
    "accountBurst",
    "keyRequestsPerSecond",
    "keyBurst",
    "applications",
    "entities",
    "associations",
)


def allowed(own: Mapping[str, int]) -> dict[str, int]:
    """Return the limits of an account by name.

    Args:
        own: The limits that only this account has; the others are those of all accounts.
    """
    return {**config.limits(), **own}


def own_limits(account_ids: Iterable[str]) -> dict[str, Mapping[str, int]]:
    """Return the limits that only these accounts have, by account; unknown ids are left out."""
    wanted = {keys.account(account_id): account_id for account_id in account_ids}
    found = reads.batch_get(wanted)
    return {wanted[key]: item.get("limits") or {} for key, item in found.items()}


def set_own(account_id: str, limits: Mapping[str, int], origin: Origin) -> None:
    """Set all limits, by name, that differ for an account from those of all accounts.

    The account's item is written first. From then on, new secrets get the new limits.

    Raises:
        NotFoundError: The account does not exist.
    """
    own = dict(limits) or None
    try:
        writes.execute(writes.update(keys.account(account_id), {"limits": own, **origin.marks()}))
    except ConditionFailedError:
        raise NotFoundError from None
    for key in reads.query_all(keys.api_keys(account_id)):
        for secret in key["secrets"]:
            _copy(own, secret)


def _copy(own: Mapping[str, int] | None, secret: StoredSecret) -> None:
    try:
        writes.execute(writes.update(keys.secret(secret["digest"]), {"limits": own}))
    except ConditionFailedError:
        return  # The secret was revoked or has expired.
