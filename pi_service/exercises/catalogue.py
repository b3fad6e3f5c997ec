"""All exercises that come with repclip, and how a name that people use finds one."""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from pi_service.exercises.errors import ExerciseError
from pi_service.exercises.model import Exercise
from pi_service.exercises.reading import read_exercise
from pi_service.exercises.table import shortened

#: The exercise that stands for every exercise without a file.
ANY = "any"

#: The end of a plural: "presses", "crunches", "pull ups", but not the end of "press".
_PLURAL = re.compile(r"(?<=ss|ch|sh)es$|(?<=[^s])s$")

_SHIPPED = Path(__file__).parent / "data"


@functools.cache
def load_exercises(folder: Path = _SHIPPED) -> Mapping[str, Exercise]:
    """Read every exercise file of a folder.

    Parameters
    ----------
    folder
        Where the ``*.toml`` files are; by default the exercises that come with repclip.

    Returns
    -------
    Mapping
        Exercises by id, in alphabetical order.

    Raises
    ------
    ExerciseError
        If a file is wrong, is not named after its id, or uses a name that another file already has.
    """
    exercises: dict[str, Exercise] = {}
    owner_of: dict[str, str] = {}
    for path in sorted(folder.glob("*.toml")):
        exercise = replace(read_exercise(path), text=None)
        if path.stem != exercise.id:
            raise ExerciseError(f"{path}: `id`: expected {path.stem!r} like the file, found {exercise.id!r}.")
        for name in sorted({_plain(each) for each in (exercise.id, exercise.name, *exercise.aliases)}):
            if name in owner_of:
                raise ExerciseError(f"{path}: `aliases`: {name!r} already stands for {owner_of[name]!r}.")
            owner_of[name] = exercise.id
        exercises[exercise.id] = exercise
    return MappingProxyType(exercises)


def find_exercise(name: str) -> Exercise:
    """Return the exercise that a name stands for.

    Parameters
    ----------
    name
        An id, a name or an alias, in the singular or the plural; case, spaces, hyphens and underscores
        do not matter. Or the path of an exercise file of one's own, which ends in ``.toml``.

    Raises
    ------
    ExerciseError
        If no exercise has this name; the message lists those that come near. Or if the file is wrong.
    """
    if name.endswith(".toml"):
        return read_exercise(Path(name))
    ids = _names()
    if not _plain(name):
        raise ExerciseError(f"The name of the exercise is empty; known are {', '.join(load_exercises())}.")
    exercise_id = ids.get(_plain(name))
    if exercise_id is not None:
        return load_exercises()[exercise_id]
    if _is_file(f"{name}.toml"):
        raise ExerciseError(f"There is no exercise {name!r}; if you mean your own file, say {name}.toml.")
    near = difflib.get_close_matches(_plain(name), ids, n=6, cutoff=0.6)
    matches = list(dict.fromkeys(ids[each] for each in near))
    if matches:
        advice = "did you mean " + " or ".join(matches) + "?"
    else:
        advice = f"known are {', '.join(load_exercises())} ({ANY} counts whatever repeats)."
    raise ExerciseError(f"There is no exercise {shortened(repr(name))}; {advice}")


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except OSError:  # longer than any file's name may be
        return False


def is_exercise(name: str) -> bool:
    """Say whether a name stands for an exercise that has a file."""
    return _plain(name) in _names()


@functools.cache
def _names() -> Mapping[str, str]:
    """Every plain name and the id that it stands for."""
    return MappingProxyType(
        {
            _plain(name): exercise.id
            for exercise in load_exercises().values()
            for name in (exercise.id, exercise.name, *exercise.aliases)
        }
    )


def _plain(name: str) -> str:
    """Return the form in which names are compared: small letters, single underscores, the singular."""
    words = re.sub(r"[\s_-]+", "_", name.strip().casefold()).strip("_")
    return _PLURAL.sub("", words)
