"""The table's stream: its records as Lambda hands them over, and what its filters let through."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, cast

from botocore.session import get_session

from local.streams.settings import StreamSettings
from provisioning.table import items
from provisioning.table.items import Item
from provisioning.table.primary_keys import Key
from tests.support.client import Context, load_function
from tests.support.deployment import stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_dynamodbstreams.client import DynamoDBStreamsClient

Record = dict[str, Any]
"""A stream record, as an event of a Lambda function has it."""


def streams_client(endpoint: str) -> "DynamoDBStreamsClient":
    """Return a client of the engine's streams."""
    session = get_session()
    return cast(
        "DynamoDBStreamsClient", session.create_client("dynamodbstreams", endpoint_url=endpoint)
    )


class Source(Protocol):
    """A stream that is read from its beginning, once."""

    def read(self) -> list[Record]:
        """Return records that have come since the last call, in order; none at the end."""


class Stream:
    """Reads the stream of one table from its beginning, once."""

    def __init__(
        self, streams: "DynamoDBStreamsClient", database: "DynamoDBClient", table: str
    ) -> None:
        self._streams = streams
        self._arn = database.describe_table(TableName=table)["Table"]["LatestStreamArn"]
        self._iterators: dict[str, str] = {}
        self._begun = False

    def read(self) -> list[Record]:
        """Return the records that have come since the last call (1,000 at most), in order."""
        self._find_shards()
        try:
            found = [record for shard in list(self._iterators) for record in self._read(shard)]
        except self._streams.exceptions.TrimmedDataAccessException:
            # So the engine answers, wrongly, when the first record of all is just being written.
            if self._begun:
                raise
            self._iterators.clear()
            return []
        self._begun = self._begun or bool(found)
        return found

    def _find_shards(self) -> None:
        if self._iterators:
            return  # The engine opens another after four hours.
        described = self._streams.describe_stream(StreamArn=self._arn)["StreamDescription"]
        for shard in described["Shards"]:
            self._iterators[shard["ShardId"]] = self._streams.get_shard_iterator(
                StreamArn=self._arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]

    def _read(self, shard: str) -> list[Record]:
        answer = self._streams.get_records(ShardIterator=self._iterators[shard])
        self._iterators[shard] = answer["NextShardIterator"]
        return [_delivered(record) for record in answer["Records"]]


def _delivered(record: Mapping[str, Any]) -> Record:
    """Return a record as Lambda puts it into an event: JSON, with its time as a number."""
    moment = record["dynamodb"]["ApproximateCreationDateTime"].timestamp()
    change = record["dynamodb"] | {"ApproximateCreationDateTime": moment}
    return {**record, "dynamodb": change, "eventSourceARN": "arn:aws:dynamodb:local"}


def key_of(record: Record) -> Key:
    """Return the key of the item of a record."""
    return items.key_of(items.decode(record["dynamodb"]["Keys"]))


def image(record: Record, which: str) -> Item | None:
    """Return an item before (``OldImage``) or after (``NewImage``) its change, None for none."""
    content = record["dynamodb"].get(which)
    return None if content is None else items.decode(content)


# --- filters ----------------------------------------------------------------------------------


@cache
def settings(function: str = "Resets") -> StreamSettings:
    """Return what the template says of a function's event source."""
    (source,) = (source for source in stack().streams if source.function == function)
    return StreamSettings.read(source.settings)


# --- delivery ---------------------------------------------------------------------------------


def invoke(records: Iterable[Record], function: str = "resets") -> list[Record]:
    """Hand a batch of records to a function; return those that it reports as failed."""
    batch = list(records)
    if not batch:  # Lambda calls no function when the filters leave nothing.
        return []
    answer = load_function(function).handler({"Records": batch}, Context())
    failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
    assert failed <= {record["dynamodb"]["SequenceNumber"] for record in batch}
    return [record for record in batch if record["dynamodb"]["SequenceNumber"] in failed]


def deliver_all(stream: Stream) -> None:
    """Hand all records to the functions that follow the stream, until there are no more."""
    while records := stream.read():
        for function in ("Resets", "Changes"):
            assert not invoke(filter(settings(function).matches, records), function.lower())


class Deliveries:
    """Records on their way to the function, in order for each item as Lambda keeps it.

    Attributes:
        waiting: The records to come, by item.
        delivered: All that came, each of which may come again.
    """

    def __init__(self) -> None:
        self.waiting: defaultdict[Key, deque[Record]] = defaultdict(deque)
        self.delivered: list[Record] = []

    def add(self, records: Iterable[Record]) -> None:
        """Let records follow, without those that no filter lets through."""
        for record in filter(settings().matches, records):
            self.waiting[key_of(record)].append(record)

    @property
    def heads(self) -> list[Key]:
        """The items of which a record can come next."""
        return [key for key, records in self.waiting.items() if records]

    def take(self, key: Key) -> Record:
        """Take the record of an item that comes next."""
        return self.waiting[key].popleft()

    def give_back(self, key: Key, record: Record) -> None:
        """Let a record that failed be an item's next one again."""
        self.waiting[key].appendleft(record)

    def keep(self, record: Record) -> None:
        """Take note of a record that was handled."""
        self.delivered.append(record)
