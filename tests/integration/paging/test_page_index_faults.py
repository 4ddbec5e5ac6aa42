"""Page indexes with a fault at each call: killed, throttled, response lost."""

import json
import os
from contextlib import suppress
from itertools import count
from typing import cast

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from provisioning.paging import building, lifecycle, sizes
from tests.support.page_index_scenarios import SCENARIOS, Scenario, check_exact, prepared
from tests.support.sizes import SMALL_SIZES
from tests.support.stream_feed import CutOffError
from tests.support.transport import (
    Answer,
    Send,
    Wire,
    answered,
    carried_out_but,
    failed,
    passed,
    through_to_engine,
    unanswered,
)

EVERY_SCENARIO = pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
STRIDE = 1 if "PAGE_INDEX_EXAMPLES" in os.environ else 9
"""Of so many calls one is cut, on the engine; tests/unit/test_interrupted.py cuts every one."""


def cut_off(request: AWSPreparedRequest, send: Send) -> AWSResponse:
    raise CutOffError


def unprocessed(request: AWSPreparedRequest, send: Send) -> AWSResponse:
    """Leave all of a batch unprocessed."""
    asked = json.loads(cast("bytes", request.body)).get("RequestItems")
    if asked is None:
        return send(request)
    return answered(UnprocessedItems=asked, UnprocessedKeys=asked, Responses={})(request, send)


CUTS = {"before it": cut_off, "after it": carried_out_but(cut_off)}
PASSING: dict[str, tuple[Answer, ...]] = {
    "calls are throttled": (failed("ProvisionedThroughputExceededException"), passed),
    "batches are left unprocessed": (unprocessed, passed),
}


@pytest.fixture
def wire(table: str, monkeypatch: pytest.MonkeyPatch, pauses: list[float]) -> Wire:
    """The wire to the engine, and page indexes that are soon large."""
    monkeypatch.setattr(sizes, "current", SMALL_SIZES)
    monkeypatch.setattr(lifecycle, "LOOK_ONE_IN", 1)
    monkeypatch.setattr(building, "ITEMS_AT_ONCE", 16)
    return through_to_engine(monkeypatch)


@EVERY_SCENARIO
@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_killed_at_a_call_it_is_exact_after_the_records_come_again(
    wire: Wire, scenario: Scenario, cut: Answer
) -> None:
    for position in count(step=STRIDE):
        account = prepared(scenario)
        wire.then(*[passed] * position, cut)
        with suppress(CutOffError):
            scenario.act(account)
        if wire.script:
            return wire.script.clear()
        scenario.act(account)
        check_exact(account)
    raise AssertionError


@EVERY_SCENARIO
def test_a_lost_answer_to_a_call_is_not_noticed(wire: Wire, scenario: Scenario) -> None:
    for position in count(step=STRIDE):
        account = prepared(scenario)
        wire.then(*[passed] * position, carried_out_but(unanswered))
        scenario.act(account)
        if wire.script:
            return wire.script.clear()
        check_exact(account)
    raise AssertionError


@EVERY_SCENARIO
@pytest.mark.parametrize("answers", PASSING.values(), ids=PASSING)
def test_temporary_faults_are_not_noticed_however_frequent(
    wire: Wire, scenario: Scenario, answers: tuple[Answer, ...]
) -> None:
    account = prepared(scenario)
    wire.then(*answers * 100)
    scenario.act(account)
    assert wire.script
    wire.script.clear()
    check_exact(account)
