"""Which exercise a stream says it is of."""

from __future__ import annotations

from pi_service.exercises import ANY, Exercise, exercise_of_text, find_exercise, is_exercise
from pi_service.sources.base import StreamInfo


def exercise_of(info: StreamInfo) -> Exercise:
    """Return the exercise that a stream says it is, or `any`; by the file that came with it, if one did.

    Raises
    ------
    ExerciseError
        That file cannot be used by this version of repclip.
    """
    name = info.exercise
    if info.exercise_file is not None:
        return exercise_of_text(
            info.exercise_file,
            f"The exercise file of {name!r} in the recording (or name one with --exercise)",
        )
    return find_exercise(ANY if name is None or is_unknown(info) else name)


def is_unknown(info: StreamInfo) -> bool:
    """Return whether a stream names an exercise that repclip does not know: it is counted as `any`."""
    return info.exercise is not None and info.exercise_file is None and not is_exercise(info.exercise)
