"""Samples that wait until somebody looks: all of them arrive, in order, and no read later than it matters."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate, islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.sensors import frames

from calibration.imu import ImuBlock
from firmware.readings import Cause, Frames, Gap, Trouble
from firmware.roles import SensorRole
from pi_service.motion.parcels import Parcels
from pi_service.sources.backlog import Backlog
from pi_service.sources.gather import Gather

LIMB, TORSO = SensorRole.LIMB, SensorRole.TORSO
EVERY_S, FRAMES_A_LOOK = 0.2, 5
READS = st.lists(st.integers(1, 30), min_size=1, max_size=40)


def gather(origin_ns: int = 0) -> Gather:
    gathering = Gather()
    gathering.every_s, gathering.origin_ns = EVERY_S, origin_ns
    return gathering


def block_of(read: Frames, origin_ns: int) -> ImuBlock:
    t_s = ((np.frombuffer(read.t_ns, dtype=np.int64) - origin_ns) // 1000) / 1e6
    return ImuBlock(read.role, t_s, np.zeros((len(read), 3)), None, np.zeros(len(read), np.uint8))


def test_reads_are_joined_until_one_passes_the_moment() -> None:
    gathering = gather()
    assert gathering.put(frames(0)) == [frames(0)]
    assert not gathering.put(frames(5))
    assert not gathering.put(frames(10))
    assert not gathering.put(frames(15, 6)), "the last one is at 0.2 s, and does not pass it"
    assert gathering.put(frames(21, 1)) == [frames(5, 17)]


def test_a_gap_is_not_waited_for_nor_joined() -> None:
    gathering = gather()
    gathering.put(frames(0))
    gathering.put(frames(5))
    assert gathering.put(frames(12, gap_before=True)) == [frames(5), frames(12, gap_before=True)]


def test_nothing_waits_where_nobody_said_so() -> None:
    gathering = Gather()
    assert [gathering.put(frames(at)) for at in (0, 5, 10)] == [[frames(0)], [frames(5)], [frames(10)]]


@given(READS, st.integers(0, 10**9))
def test_it_hands_over_by_the_read_with_which_the_pipeline_goes_on(reads: list[int], origin_ns: int) -> None:
    gathering, alone, behind = gather(origin_ns), Parcels(FRAMES_A_LOOK), Parcels(FRAMES_A_LOOK)
    begun = False
    for first, n in zip(accumulate(reads, initial=0), reads, strict=False):
        read = frames(first, n, origin_ns=origin_ns)
        parcel = alone.step(block_of(read, origin_ns), at_once=False)
        parcels = [behind.step(block_of(each, origin_ns), at_once=False) for each in gathering.put(read)]
        begun = begun or not alone.state.eager
        if begun and parcel is not None:
            assert parcels[-1] is not None
            assert parcels[-1].t_s[-1] == parcel.t_s[-1]


@given(st.lists(st.tuples(st.sampled_from([LIMB, TORSO]), st.integers(1, 30)), max_size=60))
def test_every_sample_arrives_in_order(script: list[tuple[SensorRole, int]]) -> None:
    gathering, given_in, out = gather(), {LIMB: 0, TORSO: 0}, list[Frames]()
    for role, n in script:
        out += gathering.put(frames(given_in[role], n, role))
        given_in[role] += n
    out += gathering.rest()
    for role, n in given_in.items():
        mine = [each for each in out if each.role is role]
        assert b"".join(each.data for each in mine) == frames(0, n, role).data
        assert [at for each in mine for at in each.t_ns] == list(frames(0, n, role).t_ns)


def test_samples_come_before_the_trouble_that_follows_them() -> None:
    backlog = Backlog({LIMB: 100.0, TORSO: 100.0})
    backlog.look_every(EVERY_S, 0)
    gap = Gap(LIMB, Cause.BUS, 1, 2, 3)
    readings = [frames(0), frames(5), frames(0, role=TORSO), frames(5, role=TORSO)]
    for reading in (*readings, gap, frames(10), Trouble(LIMB, Cause.BUS, 4, "The cable.")):
        backlog.put(reading)
    backlog.end()
    first, torso, *rest, told, last, _ = backlog.readings()
    assert (first, torso) == (frames(0), frames(0, role=TORSO))
    assert rest == [frames(5), frames(5, role=TORSO)]
    assert (told, last) == (gap, frames(10))


@pytest.mark.parametrize("on_idle", [None, lambda: None])
def test_nothing_waits_for_longer_than_a_tick(on_idle: Callable[[], None] | None) -> None:
    backlog = Backlog({LIMB: 100.0})
    backlog.look_every(1000.0, 0)
    backlog.put(frames(0))
    backlog.put(frames(5))
    backlog.put(frames(10))
    assert list(islice(backlog.readings(on_idle), 2)) == [frames(0), frames(5, 10)]


def test_the_end_brings_what_waits() -> None:
    backlog = Backlog({LIMB: 100.0})
    backlog.look_every(1000.0, 0)
    backlog.put(frames(0))
    backlog.put(frames(5))
    backlog.end()
    assert list(backlog.readings()) == [frames(0), frames(5)]
