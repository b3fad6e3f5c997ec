"""What each exercise asks for: one TOML file per exercise, and the loader."""

from pi_service.exercises.catalogue import ANY, find_exercise, is_exercise, load_exercises
from pi_service.exercises.errors import ExerciseError
from pi_service.exercises.model import (
    Counting,
    Exercise,
    Holding,
    Kind,
    OutWay,
    Phases,
    Placement,
    Prescription,
    Sides,
    Way,
)
from pi_service.exercises.reading import exercise_of_text, read_exercise
from pi_service.exercises.rules import INFERRED, SIGNED, UNITS, Bound, BoundFrom, RuleName, RuleTerms

__all__ = [
    "ANY",
    "INFERRED",
    "SIGNED",
    "UNITS",
    "Bound",
    "BoundFrom",
    "Counting",
    "Exercise",
    "ExerciseError",
    "Holding",
    "Kind",
    "OutWay",
    "Phases",
    "Placement",
    "Prescription",
    "RuleName",
    "RuleTerms",
    "Sides",
    "Way",
    "exercise_of_text",
    "find_exercise",
    "is_exercise",
    "load_exercises",
    "read_exercise",
]
