"""What If-Match costs, by the units that DynamoDB Local reports."""

from provisioning.core.kinds import Kind
from provisioning.table import dynamodb
from tests.support.client import Client, path_of


def rename(client: Client, kind: Kind, headers: dict[str, str]) -> tuple[int, float, float]:
    """Rename the application or entity ``one``; return the calls, read units and write units."""
    path = path_of(kind.collection, "one")
    dynamodb.usage.reset()
    body = {kind.name_member: "another"}
    assert client.call("PUT", path, body=body, headers=headers).status == 204
    usage = dynamodb.usage
    return usage.calls, usage.read_units, usage.write_units


def test_a_version_costs_one_read_unit_more(client: Client, kind: Kind) -> None:
    client.create(kind.collection, "one", "first")
    version = client.get(kind.collection, "one").headers["ETag"]
    assert rename(client, kind, {"If-Match": version}) == (2, 1, 1)
    assert rename(client, kind, {}) == (1, 0, 1)
