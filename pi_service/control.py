"""What a person may ask of a running count."""

from __future__ import annotations

from calibration.placement_kind import Side
from firmware.samples import SensorRole
from pi_service.errors import UsageError
from pi_service.exercises import Exercise
from pi_service.pipeline import Pipeline
from pi_service.workout.events import Event
from pi_service.workout.plan import Plan


class Control:
    """Takes requests of people: choose an exercise, begin and end sets, correct them.

    Every method is called by the thread that counts, between two blocks of samples. It returns what happened
    because of the request, at the stream's present time and in order: hand these events to the sinks as
    those of `Pipeline.step`. What cannot be done raises `UsageError` with one sentence, and changes nothing.

    Requests are not in a recording: a replay counts what the sensors felt, without them.

    Parameters
    ----------
    pipeline
        What counts.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    def select(self, exercise: Exercise, side: Side | None = None) -> list[Event]:
        """Count another exercise from now on, without a plan; an open set ends first.

        Parameters
        ----------
        exercise
            Which; it may be the same again, whose sets then count from the first.
        side
            The arm that wears the sensor; None leaves what was said when the count began.
        """
        ended = self._end_open_set()
        changed = self._pipeline.programme.select(self._pipeline.now_s, exercise, side)
        return [*ended, *self._change(changed)]

    def load(self, plan: Plan) -> list[Event]:
        """Count what a plan says from now on, from its first exercise; an open set ends first."""
        ended = self._end_open_set()
        return [*ended, *self._change(self._pipeline.programme.load(self._pipeline.now_s, plan))]

    def next_exercise(self) -> list[Event]:
        """Go on to the plan's next exercise; an open set ends first.

        Raises
        ------
        UsageError
            There is no plan, or this is its last exercise.
        """
        self._pipeline.programme.check_next()
        ended = self._end_open_set()
        return [*ended, *self._change(self._pipeline.programme.next_exercise(self._pipeline.now_s))]

    def start_set(self) -> list[Event]:
        """Begin a set now, before its first repetition; it ends as every set does.

        Raises
        ------
        UsageError
            A set is running.
        """
        work = self._pipeline.work
        if work.running:
            raise UsageError(f"Set {work.last_set} is running already: end it first.")
        return self._pipeline.tell(work.start_set(self._pipeline.now_s, self._pipeline.seen_frames))

    def end_set(self) -> list[Event]:
        """End the set that is running, with its review.

        Raises
        ------
        UsageError
            None is running.
        """
        ended = self._pipeline.work.end_set(self._pipeline.now_s, self._pipeline.seen_frames)
        if not ended:
            raise UsageError("No set is running: there is none to end.")
        return self._pipeline.tell(ended)

    def correct(self, set_number: int, count: int) -> list[Event]:
        """Say how many repetitions a finished set had; where sides alternate, on the side that was counted.

        Raises
        ------
        UsageError
            There is no such set, it is still running, it is no set of repetitions, or the count is none.
        """
        programme = self._pipeline.programme
        return self._pipeline.tell_more(lambda at_s: programme.correct(at_s, set_number, count))

    def discard(self, set_number: int) -> list[Event]:
        """Say that a finished set was none.

        Raises
        ------
        UsageError
            There is no such set, it is still running, or it was discarded before.
        """
        programme = self._pipeline.programme
        return self._pipeline.tell_more(lambda at_s: programme.discard(at_s, set_number))

    def re_zero(self, sensor: SensorRole | None = None) -> list[Event]:
        """Learn a gyroscope's zero anew from the next two seconds of rest; those of all sensors for None.

        `ZeroLearned` comes when it is done, or after half a minute without a rest.

        Raises
        ------
        UsageError
            A set is running, the sensor moves, or there is none.
        """
        work = self._pipeline.work
        if work.running:
            raise UsageError(f"Set {work.last_set} is running: end it first.")
        self._pipeline.learn_zero(sensor)
        return []

    def _end_open_set(self) -> list[Event]:
        """End what goes on, if anything does, without going on in a plan."""
        ended = self._pipeline.work.end_set(self._pipeline.now_s, self._pipeline.seen_frames)
        return self._pipeline.tell(ended, may_move=False)

    def _change(self, changed: list[Event]) -> list[Event]:
        self._pipeline.begin_work()
        return changed
