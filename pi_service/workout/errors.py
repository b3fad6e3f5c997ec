"""Errors of workout plans."""

from __future__ import annotations

from pi_service.errors import RepclipError


class PlanError(RepclipError):
    """A workout plan that cannot be used."""
