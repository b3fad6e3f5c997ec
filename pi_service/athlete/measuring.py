"""Measures the truth of a set on the body itself, not on what its script meant to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from calibration.imu import FloatArray
from pi_service.athlete.body import Chain
from pi_service.athlete.carrying import Carried
from pi_service.athlete.holding import Held
from pi_service.athlete.jets import Jet
from pi_service.athlete.movements.base import BAR, Movement, Mover
from pi_service.athlete.repetitions import Written
from pi_service.athlete.truth import TrueCarry, TrueHold, TrueRep

_EVERY_S: Final = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """What a trainer could see, over time.

    Attributes
    ----------
    t_s : float64 array, shape (n,)
        When.
    height_m, speed_ms
        Of what travels: hand, bar, or the point between the shoulders; upward is positive.
    torso_deg
        Angle of the upper trunk against the vertical; forward is positive.
    off_vertical_deg
        Angle of the forearm against the vertical, whichever end is up.
    forearm : float64 array, shape (n, 3)
        Direction of the forearm.
    bar_tilt_deg
        Right end of the bar above the left.
    """

    t_s: FloatArray
    height_m: FloatArray
    speed_ms: FloatArray
    torso_deg: FloatArray
    off_vertical_deg: FloatArray
    forearm: FloatArray
    bar_tilt_deg: FloatArray


class Measure:
    """Looks at a body.

    Parameters
    ----------
    chain
        The body.
    movement
        What it does.
    """

    def __init__(self, chain: Chain, movement: Movement) -> None:
        self._chain, self.movement = chain, movement

    def between(self, start_s: float, end_s: float) -> Curves:
        """Return what can be seen between two moments, every hundredth of a second and at the end."""
        n = max(2, round((end_s - start_s) / _EVERY_S) + 1)
        return self.at(np.linspace(start_s, end_s, n))

    def at(self, t_s: FloatArray) -> Curves:
        """Return what can be seen at given times."""
        body = self._chain(t_s)
        mover = self._mover(body.shoulders_m, body.bar_m, body.hand_m)
        forearm, spine = body.forearm.x.value, body.torso.x.value
        # Forward as the person faces: to the front of the hips, whichever way the trunk leans.
        front = np.cross(body.torso.y.value, np.array([0.0, 0.0, 1.0]))
        has_bar = BAR in self.movement.placements
        return Curves(
            t_s=t_s,
            height_m=mover.value[:, 2],
            speed_ms=mover.rate[:, 2],
            torso_deg=np.degrees(np.arctan2((spine * front).sum(axis=1), spine[:, 2])),
            off_vertical_deg=np.degrees(np.arccos(np.clip(np.abs(forearm[:, 2]), 0.0, 1.0))),
            forearm=forearm,
            bar_tilt_deg=np.degrees(np.arcsin(body.bar.x.value[:, 2])) if has_bar else np.zeros(len(t_s)),
        )

    def _mover(self, shoulders_m: Jet, bar_m: Jet, hand_m: Jet) -> Jet:
        if self.movement.mover is Mover.BODY:
            return shoulders_m
        return bar_m if BAR in self.movement.placements else hand_m


def rep_truth(measure: Measure, rep: Written, side: str) -> TrueRep:
    """Return what a repetition came to."""
    lifting, top = rep.phases[0], rep.phases[1]
    lift = measure.between(lifting.start_s, lifting.end_s)
    whole = measure.between(rep.start_s, rep.end_s)
    ends = measure.at(np.array([lifting.start_s, top.start_s]))
    travelled_m = float(ends.height_m[1] - ends.height_m[0])
    cosine = float(np.clip(ends.forearm[0] @ ends.forearm[1], -1.0, 1.0))
    sign = 1.0 if travelled_m >= 0.0 else -1.0
    other = "left" if side == "right" else "right"
    return TrueRep(
        start_s=rep.start_s,
        turn_s=rep.turn_s,
        end_s=rep.end_s,
        phases=rep.phases,
        side=(side if rep.seen else other) if measure.movement.sides else None,
        seen=rep.seen,
        range_deg=float(np.degrees(np.arccos(cosine))),
        range_m=abs(travelled_m),
        lift_mean_ms=abs(travelled_m) / (lifting.end_s - lifting.start_s),
        lift_peak_ms=float((sign * lift.speed_ms).max()),
        torso_deg=float(np.ptp(whole.torso_deg)),
        off_vertical_deg=float(whole.off_vertical_deg.max()),
        bar_tilt_deg=float(np.abs(whole.bar_tilt_deg).max()),
        turn_out_deg=_turn_out_deg(measure, rep),
    )


def _turn_out_deg(measure: Measure, rep: Written) -> float | None:
    """Return how far the forearm rose about the upper arm from where it began to open."""
    opens_from = measure.movement.opens_from
    if opens_from is None:
        return None
    lifting = rep.phases[0]
    opens_s = lifting.start_s + opens_from * (lifting.end_s - lifting.start_s)
    up = measure.at(np.array([opens_s, lifting.end_s])).forearm[:, 2]
    return float(np.ptp(np.degrees(np.arcsin(np.clip(up, -1.0, 1.0)))))


def hold_truth(measure: Measure, held: Held) -> TrueHold:
    """Return what a hold, or a part of it, came to."""
    before = measure.at(np.array([held.enter_s]))
    during = measure.between(held.start_s, held.end_s)
    return TrueHold(
        start_s=held.start_s,
        end_s=held.end_s,
        enter_s=held.enter_s,
        leave_s=held.leave_s,
        size_deg=float(abs(np.median(during.torso_deg) - before.torso_deg[0])),
    )


def carry_truth(measure: Measure, carried: Carried) -> TrueCarry:
    """Return what a carry came to."""
    walk = carried.walk
    return TrueCarry(
        overhead_s=carried.overhead_s,
        lowered_s=carried.lowered_s,
        start_s=walk.start_s,
        end_s=walk.end_s,
        steps_s=walk.steps_s,
        distance_m=walk.distance_m,
        step_m=walk.distance_m / len(walk.steps_s),
        off_vertical_deg=float(measure.between(walk.start_s, walk.end_s).off_vertical_deg.max()),
    )
