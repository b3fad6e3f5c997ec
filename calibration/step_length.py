"""How long a step is: the value, its file, and what is assumed of somebody who never measured it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from calibration import stored as read
from calibration.dated_store import DatedStore, newest
from calibration.errors import CalibrationError, CalibrationFormatError, StepLengthError
from calibration.text import toml_lines
from calibration.toml_reading import NotTomlError, read_toml

#: Name of the folder inside each folder of calibrations.
FOLDER: Final = "step-lengths"
_STEM: Final = "step-length"
_HEAD: Final = """\
# A step length of repclip: distance of a carry = steps * length_m.
"""
_NOTES: Final = {
    "length_m": "of one step, walking as in the carry",
    "uncertainty_m": "one standard deviation",
    "made_at": "when it was measured (UTC)",
    "distance_m": "how far was walked for it, in all",
    "steps": "in how many steps",
    "walks": "in how many walks",
    "cadence_hz": "steps a second while it was measured",
}
#: Steps that nobody makes.
_SHORTEST_M, _LONGEST_M = 0.2, 1.2
#: Shorter walks tell too little: one step more or less is a tenth of ten.
FEWEST_STEPS: Final = 10
#: Nobody walks at another cadence.
_SLOWEST_HZ, _QUICKEST_HZ = 0.5, 5.0
#: How much the mean step differs between two walks of a person: 2.8 cm of 68, test and retest of 40 people
#: (limits of agreement of -5.8 and 5.1 cm; jkema.org 9(2):208, table 1).
_FROM_WALK_TO_WALK = 0.04
#: The same, less what goes with the cadence: of one walk 2.5 % (2.3 to 2.6 in the walks that
#: `calibration.step_cadence` tells of).
_AT_THE_SAME_CADENCE = 0.035
#: Whoever paces out a distance is off by so much of it.
_PACED = 0.01


@dataclass(frozen=True, slots=True)
class StepLength:
    """The length of a step.

    Attributes
    ----------
    length_m, uncertainty_m
        The length and its standard deviation.
    made_at
        When it was measured; None for what is assumed of everybody.
    distance_m, steps, walks
        What it was measured by, in all.
    cadence_hz
        Steps a second while it was measured; None where nobody kept that, as in files from before.
    """

    length_m: float
    uncertainty_m: float
    made_at: datetime | None = None
    distance_m: float | None = None
    steps: int | None = None
    walks: int = 1
    cadence_hz: float | None = None

    @property
    def is_measured(self) -> bool:
        """Whether somebody walked for it."""
        return self.steps is not None


#: Of adults who walk slowly under a weight: a step of 0.70 m (0.4 of body height) shortened by a fifth. Own
#: default; people and weights differ.
USUAL: Final = StepLength(0.56, 0.09)


def measured(
    distance_m: float, steps: int | Sequence[int], made_at: datetime, cadence_hz: float | None = None
) -> StepLength:
    """Return the length of a step by a distance that was walked once, or several times.

    The mean of several walks is nearer to how somebody will walk next; what that walk itself differs stays.

    Parameters
    ----------
    distance_m
        Length of one walk.
    steps
        Steps of each.
    made_at
        When the last one ended.
    cadence_hz
        Steps a second, the mean of the walks.

    Raises
    ------
    StepLengthError
        A walk cannot be that long, or tells too little.
    """
    each = [steps] if isinstance(steps, int) else list(steps)
    if not (math.isfinite(distance_m) and distance_m > 0.0):
        raise StepLengthError(f"A walk of {distance_m:g} m tells nothing: give metres above 0, like 18.3.")
    if min(each) < FEWEST_STEPS:
        raise StepLengthError(
            f"Only {min(each)} steps were seen: walk at least {FEWEST_STEPS} steps, better thirty."
        )
    for count in each:
        if not _SHORTEST_M <= distance_m / count <= _LONGEST_M:
            raise StepLengthError(
                f"{distance_m:g} m in {count} steps would be steps of {distance_m / count:.2f} m: check the"
                " distance, and walk it without a stop."
            )
    walks, total = len(each), sum(each)
    length_m = walks * distance_m / total
    two_walks = _FROM_WALK_TO_WALK if cadence_hz is None else _AT_THE_SAME_CADENCE
    apart = two_walks * math.sqrt(0.5 + 0.5 / walks)
    share = math.hypot(0.5 * math.sqrt(walks) / total, apart, _PACED)
    return StepLength(length_m, length_m * share, made_at, walks * distance_m, total, walks, cadence_hz)


class StepLengthStore(DatedStore[StepLength]):
    """Step lengths in files, beside the calibrations.

    Parameters
    ----------
    folders
        Those of a `calibration.store.CalibrationStore`.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        super().__init__(
            folders,
            FOLDER,
            "step length",
            write=_text_of,
            read=_step_length_of_text,
            date=lambda length: length.made_at,
        )

    def save(self, length: StepLength) -> Path:
        """Write a measured length into a new file and return its path; see `DatedStore.write`.

        Raises
        ------
        CalibrationFormatError
            Nobody measured it.
        """
        if not length.is_measured:
            raise CalibrationFormatError("A step length that nobody measured cannot be stored.")
        return self.write(_STEM, length)

    def latest(self) -> StepLength | None:
        """Return the newest one; None where there is none.

        Raises
        ------
        CalibrationFileError, CalibrationFormatError
            The newest file cannot be used.
        """
        return newest(self.all())

    def search(self) -> tuple[StepLength | None, str]:
        """Return the newest one; None and what is wrong where its file cannot be used."""
        try:
            return self.latest(), ""
        except CalibrationError as error:
            return None, str(error)


def _text_of(length: StepLength) -> str:
    return "\n".join([_HEAD, *toml_lines(table_of(length), _NOTES)]) + "\n"


def _step_length_of_text(text: str, source: str) -> StepLength:
    try:
        return step_length_of(read_toml(text))
    except NotTomlError as error:
        raise CalibrationFormatError(f"{source} is no step length: {error}.") from error
    except CalibrationFormatError as error:
        raise CalibrationFormatError(f"{source} cannot be used: {error}") from error


def table_of(length: StepLength) -> dict[str, Any]:
    """Return what `step_length_of` reads."""
    table: dict[str, Any] = {
        "length_m": round(length.length_m, 4),
        "uncertainty_m": round(length.uncertainty_m, 4),
    }
    if length.made_at is not None:
        table["made_at"] = read.date_text(length.made_at)
    if length.distance_m is not None and length.steps is not None:
        table |= {"distance_m": float(length.distance_m), "steps": length.steps}
        if length.walks > 1:
            table["walks"] = length.walks
    if length.cadence_hz is not None:
        table["cadence_hz"] = round(length.cadence_hz, 4)
    return table


def step_length_of(table: dict[str, Any]) -> StepLength:
    """Return a step length from a table of TOML.

    Raises
    ------
    CalibrationFormatError
        A value is missing, wrong or impossible.
    """
    strange = next((key for key in table if key not in _NOTES), None)
    if strange is not None:
        raise CalibrationFormatError(
            f"{strange!r} is no value of a step length; correct its name or take it out."
        )
    length_m, uncertainty_m = read.number(table, "length_m"), read.number(table, "uncertainty_m")
    if not _SHORTEST_M <= length_m <= _LONGEST_M:
        raise CalibrationFormatError(
            f"length_m must be {_SHORTEST_M:g} to {_LONGEST_M:g} metres, not {length_m:g}."
        )
    if not 0.0 <= uncertainty_m < length_m:
        raise CalibrationFormatError(f"uncertainty_m cannot be {uncertainty_m:g}.")
    cadence_hz = read.number(table, "cadence_hz") if "cadence_hz" in table else None
    if cadence_hz is not None and not _SLOWEST_HZ <= cadence_hz <= _QUICKEST_HZ:
        raise CalibrationFormatError(
            f"cadence_hz must be {_SLOWEST_HZ:g} to {_QUICKEST_HZ:g} steps a second, not {cadence_hz:g}."
        )
    return StepLength(
        length_m,
        uncertainty_m,
        read.date(table, "made_at") if "made_at" in table else None,
        read.number(table, "distance_m") if "distance_m" in table else None,
        read.integer(table, "steps") if "steps" in table else None,
        max(read.integer(table, "walks"), 1) if "walks" in table else 1,
        cadence_hz,
    )
