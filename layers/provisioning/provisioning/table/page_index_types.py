"""The stored items of page indexes (package ``paging``); their keys are in ``page_index_keys``."""

from typing import NotRequired, TypedDict


class PageIndexRoot(TypedDict):
    """The root of a page index."""

    PK: str
    SK: str
    type: str  # "pageIndex"
    of: str  # the partition that it counts
    state: str  # BUILDING, READY or CLEARING
    incarnation: str
    sliceNumber: NotRequired[int]  # incremented by each invocation that builds it
    awake: NotRequired[bool]  # whether the stream record of this write continues the building
    working: NotRequired[bool]  # whether it is being built
    open: NotRequired[str | None]  # lists it in the index of open work while it is being built
    updatedAt: NotRequired[str]
    behindSince: NotRequired[str]  # since when changes may not be counted (module paging.lag)
    behindAt: NotRequired[str]  # when that was noted


class PageIndexSpan(TypedDict):
    """A group or a block of a page index."""

    PK: str
    SK: str
    count: NotRequired[int | None]  # absent from a block that was not counted yet
    version: int
