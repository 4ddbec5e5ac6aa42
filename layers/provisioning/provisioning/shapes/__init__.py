"""Reading and checking requests: field types, JSON and form documents.

The shapes of one concern are in the package of that concern. Imports ``core``.
"""
