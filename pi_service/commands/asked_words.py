"""What is asked for, and how far it is done, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pi_service.exercises import Exercise
    from pi_service.workout.asked import Asked, Pair
    from pi_service.workout.told import ExerciseChanged, RestTold, SetAsked, SetCompared, TargetTold

_UNITS = {"reps": "reps", "s": "s", "m": "m"}


def span_words(span: tuple[float, float]) -> str:
    """Return a span of numbers: 10-15, or one of them where they are the same."""
    low, high = span
    return f"{low:g}" if low == high else f"{low:g}-{high:g}"


def asked_words(asked: Asked) -> str:
    """Return how much is asked for: 10-15 reps."""
    return f"{_amounts(asked)} {_UNITS[asked.unit]}"


def work_words(sets: tuple[int, int] | None, asked: Asked | None) -> str:
    """Return what an exercise asks for: 3 sets of 10-15 reps; empty where it asks for nothing."""
    told = [] if sets is None else [f"{span_words(sets)} {'set' if sets[1] == 1 else 'sets'}"]
    return " of ".join([*told, *([] if asked is None else [asked_words(asked)])])


def place_words(asked: SetAsked) -> str:
    """Return which set of an exercise it is: set 2 of 3."""
    if asked.sets is None:
        return f"set {asked.place}"
    if asked.place > asked.sets[1]:
        return f"set {asked.place}, with {span_words(asked.sets)} asked for"
    return f"set {asked.place} of {span_words(asked.sets)}"


def target_words(event: TargetTold) -> str:
    """Return that a target is reached, or exceeded."""
    words = {"reached": "target reached", "over": "over the target"}[event.reach.value]
    return f"{words}: {_amount(event.amount)} of {asked_words(event.asked)}"


def compared_words(event: SetCompared) -> str:
    """Return what a set came to beside what was asked for."""
    asked = asked_words(event.asked)
    words = {"short": "short of", "reached": "reached", "over": "over"}[event.reach.value]
    told = f"{_amount(event.amount)} of {_amounts(event.asked)} {_UNITS[event.asked.unit]}, target reached"
    if event.reach.value == "reached" and event.amount < event.asked.least:
        told = told.replace("target reached", "too uncertain to be called short")
    if event.reach.value != "reached":
        told = f"{words} {asked}"
    return told if event.counts else f"{told}; too little to be one of the sets asked for"


def rest_words(event: RestTold) -> str:
    """Return how long the rest is beside what it should be: rest 0:45 of 1:00-2:00."""
    over = ", over" if event.change.value == "over" else ""
    enough = ", enough" if not over and event.rest_s >= event.asked[0] else ""
    return f"rest {_clock(event.rest_s)} of {rest_span(event.asked)}{enough}{over}"


def rest_span(asked: Pair) -> str:
    """Return how long a rest should be: 1:00-2:00."""
    low, high = (_clock(each) for each in asked)
    return low if low == high else f"{low}-{high}"


def changed_words(event: ExerciseChanged) -> str:
    """Return which exercise follows, and what it asks for."""
    work = work_words(event.sets, event.asked)
    told = f"{event.name}{', ' if work else ''}{work}"
    if event.step is None:
        return told
    return f"{told} ({event.step.number} of {event.step.of} in the plan {event.step.plan!r})"


def exercise_words(exercise: Exercise) -> str:
    """Return what an exercise asks for, the rest included."""
    from pi_service.workout.asked import asked_of

    asked = exercise.prescription
    work = work_words(asked.sets, asked_of(exercise)) or "nothing asked for"
    return work if asked.rest_s is None else f"{work}, rest {rest_span(asked.rest_s)}"


def _amounts(asked: Asked) -> str:
    return span_words((asked.least, asked.least if asked.most is None else asked.most))


def _amount(amount: float) -> str:
    return f"{amount:.0f}" if amount == round(amount) else f"{amount:.1f}"


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
