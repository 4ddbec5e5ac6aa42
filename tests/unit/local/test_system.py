"""The local system says what it needs."""

import pytest

from local import system
from local.settings import LocalError
from tests.support.gateway import Bench


def test_an_api_without_the_route_of_the_first_request_is_refused() -> None:
    with pytest.raises(LocalError, match="the API has no GET /provisioning/1/applications"):
        system._first_function(Bench().gateway)
