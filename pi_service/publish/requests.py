"""What a station can be asked for: reading requests, apart from how they come and what they do.

A request is JSON on ``request/<verb>``. Whatever is not one, down to bytes that are no text, is told in one
sentence and has no effect.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from pi_service.publish.errors import RequestError
from pi_service.publish.payloads import AthleteName, Name, Payload

#: The largest request; a plan is the largest that makes sense.
MAX_REQUEST_BYTES: Final = 32_768
_LONGEST_VERB: Final = 40

_VERB: Final = re.compile(rf"[a-z_]{{1,{_LONGEST_VERB}}}")


class Verb(StrEnum):
    """What can be asked for; the value is the end of the topic."""

    SELECT_EXERCISE = "select_exercise"
    LOAD_PLAN = "load_plan"
    NEXT_EXERCISE = "next_exercise"
    START_SET = "start_set"
    END_SET = "end_set"
    CORRECT_SET = "correct_set"
    DISCARD_SET = "discard_set"
    START_RECORDING = "start_recording"
    STOP_RECORDING = "stop_recording"
    RE_ZERO = "re_zero"
    SET_ATHLETE = "set_athlete"
    HEALTH = "health"


class Request(BaseModel):
    """What every request may say.

    Attributes
    ----------
    id
        Comes back in the response. A request that was done and comes again within 60 s with the same id gets
        the same answer and is not done twice; another request of that verb needs another id.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    id: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[ -~]*$")] | None = None


class SelectExercise(Request):
    """Count another exercise from now on; an open set ends first.

    Attributes
    ----------
    exercise
        Its id, name or alias.
    side
        The arm that wears the sensor; left out: as it was said before.
    """

    exercise: Name
    side: Literal["left", "right"] | None = None


class LoadPlan(Request):
    """Count what a plan says from now on; an open set ends first.

    Attributes
    ----------
    plan
        The plan's TOML; see workout.md. Exercise files of one's own are refused.
    """

    plan: Annotated[str, Field(min_length=1, max_length=MAX_REQUEST_BYTES)]


class NextExercise(Request):
    """Go on to the plan's next exercise; an open set ends first."""


class StartSet(Request):
    """Begin a set now, before its first repetition."""


class EndSet(Request):
    """End the set that is running, with its review."""


class OfFinishedSet(Request):
    """A request about a finished set.

    Attributes
    ----------
    set
        Its number within the session.
    session
        Which session that is; refused where it is not the one that runs. Left out: the one that runs.
    """

    set: PositiveInt
    session: Name | None = None


class CorrectSet(OfFinishedSet):
    """Say how many repetitions a finished set had.

    Attributes
    ----------
    reps
        How many it had; where sides alternate, on the side that was counted. The other side is taken to have
        had as many more or fewer.
    """

    reps: Annotated[int, Field(ge=0, le=10_000)]


class DiscardSet(OfFinishedSet):
    """Say that a finished set was none."""


class StartRecording(Request):
    """Record the samples to a file of the station from now on; refused while it records already.

    Attributes
    ----------
    name
        A word at the end of the file's name: 1 to 40 letters, digits, ``_`` and ``-``.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")] | None = None


class StopRecording(Request):
    """End the recording that a request began."""


class ReZero(Request):
    """Learn a gyroscope's zero anew; refused while a set runs or the sensor moves.

    The response says that it is begun, and after two seconds of rest a `notice` that it is done.

    Attributes
    ----------
    sensor
        Which; left out: all there are.
    """

    sensor: Literal["limb", "torso"] | None = None


class SetAthlete(Request):
    """Say who trains from now on, until somebody says otherwise or the station ends.

    Attributes
    ----------
    athlete
        1 to 40 printable characters, or null for nobody in particular; comes back as `athlete` in what is
        counted.
    """

    athlete: AthleteName | None


class Health(Request):
    """Say how the station is, at once: a `health` comes before the response."""


#: The model of each.
MODELS: Final[dict[Verb, type[Request]]] = {
    Verb.SELECT_EXERCISE: SelectExercise,
    Verb.LOAD_PLAN: LoadPlan,
    Verb.NEXT_EXERCISE: NextExercise,
    Verb.START_SET: StartSet,
    Verb.END_SET: EndSet,
    Verb.CORRECT_SET: CorrectSet,
    Verb.DISCARD_SET: DiscardSet,
    Verb.START_RECORDING: StartRecording,
    Verb.STOP_RECORDING: StopRecording,
    Verb.RE_ZERO: ReZero,
    Verb.SET_ATHLETE: SetAthlete,
    Verb.HEALTH: Health,
}


class ResponsePayload(Payload):
    """The answer to a request, on `response/<verb>`.

    Attributes
    ----------
    id
        Of the request; null where it had none, or none that could be read.
    verb
        What was asked for; `unknown` where that is no word.
    ok
        Whether it was done.
    error
        Why not, in one sentence; null where it was. Nothing has changed then.
    """

    id: str | None
    verb: Name
    ok: bool
    error: Annotated[str, Field(max_length=600)] | None


def plain_verb(verb: str) -> str:
    """Return a verb for the topic and the text of a response: itself, if it is a word."""
    return verb if _VERB.fullmatch(verb) else "unknown"


def parse(verb: str, payload: bytes) -> Request:
    """Read a request.

    Parameters
    ----------
    verb
        End of its topic.
    payload
        JSON, or nothing for a request that has nothing to say.

    Raises
    ------
    RequestError
        If it is none; the sentence says why.
    """
    if len(payload) > MAX_REQUEST_BYTES:
        raise RequestError(f"The request is larger than {MAX_REQUEST_BYTES} bytes: send less.")
    try:
        model = MODELS[Verb(verb)]
    except ValueError:
        known = ", ".join(each.value for each in Verb)
        raise RequestError(
            f"There is no request {plain_verb(verb)!r}: known are {known}.", id_of(payload)
        ) from None
    try:
        return model.model_validate_json(payload or b"{}")
    except ValidationError as error:
        raise RequestError(_sentence(verb, error), id_of(payload)) from error


class _Id(Request):
    model_config = ConfigDict(extra="ignore")


def id_of(payload: bytes) -> str | None:
    """Return the id of a request that is otherwise wrong, so that whoever waits hears of it."""
    try:
        return _Id.model_validate_json(payload).id
    except ValidationError:
        return None


def _sentence(verb: str, error: ValidationError) -> str:
    """Return the first thing that is wrong, without what was sent: it could be anything."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    key = ".".join(str(each) for each in first["loc"])[:80]
    what = first["msg"][:200].rstrip(".")
    if first["type"] == "extra_forbidden":
        known = ", ".join(MODELS[Verb(verb)].model_fields)
        return f"The request {verb} has a key that it does not know: its keys are {known}."
    return f"The request {verb} cannot be read: {f'`{key}`: ' if key else ''}{what}."
