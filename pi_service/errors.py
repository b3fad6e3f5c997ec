"""Errors that a person can do something about.

The tree (each room adds its own branch in its own ``errors.py``)::

    RepclipError                  one clear sentence; commands print it and exit with `exit_code`
    +-- UsageError                an argument or a setting that cannot be right
    +-- TraceError                pi_service.traces: a trace that cannot be read or written
    +-- ExerciseError             pi_service.exercises: an exercise file or name that cannot be used
    +-- PlanError                 pi_service.workout: a workout plan that cannot be used
    +-- BrokerError               pi_service.publish: the MQTT broker cannot be reached or refuses us
    +-- RequestError              pi_service.publish: a request that came by MQTT and cannot be met
    +-- HistoryError              pi_service.history: the file of the history cannot be read or written
    +-- IndexFileError            pi_service.evaluation: an index of labelled sets that cannot be used
    +-- EvaluationError           pi_service.evaluation: an evaluation that cannot give a result
    +-- CountDiffersError         pi_service.commands: a recording was not counted to what was expected
    +-- DemoError                 pi_service.commands: the demo cannot start or cannot go on
    +-- RecordingError            pi_service.commands: a recording beside a count is not complete
"""


class RepclipError(Exception):
    """Base of all errors that are shown to a person.

    The message is one sentence that says what is wrong and what to do about it.
    """

    exit_code = 2


class UsageError(RepclipError):
    """An argument or a setting that cannot be right."""


class MissingExtraError(RepclipError):
    """A command needs an optional dependency that is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} needs the optional packages of `{extra}`: run pip install 'repclip[{extra}]'."
        )
