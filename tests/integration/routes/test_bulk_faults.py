"""Elements of a bulk request that the table fails, or that no time is left for."""

import json
from typing import cast

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from provisioning.routes import bulk_deadline
from tests.support.associations import sms
from tests.support.bulk import error, link, send, statuses
from tests.support.call_faults import TRIES
from tests.support.client import ROOT, Client, Context, load_function, proxy_event
from tests.support.transport import (
    Answer,
    Send,
    carried_out_but,
    failed,
    through_to_engine,
    unanswered,
)


def on(resource_id: str, fault: Answer) -> Answer:
    """Let everything through but what names a resource."""

    def answer(request: AWSPreparedRequest, send: Send) -> AWSResponse:
        hit = f'"{resource_id}"'.encode() in cast("bytes", request.body)
        return fault(request, send) if hit else send(request)

    return answer


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (failed("ProvisionedThroughputExceededException"), 429),
        (failed("InternalServerError", 500), 500),
        (unanswered, 500),
    ],
    ids=["throttled", "failing", "silent"],
)
def test_one_that_the_table_fails_is_the_only_one(
    shop: Client,
    monkeypatch: pytest.MonkeyPatch,
    pauses: list[float],
    fault: Answer,
    status: int,
) -> None:
    wire = through_to_engine(monkeypatch)
    wire.always(on("7", fault))
    answer = link(shop, *(sms("shop", "acme", f"{number}") for number in range(10)))
    assert statuses(answer) == [201] * 7 + [status] + [201] * 2
    assert ("retryAfter" in answer.json["results"][7]) == (status == 429)
    wire.always(on("none", fault))
    again = link(shop, *(sms("shop", "acme", f"{number}") for number in range(10)))
    assert statuses(again) == [409] * 7 + [201] + [409] * 2


def test_a_write_whose_response_was_lost_counts_as_done(
    shop: Client, monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    wire = through_to_engine(monkeypatch)
    made = [sms(resource_id=f"{number}") for number in range(5)]
    for lists, status in (({"link": made}, 201), ({"unlink": made}, 204)):
        wire.then(*[carried_out_but(unanswered)] * TRIES)
        assert statuses(send(shop, "associations", **lists)) == [status] * 5
        assert not wire.script
    wire.then(*[carried_out_but(unanswered)] * TRIES)
    created = [{"entityId": f"{number}"} for number in range(5)]
    assert statuses(send(shop, "entities", create=created)) == [201] * 5


def test_where_the_parents_cannot_be_read_nothing_is_done(
    shop: Client, monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    shop.link(sms("shop"))
    wire = through_to_engine(monkeypatch)
    wire.then(*[failed("ProvisionedThroughputExceededException")] * 100)
    answer = send(shop, "associations", unlink=[sms("shop")], link=[sms("shop", "acme")])
    assert answer.status == 429
    wire.script.clear()
    assert shop.single(sms("shop")).status == 200


class Short(Context):
    """An invocation that has so little time left that nothing more can be begun."""

    def get_remaining_time_in_millis(self) -> int:
        return int(bulk_deadline.LAST_START_SECONDS * 1000)


def test_elements_without_time_left_can_be_sent_again(shop: Client) -> None:
    headers = {"Authorization": f"App {shop.api_key}"}
    body = json.dumps({"link": [sms("shop"), {}]})
    event = proxy_event("POST", f"{ROOT}/associations/bulk", headers, body)
    answer = load_function("associations").handler(event, Short())
    results = json.loads(answer["body"])["results"]
    assert answer["statusCode"] == 207
    assert [result["status"] for result in results] == [429, 400]
    assert results[0]["retryAfter"] == 1
    assert error(results[0])["validationErrors"] == {"link": ["was not tried, for lack of time"]}
    assert statuses(link(shop, sms("shop"))) == [201]


def test_a_task_that_breaks_is_a_failure_of_its_own(
    shop: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = through_to_engine(monkeypatch)

    def broken(request: AWSPreparedRequest, send: Send) -> AWSResponse:
        raise MemoryError

    wire.always(on("breaks", broken))
    answer = link(shop, sms("shop", None, "0"), sms("shop", None, "breaks"))
    assert statuses(answer) == [201, 500]
    assert error(answer.json["results"][1])["messageId"] == "GENERAL_ERROR"
