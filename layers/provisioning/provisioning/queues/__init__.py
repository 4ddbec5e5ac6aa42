"""The SQS queues: sending and deleting messages. Imports ``table`` and ``core``."""
