"""Starts of what a function cannot leave out: one program for each library, beside the functions.

Each program is a function behind a stream that does nothing but load its libraries and make one
call. No function that uses the same libraries in the same way can start sooner.
"""

from typing import Final

_CALL: Final = """
import boto3
key = {"PK": {"S": "partition"}, "SK": {"S": "item"}}
boto3.client("dynamodb").get_item(TableName="table", Key=key)
"""
_LOG: Final = """
from aws_lambda_powertools import Logger, Metrics
Logger(service="floor").info("loaded")
"""
_BATCH: Final = """
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType
BatchProcessor(event_type=EventType.DynamoDBStreams)
"""
_SHAPES: Final = """
from pydantic import TypeAdapter
TypeAdapter(dict[str, str]).validate_python({})
"""
_END: Final = """
import os
os._exit(0)
"""

PROGRAMS: Final = {
    "boto3: one call": _CALL + _END,
    "and Logger, Metrics": _CALL + _LOG + _END,
    "and BatchProcessor": _CALL + _LOG + _BATCH + _END,
    "and pydantic": _CALL + _LOG + _BATCH + _SHAPES + _END,
}
"""Python programs by what they load, each with all that the ones before it load."""
