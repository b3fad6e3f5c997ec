"""Runs traces through the streaming pipeline exactly as live, on one process or on several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path

from calibration.errors import CalibrationError
from pi_service.errors import RepclipError
from pi_service.evaluation.disturb import Disturbed, disturbance
from pi_service.evaluation.index import IndexRow
from pi_service.evaluation.processes import do_all, do_on_processes
from pi_service.evaluation.tally import NOTHING_COUNTED, Counts, Tally
from pi_service.exercises import ANY, Exercise, Kind, find_exercise, is_exercise
from pi_service.pipeline import Pipeline
from pi_service.sources.base import Source
from pi_service.sources.exercise import exercise_of
from pi_service.sources.replay import ReplaySource


@dataclass(frozen=True, slots=True)
class Run:
    """One trace to be counted as one exercise.

    Attributes
    ----------
    file, exercise
        As the index writes them; together they name the run.
    path
        The trace as it can be opened.
    counted_as
        Id of the exercise that the pipeline is told.
    counts_steps
        Whether the index's exercise is one whose steps are counted.
    disturbance
        Id of what is done to the samples before they are counted (`pi_service.evaluation.disturb`);
        empty for nothing.
    """

    file: str
    exercise: str
    path: Path
    counted_as: str
    counts_steps: bool
    disturbance: str = ""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run gave.

    Attributes
    ----------
    run
        The run.
    counts
        Its reps and sets; empty if it failed.
    start_s, end_s
        Time of the first and of the last sample.
    error
        One sentence, if the trace could not be counted.
    """

    run: Run
    counts: Counts = NOTHING_COUNTED
    start_s: float = 0.0
    end_s: float = 0.0
    error: str | None = None


def runs_of(rows: Iterable[IndexRow], exercise: str | None = None) -> tuple[Run, ...]:
    """Return the distinct runs of an index, in its order.

    Parameters
    ----------
    rows
        The index.
    exercise
        Id of the exercise that every trace is counted as; None counts each as the index says, and as
        `any` where repclip does not know the name.
    """
    runs: dict[tuple[str, str], Run] = {}
    for row in rows:
        known = find_exercise(row.exercise if is_exercise(row.exercise) else ANY)
        counts_steps = known.kind is Kind.STEPS
        run = Run(row.file, row.exercise, row.path, exercise or known.id, counts_steps)
        runs.setdefault((row.file, row.exercise), run)
    return tuple(runs.values())


def disturbed(runs: Iterable[Run], name: str) -> tuple[Run, ...]:
    """Return the same runs with a disturbance, by its id."""
    return tuple(replace(run, disturbance=name) for run in runs)


def count_run(run: Run) -> RunResult:
    """Count one trace; a trace that cannot be counted is a result with its error."""
    exercise = find_exercise(run.counted_as)
    try:
        if run.disturbance:
            source = Disturbed(_replay(run.path, exercise), disturbance(run.disturbance), run.file)
            counts, start_s, end_s = count_source(source, exercise)
        else:
            counts, start_s, end_s = count_trace(run.path, exercise)
    except (RepclipError, CalibrationError) as error:
        return RunResult(run, error=str(error))
    except Exception as error:  # noqa: BLE001 - one odd trace must not lose hours of others; it is reported
        return RunResult(run, error=f"{run.path}: repclip failed on it ({type(error).__name__}: {error}).")
    return RunResult(run, counts, start_s, end_s)


def count_trace(path: Path, exercise: Exercise | None = None) -> tuple[Counts, float, float]:
    """Count a trace exactly as live, as fast as the machine allows.

    Parameters
    ----------
    path
        The trace.
    exercise
        What to count it as; None takes what the trace says, and `any` where it does not.

    Returns
    -------
    Counts
        Its reps and sets.
    float, float
        Time of its first and of its last sample on its own clock; 0 for an empty trace.
    """
    return count_source(_replay(path, exercise), exercise)


def _replay(path: Path, exercise: Exercise | None) -> ReplaySource:
    return ReplaySource(path, exercise=None if exercise is None else exercise.id)


def count_source(source: Source, exercise: Exercise | None = None) -> tuple[Counts, float, float]:
    """Count a source, which is closed at the end; see `count_trace`."""
    pipeline = Pipeline.of_stream(exercise or exercise_of(source.info), source.info)
    tally = Tally()
    first_s = last_s = None
    try:
        for block in source.blocks():
            if len(block):
                first_s = float(block.t_s[0]) if first_s is None else min(first_s, float(block.t_s[0]))
                last_s = float(block.t_s[-1]) if last_s is None else max(last_s, float(block.t_s[-1]))
            tally.add(pipeline.step(block))
        tally.add(pipeline.finish())
    finally:
        source.close()
    return tally.counts(), first_s or 0.0, last_s or 0.0


def count_all(
    runs: Sequence[Run],
    executor: Executor | None = None,
    on_result: Callable[[RunResult], None] = lambda _: None,
) -> tuple[RunResult, ...]:
    """Count every run.

    Parameters
    ----------
    runs
        What to count.
    executor
        Where: any `concurrent.futures.Executor`, for example a pool of processes or a cluster; None
        counts here, one after the other. The results do not depend on it.
    on_result
        Called with each result, in the order of `runs`, as soon as it is there.
    """
    return do_all(count_run, runs, executor, on_result)


def count_on_processes(
    runs: Sequence[Run], jobs: int, on_result: Callable[[RunResult], None] = lambda _: None
) -> tuple[RunResult, ...]:
    """Count every run on a number of processes.

    Raises
    ------
    EvaluationError
        If one of the processes died.
    """
    return do_on_processes(count_run, runs, jobs, on_result)
