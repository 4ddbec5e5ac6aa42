"""Background work goes as fast as a table takes it, and leaves room for clients."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from capacity.buckets import Buckets, Cost
from capacity.settings import Capacity
from provisioning.core.errors import CapacityExceededError
from provisioning.table.pace import Pace

UNITS = 4
"""Units of a partition that moving one association takes."""
CLIENT_UNITS = 2
MOST = 16
REFUSAL = CapacityExceededError(reason="TransactWriteItems failed: ThrottlingException")


@dataclass
class Clock:
    """A clock that work moves on by waiting."""

    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the pace."""
    made = Clock()
    monkeypatch.setattr("time.time", made)
    monkeypatch.setattr("time.sleep", made.sleep)
    return made


@dataclass
class Outcome:
    """What came of some seconds of work beside clients."""

    seconds: float
    moved: int = 0
    calls: int = 0
    refused: int = 0
    client_calls: int = 0
    client_refused: int = 0


def work(
    clock: Clock, paces: list[Pace], limit: float, seconds: float, burst: float = 1.0
) -> list[Outcome]:
    """Let operations move associations while a client creates ten a second."""
    buckets = Buckets(Capacity(partition_writes=limit, burst=burst), clock)
    outcomes = [Outcome(seconds) for _ in paces]
    end, next_client = clock.now + seconds, clock.now
    ready = [clock.now for _ in paces]
    while clock.now < end:
        turn = min(range(len(paces)), key=ready.__getitem__)
        clock.now = max(clock.now, ready[turn])
        while next_client <= clock.now:
            _call(buckets, CLIENT_UNITS, outcomes[0], client=True)
            next_client += 0.1
        ready[turn] = _step(clock, buckets, paces[turn], outcomes[turn])
    return outcomes


def _step(clock: Clock, buckets: Buckets, pace: Pace, outcome: Outcome) -> float:
    """Do one chunk as soon as the pace allows; return when that is and the call has ended."""
    chunk, before = pace.chunk(MOST), clock.now
    pace.wait(chunk)
    begin, clock.now = clock.now, before
    if begin > before:
        return _later(clock, buckets, pace, outcome, (chunk, begin))
    return _carry_out(clock, buckets, pace, outcome, chunk)


def _later(
    clock: Clock, buckets: Buckets, pace: Pace, outcome: Outcome, planned: tuple[int, float]
) -> float:
    chunk, begin = planned
    before, clock.now = clock.now, begin
    ended = _carry_out(clock, buckets, pace, outcome, chunk)
    clock.now = before
    return ended


def _carry_out(clock: Clock, buckets: Buckets, pace: Pace, outcome: Outcome, chunk: int) -> float:
    if _call(buckets, chunk * UNITS, outcome):
        pace.done(chunk, 0.02)
        outcome.moved += chunk
    else:
        pace.refused(REFUSAL)
    return clock.now + 0.02


def _call(buckets: Buckets, units: float, outcome: Outcome, *, client: bool = False) -> bool:
    cost = [Cost("p", writes=units)]
    is_refused = bool(buckets.exhausted(cost))
    if not is_refused:
        buckets.take(cost)
    if client:
        outcome.client_calls += 1
        outcome.client_refused += is_refused
    else:
        outcome.calls += 1
        outcome.refused += is_refused
    return not is_refused


@pytest.mark.parametrize("limit", [100, 300, 1000])
@pytest.mark.parametrize("burst", [0.3, 1.0, 10.0])
def test_work_uses_most_of_the_limit_and_is_seldom_refused(
    clock: Clock, limit: float, burst: float
) -> None:
    work(clock, [pace := Pace()], limit, 20, burst)
    (outcome,) = work(clock, [pace], limit, 120, burst)
    free = limit - CLIENT_UNITS * 10
    assert outcome.moved * UNITS >= 0.7 * free * outcome.seconds
    assert outcome.refused <= 0.1 * outcome.calls


@pytest.mark.parametrize("limit", [100, 300, 1000])
def test_calls_of_clients_are_seldom_refused(clock: Clock, limit: float) -> None:
    (outcome,) = work(clock, [Pace()], limit, 120)
    assert outcome.client_refused <= 0.02 * outcome.client_calls


def test_two_operations_come_to_equal_shares(clock: Clock) -> None:
    first, second = Pace(), Pace()
    work(clock, [first], 300, 60)
    work(clock, [first, second], 300, 60)
    outcomes = work(clock, [first, second], 300, 240)
    shares = sorted(outcome.moved for outcome in outcomes)
    assert shares[0] >= 0.6 * shares[1]


def test_without_refusals_nothing_waits(clock: Clock) -> None:
    pace, began = Pace(), clock.now
    for _ in range(1000):
        pace.wait(MOST)
        pace.done(MOST)
    assert clock.now == began
    assert pace.chunk(MOST) == MOST


def test_a_refusal_of_the_first_call_is_not_taken_for_the_limit(clock: Clock) -> None:
    pace = Pace()
    pace.refused(REFUSAL)
    assert pace.chunk(MOST) >= 5


def test_a_low_pace_makes_small_chunks(clock: Clock) -> None:
    assert Pace(limit=10.0, refused_at=clock.now).chunk(MOST) == 3


def test_parts_share_the_rate_after_the_last_refusal(clock: Clock) -> None:
    refusals: list[Pace] = []
    pace = Pace(limit=80.0, refused_at=clock.now, parts=4, on_refusal=refusals.append)
    assert pace.rate() == 20.0
    pace.refused(REFUSAL)
    assert pace.limit == pytest.approx(64.0)
    assert refusals == [pace]


def test_work_that_is_refused_without_end_gives_up(clock: Clock) -> None:
    pace = Pace()

    def try_in_vain() -> None:
        pace.wait(1)
        pace.refused(REFUSAL)

    said = r"TransactWriteItems failed: ThrottlingException; refused \d+ times in 2\d\.\d s"
    with pytest.raises(CapacityExceededError, match=said):
        _for_ever(try_in_vain)
    assert clock.now - 1_000_000 >= 20


def test_after_a_slow_call_work_pauses(clock: Clock) -> None:
    pace = Pace()
    pace.done(1, seconds=2.0)
    began = clock.now
    pace.wait(1)
    assert clock.now - began == pytest.approx(2.0)


def _for_ever(act: Callable[[], object]) -> None:
    for _ in range(10_000):
        act()


def test_a_clock_that_is_set_back_does_not_stop_work(clock: Clock) -> None:
    pace = Pace(limit=10.0, refused_at=clock.now)
    pace.wait(MOST)
    pace.refused(REFUSAL)
    clock.now -= 3600
    began = clock.now
    pace.wait(1)
    assert clock.now - began <= 30


def test_a_call_that_is_refused_again_and_again_lowers_the_limit_once(clock: Clock) -> None:
    pace = Pace(limit=100.0, refused_at=clock.now, idle_since=clock.now)
    pace.refused(REFUSAL)
    lowered = pace.limit
    assert lowered is not None
    assert lowered < 100
    for _ in range(3):
        clock.now += 1
        pace.refused(REFUSAL)
    assert pace.limit == lowered
    pace.done(1)
    pace.refused(REFUSAL)
    assert pace.limit < lowered


def test_a_limit_that_was_measured_far_too_low_is_found_within_a_minute(clock: Clock) -> None:
    pace = Pace(limit=20.0, refused_at=clock.now, idle_since=clock.now)
    work(clock, [pace], 1000, 60)
    (outcome,) = work(clock, [pace], 1000, 60)
    assert outcome.moved * UNITS > 0.7 * 1000 * 60
    assert outcome.refused < 0.1 * outcome.calls
