"""Signs requests to AWS (IAM User Guide, "Create a signed AWS API request"; Signature Version 4).

Only what calls of this product need: POST to the root path, no query string, a body in memory.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from provisioning.core.config import AccessKeys

_ALGORITHM = "AWS4-HMAC-SHA256"


def sign(
    headers: Mapping[str, str],
    body: bytes,
    keys: AccessKeys,
    scope: tuple[str, str],
    moment: datetime,
) -> dict[str, str]:
    """Return the headers of a request with those that sign it.

    Args:
        headers: What the request has, the host included; all are signed.
        body: What it sends.
        keys: Whose request it is.
        scope: The region and the service that it goes to.
        moment: When it is made, in UTC; AWS accepts it for some minutes.
    """
    time = f"{moment:%Y%m%dT%H%M%SZ}"
    signed = {**headers, "X-Amz-Date": time}
    if keys.token:
        signed["X-Amz-Security-Token"] = keys.token
    canonical = sorted((name.lower(), value.strip()) for name, value in signed.items())
    names = ";".join(name for name, _ in canonical)
    lines = "".join(f"{name}:{value}\n" for name, value in canonical)
    request = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    credential_scope = "/".join((time[:8], *scope, "aws4_request"))
    digest = hashlib.sha256(request.encode()).hexdigest()
    signature = hmac.digest(
        _signing_key(keys.secret, time[:8], *scope),
        f"{_ALGORITHM}\n{time}\n{credential_scope}\n{digest}".encode(),
        "sha256",
    ).hex()
    signed["Authorization"] = (
        f"{_ALGORITHM} Credential={keys.key_id}/{credential_scope}, "
        f"SignedHeaders={names}, Signature={signature}"
    )
    return signed


@lru_cache(maxsize=8)
def _signing_key(secret: str, day: str, region: str, service: str) -> bytes:
    """Return the key that signs a day's requests to a service."""
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
