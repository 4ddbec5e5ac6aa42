"""Submitted messages: taken in, queued, and the entities they name created.

Imports ``operations`` and what is below it.
"""
