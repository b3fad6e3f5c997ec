from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.errors import SettingsError
from firmware.sim import HostClock, SimulatedClock


def test_virtual_time_passes_only_when_it_is_spent():
    clock = SimulatedClock()
    assert clock.now_ns() == clock.origin_ns != 0
    clock.spend_ns(1_500)
    clock.sleep_until_ns(clock.origin_ns + 2_000)
    assert clock.now_ns() - clock.origin_ns == 2_000
    clock.sleep_until_ns(clock.origin_ns + 1_000)
    assert clock.now_ns() - clock.origin_ns == 2_000, "never backwards"
    assert clock.t_s == pytest.approx(2e-6)


def test_a_sleep_that_ends_in_a_stall_returns_at_its_end():
    clock = SimulatedClock(stalls=[(1.0, 0.5)])
    clock.sleep_s(0.9)
    assert clock.t_s == pytest.approx(0.9)
    clock.sleep_s(0.2)
    assert clock.t_s == pytest.approx(1.5)
    clock.add_stall(2.0, 1.0)
    clock.sleep_s(0.499)
    clock.spend_ns(2_000_000)
    assert clock.t_s == pytest.approx(3.0), "a transaction is stretched, too"


def test_stalls_that_touch_follow_each_other():
    clock = SimulatedClock(stalls=[(1.0, 0.5), (1.4, 0.6), (2.0, 0.1)])
    clock.sleep_s(1.2)
    assert clock.t_s == pytest.approx(2.1)


def test_a_sleep_over_a_whole_stall_does_not_notice_it():
    clock = SimulatedClock(stalls=[(1.0, 0.5)])
    clock.sleep_s(4.0)
    assert clock.t_s == pytest.approx(4.0)


@given(
    st.lists(st.tuples(st.floats(0, 5), st.floats(0.001, 2)), max_size=4),
    st.lists(st.floats(0, 1), max_size=12),
)
def test_time_never_runs_backwards_and_never_rests_in_a_stall(stalls, sleeps):
    clock = SimulatedClock(stalls=stalls)
    for sleep_s in sleeps:
        before_ns = clock.now_ns()
        clock.sleep_s(sleep_s)
        assert clock.now_ns() >= before_ns + round(sleep_s * 1e9)
        now_ns = clock.now_ns() - clock.origin_ns
        if now_ns > before_ns - clock.origin_ns:
            assert not any(
                round(at_s * 1e9) <= now_ns < round(at_s * 1e9) + round(for_s * 1e9) for at_s, for_s in stalls
            )


def test_a_host_with_latency_wakes_and_returns_late():
    clock = SimulatedClock(latency_us=60.0, seed=3)
    late_us = []
    for _ in range(4000):
        due_ns = clock.now_ns() + 1_000_000
        clock.sleep_until_ns(due_ns)
        late_us.append((clock.now_ns() - due_ns) / 1e3)
    assert min(late_us) >= 0
    assert sum(late_us) / len(late_us) == pytest.approx(60.0, rel=0.1)
    assert 300 < max(late_us) < 1000
    before_ns = clock.now_ns()
    clock.sleep_until_ns(before_ns - 1)
    clock.spend_ns(1000)
    assert clock.now_ns() == before_ns + 1000, "what is no sleep is not late, nor is the wire"
    for _ in range(1000):
        clock.return_late()
    assert (clock.now_ns() - before_ns) / 1e6 == pytest.approx(60.0, rel=0.2)


def test_a_stall_without_a_length_is_refused():
    with pytest.raises(SettingsError, match="length above 0"):
        SimulatedClock(stalls=[(1.0, 0.0)])
    with pytest.raises(SettingsError, match="latency"):
        SimulatedClock(latency_us=-1.0)


def test_the_host_clock_sleeps_off_what_the_wire_took():
    clock = HostClock()
    begin = time.monotonic_ns()
    for _ in range(100):
        clock.spend_ns(200_000)
    took_ns = time.monotonic_ns() - begin
    assert 18_000_000 <= took_ns < 200_000_000
    assert clock.now_ns() - clock.origin_ns >= took_ns


def test_the_host_clock_does_not_sleep_for_short_spends():
    took_ns = []
    for _ in range(50):  # somebody else may have the processor once
        clock = HostClock()
        begin = time.monotonic_ns()
        clock.spend_ns(900_000)
        clock.return_late()
        took_ns.append(time.monotonic_ns() - begin)
    assert min(took_ns) < 450_000
