"""What the local system calls itself: credentials, region, account and places.

The engine and the queues accept any credentials. The engine keeps a database
for each access key and region, so everything local uses the same ones.
"""

import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).resolve().parent.parent
REGION: Final = "us-east-1"
ACCOUNT: Final = "000000000000"  # the one of DynamoDB Local
ACCESS_KEY: Final = "local"
STACK: Final = "local"
STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class LocalError(Exception):
    """Something a person can put right; its text is the whole message shown."""


def credentials(access_key: str = ACCESS_KEY) -> dict[str, str]:
    """The environment in which AWS libraries talk to the local services only.

    Args:
        access_key: Letters and digits; names the database within the engine.

    Returns:
        Variables that replace every other source of credentials and region.
    """
    return {
        "AWS_ACCESS_KEY_ID": access_key,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def number(env: Mapping[str, str], name: str, default: int) -> int:
    """Read a whole number from the environment.

    Args:
        env: The environment.
        name: The variable.
        default: Taken when the variable is not set, or empty.

    Raises:
        LocalError: The value is not a whole number.
    """
    text = env.get(name) or str(default)
    try:
        return int(text)
    except ValueError:
        message = f"{name} must be a whole number, not {text!r}"
        raise LocalError(message) from None
