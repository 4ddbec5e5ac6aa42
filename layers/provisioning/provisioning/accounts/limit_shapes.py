"""The shape of the answer that tells an account's limits; no other function pays for it."""

from pydantic import Field

from provisioning.shapes.fields import Model


class Rate(Model):
    """Requests that may be made."""

    allowed: int = Field(description="Requests in a second, on the average")
    burst: int = Field(description="Requests that may come at once")
    used: int = Field(description="How much of the burst is used at present")


class Rates(Model):
    """Requests that may be made by the account and by the key that asks."""

    account: Rate | None = Field(None, description="With all keys together; none if not limited")
    key: Rate | None = Field(None, description="With this key; none if not limited")


class Quota(Model):
    """How many there may be."""

    allowed: int | None = Field(None, description="How many there may be; none if not limited")
    used: int | None = Field(
        None,
        description="How many there are, as far as the key can see; none if too many to count",
    )


class Limits(Model):
    """What the account may use, and what it uses."""

    requests: Rates
    applications: Quota
    entities: Quota
    associations: Quota
