"""Doing what a station is asked for: from requests to what a person may ask of a running count."""

from __future__ import annotations

from collections.abc import Mapping

from calibration.placement_kind import Side
from firmware.roles import SensorRole
from pi_service.control import Control
from pi_service.exercises import Exercise, find_exercise
from pi_service.publish.desk import Done
from pi_service.publish.errors import RequestError
from pi_service.publish.requests import (
    CorrectSet,
    DiscardSet,
    EndSet,
    Health,
    LoadPlan,
    NextExercise,
    Request,
    ReZero,
    SelectExercise,
    SetAthlete,
    StartRecording,
    StartSet,
    StopRecording,
)
from pi_service.publish.tape import NoTape, Tape
from pi_service.workout.events import Event
from pi_service.workout.plan_file import read_plan_text


class Actions:
    """Does requests; see `pi_service.publish.desk.Doing`. Called by the thread that counts.

    Parameters
    ----------
    control
        Of the pipeline that counts.
    tape
        Records the samples; a station without one refuses to.
    own
        Exercises of somebody's own that the station was begun with: they can be selected again, by their id.
    """

    def __init__(
        self, control: Control, tape: Tape | None = None, own: Mapping[str, Exercise] | None = None
    ) -> None:
        self._control, self._own = control, dict(own or {})
        self.tape = NoTape() if tape is None else tape

    def __call__(self, request: Request) -> Done:
        """Do a request.

        Raises
        ------
        RepclipError
            It cannot be done, and nothing has changed.
        """
        match request:
            case SelectExercise():
                return Done(self._select(request))
            case LoadPlan():
                return Done(self._control.load(read_plan_text(request.plan, "The plan")))
            case NextExercise():
                return Done(self._control.next_exercise())
            case StartSet():
                return Done(self._control.start_set())
            case EndSet():
                return Done(self._control.end_set())
            case CorrectSet():
                return Done(self._control.correct(request.set, request.reps))
            case DiscardSet():
                return Done(self._control.discard(request.set))
            case ReZero():
                role = None if request.sensor is None else SensorRole(request.sensor)
                return Done(self._control.re_zero(role))
            case StartRecording():
                self.tape.start(request.name)
                return Done()
            case StopRecording():
                self.tape.stop()
                return Done()
            case SetAthlete() | Health():
                return Done()  # the station itself does these
            case _:
                raise RequestError("This station does not do that.")

    def _select(self, request: SelectExercise) -> list[Event]:
        name = request.exercise
        # A path would let whoever may ask have any file of this computer read, or looked for.
        if name.endswith(".toml") or "/" in name:
            raise RequestError("Only exercises that repclip has can be selected: give the id of one.")
        side = None if request.side is None else Side(request.side)
        return self._control.select(self._own.get(name) or find_exercise(name), side)
