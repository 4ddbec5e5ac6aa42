"""Calls AWS services that take and give JSON, without an SDK (docs/adr/0060).

The protocol is AWS JSON 1.0 over HTTP, which DynamoDB and SQS speak: a POST names the operation
in ``X-Amz-Target``, and parameters, results and errors are JSON documents as the service's API
reference has them.
"""

import json
import time
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from secrets import SystemRandom
from typing import Any

from provisioning.core import config, traces
from provisioning.table import credentials
from provisioning.table.connections import Answer, Connections, UnreachableError
from provisioning.table.signature import sign

TRIES = 3
"""Tries of a call that fails for a reason that may pass."""
PAUSE_SECONDS = 0.05
"""The longest pause after the first try; each further one may be twice as long."""

_OK = 200
_PASSING_STATUSES = {500, 502, 503, 504}
_THROTTLES = {
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "Throttling",
    "ThrottlingException",
}
_DOMAINS = {
    "cn-": "amazonaws.com.cn",
    "eu-isoe-": "cloud.adc-e.uk",
    "eusc-": "amazonaws.eu",
    "us-iso-": "c2s.ic.gov",
    "us-isob-": "sc2s.sgov.gov",
    "us-isof-": "csp.hci.ic.gov",
}
"""Where the regions are that are not under amazonaws.com, by how their names begin."""

# The system's source of randomness, not Python's: a process restored from a snapshot of another
# (SnapStart) would draw the same pauses.
_random = SystemRandom()


class ServiceError(Exception):
    """The service refused a call or failed.

    Attributes:
        status: The HTTP status.
        document: All that the service says of it.
        code: The error's name; empty where the service names none.
    """

    def __init__(self, status: int, document: Mapping[str, Any]) -> None:
        """Take the status and what is said of the error (``__type`` holds a namespace and name)."""
        self.status = status
        self.document = document
        self.code: str = document.get("__type", "").rpartition("#")[2]
        super().__init__(f"{status} {self.code}")


class Client:
    """Calls one service; safe to use from several threads.

    Attributes:
        connections: The way to the service.
    """

    def __init__(self, service: str, target: str) -> None:
        """Read the settings, which nothing later changes; nothing is connected yet.

        Args:
            service: The service's name in endpoints, as ``dynamodb``.
            target: What the names of its operations begin with, as ``DynamoDB_20120810``.

        Raises:
            NotConfiguredError: There are no credentials, or no region.
        """
        region = credentials.region()
        self.connections = Connections(config.endpoint_url(service) or endpoint(service, region))
        self._keys = credentials.provider()
        self._scope = (region, service)
        self._target = target

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Carry out an operation and return its result.

        What may pass (throttling, failures of the service, broken connections, damaged answers)
        is tried again twice, after short random pauses: the operation may run more than once.

        Args:
            operation: Its name in the API reference, as ``GetItem``.
            parameters: Its parameters, as there.

        Raises:
            ServiceError: The service refused it, or kept failing.
            UnreachableError: No answer came.
        """
        body = json.dumps(parameters, separators=(",", ":")).encode()
        for attempt in range(TRIES - 1):
            try:
                return self._try(operation, body)
            except UnreachableError:
                pass
            except ServiceError as error:
                if not _may_pass(error):
                    raise
            pause(PAUSE_SECONDS * 2**attempt)
        return self._try(operation, body)

    def _try(self, operation: str, body: bytes) -> dict[str, Any]:
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "Host": self.connections.host,
            "X-Amz-Target": f"{self._target}.{operation}",
        }
        signed = sign(headers, body, self._keys(), self._scope, datetime.now(UTC))
        with traces.recorded(self._target.partition("_")[0], operation):
            return _result(self.connections.post(signed, body))


def pause(ceiling: float) -> None:
    """Wait for a random time of at most so many seconds, so that rivals do not meet again."""
    time.sleep(_random.uniform(0, ceiling))


def endpoint(service: str, region: str) -> str:
    """Return the URL of a service's regional endpoint."""
    domains = (domain for start, domain in _DOMAINS.items() if region.startswith(start))
    return f"https://{service}.{region}.{next(domains, 'amazonaws.com')}"


def _result(answer: Answer) -> dict[str, Any]:
    """Return the document of an answer.

    Raises:
        ServiceError: It tells of an error.
        UnreachableError: It was damaged on its way.
    """
    if answer.checksum is not None and int(answer.checksum) != zlib.crc32(answer.body):
        raise UnreachableError("the answer's checksum is wrong")
    try:
        document: dict[str, Any] = json.loads(answer.body)
    except ValueError:
        # A failure of what stands between may come as any text; a result never does.
        if answer.status == _OK:
            raise UnreachableError("the answer is no JSON") from None
        document = {}
    if answer.status == _OK:
        return document
    raise ServiceError(answer.status, document)


def _may_pass(error: ServiceError) -> bool:
    return error.status in _PASSING_STATUSES or error.code in _THROTTLES
