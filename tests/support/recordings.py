"""Recordings of the simulated athlete, for tests that need any recording at all."""

from __future__ import annotations

from pathlib import Path

from pi_service.athlete.movements import find_movement
from pi_service.athlete.recording import Order, write_recording
from pi_service.athlete.task import Task
from pi_service.traces import Label, open_trace


def write_pull_ups(
    path: Path, *, reps: int = 8, seed: int = 1, sets: int = 1, rest_s: float = 20.0
) -> tuple[Label, ...]:
    """Write sets of pull-ups by somebody who does not stop to drink, and return their labels."""
    task = Task(find_movement("pull_up"), reps=reps, rest_s=2.0, drink_chance=0.0)
    write_recording(path, Order(task, seed=seed, sets=sets, rest_s=rest_s))
    return open_trace(path).labels()
