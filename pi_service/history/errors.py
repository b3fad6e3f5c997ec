"""Errors of the history."""

from __future__ import annotations

from pi_service.errors import RepclipError


class HistoryError(RepclipError):
    """The history's file cannot be read or written; says why in one sentence."""


class HistoryDamagedError(HistoryError):
    """The file is there, and is no history any more."""
