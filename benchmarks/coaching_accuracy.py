"""How well faults are found: the simulated athlete does each exercise well, and with each fault in turn.

Every set is coached twice: with a sensor on the torso, known placements and a measured length of a step, and
with the counting sensor alone. The bounds in the exercise files were chosen by looking at people of even
seeds; those that are reported are the others.

    python -m benchmarks.coaching_accuracy [--sets N] [--clean-sets N] [--alone N] [--half tune|report]
        [--jobs N] [--only EXERCISE] [--keep FILE]

That takes hours. With --keep each set is written into a file when it is done: a run that was stopped goes on
from there, and with --sets 0 --clean-sets 0 the table of what there is is printed.
"""

from __future__ import annotations

import argparse
import pickle
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from benchmarks.bus_use import table
from benchmarks.coached_sets import ALSO, RULE_OF, Flag, Job, Outcome, coached, jobs
from pi_service.athlete.faults import FaultKind
from pi_service.coaching.verdict import Basis
from pi_service.commands.progress import progress_bar
from pi_service.exercises import RuleName

#: What is promised: a fault is found in so many of the sets that have it, and flagged in so few clean ones.
FOUND_SHARE, FALSE_SHARE, LATEST_S = 0.95, 0.02, 1.0
HEAD = [
    "exercise",
    "sensor",
    "fault",
    "found",
    "clean, flagged",
    "counted right: found",
    "counted right: clean, flagged",
    "live cue",
    "alone: found",
    "alone: clean, flagged",
]
_Case = tuple[str, str, FaultKind | None]


def by_case(outcomes: Iterable[Outcome]) -> Mapping[_Case, list[Outcome]]:
    """Return the sets of each exercise, sensor and fault."""
    cases: dict[_Case, list[Outcome]] = defaultdict(list)
    for each in outcomes:
        cases[each.job.variant, each.job.placement, each.job.fault].append(each)
    return cases


def rows(outcomes: Sequence[Outcome]) -> Iterator[list[str]]:
    """Yield a row for each exercise and fault."""
    cases = by_case(outcomes)
    for (variant, placement, fault), found in cases.items():
        if fault is None:
            continue
        rule, clean = RULE_OF[fault], cases[variant, placement, None]
        right, clean_right = ([each for each in some if each.counted_right] for some in (found, clean))
        lone, clean_lone = (
            [each.alone for each in some if each.alone is not None] for some in (found, clean)
        )
        alone = rule if any(rule in each for each in lone) else ALSO.get(fault, rule)
        known = [flag for each in lone if (flag := each.get(alone)) is not None]
        by = f", by {alone.value}" if alone is not rule else ""
        inferred = ", inferred" if known and known[0].basis is Basis.INFERRED else by
        cued = _share(each.is_cued for each in found)
        yield [
            variant,
            placement,
            fault.value,
            _share(_wrong(each.worn, rule) for each in found),
            _share(_wrong(each.worn, rule) for each in clean),
            _share(_wrong(each.worn, rule) for each in right),
            _share(_wrong(each.worn, rule) for each in clean_right),
            cued if found[0].may_be_cued else "-",
            _share(_wrong(each, alone) for each in lone) + inferred if known else "-",
            _share(_wrong(each, alone) for each in clean_lone) if known else "-",
        ]


def _wrong(flags: Mapping[RuleName, Flag], rule: RuleName) -> bool:
    flag = flags.get(rule)
    return flag is not None and flag.is_wrong


def _share(flags: Iterable[bool]) -> str:
    told = list(flags)
    return f"{sum(told)} of {len(told)}"


def summary(outcomes: Sequence[Outcome]) -> list[str]:
    """Return what is told below the table."""
    lines = []
    clean = [each for each in outcomes if each.job.fault is None]
    faulty = [each for each in outcomes if each.job.fault is not None]
    right, clean_right = ([each for each in some if each.counted_right] for some in (faulty, clean))
    for what, some in (("in all", faulty), ("of those counted right", right)):
        found = _share(_wrong(each.worn, RULE_OF[each.job.fault]) for each in some if each.job.fault)
        lines.append(f"Faults found, {what}: {found}.")
    for what, flags in (("all sensors", _worn), ("the counting one alone", _alone)):
        any_of, also = (
            _share(_any(told) for each in some if (told := flags(each)) is not None)
            for some in (clean, clean_right)
        )
        lines.append(f"Clean sets flagged by any rule, with {what}: {any_of}; counted right: {also}.")
    live = [each for each in faulty if each.may_be_cued]
    lines.append(f"Faults with a live cue: {_share(each.is_cued for each in live)}.")
    for what, some in (("clean sets", clean), ("those counted right", clean_right)):
        cues, judged = sum(each.false_cues for each in some), sum(each.judged for each in some)
        lines.append(f"Reps of {what} with a live cue: {cues} of {judged}.")
    latest_s = max(each.latest_s for each in outcomes)
    lines.append(f"Latest verdict of a rep after its count: {latest_s:.1f} s.")
    after_s = np.array([delay_s for each in outcomes for delay_s in each.after_end_s])
    if len(after_s):
        early, (median_s, p95_s) = np.mean(after_s <= LATEST_S), np.percentile(after_s, (50, 95))
        lines.append(
            f"Verdicts within {LATEST_S:g} s of the rep's true end: {100 * early:.1f} % of {len(after_s)};"
            f" median {median_s:.2f} s, 95th percentile {p95_s:.2f} s."
        )
    return lines


def _any(flags: Mapping[RuleName, Flag]) -> bool:
    return any(flag.is_wrong for flag in flags.values())


def _worn(outcome: Outcome) -> Mapping[RuleName, Flag]:
    return outcome.worn


def _alone(outcome: Outcome) -> Mapping[RuleName, Flag] | None:
    return outcome.alone


def broken_promises(outcomes: Sequence[Outcome]) -> list[str]:
    """Return what is not as promised, case by case, and of the clean sets."""
    told = []
    cases = by_case(outcomes)
    for (variant, placement, fault), found in cases.items():
        if fault is None:
            continue
        rule, clean = RULE_OF[fault], cases.get((variant, placement, None), [])
        name = f"{variant}, {placement}, {fault.value}"
        is_found = [_wrong(each.worn, rule) for each in found]
        is_false = [_wrong(each.worn, rule) for each in clean]
        if sum(is_found) < FOUND_SHARE * len(is_found):
            missed = _people(found, is_found, wanted=False)
            told.append(f"{name}: found in {_share(is_found)}, not in that of {missed}")
        if sum(is_false) > FALSE_SHARE * len(is_false):
            flagged = _people(clean, is_false, wanted=True)
            told.append(f"{name}: flagged in {_share(is_false)} clean sets, that of {flagged}")
    latest_s = max((each.latest_s for each in outcomes), default=0.0)
    if latest_s > LATEST_S + 1e-6:
        told.append(f"a verdict came {latest_s:.2f} s after its count")
    return told


def _people(outcomes: Sequence[Outcome], flags: Sequence[bool], *, wanted: bool) -> str:
    """Return the seeds of the people of whom something is true, so that their sets can be looked at."""
    return ", ".join(str(each.job.seed) for each, flag in zip(outcomes, flags, strict=True) if flag is wanted)


def coach_all(wanted: Sequence[Job], processes: int) -> Iterator[Outcome]:
    """Coach sets on a number of processes; each is given out as soon as it and those before it are done."""
    if processes < 2:
        yield from map(coached, wanted)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(coached, wanted, chunksize=4)


def kept_in(path: Path) -> list[Outcome]:
    """Return what an earlier run kept in a file; what it was writing when it was stopped is cut off."""
    outcomes: list[Outcome] = []
    with path.open("a+b") as file:
        file.seek(0)
        while True:
            whole = file.tell()
            try:
                outcomes.append(pickle.load(file))  # noqa: S301 - our own
            except (EOFError, pickle.UnpicklingError):
                file.truncate(whole)
                return outcomes


def main(arguments: Sequence[str] | None = None) -> int:
    """Coach, print the table, and say what is not as promised."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", type=int, default=40, metavar="N", help="sets with each fault")
    parser.add_argument("--clean-sets", type=int, default=100, metavar="N", help="sets without one")
    parser.add_argument(
        "--alone", type=int, default=10, metavar="N", help="people also coached by the counting sensor alone"
    )
    parser.add_argument(
        "--half", choices=("tune", "report"), default="report", help="which half of the people"
    )
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes")
    parser.add_argument("--only", metavar="EXERCISE", help="one exercise, or one form of it")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="write each set there, and go on from it")
    options = parser.parse_args(arguments)
    outcomes = [] if options.keep is None else kept_in(options.keep)
    done = {each.job for each in outcomes}
    wanted = [
        job
        for job in jobs(
            options.sets, options.half, options.only, clean=options.clean_sets, alone=options.alone
        )
        if job not in done
    ]
    if not wanted and not outcomes:
        parser.error("there is nothing to do: --sets is at least 1, and --only the name of an exercise")
    with progress_bar() as progress, ExitStack() as stack:
        task = progress.add_task("sets coached", total=len(wanted))
        kept = None if options.keep is None else stack.enter_context(options.keep.open("ab"))
        for outcome in coach_all(wanted, options.jobs):
            outcomes.append(outcome)
            if kept is not None:
                pickle.dump(outcome, kept)
                kept.flush()
            progress.advance(task)
    table(HEAD, list(rows(outcomes)))
    for line in summary(outcomes):
        print(line)
    broken = broken_promises(outcomes)
    for each in broken:
        sys.stderr.write(f"not as promised: {each}\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
