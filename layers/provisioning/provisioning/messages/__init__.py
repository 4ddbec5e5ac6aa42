"""Submitted messages: taken in, queued, and the entities that they name created.

``submit`` and ``submission_reading`` serve the API; ``submissions`` processes the queue.

Imports ``operations`` and packages below it.
"""
