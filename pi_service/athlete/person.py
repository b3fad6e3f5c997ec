"""Who moves: how long the limbs are, how quick and how tired the person is, how the sensors sit.

Everything is drawn from a seed. Nobody was measured. Lengths follow the shares of body height that Drillis
and Contini give (1966, after Winter, "Biomechanics and Motor Control of Human Movement"), with a few per cent
of scatter, since people are not drawn to scale. Tremor is the physiological one, 8 to 12 Hz, a fiftieth of a
millimetre at the wrist, which is some 0.1 m/s2, and three times that under effort. A strap on skin is a mass
on a spring, 10 to 20 Hz and well damped: the order that is told of skin-mounted accelerometers, but a guess.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.spatial.transform import Rotation

from calibration.imu import FloatArray
from calibration.placement_kind import Side

#: Draws beyond so many standard deviations are cut off: a clean set stays clean.
_WIDEST: Final = 2.0


def near(rng: np.random.Generator, spread: float) -> float:
    """Return a normal draw about 0, of that spread, cut off at twice of it."""
    return float(np.clip(rng.normal(), -_WIDEST, _WIDEST)) * spread


@dataclass(frozen=True, slots=True)
class Tissue:
    """A sensor on a strap: a damped spring between bone and sensor.

    Attributes
    ----------
    frequency_hz, damping
        Natural frequency, and share of the critical damping.
    tilt_rad_per_m
        How far the sensor tilts when it shifts.
    """

    frequency_hz: float
    damping: float
    tilt_rad_per_m: float


@dataclass(frozen=True, slots=True)
class Person:
    """One made-up person.

    Attributes
    ----------
    side
        Which arm wears the wrist sensor.
    height_m, upper_arm_m, forearm_m, hand_m, trunk_m, hips_m, shoulder_m
        Body height; shoulder to elbow; elbow to wrist; wrist to the middle of the grip; hips to shoulders;
        floor to hips; spine to shoulder.
    wrist_m
        How far the wrist sensor is from the middle of the grip.
    pace
        Factor on all durations.
    fatigue
        How much slower the last lifting is than the first (0.3: 30 %).
    shrinking
        How much smaller the last range is than the first (0.05: 5 %).
    scatter
        Factor on how much one repetition differs from the next.
    tremor_m, sway_deg
        At the wrist, rms; of the trunk, about.
    step_m, step_hz
        Length and frequency of steps, walking freely.
    wrist_tissue, torso_tissue
        How the straps hold.
    wrist_clip, torso_clip, bar_clip : float64 arrays, shape (3, 3)
        Turn vectors of the limb's frame (see `calibration.placement`) into the sensor's.
    """

    side: Side
    height_m: float
    upper_arm_m: float
    forearm_m: float
    hand_m: float
    trunk_m: float
    hips_m: float
    shoulder_m: float
    wrist_m: float
    pace: float
    fatigue: float
    shrinking: float
    scatter: float
    tremor_m: float
    sway_deg: float
    step_m: float
    step_hz: float
    wrist_tissue: Tissue
    torso_tissue: Tissue
    wrist_clip: FloatArray
    torso_clip: FloatArray
    bar_clip: FloatArray

    def clip(self, placement: str) -> FloatArray:
        """Return how the sensor sits there: wrist, bar or torso."""
        clips = {"wrist": self.wrist_clip, "bar": self.bar_clip, "torso": self.torso_clip}
        return clips[placement]

    @property
    def arm_m(self) -> float:
        """From the shoulder to the middle of the grip of a straight arm."""
        return self.upper_arm_m + self.forearm_m + self.hand_m

    @property
    def reach_m(self) -> float:
        """Height of the shoulders of somebody who stands."""
        return self.hips_m + self.trunk_m

    @classmethod
    def drawn(cls, seed: int, *, side: Side | None = None, clip: bool = True) -> Person:
        """Return the person of a seed.

        Parameters
        ----------
        seed
            The same seed is the same person.
        side
            Which arm; drawn if None.
        clip
            Whether sensors sit any way round; otherwise along the limb's axes.
        """
        rng = np.random.default_rng((seed, 101))
        height_m = 1.72 + near(rng, 0.09)

        def part(share: float) -> float:
            return height_m * share * (1.0 + near(rng, 0.02))

        upper_arm_m, forearm_m, hand_m, trunk_m, hips_m, shoulder_m = (
            part(share) for share in (0.186, 0.146, 0.05, 0.288, 0.530, 0.129)
        )
        drawn_side = Side.RIGHT if rng.random() < 0.5 else Side.LEFT
        clips = [
            Rotation.random(random_state=int(rng.integers(2**31))).as_matrix() if clip else np.eye(3)
            for _ in range(3)
        ]
        return cls(
            side=side or drawn_side,
            height_m=height_m,
            upper_arm_m=upper_arm_m,
            forearm_m=forearm_m,
            hand_m=hand_m,
            trunk_m=trunk_m,
            hips_m=hips_m,
            shoulder_m=shoulder_m,
            wrist_m=hand_m + 0.05 + near(rng, 0.01),
            pace=math.exp(near(rng, 0.07)),
            fatigue=float(rng.uniform(0.05, 0.4)),
            shrinking=float(rng.uniform(0.0, 0.08)),
            scatter=float(rng.uniform(0.6, 1.4)),
            tremor_m=2e-5 * math.exp(near(rng, 0.3)),
            sway_deg=float(rng.uniform(0.25, 0.7)),
            step_m=0.4 * height_m * (1.0 + near(rng, 0.05)),
            step_hz=1.75 + near(rng, 0.1),
            wrist_tissue=Tissue(float(rng.uniform(12, 20)), float(rng.uniform(0.25, 0.5)), 4.0),
            torso_tissue=Tissue(float(rng.uniform(10, 16)), float(rng.uniform(0.3, 0.6)), 3.0),
            wrist_clip=clips[0],
            torso_clip=clips[1],
            bar_clip=clips[2],
        )
