"""Drivers on a simulated bus: what a sample costs there, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from benchmarks.peers import I2C, PACKAGES, Adafruit, BurstRead, MpuRaspberryPi, Peer
from benchmarks.truth import Outcome, Reading, outcome
from firmware.driver import Sensors
from firmware.readings import Frames
from firmware.roles import SensorRole
from firmware.settings import SensorSettings
from firmware.sim import SimulatedBus, SimulatedChip, SimulatedClock, Traits, rocking

CASE_HEAD = ("rate", "sensors", "values", "bus")
OURS, BURST = "ours", "burst read"
NAMES = (OURS, BURST, *PACKAGES)
#: How much the chips' clocks are off, on either oscillator: 0.4 of what the data sheet allows with the PLL.
CLOCK_PPM = {SensorRole.LIMB: 4_000.0, SensorRole.TORSO: -4_000.0}
#: Times of samples have to be right within this.
_TIME_NS = 2_000_000
#: How long a peer's chip settles before its samples count.
_SETTLE_S = 0.5


@dataclass(frozen=True, slots=True)
class Case:
    """What is read, and how fast the bus is."""

    rate_hz: int
    sensors: int
    with_temperature: bool
    bit_rate_hz: int

    def settings(self) -> list[SensorSettings]:
        return [
            SensorSettings(role, rate_hz=self.rate_hz, temperature=self.with_temperature)
            for role in list(SensorRole)[: self.sensors]
        ]

    def cells(self) -> list[str]:
        values = "7" if self.with_temperature else "6"
        return [f"{self.rate_hz} Hz", str(self.sensors), values, f"{self.bit_rate_hz // 1000} kHz"]

    def __str__(self) -> str:
        return ", ".join(f"{what} {cell}" for what, cell in zip(CASE_HEAD, self.cells(), strict=True))


@dataclass(frozen=True, slots=True)
class Use:
    """What a number of samples cost.

    Attributes
    ----------
    samples, seconds
        Samples of all sensors, and how long they took.
    transactions, wire_bytes, busy_ns
        As `firmware.sim.SimulatedBus` counts them.
    start_transactions
        What came before the first of these samples.
    outcome
        What came of the samples.
    """

    samples: int
    seconds: float
    transactions: int
    wire_bytes: int
    busy_ns: int
    start_transactions: int
    outcome: Outcome

    @property
    def transactions_a_sample(self) -> float:
        return self.transactions / self.samples


class _Bench:
    """A simulated bus with rocking chips, and what was counted on it since `begin`."""

    def __init__(self, case: Case) -> None:
        self.settings = case.settings()
        self.clock = SimulatedClock()
        chips = {}
        for number, each in enumerate(self.settings):
            ppm = CLOCK_PPM[each.role]
            traits = replace(Traits.drawn(number), clock_ppm=ppm, clock_internal_ppm=ppm)
            chips[each.i2c_address] = SimulatedChip(
                motion=rocking(phase_rad=float(number)), seed=number, traits=traits, keep_history=True
            )
        self.bus = SimulatedBus(chips, self.clock, bit_rate_hz=case.bit_rate_hz)
        self._begun = self._counters()

    def begin(self) -> None:
        self._begun = self._counters()

    def until(self, seconds: float) -> int:
        return self.clock.now_ns() + round(seconds * 1e9)

    def use(self, readings: dict[SensorRole, list[Reading]]) -> Use:
        counted = [now - then for now, then in zip(self._counters(), self._begun, strict=True)]
        outcomes = [
            outcome(self.bus.history(each.i2c_address), readings[each.role]) for each in self.settings
        ]
        return Use(
            samples=sum(len(each) for each in readings.values()),
            seconds=counted[3] / 1e9,
            transactions=counted[0],
            wire_bytes=counted[1],
            busy_ns=counted[2],
            start_transactions=self._begun[0],
            outcome=sum(outcomes[1:], outcomes[0]),
        )

    def _counters(self) -> tuple[int, int, int, int]:
        return self.bus.transactions, self.bus.wire_bytes, self.bus.busy_ns, self.clock.now_ns()


def use_of_ours(case: Case, seconds: float) -> Use:
    """Let the driver of this project read for so many simulated seconds."""
    bench = _Bench(case)
    sensors = Sensors(bench.bus, bench.settings, bench.clock)
    sensors.start()
    sensors.poll()  # gives what came while it started, at no cost
    bench.begin()
    readings: dict[SensorRole, list[Reading]] = {each.role: [] for each in bench.settings}
    end_ns = bench.until(seconds)
    while bench.clock.now_ns() < end_ns:
        for frames in sensors.poll():
            if not isinstance(frames, Frames):
                raise TypeError(f"Nothing is wrong on this bus, and the driver says: {frames}")
            words = np.frombuffer(frames.data, ">i2").reshape(len(frames), -1).tolist()
            readings[frames.role] += [
                Reading(t_ns - _TIME_NS, t_ns + _TIME_NS, bench.clock.now_ns(), tuple(row))
                for t_ns, row in zip(frames.t_ns, words, strict=True)
            ]
    return bench.use(readings)


def use_of_peer(name: str, case: Case, seconds: float, *, divide: bool = True) -> Use:
    """Let another driver read each sensor in turn at the nominal rate.

    The loop keeps to its times as long as the bus does: it sleeps until the next reading is due, not for a
    period after each reading. With `divide` False the packages' own sample rate and filter stay.
    """
    bench = _Bench(case)
    peers = [_peer(name, bench, each, case, divide=divide) for each in bench.settings]
    bench.clock.sleep_s(_SETTLE_S)
    bench.begin()
    taken: list[list[tuple[int, int, object]]] = [[] for _ in peers]
    due_ns, end_ns = bench.clock.now_ns(), bench.until(seconds)
    while bench.clock.now_ns() < end_ns:
        for peer, mine in zip(peers, taken, strict=True):
            since_ns = bench.clock.now_ns()
            values = peer.read()
            mine.append((since_ns, bench.clock.now_ns(), values))
        due_ns += round(1e9 / case.rate_hz)
        bench.clock.sleep_until_ns(due_ns)
    readings = {
        each.role: [Reading(since, until, until, peer.counts(values)) for since, until, values in mine]
        for each, peer, mine in zip(bench.settings, peers, taken, strict=True)
    }
    return bench.use(readings)


def _peer(name: str, bench: _Bench, settings: SensorSettings, case: Case, *, divide: bool) -> Peer:
    temperature = case.with_temperature
    if name == BURST:
        return BurstRead(bench.bus, settings, with_temperature=temperature)
    if name == PACKAGES[0]:
        return MpuRaspberryPi(bench.bus, settings, with_temperature=temperature, divide=divide)
    return Adafruit(
        I2C(bench.bus), settings, bench.clock.sleep_s, with_temperature=temperature, divide=divide
    )


def use_of(name: str, case: Case, seconds: float) -> Use:
    """Let a driver read."""
    return use_of_ours(case, seconds) if name == OURS else use_of_peer(name, case, seconds)
