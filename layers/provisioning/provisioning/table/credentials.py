"""Who calls AWS, and in which region.

A function in Lambda has both in its environment. Wherever it has not (under SnapStart, where the
credentials come from a local address and are renewed; on a developer's machine with profiles),
botocore finds and renews them: it is loaded only there, from what Lambda's own Python brings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from provisioning.core import config
from provisioning.core.config import AccessKeys

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.session import Session

    Frozen = tuple[str, str, str | None]


class NotConfiguredError(Exception):
    """Neither the environment nor AWS's configuration files name credentials, or a region."""


def provider() -> Callable[[], AccessKeys]:
    """Return what gives the credentials of each moment.

    Raises:
        NotConfiguredError: There are none.
    """
    keys = config.access_keys()
    if keys is not None:
        return lambda: keys
    renewed = _session().get_credentials()
    if renewed is None:
        message = "no AWS credentials found"
        raise NotConfiguredError(message)
    return lambda: AccessKeys(*cast("Frozen", renewed.get_frozen_credentials()[:3]))


def region() -> str:
    """Return the region.

    Raises:
        NotConfiguredError: There is none.
    """
    found = config.region() or _session().get_config_variable("region")
    if found is None:
        message = "no AWS region found"
        raise NotConfiguredError(message)
    return cast("str", found)


def _session() -> Session:
    from botocore.session import get_session  # noqa: PLC0415 - a quarter of a second, seldom needed

    return get_session()
