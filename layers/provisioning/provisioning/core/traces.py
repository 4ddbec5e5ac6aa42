"""Reports each call to an AWS service to AWS X-Ray, as the subsegments that its SDKs send.

Lambda runs X-Ray's daemon beside the function, and names the current trace and the function's
segment in an environment variable. A subsegment is a datagram to the daemon (X-Ray Developer Guide,
"X-Ray segment documents"), sent only for requests that are sampled. Nothing is sent outside Lambda.
"""

import json
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from provisioning.core import config

_HEADER = b'{"format":"json","version":1}\n'
_FAULT = 500


@contextmanager
def recorded(service: str, operation: str) -> Iterator[None]:
    """Record a with block as one call of a service, by the names that X-Ray shows."""
    trace = config.sampled_trace()
    if trace is None:
        yield
        return
    document: dict[str, Any] = {
        "trace_id": trace.root,
        "parent_id": trace.parent,
        "id": secrets.token_hex(8),
        "type": "subsegment",
        "namespace": "aws",
        "name": service,
        "aws": {"operation": operation},
        "start_time": time.time(),
    }
    try:
        yield
    except Exception as error:
        document["fault" if getattr(error, "status", _FAULT) >= _FAULT else "error"] = True
        raise
    finally:
        document["end_time"] = time.time()
        # A trace that gets lost must not fail the request.
        with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            datagrams.sendto(_HEADER + json.dumps(document).encode(), trace.daemon)
