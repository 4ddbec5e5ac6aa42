"""What every request goes through: routes, authentication, errors, ETags, idempotency.

Knows ``accounts`` and what is below it, but no resource type.
"""
