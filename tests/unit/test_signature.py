"""Signatures, byte for byte against botocore's."""

from datetime import UTC, datetime

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from provisioning.core.config import AccessKeys
from provisioning.table.signature import sign

printable = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1))  # noqa: DTZ001 - hypothesis'


def signed_by_botocore(
    headers: dict[str, str], body: bytes, keys: AccessKeys, scope: tuple[str, str], moment: datetime
) -> dict[str, str]:
    """Return a request's headers as botocore signs them."""
    request = AWSRequest("POST", f"https://{headers['Host']}/", headers, body)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.auth.get_current_datetime", lambda: moment)
        region, service = scope
        SigV4Auth(Credentials(*keys), service, region).add_auth(request)
    return dict(request.headers.items())


@given(
    body=st.binary(),
    keys=st.builds(AccessKeys, printable, printable, st.none() | printable),
    operation=printable,
    moment=moments,
)
def test_requests_are_signed_as_botocore_signs_them(
    body: bytes, keys: AccessKeys, operation: str, moment: datetime
) -> None:
    headers = {
        "Content-Type": "application/x-amz-json-1.0",
        "Host": "dynamodb.eu-central-1.amazonaws.com",
        "X-Amz-Target": operation,
    }
    scope = ("eu-central-1", "dynamodb")
    moment = moment.replace(tzinfo=UTC)
    expected = signed_by_botocore(headers, body, keys, scope, moment)
    assert sign(headers, body, keys, scope, moment) == expected


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "sqs.cn-north-1.amazonaws.com.cn"])
@pytest.mark.parametrize("scope", [("cn-north-1", "sqs"), ("us-east-1", "dynamodb")])
def test_other_hosts_regions_and_services_are_signed_alike(
    host: str, scope: tuple[str, str]
) -> None:
    keys = AccessKeys("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "token==")
    moment = datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC)
    expected = signed_by_botocore({"Host": host}, b"{}", keys, scope, moment)
    assert sign({"Host": host}, b"{}", keys, scope, moment) == expected
