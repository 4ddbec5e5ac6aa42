"""Calls DynamoDB Streams.

The engine's JSON is passed on unchanged because functions get it in this form:
times as numbers, binary values in base64. boto3 would convert both.
"""

import http.client
import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from local.settings import ACCESS_KEY, REGION

_AUTHORIZATION: Final = (
    f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/20000101/{REGION}/dynamodb/aws4_request, "
    "SignedHeaders=host, Signature=unchecked"
)
_TIMEOUT_SECONDS: Final = 30.0


class StreamError(Exception):
    """The engine refused a call, with an error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class StreamsClient:
    """One connection to the engine with a base URL, for one thread.

    Every method raises StreamError if the engine refuses the call, and OSError if
    it does not answer.
    """

    def __init__(self, endpoint: str) -> None:
        host = urlsplit(endpoint).netloc
        self._connection = http.client.HTTPConnection(host, timeout=_TIMEOUT_SECONDS)

    def shards(self, stream: str) -> dict[str, str | None]:
        """Return the id of each shard of the stream with an ARN, and that of its parent."""
        shards: dict[str, str | None] = {}
        start: dict[str, str] = {}
        while True:
            answer = self._call("DescribeStream", {"StreamArn": stream, **start})
            page = answer["StreamDescription"]
            shards |= {one["ShardId"]: one.get("ParentShardId") for one in page["Shards"]}
            if "LastEvaluatedShardId" not in page:
                return shards
            start = {"ExclusiveStartShardId": page["LastEvaluatedShardId"]}

    def iterator(
        self, stream: str, shard: str, after: str | None = None, begin: str = "TRIM_HORIZON"
    ) -> str:
        """Return an iterator of a shard's records after a sequence number, or from `begin` on."""
        place = {"ShardIteratorType": begin}
        if after is not None:
            place = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": after}
        arguments = {"StreamArn": stream, "ShardId": shard, **place}
        return str(self._call("GetShardIterator", arguments)["ShardIterator"])

    def records(self, iterator: str) -> tuple[list[dict[str, Any]], str | None]:
        """Return the next records, and the next iterator: None at the end of a closed shard."""
        answer = self._call("GetRecords", {"ShardIterator": iterator})
        return answer["Records"], answer.get("NextShardIterator")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _call(self, operation: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        headers = {
            "Authorization": _AUTHORIZATION,
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"DynamoDBStreams_20120810.{operation}",
        }
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
