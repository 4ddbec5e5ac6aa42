"""Fixtures that this folder shares with others."""

from tests.support.queues import sqs, submission_queues

__all__ = ["sqs", "submission_queues"]
