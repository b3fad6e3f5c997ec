"""Looks through exercise files of somebody's own: which can be used, and what is worth knowing of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from pi_service.exercises import (
    Exercise,
    ExerciseError,
    find_exercise,
    is_exercise,
    load_exercises,
    read_exercise,
)
from pi_service.exercises.model import LONGEST_REP_S, Kind, Placement
from pi_service.exercises.rules import RuleName

#: Rules whose bound is a part of a repetition's time.
_TIMES: Final = (RuleName.LOWERING, RuleName.LIFTING, RuleName.TOP_PAUSE, RuleName.STRETCH_PAUSE)
#: Rules of which it must be known which way lifts.
_OF_PHASES: Final = (*_TIMES, RuleName.LOWERING_RATIO, RuleName.SPEED_KEPT)
#: Rules that only a sensor in one place sees.
_PLACE_OF: Final = {
    RuleName.FOREARM: Placement.WRIST,
    RuleName.TURN_OUT: Placement.WRIST,
    RuleName.BAR_LEVEL: Placement.BAR,
}


def files_in(paths: Iterable[Path]) -> list[Path]:
    """Return the files that are meant: of a folder every ``*.toml`` in it.

    Raises
    ------
    ExerciseError
        There is no exercise file in a folder.
    """
    files: list[Path] = []
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        inside = sorted(each for each in path.glob("*.toml") if each.is_file())
        if not inside:
            raise ExerciseError(f"{path}: there is no exercise file (*.toml) in this folder.")
        files += inside
    return files


class Checker:
    """Reads one file after the other, and remembers which names are taken.

    Attributes
    ----------
    bad
        How many cannot be used.
    """

    def __init__(self) -> None:
        self.bad = 0
        self._owners: dict[str, Path] = {}

    def read(self, path: Path) -> tuple[Exercise | None, str]:
        """Return the exercise of a file, or None, and what there is to say of it."""
        try:
            exercise = read_exercise(path)
        except ExerciseError as error:
            self.bad += 1
            return None, str(error)
        rules = f"{len(exercise.rules)} rule{'' if len(exercise.rules) == 1 else 's'}"
        told = f"{exercise.id} ({exercise.name}), kind {exercise.kind}, {rules}: it can be used."
        return exercise, f"{path}: {told}"

    def hints(self, path: Path, exercise: Exercise) -> Iterator[str]:
        """Yield what is right but may not be meant."""
        if path.stem != exercise.id:
            yield f"its id is {exercise.id!r}, not {path.stem!r} like the file"
        yield from self._taken(path, exercise)
        yield from _never(exercise)
        yield from _never_judged(exercise)

    def _taken(self, path: Path, exercise: Exercise) -> Iterator[str]:
        if exercise.id in load_exercises():
            yield (
                f"{exercise.id!r} is the id of an exercise that comes with repclip: messages and"
                " recordings do not tell the two apart"
            )
        for name in dict.fromkeys((exercise.id, exercise.name, *exercise.aliases)):
            if is_exercise(name) and (other := find_exercise(name).id) != exercise.id:
                yield f"{name!r} already stands for {other}: --exercise {name!r} goes on meaning that one"
            plain = re.sub(r"[\s_-]+", "_", name.strip().casefold())
            owner = self._owners.setdefault(plain, path)
            if owner != path:
                yield f"{name!r} already stands for the exercise of {owner}"


def _never_judged(exercise: Exercise) -> Iterator[str]:
    """Yield rules that will not be judged, because of what the rest of the file says."""
    for rule in exercise.rules:
        if rule.name in _OF_PHASES and exercise.phases.out is None:
            yield f"`rules.{rule.name}` is judged only where [phases] says which way lifts"
        place = _PLACE_OF.get(rule.name)
        if place is not None and place not in exercise.placements:
            yield f"`rules.{rule.name}` is judged only by a sensor on the {place}: add that to `placements`"


def _never(exercise: Exercise) -> Iterator[str]:
    """Yield bounds that no repetition can meet."""
    if exercise.kind is not Kind.REPS:
        return
    longest_s = exercise.counting.max_rep_s or LONGEST_REP_S
    for rule in exercise.rules:
        if rule.name in _TIMES and rule.bound.least is not None and rule.bound.least >= longest_s:
            yield (
                f"`rules.{rule.name}.least` is {rule.bound.least:g} s, and no repetition of more than"
                f" {longest_s:g} s is counted"
            )
