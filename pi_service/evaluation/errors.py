"""Errors of the evaluation."""

from __future__ import annotations

from pi_service.errors import RepclipError


class IndexFileError(RepclipError):
    """An index of labelled sets, or a file of labelled peaks, that cannot be used."""


class EvaluationError(RepclipError):
    """An evaluation that cannot give a result."""
