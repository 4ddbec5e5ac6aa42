"""HTTP: the shape of routes, reading events, errors, ETags, idempotency, the handler.

Imports ``accounts`` and packages below it. It knows no resource type.
"""
