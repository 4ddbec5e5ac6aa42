"""Shapes of the questions which sender a message leaves from, and of the answers."""

from typing import Annotated, Literal, Self

from pydantic import (
    ConfigDict,
    Discriminator,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    Tag,
    model_validator,
)
from pydantic.config import JsonDict

from provisioning.accounts.restrictions import OPEN, Binding
from provisioning.core.kinds import DEFAULT_APPLICATION
from provisioning.resources.sending_strategies import Platform
from provisioning.senders.questions import Asked, Question, Reason
from provisioning.senders.strategy_shapes import PlatformMembers
from provisioning.shapes.contract_errors import contract_error
from provisioning.shapes.fields import (
    MAXIMUM_LENGTH,
    ONE,
    SEVERAL,
    WHOLE,
    AssociationChannel,
    AssociationType,
    Model,
    ResourceId,
    at_most,
)

MAXIMUM_DESTINATIONS = 1000
"""Destinations of one request."""
MAXIMUM_COUNT = 10
"""Senders that an answer names for one destination."""
MAXIMUM_EXPLAINED = 20
"""Destinations of one request that asks for explanations."""
EXPLAINED_SENDERS = 100
"""Senders of a pool, or of what a rule left, that an explanation names."""

Destination = Annotated[StrictStr, Field(min_length=1, max_length=MAXIMUM_LENGTH)]


_PLATFORM: JsonDict = {"applicationId": "shop-production", "entityId": "customer-42"}


class SenderQuestion(Model):
    """A message, or many alike, of which the sender is asked."""

    channel: AssociationChannel
    to: Annotated[
        Annotated[Destination, Tag(ONE)]
        | Annotated[
            list[Destination],
            Field(min_length=1, max_length=MAXIMUM_DESTINATIONS),
            at_most(MAXIMUM_DESTINATIONS),
            Tag(SEVERAL),
        ],
        Discriminator(lambda value: SEVERAL if isinstance(value, list) else ONE),
    ] = Field(
        description="The destination, in any usual spelling; a list asks for each of up to 1,000",
        examples=["+1 212 555 0123"],
    )
    platform: PlatformMembers = Field(
        default_factory=PlatformMembers.none,
        description="The application and the entity the message names",
    )
    sender: Annotated[StrictStr, Field(max_length=MAXIMUM_LENGTH)] | None = Field(
        None,
        alias="from",
        description="The sender the message asks for; it is used if it belongs to the platform",
    )
    seed: Annotated[StrictStr, Field(max_length=MAXIMUM_LENGTH)] = Field(
        "",
        description=(
            "Distinguishes messages to the same destination, such as their ids: messages with "
            "the same seed get the same sender, so a retry does. A sticky sender does not need it"
        ),
    )
    count: Annotated[StrictInt, Field(ge=1, le=MAXIMUM_COUNT), WHOLE] = Field(
        1, description="How many senders to name, the best first"
    )

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, given: object) -> object:
        """Read a null member as one that is not given."""
        if not isinstance(given, dict):
            return given
        return {name: value for name, value in given.items() if value is not None}

    def destinations(self) -> list[str]:
        """Return the destinations."""
        return [self.to] if isinstance(self.to, str) else self.to

    def asked(self, binding: Binding = OPEN) -> list[Asked]:
        """Return the question for each destination.

        A message that names no application is one of ``default``.

        Args:
            binding: What the API key of the request is restricted to.
        """
        named = self.platform.value()
        platform = Platform(named.application_id or DEFAULT_APPLICATION, named.entity_id)
        question = Question(self.channel, platform, self.sender, self.seed, self.count, binding)
        return [(question, to) for to in self.destinations()]


class ResolveSender(SenderQuestion):
    """A message, or many alike, of which the sender is asked."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"channel": "SMS", "to": "+1 212 555 0123", "platform": _PLATFORM},
                {
                    "channel": "SMS",
                    "to": ["+1 212 555 0123", "+44 7700 900123"],
                    "platform": _PLATFORM,
                    "seed": "message-4711",
                },
            ]
        }
    )

    explain: StrictBool = Field(
        default=False, description="Whether to say how the sender was chosen"
    )

    @model_validator(mode="after")
    def _can_be_explained(self) -> Self:
        if self.explain and len(self.destinations()) > MAXIMUM_EXPLAINED:
            message = f"must be false for more than {MAXIMUM_EXPLAINED} destinations"
            raise contract_error(message, "explain")
        return self


class SenderMembers(Model):
    """A sender."""

    resource_type: AssociationType
    resource_id: ResourceId


class RuleMembers(Model):
    """What one rule left of the pool."""

    rule: Literal["COUNTRY", "PRIORITY", "AREA_CODE"] = Field(description="The rule")
    candidates: list[SenderMembers] = Field(description="The first 100 senders that it left")
    total: int = Field(description="How many senders it left")


class Explanation(Model):
    """How a sender was chosen."""

    pool_of: PlatformMembers = Field(
        description="The platform whose pool it is: another one after a fallback"
    )
    pool: list[SenderMembers] = Field(description="The first 100 senders of the pool")
    pool_size: int = Field(description="How many senders the pool has")
    rules: list[RuleMembers] = Field(description="What the rules left, in their order")


class ResolvedSender(Model):
    """The sender of a message, or the senders of many.

    Answers to a single destination have `sender` and `reason`; answers to a list have `results`,
    each with its destination.
    """

    to: str | None = Field(None, description="The destination, in the results of a list")
    sender: SenderMembers | None = Field(None, description="The sender; null where there is none")
    alternatives: list[SenderMembers] | None = Field(
        None, description="The next best senders, if `count` asks for them"
    )
    sending_strategy_id: str | None = Field(
        None, description="The sending strategy that applied, if any"
    )
    reason: Reason | None = Field(None, description="Why this sender, or why there is none")
    explanation: Explanation | None = Field(None, description="If `explain` asks for it")


class ResolvedSenders(ResolvedSender):
    """The sender of a message, or the senders of many."""

    results: list[ResolvedSender] | None = Field(
        None, description="One for each destination of a list, in its order"
    )
