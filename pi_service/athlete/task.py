"""What a simulated person is asked to do in one set."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from pi_service.athlete.faults import Fault, FaultKind
from pi_service.athlete.movements import find_movement
from pi_service.athlete.movements.base import Movement
from pi_service.errors import UsageError

#: A walk has a few steps.
SHORTEST_WALK_M: Final = 2.0


@dataclass(frozen=True, slots=True)
class Task:
    """One set.

    Attributes
    ----------
    movement
        What is done.
    reps
        How many repetitions; of both sides together where they take turns.
    hold_s
        How long a hold is held.
    distance_m
        How far a weight is carried.
    faults
        What is done wrong.
    rest_s
        How long the person stands still first.
    walk
        Whether the person walks up and away; otherwise stands there already.
    drink_chance
        How likely it is that there is a drink before walking up, 0 to 1.
    slower
        Factor on the durations of the repetitions.
    """

    movement: Movement = field(default_factory=lambda: find_movement("pull_up"))
    reps: int = 10
    hold_s: float = 40.0
    distance_m: float = 18.3
    faults: tuple[Fault, ...] = ()
    rest_s: float = 3.0
    walk: bool = True
    drink_chance: float = 0.3
    slower: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what cannot be done, where the truth would not say so.

        Raises
        ------
        UsageError
            A fault is made twice, or nothing would be left of the walk.
        """
        kinds = [fault.kind for fault in self.faults]
        twice = next((kind for kind in kinds if kinds.count(kind) > 1), None)
        if twice is not None:
            raise UsageError(f"The fault {twice} has one size: name it once.")
        short_m = self.size_of(FaultKind.EARLY_LOWERING) or 0.0
        if self.distance_m - short_m < SHORTEST_WALK_M:
            cut = f" cut short by {short_m:g} m" if short_m else ""
            raise UsageError(
                f"A walk of {self.distance_m:g} m{cut} is too short: at least {SHORTEST_WALK_M:g} m must be"
                " walked."
            )

    def size_of(self, kind: FaultKind) -> float | None:
        """Return the size of a fault, or None where it is not made."""
        return next((fault.size for fault in self.faults if fault.kind is kind), None)
