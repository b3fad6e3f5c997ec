"""A pytest plugin: the fixture `repclip_replay` counts a recording inside a user's own test.

It is registered by installing repclip; nothing needs to be imported.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pi_service.evaluation.tally import CountedRep, CountedSet


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """What a recording was counted to.

    Attributes
    ----------
    final_count
        Reps of all sets after their reviews.
    live_count
        Reps of all sets as they were counted while the sets ran.
    reps
        Every rep that was ever published, with its times in seconds on the recording's own clock and
        whether it was published `live` and is `final`.
    sets
        Every set with its two counts.
    """

    final_count: int
    live_count: int
    reps: tuple[CountedRep, ...]
    sets: tuple[CountedSet, ...]


def replay(path: str | PathLike[str], exercise: str | None = None) -> ReplayResult:
    """Count a recording through the same pipeline as live.

    Parameters
    ----------
    path
        A trace, as `repclip replay` takes it.
    exercise
        Id, name or alias of the exercise; None takes what the trace says, and `any` where it does not.

    Raises
    ------
    RepclipError
        If the trace cannot be read or the exercise is not known.
    """
    # Imported here: pytest loads this module in every project of a machine that has repclip.
    from pi_service.evaluation.runs import count_trace  # noqa: PLC0415
    from pi_service.exercises import find_exercise  # noqa: PLC0415

    counts, _, _ = count_trace(Path(path), None if exercise is None else find_exercise(exercise))
    return ReplayResult(counts.final_count, counts.live_count, counts.reps, counts.sets)


@pytest.fixture(scope="session")
def repclip_replay() -> Callable[..., ReplayResult]:
    """Return `replay`: ``repclip_replay(path, exercise=...)`` counts a recording."""
    return replay
