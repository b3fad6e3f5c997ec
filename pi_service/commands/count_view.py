"""Shows a count as it goes on: a line for each set, and on a terminal the reps of the set that runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from rich.console import Console

from pi_service.coaching.words import judgement_lines, verdict_words
from pi_service.commands.asked_words import (
    asked_words,
    changed_words,
    compared_words,
    place_words,
    rest_words,
    target_words,
)
from pi_service.commands.held_words import going_words
from pi_service.commands.progress import count_display
from pi_service.commands.rep_words import tempo_words
from pi_service.commands.replay import set_line
from pi_service.commands.say import say
from pi_service.commands.sensor_words import counted
from pi_service.sources.base import StreamInfo
from pi_service.workout.events import (
    Event,
    PlacementChanged,
    RepCounted,
    RepJudged,
    RepsCorrected,
    SetEnded,
    SetJudged,
    ZeroUnknown,
)
from pi_service.workout.held import CarryTold, HoldTold
from pi_service.workout.notices import sentence
from pi_service.workout.sides import side_words
from pi_service.workout.told import (
    ExerciseChanged,
    ExerciseDone,
    PlanDone,
    RestTold,
    SetAsked,
    SetCompared,
    SetCorrected,
    TargetTold,
)
from pi_service.workout.zeros import ZeroLearned

_WAITING = "waiting for a set"


#: Takes a line for a person, and the event that it tells of.
Tell = Callable[[str, Event], None]


def tell_on_terminal(line: str, event: Event) -> None:
    """Write a line: what a person has to do something about goes to stderr."""
    if isinstance(event, PlacementChanged | ZeroUnknown | ZeroLearned):
        say(f"repclip: {line}", err=True)
    else:
        say(line)


class CountView:
    """A sink that shows; used as a context manager.

    Parameters
    ----------
    console
        Where; stdout if not given.
    tell
        Takes the lines.
    """

    def __init__(self, console: Console | None = None, tell: Tell = tell_on_terminal) -> None:
        self._display = count_display(console)
        self._tell = tell
        # Where nobody looks at the display, as in a pipe, each cue is a line of its own.
        self._tells_cues = self._display.disable
        self._task = self._display.add_task(_WAITING, total=None)
        self._now_s = 0.0
        self._count, self._cue = _WAITING, ""
        self._exercise, self._next, self._target = "", "", ""
        self._asked: SetAsked | None = None

    def __enter__(self) -> Self:
        self._display.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._display.stop()

    def begin(self, info: StreamInfo) -> None:
        """Nothing is known yet."""

    def take(self, events: Sequence[Event]) -> None:
        """Show what is counted, and write a line for each set that ended and each notice."""
        for event in events:
            match event:
                case SetEnded():
                    self._count, self._cue, self._target, self._asked = _WAITING, "", "", None
                    self._tell(set_line(event).capitalize(), event)
                case SetJudged():
                    for line in judgement_lines(event.judgement):
                        self._tell(f"  {line}", event)
                case RepJudged():
                    self._cue = _cue_words(event)
                    if self._cue and self._tells_cues:
                        self._tell(f"  {self._cue}", event)
                case PlacementChanged() | ZeroUnknown() | ZeroLearned():
                    self._tell(sentence(event), event)
                case HoldTold() | CarryTold():
                    self._count = f"{self._place(event.set_number)}: {going_words(event)}{self._of()}"
                case RepCounted() | RepsCorrected():
                    self._count = self._counted(event)
                case _:
                    self._take_asked(event)
        self._show()

    def _take_asked(self, event: Event) -> None:
        """Show what belongs to a prescription, a plan or a correction."""
        match event:
            case SetAsked():
                self._asked = event
            case TargetTold():
                self._target = f"; {target_words(event)}"
            case SetCompared():
                self._tell(f"  {self._exercise}set {event.place}: {compared_words(event)}", event)
            case RestTold():
                self._count = (
                    _WAITING if event.change.value == "ended" else f"{rest_words(event)}{self._next}"
                )
            case ExerciseDone():
                self._tell(f"  {event.exercise} is done: {counted(event.sets, 'set')}", event)
            case ExerciseChanged():
                # A plan has several exercises: which one it is stands before the number of the set.
                self._exercise = f"{event.exercise} "
                self._next = f"; next is {event.name}"
                self._tell(f"Now: {changed_words(event)}", event)
            case PlanDone():
                self._next = "; the plan is done"
                self._tell(f"The plan {event.plan!r} is done.", event)
            case SetCorrected():
                line = f"Set {event.set_number}: {event.reason}, {counted(event.count, 'rep')} stay."
                self._tell(line, event)

    def _counted(self, event: RepCounted | RepsCorrected) -> str:
        sides = "" if event.sides is None else f" ({side_words(event.sides)})"
        count = f"{self._place(event.set_number)}: {counted(event.count, 'rep')}{sides}{self._of()}"
        if isinstance(event, RepCounted) and event.rep.measures is not None:
            count += f"; {tempo_words(event.rep)}"
        return count

    def _place(self, set_number: int) -> str:
        """Return which set it is: of its exercise where that says how many, otherwise of the session."""
        return self._exercise + (f"set {set_number}" if self._asked is None else place_words(self._asked))

    def _of(self) -> str:
        """Return how much is asked for, and whether that is reached."""
        if self._asked is None or self._asked.asked is None:
            return ""
        return f" of {asked_words(self._asked.asked)}{self._target}"

    @property
    def status(self) -> str:
        """What is counted at the moment, in a few words."""
        return self._count

    def end(self) -> None:
        """Nothing is left to show."""

    def show_time(self, at_s: float) -> None:
        """Show how far the stream is."""
        self._now_s = at_s
        self._show()

    def _show(self) -> None:
        cue = f"\n{self._cue}" if self._cue else ""
        self._display.update(self._task, description=f"{self._now_s:.0f} s  {self._count}{cue}")


def _cue_words(event: RepJudged) -> str:
    """Return what to do, and of which rep that is; empty where nothing is to be done."""
    if event.cue is None:
        return ""
    whose = "" if event.number is None else f"Rep {event.number}: "
    return f"{whose}{verdict_words(event.cue)}"
