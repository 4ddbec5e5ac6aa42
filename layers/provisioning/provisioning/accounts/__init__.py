"""Accounts and what belongs to them: API keys, restrictions, rate limits, quotas, settings.

Imports ``paging``, ``shapes``, ``table`` and ``core``.
"""
