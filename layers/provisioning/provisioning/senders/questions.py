"""The questions which sender a message leaves from, and why an answer is what it is.

Imports nothing that is slow to load: functions that seldom choose a sender import this module.
"""

from dataclasses import dataclass
from typing import Literal

from provisioning.accounts.restrictions import OPEN, Binding
from provisioning.resources.sending_strategies import Platform

Reason = Literal[
    "REQUESTED",
    "STRATEGY",
    "NO_STRATEGY",
    "EMPTY_POOL",
    "APPLICATION_NOT_FOUND",
    "ENTITY_NOT_FOUND",
]
"""Why a sender was chosen, or why there is none."""


@dataclass(frozen=True)
class Question:
    """What is asked.

    Attributes:
        channel: The channel of the message.
        platform: The application and the entity it names.
        requested: The sender it asks for; it is chosen if it is in the pool.
        seed: What tells messages to the same destination apart, for strategies that are not sticky.
        count: How many senders to name, best first.
        binding: What the API key of the request is restricted to.
    """

    channel: str
    platform: Platform
    requested: str | None = None
    seed: str = ""
    count: int = 1
    binding: Binding = OPEN


Asked = tuple[Question, str]
"""A question, and the destination that it is asked for."""
