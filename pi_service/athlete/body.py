"""The person as a chain of rigid parts: hips, trunk, upper arm, forearm, hand, bar.

Frames
    World: x ahead at the beginning, y to the left, z up. Limbs: those of `calibration.placement`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from calibration.imu import FloatArray
from calibration.placement_kind import Side
from pi_service.athlete.jets import Jet, constant
from pi_service.athlete.person import Person
from pi_service.athlete.script import Script
from pi_service.athlete.turns import Turn, level

#: The trunk bends so far up; between the shoulder blades is so far above that, and so far behind.
_BEND: Final = 0.6
_BLADES: Final = 0.28
_BACK_M: Final = 0.10
#: The skin of the wrist is so far above the forearm's axis; the clip so far above that of the bar.
_WRIST_OUT_M: Final = 0.03
_BAR_OUT_M: Final = 0.025
#: The skin between the shoulder blades goes with the shoulders by so much.
_SKIN_FOLLOWS: Final = 0.3
#: A joint by its name, over time.
_Joint = Callable[[str], Jet]


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """Where the parts are that can wear a sensor, over time.

    Attributes
    ----------
    torso, forearm, bar
        How they are turned; the frames of `calibration.placement`.
    torso_m, wrist_m, bar_sensor_m
        Where their sensors would be if they were fixed to the bone or to the bar.
    hand_m, bar_m, shoulders_m
        Middle of the grip, middle of the bar, and the point midway between the shoulders.
    """

    torso: Turn
    forearm: Turn
    bar: Turn
    torso_m: Jet
    wrist_m: Jet
    bar_sensor_m: Jet
    hand_m: Jet
    bar_m: Jet
    shoulders_m: Jet


class Chain:
    """Moves a body as a script says.

    Parameters
    ----------
    script
        What the joints do.
    person
        Whose joints.
    """

    def __init__(self, script: Script, person: Person) -> None:
        self._script, self._person = script, person
        #: Where a bar rests that is not held; set by whoever knows, since only a held bar moves.
        self.rest_m: FloatArray = np.zeros(3)

    def __call__(self, t_s: FloatArray) -> Body:
        """Return the body at given times."""
        person = self._person
        left = 1.0 if person.side is Side.LEFT else -1.0

        def joint(name: str) -> Jet:
            return self._script.at(name, t_s)

        upright = level(t_s).about_z(joint("heading_deg"))
        if self._script.moves("swing_deg"):
            upright = upright.about_y(joint("swing_deg"))
        lower = upright
        for name, turn in (
            ("trunk_turn_deg", Turn.about_z),
            ("trunk_deg", Turn.about_y),
            ("trunk_side_deg", Turn.about_x),
        ):
            if self._script.moves(name):
                lower = turn(lower, joint(name))
        thorax = lower.about_y(joint("thorax_deg")) if self._script.moves("thorax_deg") else lower

        upper = upright.about_z(joint("upper_out_deg") * left).about_y(joint("upper_deg") * -1.0)
        fore = upright
        if self._script.moves("fore_side_deg"):
            fore = fore.about_x(joint("fore_side_deg") * -left)
        if self._script.moves("fore_lean_deg"):
            fore = fore.about_y(joint("fore_lean_deg"))
        fore = fore.about_z(joint("fore_out_deg") * left).about_y(joint("fore_deg") * -1.0)
        fore = fore.about_x(joint("twist_deg") * left)

        girdle, slide = joint("girdle_m"), joint("slide_m")
        # From the hips, wherever these are.
        bend = lower.along(0.0, 0.0, _BEND * person.trunk_m)
        shoulders = bend + thorax.along(0.0, 0.0, girdle + (1.0 - _BEND) * person.trunk_m)
        torso = bend + thorax.along(-_BACK_M, 0.0, girdle * _SKIN_FOLLOWS + _BLADES * person.trunk_m)
        shoulder = shoulders + thorax.y * (left * person.shoulder_m)
        elbow = shoulder + upper.x * person.upper_arm_m
        hand = elbow + fore.x * (person.forearm_m + person.hand_m)
        wrist = hand + fore.along(slide + -person.wrist_m, 0.0, _WRIST_OUT_M)

        hip = self._hip(t_s, hand, joint)
        hand = hip + hand
        # Both hands do the same, so that the bar's middle is ahead of the spine.
        held = joint("held").column()
        across = shoulders + upright.along(*self._ahead(hand - hip - shoulders, upright))
        bar_m = (hip + across) * held + (held * -1.0 + 1.0) * _still(t_s, self.rest_m)
        bar_m = bar_m + level(t_s).along(0.0, 0.0, joint("bar_z_m"))
        # It stays where it is when the person turns away: nobody turns round with a bar here.
        bar = level(t_s).about_x(joint("bar_tilt_deg")).about_y(joint("bar_spin_deg")).across()
        return Body(
            torso=thorax.spine(),
            forearm=fore,
            bar=bar,
            torso_m=hip + torso,
            wrist_m=hip + wrist,
            bar_sensor_m=bar_m + bar.z * _BAR_OUT_M,
            hand_m=hand,
            bar_m=bar_m,
            shoulders_m=hip + shoulders,
        )

    def _hip(self, t_s: FloatArray, hand: Jet, joint: _Joint) -> Jet:
        free = [joint(f"hip_{axis}_m") for axis in "xyz"]
        if self._script.moves("hung"):
            hung = joint("hung")
            for axis, name in ((0, "hand_x_m"), (2, "hand_z_m")):
                reach = Jet(hand.value[:, axis], hand.rate[:, axis], hand.accel[:, axis])
                free[axis] = free[axis] + hung * (joint(name) - reach - free[axis])
        world = level(t_s)
        return world.along(*free)

    @staticmethod
    def _ahead(offset: Jet, upright: Turn) -> tuple[Jet, float, Jet]:
        return _dot(offset, upright.x), 0.0, _dot(offset, upright.z)


def _dot(one: Jet, other: Jet) -> Jet:
    product = one * other
    return Jet(product.value.sum(axis=1), product.rate.sum(axis=1), product.accel.sum(axis=1))


def _still(t_s: FloatArray, point_m: FloatArray) -> Jet:
    x, y, z = (constant(t_s, float(part)) for part in point_m)
    return level(t_s).along(x, y, z)
