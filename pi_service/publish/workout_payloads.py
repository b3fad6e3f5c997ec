"""The messages of a workout: targets, rests, exercises; see `pi_service.publish.payloads`."""

from __future__ import annotations

from typing import Literal

from pydantic import NonNegativeFloat, PositiveInt

from pi_service.publish.asked_keys import AskedStateKeys
from pi_service.publish.payloads import AthletePayload, EventPayload, Name


class WorkoutPayload(AskedStateKeys, AthletePayload, EventPayload):
    """Something happened in the workout; what does not belong to it is left out.

    Attributes
    ----------
    what
        ``set_asked``: a set has begun of which something is asked for.
        ``target_reached``, ``target_over``: a running set has come to what is asked for, or beyond it.
        ``set_compared``: what a finished set came to; again when it is corrected.
        ``rest_begun``, ``rest_enough``, ``rest_over``, ``rest_ended``: of the rest after a set.
        ``exercise_done``: as many sets are done as are asked for at least.
        ``exercise_changed``: from now on another exercise is counted.
        ``plan_done``: the last exercise of the plan is done.
    exercise
        Id of the exercise.
    set
        Number of the set within the session; of a rest, of the set before it.
    amount
        Repetitions of both sides, seconds held, or metres carried.
    counts
        Whether the set is one of those that are asked for: it came to a third of the least at any rate.
    sets_done
        Sets of the exercise that are done.
    by
        Whether the plan or a person changed the exercise.
    """

    what: Literal[
        "set_asked",
        "target_reached",
        "target_over",
        "set_compared",
        "rest_begun",
        "rest_enough",
        "rest_over",
        "rest_ended",
        "exercise_done",
        "exercise_changed",
        "plan_done",
    ]
    exercise: Name | None = None
    set: PositiveInt | None = None
    amount: NonNegativeFloat | None = None
    counts: bool | None = None
    sets_done: PositiveInt | None = None
    by: Literal["plan", "user"] | None = None

    def to_bytes(self) -> bytes:
        """Return the message as JSON, without what does not belong to it."""
        return self.model_dump_json(by_alias=True, exclude_none=True).encode()
