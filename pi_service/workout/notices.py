"""What a person is told of a sensor, in one sentence each: the same on the terminal and on MQTT."""

from __future__ import annotations

from pi_service.workout.events import PlacementChanged, ZeroUnknown
from pi_service.workout.zeros import ZeroLearned

#: What a person should know of a sensor.
Notice = PlacementChanged | ZeroUnknown | ZeroLearned


def sentence(event: Notice) -> str:
    """Return what happened, and what to do about it."""
    name = f"the {event.sensor.value} sensor"
    if isinstance(event, PlacementChanged):
        return (
            f"{name.capitalize()} turned by about {event.angle_deg:.0f} degrees on its place at"
            f" {event.start_s:.0f} s; the set is counted as it sits now. Fasten it before the next set."
        )
    if isinstance(event, ZeroLearned):
        if event.change_dps is None:
            return (
                f"{name.capitalize()} did not rest, so that its gyroscope's zero is as it was: lay it down,"
                " and ask again."
            )
        return f"The gyroscope of {name} has a new zero, {event.change_dps:.1f} deg/s from the one before."
    if event.at_rest:
        return (
            f"The gyroscope of {name} reads {event.rate_dps:.0f} deg/s at rest, more than a sound chip does:"
            " calibrate it, or try another one."
        )
    return (
        f"Put {name} down still for two seconds: it has not been at rest yet, and its gyroscope is off by"
        f" about {event.rate_dps:.0f} deg/s. Until then tilt and counts are rough."
    )
