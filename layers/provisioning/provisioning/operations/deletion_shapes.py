"""The shapes of deletions: options, protection and impact."""

from typing import Self

from pydantic import Field, model_validator

from provisioning.core.errors import InvalidError
from provisioning.core.kinds import APPLICATION, ENTITY, Channel, Kind, ResourceType
from provisioning.operations.deletions import OnLinked
from provisioning.operations.impact import Impact
from provisioning.operations.target import Target
from provisioning.resources import association_items
from provisioning.resources.association_shapes import Association
from provisioning.shapes.contract_errors import contract_error
from provisioning.shapes.fields import ApplicationId, Model, QueryEntityId


class DeleteQuery(Model):
    """What happens to the associations when an application or entity is deleted."""

    on_linked: OnLinked | None = Field(
        None,
        description="What happens to its associations: they move to the application `default` "
        "without entity (`reset`); nothing is deleted while there are any (`refuse`); they move to "
        "a target (`reassign`); or they are deleted (`unlink`). Default: the account's setting, "
        "else `reset`",
    )
    target_application_id: ApplicationId | None = Field(
        None, description="The target application; absent: they keep their application"
    )
    target_entity_id: QueryEntityId = Field(
        None,
        description="The target entity; empty or `null`: none. Absent: they keep their entity, "
        "unless it is the one that is deleted",
    )

    @model_validator(mode="after")
    def _target_fits(self) -> Self:
        given = {"target_application_id", "target_entity_id"} & self.model_fields_set
        if self.on_linked == "reassign" and not given:
            raise contract_error("must be given, or targetEntityId", "targetApplicationId")
        if self.on_linked != "reassign" and given:
            raise contract_error("must be reassign if a target is given", "onLinked")
        return self

    def target(self, kind: Kind, identifier: str) -> Target | None:
        """Return where the associations of an application or entity go; None to not reassign them.

        Raises:
            InvalidError: The target is what is deleted.
        """
        if self.on_linked != "reassign":
            return None
        if kind is APPLICATION and self.target_application_id in {None, identifier}:
            raise InvalidError({"targetApplicationId": ["must be another application"]})
        if kind is ENTITY and self.target_entity_id == identifier:
            raise InvalidError({"targetEntityId": ["must be another entity"]})
        keeps_entity = kind is APPLICATION and "target_entity_id" not in self.model_fields_set
        return Target(self.target_application_id, self.target_entity_id, keeps_entity)


class Protection(Model):
    """Whether an application or entity is protected from deletion."""

    protected: bool = Field(strict=True, description="Whether a DELETE is refused")


class LinkedCount(Model):
    """The number of associations of a resource type on a channel."""

    resource_type: ResourceType
    channel: Channel
    count: int


class ParentImpact(Model):
    """What the deletion of an application or entity would do to its associations."""

    application_id: str | None = Field(None, description="The application")
    entity_id: str | None = Field(None, description="The entity")
    protected: bool = Field(description="Whether a DELETE is refused")
    linked: int = Field(description="How many associations would be moved")
    by_type: list[LinkedCount] | None = Field(
        None, description="How many of each type and channel; absent if there are too many"
    )
    merged: int | None = Field(
        None,
        description="How many of them would merge under `default`, with an existing association or "
        "with each other; absent if there are too many",
    )
    sample: list[Association] = Field(description="The first of these associations")
    sending_strategies: int = Field(description="How many sending strategies would be removed")
    restricted_api_keys: int | None = Field(
        None,
        description="How many active API keys are restricted to it (`platform`): they would see "
        "nothing of it any more, unless the deletion is undone. Absent for a restricted API key, "
        "and if there are too many keys to count",
    )


def shown(kind: Kind, impact: Impact) -> dict[str, object]:
    """Return what a client sees of an impact."""
    counts = impact.counts
    content: dict[str, object] = {
        kind.id_member: impact.parent["id"],
        "protected": bool(impact.parent.get("protected")),
        "linked": impact.total,
        "merged": impact.merged,
        "sample": [association_items.shown(item) for item in impact.sample],
        "sendingStrategies": impact.strategies,
        "restrictedApiKeys": impact.restricted_keys,
    }
    if counts is not None:
        content["byType"] = [
            {"resourceType": resource_type, "channel": channel, "count": count}
            for (resource_type, channel), count in counts.items()
        ]
    return {member: value for member, value in content.items() if value is not None}
