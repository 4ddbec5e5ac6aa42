"""What went wrong, in an operator's words."""

import re

from aem.errors import FAILED
from aem.process import tell
from provisioning.aws.clients import NotConfiguredError, ServiceError, UnreachableError
from provisioning.core import config
from provisioning.core.errors import InvalidError, ProvisioningError

_CREDENTIALS = re.compile(
    r"UnrecognizedClient|InvalidClientTokenId|InvalidSignature|IncompleteSignature|ExpiredToken"
    r"|MissingAuthenticationToken"
)


def explain(error: Exception) -> int | None:
    """Write why a command failed, and return its exit code; None for an unknown error."""
    if isinstance(error, NotConfiguredError):
        tell(f"AWS is not configured: {error}")
    elif isinstance(error, InvalidError):
        for member, messages in error.problems.items():
            tell(f"Invalid {member}: {', '.join(messages)}")
    elif isinstance(error.__cause__, ServiceError):
        tell(_refused(error.__cause__))
    elif isinstance(error.__cause__, UnreachableError):
        tell(f"No answer from DynamoDB at {_place()}")
    elif isinstance(error, ProvisioningError):
        tell(str(error) or type(error).__name__.removesuffix("Error"))
    elif isinstance(error, ValueError):  # of botocore: what the environment says is malformed
        tell(f"Invalid: {error}")
    else:
        return None
    return FAILED


def _refused(error: ServiceError) -> str:
    table, place = config.table_name(), _place()
    text = error.document.get("message") or error.document.get("Message") or ""
    if error.code == "ResourceNotFoundException":
        return f"There is no table {table!r} at {place}"
    if _CREDENTIALS.search(error.code):
        return f"The credentials are not valid at {place}: {error.code}"
    if not re.fullmatch(r"[A-Z][A-Za-z.]+", error.code):
        return f"{place} is not DynamoDB: it answers {error.status}"
    return f"Table {table!r} at {place}: {error.code} {text}".rstrip()


def _place() -> str:
    return config.dynamodb_endpoint() or f"DynamoDB of {config.region() or 'the configured region'}"
