"""Does the same with many things, on several processes; the results do not depend on how many."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from pi_service.evaluation.errors import EvaluationError

In = TypeVar("In")
Out = TypeVar("Out")


def do_all(
    do: Callable[[In], Out],
    things: Sequence[In],
    executor: Executor | None = None,
    on_result: Callable[[Out], None] = lambda _: None,
) -> tuple[Out, ...]:
    """Do one thing after the other, or let an executor do them.

    Parameters
    ----------
    do
        What to do; it can be pickled, and so can what it takes and gives.
    things
        What to do it with.
    executor
        Where: any `concurrent.futures.Executor`; None does it here.
    on_result
        Called with each result, in the order of `things`, as soon as it is there.
    """
    results = []
    for result in map(do, things) if executor is None else executor.map(do, things):
        on_result(result)
        results.append(result)
    return tuple(results)


def do_on_processes(
    do: Callable[[In], Out],
    things: Sequence[In],
    jobs: int,
    on_result: Callable[[Out], None] = lambda _: None,
) -> tuple[Out, ...]:
    """Do the same on a number of processes.

    Raises
    ------
    EvaluationError
        If one of the processes died.
    """
    jobs = min(jobs, len(things))
    if jobs <= 1:
        return do_all(do, things, None, on_result)
    # Spawned, not forked: the parent draws a progress bar on a thread of its own.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_leave_interrupts_to_the_parent) as pool:
        try:
            return do_all(do, things, pool, on_result)
        except BrokenProcessPool as error:
            raise EvaluationError(
                "One of the processes died (out of memory?): try again with fewer --jobs."
            ) from error
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
