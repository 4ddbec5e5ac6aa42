"""Names, credentials and places of the local system.

The engine and the queues accept any credentials. The engine keeps a database
for each access key and region, so everything local uses the same ones.
"""

import os
import signal
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).resolve().parent.parent
REGION: Final = "us-east-1"
ACCOUNT: Final = "000000000000"  # the one of DynamoDB Local
ACCESS_KEY: Final = "local"
STACK: Final = "local"
STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class LocalError(Exception):
    """Something a person can correct; its text is the whole message shown."""


def credentials(access_key: str = ACCESS_KEY) -> dict[str, str]:
    """Return variables that replace every other source of AWS credentials and region.

    The access key (letters and digits) names the database within the engine.
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
