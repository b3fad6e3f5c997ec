from __future__ import annotations

import math
import threading
import time

import pytest

from pi_service.sources.pacing import Pacer


class FakeTime:
    """A clock that only moves when somebody waits, and then a little too far."""

    def __init__(self, oversleep_s: float = 0.0) -> None:
        self.now_s = 1000.0
        self.oversleep_s = oversleep_s
        self.waits_s: list[float] = []

    def clock(self) -> float:
        return self.now_s

    def wait(self, seconds: float) -> bool:
        self.waits_s.append(seconds)
        self.now_s += seconds + self.oversleep_s
        return False


@pytest.mark.parametrize("speed", [1.0, 10.0, 0.5])
def test_keeps_the_pace_without_drift(speed: float) -> None:
    fake = FakeTime(oversleep_s=0.003)
    pacer = Pacer(speed, clock=fake.clock, wait=fake.wait)
    for number in range(1, 1001):
        assert pacer.due(0.0, number * 0.05)
        late_s = fake.now_s - 1000.0 - number * 0.05 / speed
        assert 0 <= late_s < 0.0031
    assert len(fake.waits_s) <= 1000


def test_a_slow_consumer_is_caught_up_with() -> None:
    fake = FakeTime()
    pacer = Pacer(1.0, clock=fake.clock, wait=fake.wait)
    assert pacer.due(0.0, 0.05)
    fake.now_s += 10.0
    for number in range(2, 100):
        assert pacer.due(0.0, number * 0.05)
    assert len(fake.waits_s) == 1


def test_without_a_speed_nobody_waits() -> None:
    fake = FakeTime()
    pacer = Pacer(None, clock=fake.clock, wait=fake.wait)
    assert pacer.due(0.0, 1e9)
    assert fake.waits_s == []
    pacer.close()
    assert not pacer.due(0.0, 1e9)


def test_close_wakes_it_from_another_thread() -> None:
    pacer = Pacer(1.0)
    results = []
    thread = threading.Thread(target=lambda: results.append(pacer.due(0.0, 3600.0)))
    thread.start()
    time.sleep(0.05)
    begun_s = time.monotonic()
    pacer.close()
    pacer.close()
    thread.join(2.0)
    assert time.monotonic() - begun_s < 0.5
    assert results == [False]


def test_waiting_costs_no_processor_time() -> None:
    pacer = Pacer(1.0)
    begun_s = time.process_time()
    assert pacer.due(0.0, 0.3)
    assert time.process_time() - begun_s < 0.1


@pytest.mark.parametrize(
    ("speed", "rate_hz", "samples"), [(1.0, 100.0, 5), (10.0, 100.0, 50), (None, 100.0, 100), (1.0, 12.5, 1)]
)
def test_block_sizes(speed: float | None, rate_hz: float, samples: int) -> None:
    assert Pacer(speed).samples_per_block(rate_hz) == samples
    assert Pacer(speed).samples_per_block(rate_hz, 2) == min(samples, 20)


@pytest.mark.parametrize("speed", [0.0, -1.0, math.nan])
def test_a_speed_is_above_zero(speed: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Pacer(speed)
