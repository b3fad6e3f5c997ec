"""The topics of a station: ``repclip/<station>/<kind>``.

Station names are checked where they enter, so that no name can carry a wildcard, a slash or a
control character into a topic.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from pi_service.errors import UsageError

#: First level of every topic.
ROOT = "repclip"

ONLINE = b"online"
OFFLINE = b"offline"

_STATION = re.compile(r"[a-z0-9_-]{1,40}")
_VERB = re.compile(r"[a-z_]{1,40}")
_ROOT = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")
#: A topic may have 65 535 bytes; brokers take fewer levels than that.
_LONGEST_ROOT = 200
_SESSION = re.compile(r"[A-Za-z0-9._:-]{1,80}")


class Kind(StrEnum):
    """What a topic carries; the value is the end of the topic."""

    AVAILABILITY = "availability"
    """``online`` or ``offline``, retained; the broker says ``offline`` when we vanish."""
    STATE = "state"
    """What is going on now, retained."""
    REP = "rep"
    """One repetition was counted."""
    SET = "set"
    """A set is over and reviewed."""
    SET_LAST = "set/last"
    """The last finished set, retained."""
    VERDICT = "verdict"
    """A repetition was judged."""
    SET_VERDICT = "set/verdict"
    """A set was judged."""
    CORRECTION = "correction"
    """The review added or withdrew reps."""
    HOLD = "hold"
    """A hold goes on, is broken, is resumed."""
    CARRY = "carry"
    """A round of a carry goes on."""
    CURVE = "curve"
    """A piece of the movement's curve, for people to look at."""
    GAP = "gap"
    """Samples are missing."""
    NOTICE = "notice"
    """Something that a person should know of a sensor, or do about it."""
    WORKOUT = "workout"
    """Something happened in the workout: a target, a rest, another exercise."""
    INFO = "info"
    """What the station is, retained."""
    HEALTH = "health"
    """How the station is."""
    RECORDING = "recording"
    """Whether the samples are recorded, retained."""
    FAULT = "fault"
    """Something went wrong with the station, or is over."""


@dataclass(frozen=True, slots=True)
class StationTopics:
    """The topics of one station.

    Attributes
    ----------
    station
        Name of the station, see `check_station`.
    root
        What the topics begin with: one or more levels.
    """

    station: str
    root: str = ROOT

    def __post_init__(self) -> None:
        check_station(self.station)
        check_root(self.root)

    def of(self, kind: Kind) -> str:
        """Return the topic of a kind of message."""
        return f"{self.root}/{self.station}/{kind.value}"

    def requests(self) -> str:
        """Return the subscription that matches every request to the station."""
        return f"{self.root}/{self.station}/request/+"

    def request(self, verb: str) -> str:
        """Return the topic of a request.

        Raises
        ------
        ValueError
            If the verb is no word.
        """
        if not _VERB.fullmatch(verb):
            raise ValueError("not a verb")
        return f"{self.root}/{self.station}/request/{verb}"

    def response(self, verb: str) -> str:
        """Return the topic of the answers to a request.

        Raises
        ------
        ValueError
            If the verb is no word: it could be anything that somebody sent.
        """
        if not _VERB.fullmatch(verb):
            raise ValueError("not a verb")
        return f"{self.root}/{self.station}/response/{verb}"


def check_station(name: str) -> str:
    """Return a station's name when it can be part of a topic.

    Raises
    ------
    UsageError
        If it is not 1 to 40 of a-z, 0-9, underscore and hyphen.
    """
    if not _STATION.fullmatch(name):
        shown = name if len(name) <= 60 else f"{name[:60]}..."
        raise UsageError(
            f"{shown!r} cannot be the name of a station: use 1 to 40 of the characters a-z, 0-9, _ and -."
        )
    return name


def check_session(session: str) -> str:
    """Return the id of a session when messages can carry it and consumers can key on it.

    Raises
    ------
    UsageError
        If it is not 1 to 80 of letters, digits, dot, underscore, colon and hyphen.
    """
    if not _SESSION.fullmatch(session):
        shown = session if len(session) <= 60 else f"{session[:60]}..."
        raise UsageError(
            f"{shown!r} cannot be the id of a session: use 1 to 80 letters, digits, dots, _, : and -; "
            "that of a recording is session_id in its header."
        )
    return session


def check_root(root: str) -> str:
    """Return what topics begin with when it holds no wildcard and no empty level.

    Raises
    ------
    UsageError
        If it cannot be the beginning of a topic.
    """
    if len(root) > _LONGEST_ROOT or not _ROOT.fullmatch(root):
        shown = root if len(root) <= 60 else f"{root[:60]}..."
        raise UsageError(
            f"{shown!r} cannot be the beginning of a topic: use letters, digits, _ and -, "
            f"with single slashes between them, at most {_LONGEST_ROOT} in all."
        )
    return root


def parse_topic(topic: str, root: str = ROOT) -> tuple[str, Kind] | None:
    """Return the station and the kind that a topic belongs to, or None when it is none of ours."""
    prefix = f"{root}/"
    if not topic.startswith(prefix):
        return None
    station, _, rest = topic[len(prefix) :].partition("/")
    if not _STATION.fullmatch(station):
        return None
    try:
        return station, Kind(rest)
    except ValueError:
        return None


def all_responses(root: str = ROOT) -> str:
    """Return the subscription that matches every answer of every station."""
    return f"{check_root(root)}/+/response/+"


def all_stations(kind: Kind, root: str = ROOT) -> str:
    """Return the subscription that matches one kind of message of every station."""
    return f"{check_root(root)}/+/{kind.value}"
