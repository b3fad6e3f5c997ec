"""What messages say of prescriptions and plans, from the events to their keys."""

from __future__ import annotations

from typing import Any, Final

from pi_service.workout.asked import Asked, PlanPlace, Reach
from pi_service.workout.told import (
    ExerciseChanged,
    ExerciseDone,
    PlanDone,
    RestChange,
    RestTold,
    SetAsked,
    SetCompared,
    TargetTold,
    Told,
)

#: Of a rest, what ends with it.
_REST: Final = ("rest_s", "rest_least_s", "rest_most_s")


def workout_keys(event: Told) -> dict[str, Any] | None:
    """Return what the message of an event says; None for one that others tell."""
    match event:
        case SetAsked():
            return {
                "what": "set_asked",
                **_of_set(event),
                **_place(event.place, event.sets),
                **_asked(event.asked),
            }
        case TargetTold():
            what = "target_over" if event.reach is Reach.OVER else "target_reached"
            return {
                "what": what,
                **_of_set(event),
                **_asked(event.asked),
                "amount": round(event.amount, 2),
                "target": event.reach.value,
            }
        case SetCompared():
            return {
                "what": "set_compared",
                **_of_set(event),
                "set_place": event.place,
                **_asked(event.asked),
                "amount": round(event.amount, 2),
                "target": event.reach.value,
                "counts": event.counts,
            }
        case RestTold():
            if event.change is RestChange.SECOND:
                return None
            return {
                "what": f"rest_{event.change.value}",
                "exercise": event.exercise,
                "set": event.after_set,
                **_rest(event),
            }
        case ExerciseDone():
            return {"what": "exercise_done", "exercise": event.exercise, "sets_done": event.sets}
        case ExerciseChanged():
            return {
                "what": "exercise_changed",
                "exercise": event.exercise,
                "by": event.by,
                **_changed(event),
            }
        case PlanDone():
            return {"what": "plan_done", "plan": event.plan, "plan_steps": event.steps}
        case _:
            return None


def state_keys(event: Told, now: dict[str, Any]) -> dict[str, Any]:
    """Return what the state says after an event of what it said before; see `AskedStateKeys`."""
    match event:
        case SetAsked():
            kept = {key: value for key, value in now.items() if key not in (*_REST, "target")}
            return {**kept, **_place(event.place, event.sets), **_asked(event.asked)}
        case TargetTold() | SetCompared():
            return {**now, "target": event.reach.value}
        case RestTold():
            if event.change is RestChange.ENDED:
                return {key: value for key, value in now.items() if key not in _REST}
            return {**now, **_rest(event)}
        case ExerciseChanged():
            return _changed(event)
        case _:
            return now


def _of_set(event: SetAsked | TargetTold | SetCompared) -> dict[str, Any]:
    return {"exercise": event.exercise, "set": event.set_number}


def _place(place: int | None, sets: tuple[int, int] | None) -> dict[str, Any]:
    keys: dict[str, Any] = {} if place is None else {"set_place": place}
    return keys if sets is None else {**keys, "sets_least": sets[0], "sets_most": sets[1]}


def _asked(asked: Asked | None) -> dict[str, Any]:
    if asked is None:
        return {}
    keys: dict[str, Any] = {"asked_least": asked.least, "asked_unit": asked.unit}
    return keys if asked.most is None else {**keys, "asked_most": asked.most}


def _rest(event: RestTold) -> dict[str, Any]:
    least_s, most_s = event.asked
    return {"rest_s": round(event.rest_s, 1), "rest_least_s": least_s, "rest_most_s": most_s}


def _changed(event: ExerciseChanged) -> dict[str, Any]:
    return {**_place(None, event.sets), **_asked(event.asked), **_step(event.step)}


def _step(step: PlanPlace | None) -> dict[str, Any]:
    if step is None:
        return {}
    keys: dict[str, Any] = {"plan": step.plan, "plan_step": step.number, "plan_steps": step.of}
    return keys if step.next_exercise is None else {**keys, "next_exercise": step.next_exercise}
