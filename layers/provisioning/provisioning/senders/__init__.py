"""Senders: who owns a resource, and which sender a message leaves from.

Sending strategies, the pools of senders they choose from, and the choice itself. Imports
``operations`` and what is below it.
"""
