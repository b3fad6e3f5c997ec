"""A workout plan: exercises one after the other, each with what is asked for.

A plan is a TOML file with these keys::

    name = "Back"                     # for people
    moves_on = "by_itself"            # optional: or "on_request", when somebody says so

    [[step]]                          # one for each exercise, in order
    exercise = "dead_lift"            # id, name or alias; or a file of your own beside the plan: "my.toml"
    sets = 3                          # optional; these replace what the exercise's file asks for
    reps = [6, 8]
    rest_s = [120, 180]               # likewise hold_s and distance_m, where the kind of exercise has them
    side = "left"                     # optional: the arm that wears the sensor; otherwise what --side says

A plan that moves on by itself does so when as many sets are done as are asked for at least.
"""

from __future__ import annotations

from dataclasses import dataclass

from calibration.placement_kind import Side
from pi_service.exercises.model import Exercise
from pi_service.workout.asked import PlanPlace


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One exercise of a plan.

    Attributes
    ----------
    exercise
        With the prescription of the plan.
    side
        The arm that wears the sensor; None where the plan does not say.
    """

    exercise: Exercise
    side: Side | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A workout plan.

    Attributes
    ----------
    name
        For people.
    steps
        At least one.
    moves_on_by_itself
        Whether the next exercise follows when the sets of one are done; otherwise somebody asks for it.
    """

    name: str
    steps: tuple[PlanStep, ...]
    moves_on_by_itself: bool = True

    def place(self, index: int) -> PlanPlace:
        """Return where a step is, by its index from 0."""
        after = self.steps[index + 1].exercise.id if index + 1 < len(self.steps) else None
        return PlanPlace(self.name, index + 1, len(self.steps), after)
