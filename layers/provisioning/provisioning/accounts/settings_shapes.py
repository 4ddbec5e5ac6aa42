"""The shape of an account's settings."""

from typing import Literal

from pydantic import Field

from provisioning.shapes.fields import Model


class Settings(Model):
    """The settings of an account, which apply to all its requests."""

    on_linked: Literal["reset", "refuse"] | None = Field(
        None,
        description="What happens to the associations of a deleted application or entity if the "
        "request does not say (`onLinked` of the DELETE). The default is `reset`",
    )
