"""Idempotency: a repeated POST with the same ``Idempotency-Key`` gets the first response again.

The idempotency record is written in the transaction that carries the request out, so one never
exists without the other: not after a crash, and not while two attempts run at once (one of the two
transactions fails, and finds the record of the other). A failed request has written nothing and can
be repeated.

A request with the header costs one read unit more, and a single write becomes a transaction of two
items (4 write units instead of 1). A request without it costs nothing more.
"""

import hashlib
import json
import re
import time
from dataclasses import dataclass

from provisioning.accounts.principals import Principal
from provisioning.core.clock import in_days
from provisioning.core.errors import ConflictError, InvalidError
from provisioning.table import items, keys, reads, writes
from provisioning.table.item_types import IdempotencyRecord
from provisioning.table.primary_keys import Key
from provisioning.table.writes import Write

KEPT_DAYS = 1
"""How long a record is kept."""
MAXIMUM_LENGTH = 255
"""Characters that an idempotency key may have."""
_CLIENT_KEY = re.compile(rf"[!-~]{{1,{MAXIMUM_LENGTH}}}")


@dataclass(frozen=True)
class Retry:
    """A request that is recognised by its record and its digest when it is repeated."""

    key: Key[IdempotencyRecord]
    fingerprint: str

    def was_answered(self) -> bool:
        """Return whether the request was carried out before.

        Raises:
            ConflictError: The same idempotency key was used for another request.
        """
        found = reads.get(self.key)
        if found is None or found["expiresAt"] <= time.time():
            return False
        if found["fingerprint"] != self.fingerprint:
            message = "The Idempotency-Key was used before, for another request"
            raise ConflictError(message)
        return True

    def write(self) -> Write:
        """Return the write of the record, for the transaction that carries the request out."""
        item = items.new(
            self.key,
            {
                "type": "idempotencyRecord",
                "fingerprint": self.fingerprint,
                "expiresAt": in_days(KEPT_DAYS),
            },
        )
        return writes.put_if_at_most(item, "expiresAt", int(time.time()))


def of(principal: Principal, path: str, idempotency_key: str, document: object) -> Retry:
    """Return what recognises a repeated request.

    Args:
        principal: Who makes the request; the same idempotency key of another API key is another.
        path: The path of the route.
        idempotency_key: The value of the header.
        document: The body; the order of its members does not matter.

    Raises:
        InvalidError: The idempotency key is too long or contains other than visible ASCII
            characters.
    """
    if not _CLIENT_KEY.fullmatch(idempotency_key):
        problem = f"must be 1 to {MAXIMUM_LENGTH} visible ASCII characters"
        raise InvalidError({"Idempotency-Key": [problem]})
    text = json.dumps(document, sort_keys=True)
    return Retry(
        keys.idempotency_record(principal.account_id, principal.key_id, path, idempotency_key),
        hashlib.sha256(text.encode()).hexdigest(),
    )
