"""The SQS queues: sending, and dead letters. Imports ``core`` and ``table``."""
