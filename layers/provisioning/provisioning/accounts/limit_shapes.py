"""The shape of an account's limits."""

from pydantic import Field

from provisioning.shapes.fields import Model


class Rate(Model):
    """A rate limit."""

    allowed: int = Field(description="Requests per second, on average")
    burst: int = Field(description="Requests that may come at once")
    used: int | None = Field(None, description="Part of the burst that is used now")


class Rates(Model):
    """The rate limits of the account and of the API key of this request."""

    account: Rate | None = Field(
        None, description="For all API keys together; absent without limit"
    )
    key: Rate | None = Field(None, description="For this API key; absent without limit")


class Quota(Model):
    """A quota."""

    allowed: int | None = Field(None, description="Maximum number; absent without limit")
    used: int = Field(description="Number now, as far as the API key may see them")


class Limits(Model):
    """The limits of the account, and how much of rates and quotas is used."""

    requests: Rates
    applications: Quota
    entities: Quota
    associations: Quota
    undo_days: int = Field(description="Days for which an operation can be undone")
