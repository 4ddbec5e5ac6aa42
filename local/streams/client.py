"""DynamoDB Streams on the wire.

The engine's JSON is used as it comes, for it is what a function's event holds:
times as numbers, binary values in base64. An SDK would turn both into Python's.
"""

import http.client
import json
import threading
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from local.settings import ACCESS_KEY, REGION

TARGET: Final = "DynamoDBStreams_20120810."
AUTHORIZATION: Final = (
    f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/20000101/{REGION}/dynamodb/aws4_request, "
    "SignedHeaders=host, Signature=unchecked"
)
TIMEOUT_SECONDS: Final = 30.0
RECORDS: Final = 1000
"""Records in one answer at most."""


class StreamError(Exception):
    """The engine refused a call.

    Attributes:
        code: Its error code.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class StreamsClient:
    """Calls DynamoDB Streams; one connection, one call at a time."""

    def __init__(self, endpoint: str) -> None:
        """Prepare to call.

        Args:
            endpoint: Base URL of the engine.
        """
        host = urlsplit(endpoint).netloc
        self._connection = http.client.HTTPConnection(host, timeout=TIMEOUT_SECONDS)
        self._lock = threading.Lock()

    def shards(self, stream: str) -> dict[str, str | None]:
        """List a stream's shards.

        Args:
            stream: ARN of the stream.

        Returns:
            The parent of each shard, by the shard's id.
        """
        shards: dict[str, str | None] = {}
        start: dict[str, str] = {}
        while True:
            answer = self._call("DescribeStream", {"StreamArn": stream, **start})
            description = answer["StreamDescription"]
            for shard in description["Shards"]:
                shards[shard["ShardId"]] = shard.get("ParentShardId")
            if "LastEvaluatedShardId" not in description:
                return shards
            start = {"ExclusiveStartShardId": description["LastEvaluatedShardId"]}

    def iterator(self, stream: str, shard: str, position: str, after: str | None = None) -> str:
        """Begin to read a shard.

        Args:
            stream: ARN of the stream.
            shard: Id of the shard.
            position: TRIM_HORIZON, LATEST or AFTER_SEQUENCE_NUMBER.
            after: The sequence number, for the last of these.

        Returns:
            An iterator for records().
        """
        place = {} if after is None else {"SequenceNumber": after}
        where = {"StreamArn": stream, "ShardId": shard, "ShardIteratorType": position}
        iterator: str = self._call("GetShardIterator", where | place)["ShardIterator"]
        return iterator

    def records(self, iterator: str) -> tuple[list[dict[str, Any]], str | None]:
        """Read on in a shard.

        Args:
            iterator: Where to go on.

        Returns:
            The next records, and the iterator that follows: None when the
            shard is closed and read to its end.
        """
        answer = self._call("GetRecords", {"ShardIterator": iterator, "Limit": RECORDS})
        return answer["Records"], answer.get("NextShardIterator")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _call(self, operation: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Call the engine.

        Raises:
            StreamError: It refused the call.
            OSError: It did not answer.
        """
        headers = {
            "Authorization": AUTHORIZATION,
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": TARGET + operation,
        }
        with self._lock:
            try:
                self._connection.request("POST", "/", json.dumps(arguments), headers)
                response = self._connection.getresponse()
                body: dict[str, Any] = json.loads(response.read())
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                message = f"the engine did not answer {operation}"
                raise OSError(message) from error
        if response.status != http.HTTPStatus.OK:
            code = body.get("__type", "").rpartition("#")[2]
            raise StreamError(code, body.get("message", body.get("Message", "")))
        return body
