"""A pytest plugin: the fixture `repclip_replay` counts a recording inside a user's own test.

It is registered by installing repclip; nothing needs to be imported.

It brings what is wrong with a recording to the line of the user's test, as one sentence, without the
inside of repclip around it.
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


#: The test that runs: the fixture is made once a session, but a relative path belongs to a test's file.
_RUNNING = pytest.StashKey[pytest.Item]()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Note which test runs, before any of its fixtures is made."""
    item.config.stash[_RUNNING] = item


@pytest.fixture(scope="session")
def repclip_replay(pytestconfig: pytest.Config) -> Callable[..., ReplayResult]:
    """Return a function that counts a recording: ``repclip_replay(path, exercise=...)``.

    A relative path is looked for beside the test's file, then in pytest's root folder.
    """

    def repclip_replay(path: str | PathLike[str], exercise: str | None = None) -> ReplayResult:
        # Keeps pytest from showing this function: the user's own line says where it went wrong.
        __tracebackhide__ = True
        from calibration.errors import CalibrationError  # noqa: PLC0415
        from pi_service.errors import RepclipError  # noqa: PLC0415

        try:
            return replay(_found(Path(path), pytestconfig), exercise)
        except (RepclipError, CalibrationError) as error:
            raise error.with_traceback(None) from None

    return repclip_replay


def _found(path: Path, config: pytest.Config) -> Path:
    """Return a recording where it lies: a relative path beside the running test's file, or in the root."""
    from pi_service.traces import TraceFileError  # noqa: PLC0415

    folders = list(dict.fromkeys((config.stash[_RUNNING].path.parent, config.rootpath)))
    for folder in folders:
        # An absolute path stays what it is.
        if (folder / path).exists():
            return folder / path
    if path.is_absolute():
        return path
    raise TraceFileError(
        f"There is no file {path} in {' or in '.join(map(str, folders))}: check the name; a relative path is"
        " looked for beside the test's file and in pytest's root folder."
    )
