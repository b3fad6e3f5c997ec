"""A made-up set of pull-ups (or lat pulldowns) with the life around it, as the wrist goes through it.

Nothing here is recorded from a person. Stand, walk up, reach for the bar, fidget with the grip, hang
still, N repetitions that vary and slow down, hang, let go, walk away, stand. The movement starts and
ends in the same pose and at rest, so that sets can follow each other without a jump.

In a pull-up the hand stays on the bar and the body travels; the wrist turns about the grip and rises
by a few centimetres only. In a pulldown the hand itself travels half a metre.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from calibration.imu import FloatArray
from pi_service.athlete.forearm import ForearmPath
from pi_service.athlete.jets import Jet, constant, step, wave, window

#: Elevation of a hanging arm's forearm while standing, and of a forearm under the bar.
_ARM_DOWN_RAD: Final = math.radians(-78.0)
_ARM_UP_RAD: Final = math.radians(93.0)
#: How far the bar is above the hand of a standing person.
_BAR_ABOVE_M: Final = 1.25
_WALK_M: Final = 3.0
_STEPS_HZ: Final = 1.85


class Variant(StrEnum):
    """Which vertical pull it is."""

    PULL_UP = "pull_up"
    LAT_PULLDOWN = "lat_pulldown"


#: How far the hand travels in a repetition, and how far the forearm turns.
_HAND_TRAVEL_M: Final = {Variant.PULL_UP: 0.03, Variant.LAT_PULLDOWN: 0.5}
_TILT_DEG: Final = {Variant.PULL_UP: 21.0, Variant.LAT_PULLDOWN: 27.0}


@dataclass(frozen=True, slots=True)
class SetPlan:
    """What the simulated person means to do.

    Attributes
    ----------
    reps
        Repetitions of the set.
    variant
        Pull-up or pulldown.
    rest_s
        How long the person stands still before walking up.
    lift_s, lower_s, top_s, bottom_s
        Tempo: pulling, lowering, pause at the top, pause in the hang.
    fatigue
        How much slower the last repetition is than the first (0.3 is 30 %).
    """

    reps: int = 8
    variant: Variant = Variant.PULL_UP
    rest_s: float = 2.0
    lift_s: float = 1.2
    lower_s: float = 1.6
    top_s: float = 0.2
    bottom_s: float = 0.6
    fatigue: float = 0.3


@dataclass(frozen=True, slots=True)
class TrueRep:
    """One repetition as it was made.

    Attributes
    ----------
    start_s, turn_s, end_s
        Leaves the hang, the middle of the pause at the top, is back in the hang.
    """

    start_s: float
    turn_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class _Rep:
    """One repetition with what varies from one to the next."""

    start_s: float
    lift_s: float
    top_s: float
    lower_s: float
    size: float
    drift_rad: float
    shake_m: float
    shake_hz: float

    @property
    def lowering_s(self) -> float:
        return self.start_s + self.lift_s + self.top_s

    @property
    def end_s(self) -> float:
        return self.lowering_s + self.lower_s


class PullupSet:
    """One set, drawn from a plan and a stream of random numbers, as a function of time.

    Parameters
    ----------
    plan
        What the person means to do.
    rng
        Where everything that varies comes from.
    twist_rad
        How the sensor sits around the forearm; drawn too when None, as if it were put on anew.

    Attributes
    ----------
    duration_s
        From standing to standing again.
    reps
        The truth.
    """

    def __init__(self, plan: SetPlan, rng: np.random.Generator, *, twist_rad: float | None = None) -> None:
        self.plan = plan
        self._walk_up_s = plan.rest_s
        self._walk_s = rng.uniform(3.5, 4.5)
        self._reach_s = self._walk_up_s + self._walk_s + rng.uniform(0.5, 1.0)
        self._reach_for_s = rng.uniform(0.9, 1.2)
        grip_s = self._reach_s + self._reach_for_s
        hang_s = grip_s + rng.uniform(1.5, 2.5)
        self._fidgets = [(rng.uniform(grip_s, hang_s - 0.6), rng.normal(0.0, 0.10)) for _ in range(3)]
        self._rep_script = self._draw_reps(rng, hang_s + rng.uniform(1.5, 2.5))
        last_s = self._rep_script[-1].end_s if self._rep_script else hang_s + 2.0
        self._let_go_s = last_s + rng.uniform(0.8, 1.5)
        self._let_go_for_s = rng.uniform(0.7, 0.9)
        self._walk_away_s = self._let_go_s + self._let_go_for_s + rng.uniform(0.6, 1.0)
        end_s = self._walk_away_s + self._walk_s + 1.0
        # A whole number of tenths of a second fits all usual sample rates.
        self.duration_s = math.ceil(end_s * 10.0) / 10.0
        drawn_rad = rng.normal(0.4, 0.2)
        self._twist_rad = drawn_rad if twist_rad is None else twist_rad
        self._sway = [
            (rng.uniform(0.3, 1.1), rng.uniform(0.0, 2 * math.pi), rng.uniform(0.3, 0.8)) for _ in range(6)
        ]
        self._tremor_phase_rad = rng.uniform(0.0, 2 * math.pi)
        self.reps = tuple(
            TrueRep(rep.start_s, rep.lowering_s - rep.top_s / 2.0, rep.end_s) for rep in self._rep_script
        )

    def path(self, t_s: FloatArray) -> ForearmPath:
        """Return the forearm's path at given times from the set's beginning."""
        at_bar = step(t_s, self._reach_s, self._reach_for_s) - step(t_s, self._let_go_s, self._let_go_for_s)
        walking = self._walking(t_s)
        pull, drift, shake_m = self._pulling(t_s)
        sway_h, sway_e, sway_t = self._swaying(t_s)

        swing = walking * wave(t_s, _STEPS_HZ / 2.0, 0.3) * math.radians(17.0)
        tilt = pull * math.radians(_TILT_DEG[self.plan.variant])
        elevation = at_bar * (_ARM_UP_RAD - _ARM_DOWN_RAD) + _ARM_DOWN_RAD + swing - tilt + drift + sway_e
        twist = constant(t_s, self._twist_rad) + at_bar * 1.1 + pull * math.radians(9.0) + sway_t
        for start_s, turn_rad in self._fidgets:
            # There and back again: the grip settles where it began.
            twist = twist + window(t_s, start_s, start_s + 0.6, 0.3) * turn_rad
        heading = pull * math.radians(5.0) + sway_h

        awake = window(t_s, 0.0, self.duration_s, 0.5)
        unsteady_m = awake * wave(t_s, 8.0, self._tremor_phase_rad) * 6e-5
        bounce = walking * wave(t_s, _STEPS_HZ, 0.0) * 0.015
        ahead = (
            step(t_s, self._walk_up_s, self._walk_s) - step(t_s, self._walk_away_s, self._walk_s)
        ) * _WALK_M
        travel_m = _HAND_TRAVEL_M[self.plan.variant]
        # The wrist rises with the body in a pull-up; the hand comes down in a pulldown.
        sign = 1.0 if self.plan.variant is Variant.PULL_UP else -1.0
        up = at_bar * _BAR_ABOVE_M + pull * (sign * travel_m) + bounce + shake_m + unsteady_m
        return ForearmPath((ahead, constant(t_s, 0.0), up), heading, elevation, twist)

    def _draw_reps(self, rng: np.random.Generator, start_s: float) -> list[_Rep]:
        plan = self.plan
        reps = []
        for number in range(plan.reps):
            tired = number / max(plan.reps - 1, 1)
            slower = 1.0 + plan.fatigue * tired
            lift_s, top_s, lower_s, bottom_s = (
                base * slower * math.exp(rng.normal(0.0, spread))
                for base, spread in (
                    (plan.lift_s, 0.07),
                    (plan.top_s, 0.25),
                    (plan.lower_s, 0.07),
                    (plan.bottom_s, 0.2),
                )
            )
            rep = _Rep(
                start_s=start_s,
                lift_s=lift_s,
                top_s=top_s,
                lower_s=lower_s,
                size=math.exp(rng.normal(-0.06 * tired, 0.05)),
                drift_rad=math.radians(rng.normal(0.0, 1.2)),
                shake_m=0.00025 * (1.0 + tired),
                shake_hz=rng.uniform(4.0, 6.0),
            )
            reps.append(rep)
            start_s = rep.end_s + bottom_s
        return reps

    def _walking(self, t_s: FloatArray) -> Jet:
        up = window(t_s, self._walk_up_s, self._walk_up_s + self._walk_s, 0.7)
        return up + window(t_s, self._walk_away_s, self._walk_away_s + self._walk_s, 0.7)

    def _pulling(self, t_s: FloatArray) -> tuple[Jet, Jet, Jet]:
        """Return how far the pull has come (0 to about 1), the drift of the hang, the shaking (m)."""
        pull = drift = shake = constant(t_s, 0.0)
        before_rad = 0.0
        for rep in self._rep_script:
            up = step(t_s, rep.start_s, rep.lift_s)
            down = step(t_s, rep.lowering_s, rep.lower_s)
            pull = pull + (up - down) * rep.size
            drift = drift + down * (rep.drift_rad - before_rad)
            before_rad = rep.drift_rad
            effort = window(t_s, rep.start_s, rep.end_s, 0.3)
            shake = shake + effort * wave(t_s, rep.shake_hz, rep.start_s) * rep.shake_m
        drift = drift - step(t_s, self._let_go_s, self._let_go_for_s) * before_rad
        return pull, drift, shake

    def _swaying(self, t_s: FloatArray) -> tuple[Jet, Jet, Jet]:
        """Return the small motions that never stop: heading, elevation, twist (rad)."""
        awake = window(t_s, 0.0, self.duration_s, 0.5)
        tremor = wave(t_s, 9.0, self._tremor_phase_rad) * math.radians(0.02)
        out = []
        for first, second in zip(self._sway[0::2], self._sway[1::2], strict=True):
            waves = [
                wave(t_s, f_hz, phase) * math.radians(size / 2.0) for f_hz, phase, size in (first, second)
            ]
            out.append(awake * (waves[0] + waves[1] + tremor))
        return out[0], out[1], out[2]
