"""Makes the clients of boto3 and calls their operations.

Endpoints, proxies, certificates, credentials and the number of tries follow the environment, as
the AWS SDKs and Tools Reference Guide describes.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import botocore.session
from boto3.session import Session
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
)
from botocore.retries import standard

from provisioning.aws import bounds, snapshots
from provisioning.aws.parsing import PlainParserFactory
from provisioning.core import config, traces

if TYPE_CHECKING:
    from collections.abc import Mapping


THROTTLES = frozenset(
    {
        "AWS.SimpleQueueService.OverLimit",
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "LimitExceededException",
        "OverLimit",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
"""The errors by which services say that they were called too often."""


CONNECTIONS = 32
"""Connections that a client keeps: as many as the calls that a function makes at the same time."""

Client = Any
"""A low-level client of boto3, whose methods the operations of a service name."""


class NotConfiguredError(Exception):
    """Neither the environment nor AWS's configuration files have credentials, or a region."""


class ServiceError(Exception):
    """A service refused a call, or kept failing.

    Attributes:
        status: The HTTP status.
        code: The name of the error.
        document: The members of the error, by their names in the API reference.
        attempts: How often the call was sent.
        request_id: The service's id of the last attempt, by which AWS finds it; "" if it gave none.
    """

    def __init__(self, status: int, code: str, document: Mapping[str, Any]) -> None:
        """Take the status, and the error's name and members."""
        metadata = document.get("ResponseMetadata", {})
        self.status = status
        self.code = code
        self.document = document
        self.attempts: int = metadata.get("RetryAttempts", 0) + 1
        self.request_id: str = metadata.get("RequestId", "")
        super().__init__(f"{code} (HTTP {status}, request id {self.request_id or 'unknown'})")


class UnreachableError(Exception):
    """A call got no response, or a damaged one. Whether it was carried out is unknown.

    Attributes:
        attempts: How often the call was sent.
    """

    def __init__(self, reason: str, attempts: int) -> None:
        """Take what happened to the last attempt, and how often the call was sent."""
        super().__init__(reason)
        self.attempts = attempts


_attempts = threading.local()
"""``made``: how often this thread has sent its present call; botocore's exceptions do not say."""


def create(service: str) -> Client:
    """Return a new client of a service. Nothing is connected yet.

    Raises:
        NotConfiguredError: There is no region.
    """
    core, session = _sessions()
    settings = Config(
        connect_timeout=bounds.CONNECT_SECONDS,
        read_timeout=bounds.READ_SECONDS,
        retries={"mode": "standard"},
        max_pool_connections=CONNECTIONS,
        tcp_keepalive=True,
        # What the tests send is validated; validating again takes a fifth of a call.
        parameter_validation=not config.is_deployed(),
        user_agent=_user_agent(core),
    )
    try:
        client: Client = session.client(  # type: ignore[call-overload]
            service, region_name=config.region(), config=settings
        )
    except NoRegionError as error:
        raise NotConfiguredError(str(error)) from error
    _bound_retries(client)
    snapshots.prepare(client)
    return client


def _sessions() -> tuple[botocore.session.Session, Session]:
    """Return a new session of botocore, and boto3's on top of it."""
    core = botocore.session.get_session()
    core.register_component("response_parser_factory", PlainParserFactory())
    return core, Session(botocore_session=core)


def _user_agent(core: botocore.session.Session) -> str:
    """Return the User-Agent of calls; building it for each takes a seventh of a call."""
    application = core.get_config_variable("user_agent_appid")
    return core.user_agent() + (f" app/{application}" if application else "")


def _bound_retries(client: Client) -> None:
    """Let botocore's retries end where the waiting client's patience ends."""
    service = client.meta.service_model.service_id.hyphenize()
    event, name = f"needs-retry.{service}", f"retry-config-{service}"
    tries = client.meta.config.retries.get("total_max_attempts")
    client.meta.events.unregister(event, unique_id=name)
    standard_retries = standard.register_retry_handler(client, tries)
    client.meta.events.unregister(event, unique_id=name)

    def needs_retry(**response: Any) -> float | None:
        _attempts.made = response["attempts"]
        delay: float | None = standard_retries.needs_retry(**response)
        return None if delay is None or delay >= bounds.seconds_left() else delay

    client.meta.events.register(event, needs_retry, unique_id=name)


def call(client: Client, operation: str, parameters: Mapping[str, Any]) -> Any:
    """Carry out an operation and return its result as the service's JSON has it.

    What may pass (throttling, failures of the service, broken connections, damaged responses) is
    retried, so the operation may run more than once.

    Args:
        client: The service's client.
        operation: Its name in the API reference, such as ``GetItem``.
        parameters: Its parameters, as there.

    Raises:
        NotConfiguredError: There are no credentials.
        ServiceError: The service refused it, or kept failing.
        UnreachableError: No intact response came.
    """
    _attempts.made = 1
    try:
        with traces.recorded(client.meta.service_model.service_id, operation):
            return _result(client, operation, parameters)
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise NotConfiguredError(str(error)) from error
    except ParamValidationError:
        raise
    except BotoCoreError as error:
        raise UnreachableError(f"unreachable, {_described(error)}", _attempts.made) from error


def _result(client: Client, operation: str, parameters: Mapping[str, Any]) -> Any:
    try:
        result: dict[str, Any] = getattr(client, xform_name(operation))(**parameters)
    except ClientError as error:
        document: Mapping[str, Any] = error.response
        status = document["ResponseMetadata"]["HTTPStatusCode"]
        raise ServiceError(status, document["Error"]["Code"], document) from error
    if "Error" in result:
        raise UnreachableError(result["Error"]["Message"], _attempts.made)
    return result


def _described(error: BotoCoreError) -> str:
    return f"{type(error).__name__}: {error}"
