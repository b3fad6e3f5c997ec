"""What surrounds a set: standing, walking up, drinking, taking hold, adjusting, re-racking, walking away."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from pi_service.athlete.person import Person, near
from pi_service.athlete.script import Pose, Script
from pi_service.athlete.tracks import GaitWave, Jolts, Path, Wave

#: Joints that say who holds what, in the order of taking hold: first the hands are where the bar is.
_HOLDING: Final = ("hung", "held")
#: How long taking hold and letting go take.
_GRIP_S: Final = 0.7


def standing(person: Person) -> Pose:
    """Return the pose of somebody who stands and does nothing."""
    return {
        "hip_z_m": person.hips_m,
        "hip_x_m": 0.0,
        "trunk_deg": 3.0,
        "trunk_side_deg": 0.0,
        "thorax_deg": 0.0,
        "girdle_m": 0.0,
        "upper_deg": -86.0,
        "upper_out_deg": 10.0,
        "fore_deg": -77.0,
        "fore_out_deg": 4.0,
        "fore_lean_deg": 0.0,
        "fore_side_deg": 0.0,
        "twist_deg": 75.0,
        "slide_m": 0.0,
        "bar_spin_deg": 0.0,
        "bar_tilt_deg": 0.0,
    }


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk as it was made.

    Attributes
    ----------
    start_s, end_s
        From standing to standing.
    steps_s
        When each step's foot lands.
    distance_m
        How far it went.
    """

    start_s: float
    end_s: float
    steps_s: tuple[float, ...]
    distance_m: float


@dataclass(frozen=True, slots=True)
class Gait:
    """How somebody walks.

    Attributes
    ----------
    step_m, step_hz
        Length and frequency of the steps.
    arms
        Factor on the swing of the arms.
    scatter
        How much one step is longer or shorter than the next, as a share (one standard deviation).
    """

    step_m: float
    step_hz: float
    arms: float = 1.0
    scatter: float = 0.0


def walk(
    script: Script,
    rng: np.random.Generator,
    gait: Gait,
    start_s: float,
    from_m: float,
    to_m: float,
) -> Walk:
    """Let somebody walk along a line; the first and the last step are slower.

    The trunk is lowest just after a foot lands and bounces by about 3 cm from lowest to highest, a foot's
    landing is felt as a jolt of a few tenths of g, and trunk and arms swing with left and right.
    """
    away_m = to_m - from_m
    n = max(2, round(abs(away_m) / gait.step_m))
    # Speeding up over a step from rest takes twice as long as a step at full speed.
    lasting_s = [(1.0 + near(rng, 0.03)) / gait.step_hz * (2.0 if k in (0, n - 1) else 1.0) for k in range(n)]
    times_s = [start_s, *(start_s + np.cumsum(lasting_s)).tolist()]
    end_s = times_s[-1]
    # Drawn beside what else is drawn: with or without a scatter it is the same walk otherwise.
    lengths = [1.0 + near(draw, gait.scatter) for draw in rng.spawn(1) for _ in range(n)]
    shares = np.cumsum([0.0, *lengths]) / sum(lengths)
    script.add("hip_x_m", Path(times_s, (from_m + away_m * shares).tolist()))
    steps = Path(times_s, [float(k) for k in range(n + 1)])
    phase = float(rng.choice([0.0, math.pi]))

    def sway(name: str, per_step: float, phase_rad: float, size: float) -> None:
        script.add(name, GaitWave(steps, per_step, phase_rad, size, start_s, end_s, 1.5 / gait.step_hz))

    small = min(1.0, gait.step_m / 0.7)
    sway("hip_z_m", 1.0, -math.pi / 2.0, 0.015 * small)
    sway("hip_z_m", 2.0, 0.4, 0.003 * small)
    sway("hip_y_m", 0.5, phase, 0.018)
    sway("trunk_turn_deg", 0.5, phase + 0.6, 3.0)
    sway("trunk_side_deg", 0.5, phase, 1.2)
    sway("trunk_deg", 1.0, 0.8, 0.8)
    if gait.arms:
        sway("upper_deg", 0.5, phase + math.pi / 2.0, 13.0 * gait.arms)
        sway("fore_deg", 0.5, phase + math.pi / 2.0 - 0.2, 17.0 * gait.arms)
    script.add("hip_z_m", Jolts(times_s[1:], 0.03, -0.0004 * small))
    return Walk(start_s, end_s, tuple(times_s[1:]), abs(away_m))


def unrest(script: Script, person: Person, rng: np.random.Generator, end_s: float) -> None:
    """Add what never stops: sway, breath and tremor, from the beginning to the end."""

    def waves(name: str, size: float, *bands_hz: tuple[float, float]) -> None:
        for low_hz, high_hz in bands_hz:
            hz, phase = float(rng.uniform(low_hz, high_hz)), float(rng.uniform(0.0, 2.0 * math.pi))
            script.add(name, Wave(hz, phase, size / len(bands_hz), 0.0, end_s))

    slow = ((0.15, 0.45), (0.5, 1.1))
    for name in ("trunk_deg", "trunk_side_deg", "trunk_turn_deg"):
        waves(name, person.sway_deg, *slow)
    for name in ("fore_deg", "fore_side_deg", "upper_deg", "twist_deg"):
        waves(name, 0.4, *slow)
    waves("trunk_deg", 0.3, (0.2, 0.3))
    tremor_deg = math.degrees(person.tremor_m / person.forearm_m)
    for name in ("fore_deg", "fore_side_deg", "twist_deg"):
        waves(name, 2.0 * tremor_deg, (8.0, 10.0), (9.5, 12.0))


def effort(script: Script, person: Person, rng: np.random.Generator, start_s: float, end_s: float) -> None:
    """Let the hands tremble more while they work: about three times as much, and a bit slower."""
    tremor_deg = math.degrees(person.tremor_m / person.forearm_m)
    for name in ("fore_deg", "fore_side_deg"):
        for low_hz, high_hz in ((7.0, 9.0), (8.0, 11.0)):
            phase = float(rng.uniform(0.0, 2.0 * math.pi))
            hz = float(rng.uniform(low_hz, high_hz))
            script.add(name, Wave(hz, phase, 3.0 * tremor_deg, start_s, end_s, 1.0))


def take_hold(script: Script, start_s: float, get_ready_s: float, ready: Pose) -> float:
    """Go from standing to the pose of the set, then take hold; return when that is done."""
    there_s = script.go(
        start_s, get_ready_s, {name: to for name, to in ready.items() if name not in _HOLDING}
    )
    for name in _HOLDING:
        if ready.get(name):
            there_s = script.go(there_s, _GRIP_S, {name: ready[name]})
    return there_s


def let_go(script: Script, person: Person, start_s: float, lasting_s: float, *, clunk: bool) -> float:
    """Let go, with a clunk where a bar is put down, and stand up; return when that is done."""
    for name in reversed(_HOLDING):
        if script.now(name):
            start_s = script.go(start_s, _GRIP_S, {name: 0.0})
            if clunk and name == "held":
                script.add("bar_z_m", Jolts([start_s - 0.1], 0.025, -0.0006))
    return script.go(start_s, lasting_s, standing(person))


def adjust(script: Script, rng: np.random.Generator, start_s: float) -> float:
    """Fidget with the grip: small turns and shifts there and back; return when it is over."""
    for _ in range(int(rng.integers(1, 4))):
        lasting_s = float(rng.uniform(0.3, 0.5))
        there = {
            "twist_deg": script.now("twist_deg") + near(rng, 7.0),
            "fore_deg": script.now("fore_deg") + near(rng, 3.0),
            "upper_deg": script.now("upper_deg") + near(rng, 2.0),
        }
        back = {name: script.now(name) for name in there}
        start_s = script.go(start_s, lasting_s, there)
        start_s = script.go(start_s + float(rng.uniform(0.05, 0.4)), lasting_s, back)
        start_s += float(rng.uniform(0.1, 0.6))
    return start_s


def drink(script: Script, rng: np.random.Generator, start_s: float) -> float:
    """Lift a bottle to the mouth with the arm that wears the sensor, drink, put it away; return when done."""
    before = {name: script.now(name) for name in ("upper_deg", "fore_deg", "fore_out_deg", "twist_deg")}
    up = {"upper_deg": -55.0, "fore_deg": 52.0, "fore_out_deg": -30.0, "twist_deg": 80.0}
    start_s = script.go(start_s, float(rng.uniform(1.0, 1.5)), up)
    for _ in range(int(rng.integers(2, 4))):
        start_s = script.go(start_s + 0.2, 0.6, {"fore_deg": 62.0, "upper_deg": -48.0})
        start_s = script.go(
            start_s + float(rng.uniform(0.5, 1.2)), 0.6, {"fore_deg": 50.0, "upper_deg": -55.0}
        )
    return script.go(start_s + 0.3, float(rng.uniform(1.0, 1.5)), before)


def turn_round(script: Script, start_s: float, lasting_s: float = 1.6) -> float:
    """Turn to face the other way; return when that is done."""
    return script.go(start_s, lasting_s, {"heading_deg": script.now("heading_deg") + 180.0})
