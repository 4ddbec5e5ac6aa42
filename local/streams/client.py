"""Calls DynamoDB Streams.

The engine's JSON is passed on unchanged because functions get it in this form:
times as numbers, binary values in base64. boto3 would convert both.
"""

import http.client
import json
import threading
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from local.settings import ACCESS_KEY, REGION

_TARGET: Final = "DynamoDBStreams_20120810."
_AUTHORIZATION: Final = (
    f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/20000101/{REGION}/dynamodb/aws4_request, "
    "SignedHeaders=host, Signature=unchecked"
)
_TIMEOUT_SECONDS: Final = 30.0
_RECORDS: Final = 1000
"""Most records in one response."""


class StreamError(Exception):
    """The engine refused a call, with an error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class StreamsClient:
    """One connection to the engine; it makes one call at a time.

    Every method raises StreamError if the engine refuses the call, and OSError if
    it does not answer.
    """

    def __init__(self, endpoint: str) -> None:
        """Prepare a connection to the engine with this base URL."""
        host = urlsplit(endpoint).netloc
        self._connection = http.client.HTTPConnection(host, timeout=_TIMEOUT_SECONDS)
        self._lock = threading.Lock()

    def shards(self, stream: str) -> dict[str, str | None]:
        """Return the id of each shard of the stream with an ARN, and that of its parent."""
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

    def iterator(
        self, stream: str, shard: str, after: str | None = None, begin: str = "TRIM_HORIZON"
    ) -> str:
        """Start reading a shard after a sequence number, or at its beginning (or LATEST).

        Returns:
            An iterator for records().
        """
        place = (
            {"ShardIteratorType": begin}
            if after is None
            else {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": after}
        )
        arguments = {"StreamArn": stream, "ShardId": shard, **place}
        iterator: str = self._call("GetShardIterator", arguments)["ShardIterator"]
        return iterator

    def records(self, iterator: str) -> tuple[list[dict[str, Any]], str | None]:
        """Return the next records, and the next iterator: None at the end of a closed shard."""
        answer = self._call("GetRecords", {"ShardIterator": iterator, "Limit": _RECORDS})
        return answer["Records"], answer.get("NextShardIterator")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _call(self, operation: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        headers = {
            "Authorization": _AUTHORIZATION,
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": _TARGET + operation,
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
