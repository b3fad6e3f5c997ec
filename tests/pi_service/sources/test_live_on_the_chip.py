"""The live source on the real driver and the simulated chip: what is counted live is counted in replay."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from firmware.driver import Sensors
from firmware.roles import SensorRole
from firmware.samples import RawBlock, SampleFlag
from firmware.settings import SensorSettings
from firmware.sim import (
    Fault,
    FaultKind,
    HostClock,
    Motion,
    SimClock,
    SimulatedBus,
    SimulatedChip,
    SimulatedClock,
    rocking,
)
from pi_service.athlete.movements.base import TORSO as ON_TORSO
from pi_service.athlete.movements.base import WRIST
from pi_service.athlete.session import Session
from pi_service.athlete.task import Task
from pi_service.commands.recording import Recorder, live_header
from pi_service.exercises import find_exercise
from pi_service.pipeline import Pipeline
from pi_service.publish.message import Message
from pi_service.publish.messages import MessageBuilder
from pi_service.service import run_stream
from pi_service.sources.base import Source, StreamInfo
from pi_service.sources.live import LiveOptions, LiveSource
from pi_service.sources.live_stats import Note
from pi_service.sources.replay import ReplaySource
from pi_service.workout.events import Event, SamplesLost, SetEnded

LIMB, TORSO = SensorRole.LIMB, SensorRole.TORSO


def station(
    clock: SimClock,
    options: LiveOptions,
    *,
    torso: bool = True,
    worn: bool = True,
    faults: tuple[Fault, ...] = (),
    on_note: Callable[[Note], None] | None = None,
    rate_hz: int = 100,
) -> tuple[LiveSource, SimulatedBus]:
    """A started source with one or two sensors, of a synthetic athlete unless nobody wears them."""
    motions: dict[int, Motion] = {0x68: rocking(), 0x69: rocking()}
    if worn:
        session = Session(1, Task(reps=5, rest_s=2.0), rest_s=4.0)
        motions = {0x68: session.worn(WRIST), 0x69: session.worn(ON_TORSO)}
    chips = {
        address: SimulatedChip(motion=motion, seed=address - 0x68, keep_history=True)
        for address, motion in motions.items()
        if torso or address == 0x68
    }
    bus = SimulatedBus(chips, clock, faults=faults)
    settings = [SensorSettings(role, rate_hz=rate_hz) for role in (LIMB, TORSO)[: len(chips)]]
    source = LiveSource(
        bus,
        Sensors(bus, settings, clock),
        settings,
        station="bay07",
        exercise="vertical_pull",
        simulated=True,
        clock=clock,
        on_note=on_note,
        options=options,
    )
    source.start()
    return source, bus


class Keeper:
    """A sink that keeps events, and the messages that they become."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.messages: list[Message] = []

    def begin(self, info: StreamInfo) -> None:
        self._builder = MessageBuilder(info)
        self.messages += self._builder.start()

    def take(self, events: list[Event]) -> None:
        self.events += events
        self.messages += self._builder.build(events)

    def end(self) -> None:
        self.messages += self._builder.end()


def kept(source: Source) -> Keeper:
    keeper = Keeper()
    run_stream(source, Pipeline(find_exercise("vertical_pull")), [keeper])
    return keeper


@pytest.mark.parametrize(
    ("torso", "name", "look_s"),
    [(False, "t.csv", 0.0), (True, "t.csv.gz", 0.2)],
    ids=["one sensor", "two sensors looked after now and then"],
)
def test_the_replay_of_a_live_run_gives_the_same_events_and_bytes(
    tmp_path: Path, torso: bool, name: str, look_s: float
) -> None:
    faults = (
        Fault(FaultKind.NACK, 46.0, 1.0, 0x68),
        Fault(FaultKind.BROWN_OUT, 48.0, 0.1, 0x69),
        Fault(FaultKind.STUCK, 52.0, 0.7),
    )
    notes: list[Note] = []
    options = LiveOptions(seconds=62.0, may_wait=True, real_time=False)
    source, _ = station(SimulatedClock(), options, torso=torso, faults=faults, on_note=notes.append)
    source.look_every(look_s)
    with Recorder(tmp_path / name, live_header(source, placement="wrist")) as recorder:
        recorder.listen_to(source)
        live = kept(source)
    replayed = kept(ReplaySource(tmp_path / name))
    assert repr(replayed.events) == repr(live.events)
    assert replayed.messages == live.messages
    first, *_ = [event for event in live.events if isinstance(event, SetEnded)]
    assert first.final_count == 5
    lost = [event for event in live.events if isinstance(event, SamplesLost)]
    assert {event.sensor for event in lost} == ({LIMB, TORSO} if torso else {LIMB})
    assert len(notes) >= len(lost)


def test_what_is_delivered_is_what_the_chip_produced() -> None:
    raws: list[RawBlock] = []
    options = LiveOptions(seconds=8.0, may_wait=True, real_time=False)
    source, bus = station(SimulatedClock(), options, rate_hz=200)
    source.on_raw = raws.append
    for _ in source.blocks():
        pass
    source.close()
    for role, address in ((LIMB, 0x68), (TORSO, 0x69)):
        mine = [raw for raw in raws if raw.sensor is role]
        t_ns = np.concatenate([raw.t_us for raw in mine]) * 1000 + source.origin_ns
        truth = bus.history(address)
        numbers = np.searchsorted(truth.t_ns, t_ns - 2_000_000)
        words = np.concatenate(
            [
                np.column_stack([raw.accel_counts, raw.temperature_counts, raw.gyro_counts])  # type: ignore[list-item]
                for raw in mine
            ]
        )
        assert len(words) == pytest.approx(8 * 200, rel=0.03)
        assert (truth.words[numbers] == words).all()
        assert (np.diff(numbers) == 1).all()
        assert not any(raw.flags.any() for raw in mine)


def test_in_real_time_it_keeps_up_and_ends_at_once() -> None:
    # A busy computer cannot work out in real time what an athlete feels.
    source, _ = station(HostClock(), LiveOptions(real_time=False), worn=False)
    blocks = []
    began = time.monotonic()
    for block in source.blocks():
        blocks.append(block)
        if time.monotonic() - began > 1.0:
            break
    closed = time.monotonic()
    source.close()
    assert time.monotonic() - closed < 0.5
    limb_s = np.concatenate([block.t_s for block in blocks if block.sensor is LIMB])
    assert 0.9 < limb_s[-1] - limb_s[0] < closed - began + 0.6
    assert np.diff(limb_s).max() < 0.015
    assert source.stats().sensors[TORSO].gaps == 0


def test_a_consumer_that_sleeps_loses_samples_that_are_told_and_counted() -> None:
    notes: list[Note] = []
    options = LiveOptions(queue_s=0.25, real_time=False)
    source, _ = station(HostClock(), options, torso=False, worn=False, on_note=notes.append)
    raws: list[RawBlock] = []
    source.on_raw = raws.append
    blocks = source.blocks()
    next(blocks)
    time.sleep(0.8)
    while not any(raw.flags[0] & SampleFlag.GAP_BEFORE for raw in raws):
        next(blocks)
    source.close()
    for _ in blocks:
        pass
    stats = source.stats().sensors[LIMB]
    assert stats.dropped > 20
    assert stats.delivered + stats.dropped == stats.read.samples
    assert stats.gaps == 1
    assert [type(note).__name__ for note in notes] == ["Trouble", "Gap"]
