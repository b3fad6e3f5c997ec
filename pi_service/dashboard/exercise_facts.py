"""What the files of the exercises say to the page: a name for people, the kind of work, what is asked for.

Only the few keys that the page shows are read: whether a file is right is the counter's affair. A station may
count an exercise of somebody's own, whose file is not here: then the id is all that is known.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import pi_service
from pi_service.dashboard.now_views import BoundView, KindName, TempoView

_SHIPPED = Path(pi_service.__file__).parent / "exercises" / "data"
#: Kinds of work as the page shows them; steps are counted as repetitions are.
_KINDS: dict[str, KindName] = {"hold": "hold", "carry": "carry"}
_NOTHING_ASKED = TempoView()
_WAYS: dict[str, Literal["lifting", "lowering"]] = {"lifting": "lifting", "lowering": "lowering"}


@dataclass(frozen=True, slots=True)
class ExerciseFacts:
    """What the page knows of an exercise before anything was done.

    Attributes
    ----------
    name
        Its name for people.
    kind
        What the page shows of it.
    asked_least, asked_most
        Seconds of a hold or metres of a carry that are asked for; None where nothing is.
    out_is
        What the way out is, where the exercise's file says so.
    tempo
        How long each phase of a repetition should take.
    """

    name: str
    kind: KindName = "reps"
    asked_least: float | None = None
    asked_most: float | None = None
    out_is: Literal["lifting", "lowering"] | None = None
    tempo: TempoView = _NOTHING_ASKED


def facts_of(exercise_id: str | None) -> ExerciseFacts:
    """Return what is known of an exercise; of one without a file here no more than its name."""
    if exercise_id is None:
        return ExerciseFacts("Any exercise")
    return _shipped().get(exercise_id) or ExerciseFacts(_readable(exercise_id))


@functools.cache
def _shipped() -> Mapping[str, ExerciseFacts]:
    """Return what the files say that come with repclip, by id."""
    facts = {}
    for path in sorted(_SHIPPED.glob("*.toml")):
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        facts[table["id"]] = _of_file(table)
    return MappingProxyType(facts)


def _of_file(table: dict[str, Any]) -> ExerciseFacts:
    asked = table.get("prescription", {})
    least, most = _ends(asked.get("hold_s", asked.get("distance_m")))
    rules = table.get("rules", {})
    return ExerciseFacts(
        name=table["name"],
        kind=_KINDS.get(table["kind"], "reps"),
        asked_least=least,
        asked_most=most,
        out_is=_WAYS.get(table.get("phases", {}).get("out", "")),
        tempo=TempoView.model_validate(
            {phase: _bound(rules[phase]) for phase in TempoView.model_fields if phase in rules}
        ),
    )


def _ends(asked: Any) -> tuple[float | None, float | None]:
    """Return the least and the most of ``[30, 60]``, or of a single figure that may be exceeded."""
    if isinstance(asked, list):
        return asked[0], asked[1]
    return asked, None


def _bound(rule: dict[str, Any]) -> BoundView:
    return BoundView(least=rule.get("least"), most=rule.get("most"))


def _readable(exercise_id: str) -> str:
    """Return "my_row" as "My row"."""
    words = " ".join(exercise_id.replace("_", " ").replace("-", " ").split())
    return words[:1].upper() + words[1:] or exercise_id
