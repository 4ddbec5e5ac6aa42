"""The stored items of operations, a type for each kind.

An operation is carried out in **shards**: its own item is the first one, and each part that is
split off is another. All shards have the attributes of ``Shard``, an operation's own item also
those of ``Operation``. A ``JournalItem`` has the moves of one transaction.

The keys are in module ``operation_keys``, the key of a tombstone in ``keys``.
"""

from typing import NotRequired, TypedDict


class Event(TypedDict):
    """Something that happened to a shard."""

    at: str
    event: str
    reason: NotRequired[str]


class Recent(TypedDict):
    """How many associations a shard had processed at two moments, some seconds apart."""

    at: str
    done: int
    sinceAt: str
    sinceDone: int


class Shard(TypedDict):
    """A part of an operation, which one worker at a time carries out."""

    PK: str
    SK: str
    type: str  # "shard", or "operation" for the operation's own item
    operationId: str
    accountId: str
    kind: str  # name of an OperationKind
    actor: str  # who requested the operation
    requestId: NotRequired[str]
    createdAt: NotRequired[str]  # absent from the operation's own item

    # What the shard covers.
    parentKind: NotRequired[str]  # the deleted application or entity
    parentId: NotRequired[str]
    target: NotRequired[str]  # JSON of a Target, if associations go to one
    unlinks: NotRequired[bool]  # whether a deletion deletes the associations
    filter: NotRequired[str]  # JSON of the filters of a reassignment or unlinking
    partition: NotRequired[str]  # of the associations, for a reassignment or unlinking
    first: NotRequired[str]  # lowest sort key; absent: no bound
    last: NotRequired[str]  # highest sort key; absent: no bound
    undoes: NotRequired[str]  # id of the operation that an undo undoes
    source: NotRequired[str]  # id of the shard whose journal an undo reads
    lastSource: NotRequired[str]  # highest id of a shard whose journal it reads after that

    # How far it is.
    cursor: NotRequired[str]  # sort key after which to continue
    skip: NotRequired[int]  # entries of the next journal item that are already undone
    done: int  # associations moved
    merged: int  # how many of these were merged into an existing association
    failed: int  # associations that could not be moved; the journal says why
    revision: int  # incremented by every transaction of a worker: it fails if another was faster
    sliceNumber: int  # incremented by each slice that ends: older stream records are ignored
    updatedAt: str
    awake: bool  # whether the stream record of this write starts a slice
    working: bool  # whether there is more to do
    ending: NotRequired[bool]  # whether nothing is left to move, only other shards to let expire
    open: NotRequired[str]  # lists it in the index of open work; absent when it is done

    recent: NotRequired[Recent]  # for its present speed

    # What went wrong.
    failures: NotRequired[int]  # failed attempts since the last progress
    reason: NotRequired[str]  # why the last one failed, once there were several
    failedAt: NotRequired[str]

    events: NotRequired[list[Event]]
    expiresAt: NotRequired[int]


class Operation(Shard):
    """An operation's own item."""

    state: str
    openShards: int  # shards that are not done, itself included
    split: NotRequired[bool]  # whether it has shards beside itself
    shards: NotRequired[int]  # how many it was split into, itself included
    total: NotRequired[int]  # associations counted at the start
    requestedAt: str
    startedAt: NotRequired[str]
    endedAt: NotRequired[str]
    ended: NotRequired[str]  # why it ended before it was done
    cancelled: NotRequired[bool]  # whether a client cancelled it
    paceLimit: NotRequired[int]  # associations in 1,000 seconds, at the last refusal
    pacedAt: NotRequired[int]  # milliseconds since 1970 of the last refusal
    undoneBy: NotRequired[str]  # id of the operation that undoes it

    # The deleted application or entity, for restoring it.
    parentName: NotRequired[str]
    parentGeneration: NotRequired[str]
    parentFormer: NotRequired[list[str]]  # its former generations
    parentCreatedAt: NotRequired[str]


class OperationLink(TypedDict):
    """The entry of an operation under the application or entity that it is about."""

    PK: str
    SK: str
    type: str
    operationId: str
    expiresAt: NotRequired[int | None]


class JournalItem(TypedDict):
    """What one transaction of a shard moved."""

    PK: str
    SK: str
    type: str
    operationId: str
    actor: str | None
    requestId: str | None
    changedAt: str
    moves: str  # the entries, packed
    expiresAt: int


class ParentTombstone(TypedDict):
    """The parts of a deleted application or entity that are kept."""

    PK: str
    SK: str
    type: str
    generation: str
    formerGenerations: NotRequired[list[str]]
    createdBy: NotRequired[str]  # the API key that created it
    operationId: str
    earlier: NotRequired[dict[str, str]]  # operations of earlier deletions, by generation
    deletedAt: str
    expiresAt: int
