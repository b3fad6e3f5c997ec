"""What `state` says more where a prescription or a plan is followed; what does not apply is left out.

This module knows nothing of the counter, so that a consumer can import it alone.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, NonNegativeFloat, NonNegativeInt, PositiveInt

Text = Annotated[str, Field(min_length=1, max_length=200)]


class AskedStateKeys(BaseModel):
    """What is asked for of the set that is open or, between sets, of the next one.

    Attributes
    ----------
    set_place
        It is set number so much of its exercise; one that came to too little to be one, or was discarded,
        gives its place to the next.
    sets_least, sets_most
        Fewest and most sets that are asked for.
    asked_least, asked_most
        How much of it in one set; `asked_most` is left out where more is as good.
    asked_unit
        `reps`, `s` (held) or `m` (carried).
    target
        `short`, `reached` or `over`: how what was done in the set compares.
    rest_s
        How long the rest after the last set is by now, while one is told.
    rest_least_s, rest_most_s
        Between what it should be.
    plan, plan_step, plan_steps
        Name of the plan that is followed, and which of its steps of how many this is.
    next_exercise
        Id of the plan's next exercise.
    """

    set_place: PositiveInt | None = None
    sets_least: NonNegativeInt | None = None
    sets_most: NonNegativeInt | None = None
    asked_least: NonNegativeFloat | None = None
    asked_most: NonNegativeFloat | None = None
    asked_unit: Literal["reps", "s", "m"] | None = None
    target: Literal["short", "reached", "over"] | None = None
    rest_s: NonNegativeFloat | None = None
    rest_least_s: NonNegativeFloat | None = None
    rest_most_s: NonNegativeFloat | None = None
    plan: Text | None = None
    plan_step: PositiveInt | None = None
    plan_steps: PositiveInt | None = None
    next_exercise: Text | None = None

    def unasked(self) -> frozenset[str]:
        """Return the keys that do not apply."""
        return frozenset(name for name in AskedStateKeys.model_fields if getattr(self, name) is None)
