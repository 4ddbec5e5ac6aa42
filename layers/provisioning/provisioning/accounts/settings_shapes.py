"""The shape of an account's settings; no other function pays for it."""

from typing import Literal

from pydantic import Field

from provisioning.shapes.fields import Model


class Settings(Model):
    """What an account has decided for all its requests."""

    on_linked: Literal["reset", "refuse"] | None = Field(
        None,
        description="What becomes of what is linked to an application or entity that is deleted by "
        "a request which does not say: see there. `reset` where it is not set",
    )
