"""The route that answers which sender a message leaves from."""

from provisioning.accounts import rate_limits
from provisioning.accounts.principals import READ
from provisioning.core.kinds import DEFAULT_APPLICATION
from provisioning.http.routes import Reply, Request, Route
from provisioning.resources.sending_strategies import Platform
from provisioning.senders import resolving
from provisioning.senders.resolve_shapes import EXPLAINED_SENDERS, ResolvedSenders, ResolveSender
from provisioning.senders.resolving import Answer
from provisioning.senders.selection import Candidates
from provisioning.table.items import Attributes

LARGEST_BODY = 2 * 1024 * 1024
"""Bytes of a request with 1,000 destinations of 255 characters."""


def resolve(request: Request) -> Reply:
    """Chooses the sender of a message, or of the same message to up to 1,000 destinations.

    The pool is what is linked to exactly the application and entity that the message names. The
    same request gets the same answer while pool and strategies are the same. A restricted API key
    gets senders of the pools that its binding covers.
    """
    body: ResolveSender = request.body
    platform = body.platform.value()
    binding = request.principal.binding
    binding.require_covered(platform.application_id or DEFAULT_APPLICATION, platform.entity_id)
    answers = resolving.resolve(request.principal.account_id, body.asked(binding))
    shown = [_shown(answer, body) for answer in answers]
    if isinstance(body.to, str):
        return Reply(shown[0])
    pairs = zip(body.destinations(), shown, strict=True)
    return Reply({"results": [{"to": to, **one} for to, one in pairs]})


RESOLVE = Route(
    "POST",
    "/provisioning/1/senders/resolve",
    resolve,
    200,
    "Resolve senders",
    READ,
    body=ResolveSender,
    answer=ResolvedSenders,
    largest=LARGEST_BODY,
    bound=True,
    rebinds=True,
    tokens=lambda request: rate_limits.tokens_of(len(request.body.destinations())),
)


def _shown(answer: Answer, body: ResolveSender) -> Attributes:
    shown = answer.members(body.count)
    if body.explain:
        shown["explanation"] = _explanation(answer)
    return shown


def _explanation(answer: Answer) -> Attributes:
    return {
        "poolOf": _platform(answer.pool_of),
        "pool": _members(answer.pool),
        "poolSize": len(answer.pool),
        "rules": [
            {
                "rule": rule.name,
                "candidates": _members(rule.candidates),
                "total": len(rule.candidates),
            }
            for rule in answer.rules
        ],
    }


def _members(candidates: Candidates) -> list[Attributes]:
    return [one.sender.members() for one in candidates[:EXPLAINED_SENDERS]]


def _platform(platform: Platform) -> Attributes:
    members = {"applicationId": platform.application_id, "entityId": platform.entity_id}
    return {name: value for name, value in members.items() if value is not None}
