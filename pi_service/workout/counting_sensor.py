"""Which of the sensors counts."""

from __future__ import annotations

from collections.abc import Container

from firmware.samples import SensorRole
from pi_service.exercises.model import Exercise, Kind, Placement


def main_sensor(exercise: Exercise, sensors: Container[SensorRole]) -> SensorRole:
    """Return which of the sensors that are there counts an exercise.

    It is the one on the best place: the torso's for a hold of the trunk. Where only the other one is there it
    counts if it can: a limb's sensor may be clipped on the torso, but none of the torso swings an arm.
    """
    best = SensorRole.TORSO if exercise.placements[0] is Placement.TORSO else SensorRole.LIMB
    if best in sensors:
        return best
    if best is SensorRole.TORSO:
        return SensorRole.LIMB
    sees = exercise.kind is not Kind.REPS and Placement.TORSO in exercise.placements
    return SensorRole.TORSO if sees and SensorRole.TORSO in sensors else SensorRole.LIMB
