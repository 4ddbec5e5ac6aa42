"""A list whose total is behind says so in a header."""

from datetime import UTC, datetime, timedelta

import pytest

from provisioning.core import clock
from provisioning.core.kinds import ENTITY
from provisioning.paging import lag
from provisioning.table import keys
from tests.support import crowd
from tests.support.client import Client


def test_the_response_says_by_how_many_seconds_the_total_is_behind(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lag, "LAPSES_SECONDS", 600.0)
    crowd.write(crowd.entities(250))
    partition = keys.parents(crowd.ACCOUNT, ENTITY).partition
    crowd.build(partition)
    assert "Totals-Age" not in client.list("entities", page=900).headers
    lag.note([partition], clock.text(datetime.now(UTC) - timedelta(seconds=500)))
    assert 500 <= int(client.list("entities", page=900).headers["Totals-Age"]) <= 900
    lag.clear([partition])
    assert "Totals-Age" not in client.list("entities", page=900).headers


def test_totals_are_right_when_a_bulk_is_answered(client: Client) -> None:
    crowd.write(crowd.entities(250))
    crowd.build(keys.parents(crowd.ACCOUNT, ENTITY).partition)
    new = [{"entityId": f"new-{number}"} for number in range(300)]
    path = "/provisioning/1/entities/bulk"
    assert client.call("POST", path, body={"create": new}).status == 200
    listed = client.list("entities", page=900)
    assert listed.json["paging"]["totalResults"] == 550
