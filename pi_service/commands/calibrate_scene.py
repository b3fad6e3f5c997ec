"""What there is to show of a calibration as it goes on, and what is to be said to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from calibration.rests import LONGEST_REST_S
from calibration.session import Progress
from pi_service.commands.face_words import FACES

#: What the guide promises for the whole of it.
PROMISED_S: Final = 120.0
#: A pose is taken when the sensor has been still for so long.
HOLD_S: Final = LONGEST_REST_S


@dataclass(frozen=True, slots=True)
class Scene:
    """What there is to show.

    Attributes
    ----------
    elapsed_s
        Since the first sample.
    progress
        How far the calibration is.
    quick
        Whether the six sides are enough, however sure the fit is of them.
    """

    elapsed_s: float
    progress: Progress
    quick: bool = False

    @property
    def taken(self) -> int:
        """How many poses are taken."""
        return max(len(self.progress.seen), self.progress.poses)

    @property
    def step(self) -> int:
        """1: the first rest; 2: the six sides; 3: each of them again, tilted."""
        return 1 if not self.progress.rests else 2 if self.progress.missing else 3

    @property
    def done(self) -> bool:
        """Whether there is nothing left to do."""
        return not self.progress.missing and (self.quick or self.progress.next_face is None)

    @property
    def held(self) -> float:
        """What part of the rest that is needed has passed, 0 to 1."""
        return 1.0 if self.progress.rested else min(1.0, self.progress.still_for_s / HOLD_S)


def to_do(scene: Scene) -> str:
    """Return what is to be done now, in a sentence."""
    if scene.done:
        return "That is all: you may pick it up."
    face = scene.progress.next_face
    if scene.step == 1 or face is None:
        return "Lay the sensor on the table, any way round, and let go of it."
    if scene.step == 2:
        return f"Next: {face.words}. Lean it on something and let go."
    return f"Next: once more {face.words}, but tilted by about 20 degrees. Put something under one side."


def so_far(scene: Scene) -> str:
    """Return how far it is, in a few words."""
    bound_deg = scene.progress.tilt_bound_deg
    if scene.progress.missing or scene.quick or bound_deg is None:
        return f"{len(scene.progress.seen)} of {len(FACES)} sides"
    return f"{scene.taken} poses, tilt is within {bound_deg:.1f} degrees"


def trouble(scene: Scene) -> str | None:
    """Return what keeps this pose from being taken, in a sentence."""
    progress = scene.progress
    if progress.clipped_axes:
        return f"{' and '.join(progress.clipped_axes)}: at the end of the range. Do not knock it."
    if progress.moved:
        return f"It moved too soon: let go of it for {HOLD_S:.0f} seconds."
    if not progress.missing and progress.tilt_bound_deg is None:
        return "The poses contradict each other: something touched it in one of them. Go on."
    return None
