"""Pools of senders that the tests of choices link."""

from tests.support.associations import sms
from tests.support.client import Client

SHOP = {"applicationId": "shop"}
CUSTOMER = SHOP | {"entityId": "customer"}
LONDON = [f"4420794600{number:02d}" for number in range(5)]
DESTINATIONS = [f"447700900{number:03d}" for number in range(200)]


def link(client: Client, platform: dict[str, str], *resource_ids: str) -> None:
    for resource_id in resource_ids:
        association = sms(platform["applicationId"], platform.get("entityId"), resource_id)
        assert client.link(association).status == 201


def unlink(client: Client, platform: dict[str, str], resource_id: str) -> None:
    association = sms(platform["applicationId"], platform.get("entityId"), resource_id)
    assert client.unlink(association).status == 204
