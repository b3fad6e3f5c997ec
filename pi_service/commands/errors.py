"""Errors that only a command can make."""

from __future__ import annotations

from pi_service.errors import RepclipError


class CountDiffersError(RepclipError):
    """A recording was not counted to what the user expected."""

    exit_code = 1


class DemoError(RepclipError):
    """The demo cannot start or cannot go on."""


class RecordingError(RepclipError):
    """A recording beside a count is not complete."""
