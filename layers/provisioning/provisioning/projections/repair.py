"""The daily check of an account: page indexes, links and the audit."""

from provisioning.core.log import logger
from provisioning.projections import audit_check, consistency


def check(account_id: str) -> int:
    """Repair the differences of an account, log them, and return how many there were."""
    account = {"account": account_id}
    differences = consistency.check(account_id)
    if differences:
        logger.error("%d differences, which will be repaired", len(differences), extra=account)
        consistency.rebuild(account_id)
    audit = audit_check.complete(account_id)
    if any(audit):
        message = "The audit lacked %d entries, now written, and awaits %d"
        logger.error(message, audit.written, audit.awaited, extra=account)
    return len(differences) + sum(audit)
