"""Calls go where the environment says, over connections that survive a sleep of the process."""

import os
from collections.abc import Iterator

import pytest

from provisioning.aws import clients
from provisioning.aws.clients import UnreachableError
from tests.support.network import ITEM, Service, proxying, serving
from tools.private_authority import Authority

KEY = {"TableName": "t", "Key": {"PK": {"S": "a"}, "SK": {"S": "b"}}}
REGION = "eu-west-1"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment of a function on AWS, where no endpoint is set."""
    for name in [name for name in os.environ if name.startswith("AWS_ENDPOINT_URL")]:
        monkeypatch.delenv(name)
    for name in ("no_proxy", "NO_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_REGION", REGION)
    return monkeypatch


@pytest.fixture
def service(aws: pytest.MonkeyPatch) -> Iterator[Service]:
    with serving() as made:
        aws.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{made.port}")
        yield made


@pytest.mark.parametrize(
    ("settings", "host"),
    [
        ({}, f"dynamodb.{REGION}.amazonaws.com"),
        ({"AWS_USE_FIPS_ENDPOINT": "true"}, f"dynamodb-fips.{REGION}.amazonaws.com"),
        ({"AWS_USE_DUALSTACK_ENDPOINT": "true"}, f"dynamodb.{REGION}.api.aws"),
        (
            {"AWS_ACCOUNT_ID": "123456789012", "AWS_ACCOUNT_ID_ENDPOINT_MODE": "required"},
            f"123456789012.ddb.{REGION}.amazonaws.com",
        ),
    ],
)
def test_a_request_goes_through_the_proxy_to_the_endpoint_that_the_private_authority_certifies(
    aws: pytest.MonkeyPatch, authority: Authority, settings: dict[str, str], host: str
) -> None:
    for name, value in settings.items():
        aws.setenv(name, value)
    with serving(authority.certify(host)) as service, proxying(service.port) as proxy:
        aws.setenv("HTTPS_PROXY", proxy.url)
        aws.setenv("AWS_CA_BUNDLE", str(authority.certificate))
        client = clients.create("dynamodb")
        assert clients.call(client, "GetItem", KEY)["Item"] == ITEM
        assert proxy.asked == [f"{host}:443"]
        client.close()


def test_a_certificate_of_an_authority_that_is_not_trusted_is_refused(
    aws: pytest.MonkeyPatch, authority: Authority, pauses: list[float]
) -> None:
    host = f"dynamodb.{REGION}.amazonaws.com"
    with serving(authority.certify(host)) as service, proxying(service.port) as proxy:
        aws.setenv("HTTPS_PROXY", proxy.url)
        aws.delenv("AWS_CA_BUNDLE", raising=False)
        client = clients.create("dynamodb")
        with pytest.raises(UnreachableError):
            clients.call(client, "GetItem", KEY)
        assert not service.calls
        client.close()


def test_requests_share_a_connection(service: Service) -> None:
    client = clients.create("dynamodb")
    for _ in range(3):
        clients.call(client, "GetItem", KEY)
    assert [connection for connection, _ in service.calls] == [1, 1, 1]
    client.close()


def test_a_connection_that_the_service_closed_while_the_process_slept_costs_no_try(
    service: Service, pauses: list[float]
) -> None:
    service.closes_idle = True
    client = clients.create("dynamodb")
    clients.call(client, "GetItem", KEY)
    service.wait_until_closed()
    clients.call(client, "GetItem", KEY)
    assert [connection for connection, _ in service.calls] == [1, 2]
    assert not pauses
    client.close()


def test_a_connection_that_breaks_when_it_is_used_again_is_replaced(
    service: Service, pauses: list[float]
) -> None:
    client = clients.create("dynamodb")
    clients.call(client, "GetItem", KEY)
    service.drops = 1
    assert clients.call(client, "GetItem", KEY)["Item"] == ITEM
    assert [connection for connection, _ in service.calls] == [1, 1, 2]
    assert len(pauses) == 1
    client.close()


def test_what_calls_say_of_their_sender_names_library_runtime_and_application(
    service: Service, aws: pytest.MonkeyPatch
) -> None:
    aws.setenv("AWS_SDK_UA_APP_ID", "provisioning")
    aws.setenv("AWS_EXECUTION_ENV", "AWS_Lambda_python3.13")
    client = clients.create("dynamodb")
    clients.call(client, "GetItem", KEY)
    client.close()
    for part in ("Boto3/", "Botocore/", "exec-env/AWS_Lambda_python3.13", "app/provisioning"):
        assert part in service.senders[0]
