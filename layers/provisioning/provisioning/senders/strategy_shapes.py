"""Shapes of sending strategies, compatible with the published Sending Strategy API."""

import re
from typing import Annotated, Literal, get_args

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    WithJsonSchema,
    model_validator,
)

from provisioning.resources.sending_strategies import Fallback, Platform, SenderType, Strategy
from provisioning.shapes.contract_errors import contract_error
from provisioning.shapes.fields import (
    MAXIMUM_LENGTH,
    MAXIMUM_SIZE,
    WHOLE,
    AssociationType,
    Model,
    PageQuery,
    Paging,
    ResourceId,
    at_most,
    whole_number,
)

MAXIMUM_PRIORITIES = len(get_args(SenderType))
"""Priorities that one strategy may have."""
MAXIMUM_WEIGHTS = 100
"""Senders that one strategy may give a weight."""

StrategyChannel = Literal["SMS", "MMS", "RCS"]
_CHANNELS = get_args(StrategyChannel)


def _in_capitals(value: object) -> object:
    """Write a country's code in capitals, and refuse codes that no country has."""
    if not isinstance(value, str):
        return value
    if not _COUNTRY.fullmatch(value):
        raise contract_error("must be a two-letter ISO 3166-1 code")
    from provisioning.senders.numbers import COUNTRIES  # noqa: PLC0415 - only new strategies need it

    if value.upper() not in COUNTRIES:
        raise contract_error("must be a country that has phone numbers")
    return value.upper()


_COUNTRY = re.compile("[A-Za-z]{2}")


CountryCode = Annotated[
    StrictStr,
    BeforeValidator(_in_capitals),
    Field(
        pattern="^[A-Z]{2}$",
        description=(
            "Country the messages go to, as the two-letter ISO 3166-1 code of a country that has "
            "phone numbers; empty for all"
        ),
        examples=["US"],
    ),
]
PlatformId = Annotated[StrictStr, Field(max_length=MAXIMUM_LENGTH)]


class PlatformMembers(Model):
    """The application and the entity that messages name; empty means none."""

    application_id: PlatformId | None = Field(None, description="Id of the application")
    entity_id: PlatformId | None = Field(None, description="Id of the entity")

    @classmethod
    def none(cls) -> "PlatformMembers":
        """Return the platform of messages that name neither."""
        return cls.model_construct(application_id=None, entity_id=None)

    def value(self) -> Platform:
        """Return the platform; an empty id is no id."""
        return Platform(self.application_id or None, self.entity_id or None)


class Priority(Model):
    """The priority of a sender type."""

    sender_type: SenderType = Field(description="Type of sender", examples=["SHORT_CODE"])
    priority: Annotated[StrictInt, Field(ge=1, le=4), WHOLE] = Field(
        description="Priority of the type: 1 is used first"
    )


class Weight(Model):
    """The share of one sender among the senders of equal rank."""

    resource_type: AssociationType
    resource_id: ResourceId
    weight: Annotated[StrictInt, Field(ge=0, le=1000), WHOLE] = Field(
        description="Share of the messages; 1 is usual, 0 is used last"
    )


def _each_type_once(priorities: list[Priority]) -> list[Priority]:
    if len({one.sender_type for one in priorities}) < len(priorities):
        raise contract_error("must name each senderType once")
    return priorities


class NewSendingStrategy(Model):
    """A sending strategy to create."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "platform": {"applicationId": "shop-production", "entityId": "customer-42"},
                    "channel": "SMS",
                    "destinationCountryCode": "US",
                    "useStickySender": True,
                    "useGeolocatedSender": True,
                    "priorities": [
                        {"senderType": "SHORT_CODE", "priority": 1},
                        {"senderType": "VIRTUAL_LONG_NUMBER", "priority": 2},
                    ],
                    "fallback": "APPLICATION",
                }
            ]
        }
    )

    platform: PlatformMembers = Field(
        default_factory=PlatformMembers.none,
        description="The messages the strategy is for; empty for all",
    )
    channel: Annotated[
        StrategyChannel | None,
        WithJsonSchema({"anyOf": [{"type": "string", "enum": [*_CHANNELS, ""]}, {"type": "null"}]}),
    ] = Field(None, description="Channel of the messages; empty for all", examples=["SMS"])
    destination_country_code: CountryCode | None = None
    use_sticky_sender: StrictBool = Field(
        default=False, description="Whether a destination always gets the same sender"
    )
    use_geolocated_sender: StrictBool = Field(
        default=False,
        description="Whether the nearest area code is preferred (United States and Canada)",
    )
    priorities: Annotated[
        list[Priority],
        Field(max_length=MAXIMUM_PRIORITIES),
        at_most(MAXIMUM_PRIORITIES),
        AfterValidator(_each_type_once),
    ] = Field([], description="Priorities of sender types; other types are used after these")
    weights: Annotated[
        list[Weight], Field(max_length=MAXIMUM_WEIGHTS), at_most(MAXIMUM_WEIGHTS)
    ] = Field([], description="Shares of single senders")
    fallback: Fallback | None = Field(
        None,
        description=(
            "Where to look when the pool is empty: the application's own pool, or that and then "
            "the pool of the application `default`"
        ),
    )

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, given: object) -> object:
        """Read a null member, and an empty channel or country, as one that is not given."""
        if not isinstance(given, dict):
            return given
        empty = {"channel": "", "destinationCountryCode": ""}
        return {
            name: value
            for name, value in given.items()
            if value is not None and value != empty.get(name)
        }

    def strategy(self, strategy_id: str) -> Strategy:
        """Return the strategy with a new id."""
        return Strategy(
            strategy_id,
            self.platform.value(),
            self.channel,
            self.destination_country_code,
            is_sticky=self.use_sticky_sender,
            is_geolocated=self.use_geolocated_sender,
            priorities={one.sender_type: one.priority for one in self.priorities},
            weights={(one.resource_type, one.resource_id): one.weight for one in self.weights},
            fallback=self.fallback,
        )


class SendingStrategy(NewSendingStrategy):
    """A sending strategy."""

    model_config = ConfigDict(json_schema_extra={})

    channel: StrategyChannel | None = Field(None, description="Channel of the messages")
    sending_strategy_id: str = Field(description="Id of the sending strategy")


class SendingStrategyId(Model):
    """The id of a new sending strategy."""

    sending_strategy_id: str = Field(description="Id of the sending strategy")


class SendingStrategyQuery(PageQuery):
    """A page of sending strategies, and the filters that all of them meet."""

    size: Annotated[
        int,
        Field(ge=1, le=MAXIMUM_SIZE, description="Number of results on a full page"),
        BeforeValidator(whole_number),
    ] = 100
    sending_strategy_id: StrictStr | None = Field(None, description="Only this strategy")
    application_id: StrictStr | None = Field(None, description="Only those of this application")
    entity_id: StrictStr | None = Field(None, description="Only those of this entity")


class SendingStrategyPage(Model):
    """A page of sending strategies, by id."""

    results: list[SendingStrategy]
    paging: Paging
