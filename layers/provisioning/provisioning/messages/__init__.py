"""Submitted messages: taken in, queued, their entities created, their questions answered.

``submit`` and ``submission_reading`` serve the API; ``submissions`` processes the queue,
and ``sender_requests`` answers the messages that ask for senders.

Imports ``senders`` and packages below it.
"""
