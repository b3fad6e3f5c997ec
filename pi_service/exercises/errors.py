"""Errors of the exercise files and their names."""

from __future__ import annotations

from pi_service.errors import RepclipError


class ExerciseError(RepclipError):
    """An exercise file or an exercise's name that cannot be used."""
