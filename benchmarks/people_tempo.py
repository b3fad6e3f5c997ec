"""What coaching sees of real people: pauses that are held, quick repetitions, and small ones.

Takes an index of labelled sets, as `repclip evaluate` does, with a column `block` that says how a stretch
of a recording was done: in each recording one block of slow repetitions with a hold at the turning point,
one of quick ones, and one of a small range. Everything is counted as `any`. A repetition is told to be slow
by its pause, and to be small by its range against the first three of the same recording's slow block.

    python -m benchmarks.people_tempo INDEX [--slow NAME] [--fast NAME] [--small NAME]
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.bus_use import table
from firmware.samples import SensorRole
from pi_service.coaching.facts import RepFacts
from pi_service.coaching.kept import FIRST_REPS, range_share
from pi_service.coaching.recent import Recent
from pi_service.commands.progress import progress_bar
from pi_service.errors import RepclipError
from pi_service.evaluation.index import IndexRow, read_index, read_table
from pi_service.exercises import ANY, find_exercise
from pi_service.pipeline import Pipeline
from pi_service.sources.replay import ReplaySource
from pi_service.workout.events import Event, Rep, SetEnded
from pi_service.workout.rep_facts import facts_of
from pi_service.workout.sensed import Sensed

#: A hold at the turning point is a pause of so long at least; half of what was asked of these people.
HELD_S = 1.5
#: A range of less than this share is small: the bound of `range_kept` in the exercise files.
SMALL_SHARE = 0.8
#: What is promised.
TOLD_SHARE, SMALL_FOUND_SHARE, FALSE_SHARE = 0.95, 0.90, 0.05


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a recording that was done in one way."""

    row: IndexRow
    name: str


@dataclass(slots=True)
class Told:
    """What was told of the repetitions of one kind of block.

    Attributes
    ----------
    counted
        Repetitions that were counted.
    pauses_s
        Of those that were seen whole, the pause at the turning point.
    shares
        Of those whose range could be compared, the share of the slow block's.
    """

    counted: int = 0
    pauses_s: list[float] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)

    @property
    def held(self) -> int:
        """How many had a pause that was held."""
        return sum(pause_s >= HELD_S for pause_s in self.pauses_s)

    @property
    def small(self) -> int:
        """How many were small."""
        return sum(share < SMALL_SHARE for share in self.shares)


def blocks_of(index: Path) -> dict[Path, list[Block]]:
    """Return the blocks of each recording of an index, those without a name left out."""
    names = [cells.text("block") for cells in read_table(index, required=("file", "block"), what="index")]
    blocks: dict[Path, list[Block]] = {}
    for row, name in zip(read_index(index), names, strict=True):
        if name:
            blocks.setdefault(row.path, []).append(Block(row, name))
    return blocks


def counted(path: Path) -> list[tuple[Rep, RepFacts]]:
    """Count a recording as `any`; return its repetitions with what they are judged by."""
    source = ReplaySource(path, exercise=ANY)
    pipeline, sensed, limb = (
        Pipeline.of_stream(find_exercise(ANY), source.info),
        Sensed(SensorRole.LIMB, 1),
        Recent(),
    )
    events: list[Event] = []
    try:
        for block in source.blocks():
            events += pipeline.step(block)
            if block.sensor is SensorRole.LIMB:
                for frames in sensed.step(block, at_once=False)[0]:
                    limb.step(frames)
    finally:
        source.close()
    for frames in sensed.finish()[0]:
        limb.step(frames)
    events += pipeline.finish()
    reps = [rep for event in events if isinstance(event, SetEnded) for rep in event.reps]
    return [(rep, facts_of(rep, limb, Recent(), torso_until_s=math.inf)) for rep in reps]


def tell(recordings: Iterable[tuple[Path, Sequence[Block]]], slow: str) -> dict[str, Told]:
    """Return what was told of the repetitions of each kind of block."""
    told: dict[str, Told] = {}
    for path, blocks in recordings:
        reps = counted(path)
        inside = {
            block.name: [
                (rep, facts) for rep, facts in reps if block.row.start_s <= rep.turn_s < block.row.end_s
            ]
            for block in blocks
        }
        first = [facts for _, facts in inside.get(slow, []) if facts.range_deg is not None][:FIRST_REPS]
        for name, some in inside.items():
            of = told.setdefault(name, Told())
            of.counted += len(some)
            for rep, facts in some:
                if rep.measures is None:
                    continue
                of.pauses_s.append(rep.measures.turn_pause_s)
                share = range_share(facts, first, on_bar=False) if len(first) == FIRST_REPS else None
                if share is not None:
                    of.shares.append(share)
    return told


def broken_promises(slow: Told, fast: Told, small: Told) -> list[str]:
    """Return what is not as promised."""
    told = []
    right = slow.held + len(fast.pauses_s) - fast.held
    whole = len(slow.pauses_s) + len(fast.pauses_s)
    if right < TOLD_SHARE * whole:
        told.append(f"slow and quick reps are told from each other in {right} of {whole}")
    if slow.held < TOLD_SHARE * len(slow.pauses_s):
        told.append(f"a hold is seen as a pause in {slow.held} of {len(slow.pauses_s)} slow reps")
    if small.small < SMALL_FOUND_SHARE * len(small.shares):
        told.append(f"small reps are flagged in {small.small} of {len(small.shares)}")
    if slow.small > FALSE_SHARE * len(slow.shares):
        told.append(f"slow reps are flagged as small in {slow.small} of {len(slow.shares)}")
    return told


def main(arguments: Sequence[str] | None = None) -> int:
    """Count, print the table, and say what is not as promised."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("index", type=Path, metavar="INDEX", help="an index of labelled sets, a CSV file")
    parser.add_argument("--slow", default="correct_with_hold", metavar="NAME", help="the block of slow reps")
    parser.add_argument("--fast", default="fast", metavar="NAME", help="the block of quick reps")
    parser.add_argument("--small", default="low_amplitude", metavar="NAME", help="the block of small reps")
    options = parser.parse_args(arguments)
    names = (options.slow, options.fast, options.small)
    try:
        recordings = {
            path: blocks
            for path, blocks in blocks_of(options.index).items()
            if {block.name for block in blocks} >= set(names)
        }
        if not recordings:
            parser.error(f"no recording of {options.index} has all of the blocks {', '.join(names)}")
        with progress_bar() as progress:
            task = progress.add_task("recordings counted", total=len(recordings))
            told: dict[str, Told] = {}
            for each in recordings.items():
                for name, of in tell([each], options.slow).items():
                    sums = told.setdefault(name, Told())
                    sums.counted += of.counted
                    sums.pauses_s += of.pauses_s
                    sums.shares += of.shares
                progress.advance(task)
    except RepclipError as error:
        sys.stderr.write(f"people_tempo: {error}\n")
        return 1
    table(
        ("block", "counted", "seen whole", f"pause of {HELD_S:g} s or more", "range compared", "small"),
        [
            [
                name,
                str(told[name].counted),
                str(len(told[name].pauses_s)),
                str(told[name].held),
                str(len(told[name].shares)),
                str(told[name].small),
            ]
            for name in names
        ],
    )
    slow, fast, small = (told[name] for name in names)
    broken = broken_promises(slow, fast, small)
    for line in broken:
        sys.stderr.write(f"not as promised: {line}\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
