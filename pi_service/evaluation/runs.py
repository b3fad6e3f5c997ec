"""Runs traces through the streaming pipeline exactly as live, on one process or on several."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

from calibration.errors import CalibrationError
from pi_service.errors import RepclipError
from pi_service.evaluation.errors import EvaluationError
from pi_service.evaluation.index import IndexRow
from pi_service.evaluation.tally import NOTHING_COUNTED, Counts, Tally
from pi_service.exercises import ANY, Exercise, Kind, find_exercise, is_exercise
from pi_service.pipeline import Pipeline
from pi_service.sources.base import StreamInfo
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
    """

    file: str
    exercise: str
    path: Path
    counted_as: str
    counts_steps: bool


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


def count_run(run: Run) -> RunResult:
    """Count one trace; a trace that cannot be counted is a result with its error."""
    try:
        counts, start_s, end_s = count_trace(run.path, find_exercise(run.counted_as))
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
    source = ReplaySource(path, exercise=None if exercise is None else exercise.id)
    pipeline = Pipeline(exercise or exercise_of(source.info))
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


def exercise_of(info: StreamInfo) -> Exercise:
    """Return the exercise that a stream says it is, or `any`."""
    name = info.exercise
    return find_exercise(name if name is not None and is_exercise(name) else ANY)


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
    results = []
    for result in map(count_run, runs) if executor is None else executor.map(count_run, runs):
        on_result(result)
        results.append(result)
    return tuple(results)


def count_on_processes(
    runs: Sequence[Run], jobs: int, on_result: Callable[[RunResult], None] = lambda _: None
) -> tuple[RunResult, ...]:
    """Count every run on a number of processes.

    Raises
    ------
    EvaluationError
        If one of the processes died.
    """
    jobs = min(jobs, len(runs))
    if jobs <= 1:
        return count_all(runs, None, on_result)
    # Spawned, not forked: the parent draws a progress bar on a thread of its own.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_leave_interrupts_to_the_parent) as pool:
        try:
            return count_all(runs, pool, on_result)
        except BrokenProcessPool as error:
            raise EvaluationError(
                "One of the counting processes died (out of memory?): try again with fewer --jobs."
            ) from error
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
