"""The queue behind the reading thread: whatever it drops is counted, told and marked."""

from __future__ import annotations

import threading
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.ports import wait_until
from support.sensors import PERIOD_NS, RATE_HZ, frames

from firmware.readings import Cause, Frames, Gap, Reading, Recovered, Trouble
from firmware.roles import SensorRole
from pi_service.sources.backlog import Backlog

LIMB, TORSO = SensorRole.LIMB, SensorRole.TORSO
RATES_HZ = {LIMB: float(RATE_HZ), TORSO: float(RATE_HZ)}


def take(backlog: Backlog, count: int) -> list[Reading]:
    return list(islice(backlog.readings(), count))


def test_what_goes_in_comes_out_in_order() -> None:
    backlog = Backlog(RATES_HZ)
    trouble = Trouble(LIMB, Cause.BUS, 7, "The cable.")
    given_in: list[Reading] = [frames(0), frames(0, role=TORSO), trouble, frames(5), Recovered(LIMB, 8, 0.1)]
    for reading in given_in:
        backlog.put(reading)
    assert backlog.depth_s == pytest.approx(0.1)
    backlog.end()
    assert list(backlog.readings()) == given_in
    assert backlog.depth_s == 0.0


def test_the_end_may_be_an_error_after_everything_before_it() -> None:
    backlog = Backlog(RATES_HZ)
    backlog.put(frames(0))
    backlog.end(OSError("gone"))
    readings = backlog.readings()
    assert len(next(readings)) == 5
    with pytest.raises(OSError, match="gone"):
        next(readings)


def test_a_full_queue_drops_tells_and_marks() -> None:
    backlog = Backlog({LIMB: 100.0}, longest_s=0.2)
    for number in range(8):
        backlog.put(frames(number * 5))
    assert backlog.dropped(LIMB) == 20
    take(backlog, 4)  # the four blocks that were kept
    backlog.put(frames(40))
    backlog.end()
    trouble, gap, last = backlog.readings()
    assert isinstance(trouble, Trouble)
    assert (trouble.role, trouble.cause, trouble.at_ns) == (LIMB, Cause.BACKLOG, 20 * PERIOD_NS)
    assert "limb sensor" in trouble.advice
    assert gap == Gap(LIMB, Cause.BACKLOG, 19 * PERIOD_NS, 40 * PERIOD_NS, 20)
    assert isinstance(last, Frames)
    assert last.gap_before
    assert backlog.gaps(LIMB) == 1


def test_what_is_missing_at_the_end_is_told_too() -> None:
    backlog = Backlog({LIMB: 100.0}, longest_s=0.1)
    for number in range(4):
        backlog.put(frames(number * 5))
    backlog.end()
    *_, gap = backlog.readings()
    assert gap == Gap(LIMB, Cause.BACKLOG, 9 * PERIOD_NS, 19 * PERIOD_NS, 10)


@given(st.lists(st.tuples(st.sampled_from([LIMB, TORSO, "take"]), st.integers(1, 12)), max_size=120))
def test_every_sample_is_delivered_once_or_inside_a_gap(script: list[tuple[str, int]]) -> None:
    backlog = Backlog(RATES_HZ, longest_s=0.3)
    given_ns: dict[str, list[int]] = {LIMB: [], TORSO: []}
    readings = backlog.readings()
    out: list[Reading] = []
    waiting = 0
    for what, n in script:
        if what == "take":
            out += islice(readings, min(n, len(backlog._waiting)))
            continue
        role = SensorRole(what)
        block = frames(len(given_ns[role]), n, role)
        given_ns[role] += block.t_ns
        backlog.put(block)
        waiting = max(waiting, round(backlog.depth_s * RATE_HZ))
    assert waiting < 30 + 12, "at most one block beyond the limit"
    backlog.end()
    out += readings
    for role in (LIMB, TORSO):
        mine = [reading for reading in out if reading.role == role]
        rebuilt: list[int] = []
        told = False
        for reading in mine:
            if isinstance(reading, Gap):
                missing = [at for at in given_ns[role] if reading.start_ns < at < reading.end_ns]
                if rebuilt == []:  # nothing was ever delivered before it
                    missing = [at for at in given_ns[role] if at < reading.end_ns]
                if reading is mine[-1]:
                    missing = [at for at in given_ns[role] if at > (rebuilt[-1] if rebuilt else -1)]
                assert reading.lost_samples == len(missing)
                rebuilt += missing
                told = True
            elif isinstance(reading, Frames):
                assert reading.gap_before == told
                told = False
                rebuilt += reading.t_ns
        assert rebuilt == given_ns[role]
        assert backlog.dropped(role) == sum(g.lost_samples for g in mine if isinstance(g, Gap))
        assert (
            backlog.gaps(role)
            == sum(isinstance(g, Gap) for g in mine)
            == sum(isinstance(g, Trouble) for g in mine)
        )


def test_an_endless_flood_of_troubles_is_bounded_and_counted() -> None:
    backlog = Backlog({LIMB: 100.0})
    for number in range(1_200):
        backlog.put(Trouble(LIMB, Cause.BUS, number, "Again."))
    backlog.end()
    assert len(list(backlog.readings())) == 1_000
    assert backlog.lost_notes == 200


def test_where_the_clock_stands_still_the_reading_waits() -> None:
    backlog = Backlog({LIMB: 100.0}, longest_s=0.1, may_wait=True)
    done = threading.Event()

    def read() -> None:
        for number in range(100):
            backlog.put(frames(number * 5))
        backlog.end()
        done.set()

    thread = threading.Thread(target=read)
    thread.start()
    wait_until(lambda: backlog.depth_s >= 0.1, "the queue to be full")
    assert not done.wait(0.05)
    assert sum(len(reading) for reading in backlog.readings() if isinstance(reading, Frames)) == 500
    thread.join(5)
    assert backlog.dropped(LIMB) == 0


def test_a_reading_that_waits_is_let_go_at_the_end() -> None:
    backlog = Backlog({LIMB: 100.0}, longest_s=0.05, may_wait=True)
    backlog.put(frames(0))
    thread = threading.Thread(target=backlog.put, args=(frames(5),))
    thread.start()
    thread.join(0.05)
    assert thread.is_alive()
    backlog.release()
    thread.join(5)
    assert not thread.is_alive()
