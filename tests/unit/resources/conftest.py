"""Fixtures of the tests that run the handlers on moto's DynamoDB."""

from tests.conftest import client
from tests.integration.conftest import kind

__all__ = ["client", "kind"]
