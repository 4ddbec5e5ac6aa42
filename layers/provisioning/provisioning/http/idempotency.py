"""Safe retries: a POST with an ``Idempotency-Key`` that comes again gets its first answer again.

The answer is written by the very transaction that carries the request out. So there is no moment
in which one is there without the other: not after a crash, not for a second try that comes while
the first is under way (one of the two transactions fails, and finds what the other wrote). A
request that failed has written nothing, and is tried anew.

It costs one read unit before, and makes a single write a transaction of two items (4 write units in
place of 1). A request without the header costs nothing more than before.
"""

import hashlib
import json
import re
import time
from dataclasses import dataclass

from provisioning.accounts.authentication import Principal
from provisioning.core.clock import in_days
from provisioning.core.errors import ConflictError, InvalidError
from provisioning.table import dynamodb, keys
from provisioning.table.dynamodb import Item, Write
from provisioning.table.keys import Key

KEPT_DAYS = 1
"""How long an answer is given again."""
LONGEST = 255
"""Characters that a client's key may have."""
_CLIENT_KEY = re.compile(rf"[!-~]{{1,{LONGEST}}}")


@dataclass(frozen=True)
class Retry:
    """A request that can be told when it comes again.

    Attributes:
        key: Where its answer stands.
        fingerprint: What it asks for, as a digest.
    """

    key: Key
    fingerprint: str

    def answered(self) -> bool:
        """Tell whether the same request was carried out before.

        Raises:
            ConflictError: Another one was, under the same key.
        """
        found = dynamodb.get(self.key)
        if found is None or found["expiresAt"] <= time.time():
            return False
        if found["fingerprint"] != self.fingerprint:
            message = "The Idempotency-Key was used before, for another request"
            raise ConflictError(message)
        return True

    def write(self) -> Write:
        """Return the write, for the request's transaction, by which its answer is found again."""
        item: Item = dynamodb.key_attributes(self.key) | {
            "type": "answer",
            "fingerprint": self.fingerprint,
            "expiresAt": in_days(KEPT_DAYS),
        }
        return dynamodb.put_up_to(item, "expiresAt", int(time.time()))


def of(principal: Principal, path: str, idempotency_key: str, document: object) -> Retry:
    """Return what tells a request when it comes again.

    Args:
        principal: Who asks; nobody else's request is taken for a repetition of it.
        path: The operation.
        idempotency_key: The client's own key.
        document: What it asks for, as JSON; the order of members is none of it.

    Raises:
        InvalidError: The client's key is too long, or holds other than visible ASCII characters.
    """
    if not _CLIENT_KEY.fullmatch(idempotency_key):
        problem = f"must be 1 to {LONGEST} visible ASCII characters"
        raise InvalidError({"Idempotency-Key": [problem]})
    text = json.dumps(document, sort_keys=True)
    return Retry(
        keys.answer(principal.account_id, principal.key_id, path, idempotency_key),
        hashlib.sha256(text.encode()).hexdigest(),
    )
