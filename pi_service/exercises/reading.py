"""Reads one exercise file; says which key is wrong and what was expected there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from calibration.toml_reading import NotTomlError, read_toml
from pi_service.exercises.errors import ExerciseError
from pi_service.exercises.model import (
    LONGEST_REP_S,
    SHORTEST_REP_S,
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
    asked_for,
)
from pi_service.exercises.rules import (
    INFERRED,
    MAY_BE_NONE,
    RULES_OF,
    SIGNED,
    Bound,
    BoundFrom,
    RuleName,
    RuleTerms,
)
from pi_service.exercises.table import MOST, positive, signed, whole
from pi_service.exercises.table import Table as _Table

_ID = re.compile(r"[a-z][a-z0-9_]*")
#: It stands in topics and file names.
_LONGEST_ID = 64
_COUNT = f"a whole number of at least 1 and at most {MOST}"

#: Which prescriptions make sense for which kind; `sets` does for all.
_AMOUNT_OF_KIND = {Kind.REPS: "reps", Kind.HOLD: "hold_s", Kind.CARRY: "distance_m", Kind.STEPS: "reps"}

#: What a prescription may say.
PRESCRIPTION_KEYS = ("sets", "reps", "hold_s", "distance_m", "rest_s")


def read_exercise(path: Path) -> Exercise:
    """Read an exercise from its TOML file.

    Parameters
    ----------
    path
        The file; `pi_service.exercises.model` describes its keys.

    Raises
    ------
    ExerciseError
        If the file cannot be read or one of its keys is missing, unknown or wrong.
    """
    try:
        # Some editors begin a file with a mark of its encoding.
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ExerciseError(f"{path}: the exercise file cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise ExerciseError(f"{path}: the exercise file is not UTF-8 text.") from error
    return exercise_of_text(text, str(path))


def exercise_of_text(text: str, source: str) -> Exercise:
    """Return the exercise of a file's text.

    Parameters
    ----------
    text
        The text.
    source
        What to call it in errors: the file's path.

    Raises
    ------
    ExerciseError
        See `read_exercise`.
    """
    try:
        table = read_toml(text)
    except NotTomlError as error:
        raise ExerciseError(f"{source}: not valid TOML: {error}.") from error
    return replace(_exercise(_Table(source, table)), text=text)


def _exercise(top: _Table) -> Exercise:
    top.refuse_unknown(
        (
            "id",
            "name",
            "aliases",
            "kind",
            "placements",
            "sides",
            "unseen",
            "prescription",
            "counting",
            "holding",
            "phases",
            "rules",
        )
    )
    identity = top.text("id")
    if not _ID.fullmatch(identity) or len(identity) > _LONGEST_ID:
        expected = f'small letters, digits and underscores, at most {_LONGEST_ID}, like "face_pull"'
        top.fail("id", expected, identity)
    kind = top.choice("kind", Kind)
    if "placements" not in top.values:
        top.fail_missing("placements", 'where the counting sensor may sit, like ["wrist"]')
    placements = tuple(top.choices("placements", Placement))
    if not placements:
        top.fail("placements", 'at least one place, like ["wrist"]', [])
    prescription = read_prescription(top.table("prescription"), kind)
    return Exercise(
        id=identity,
        name=top.text("name"),
        kind=kind,
        placements=placements,
        aliases=tuple(top.texts("aliases")),
        prescription=prescription,
        sides=_sides(top, kind),
        unseen=tuple(top.texts("unseen")),
        phases=_phases(top.table("phases"), kind),
        counting=_counting(top.table("counting"), kind),
        holding=_holding(top.table("holding"), kind),
        rules=_rules(top.table("rules"), kind, prescription),
    )


def _sides(top: _Table, kind: Kind) -> Sides:
    if "sides" not in top.values:
        return Sides.TOGETHER
    sides = top.choice("sides", Sides)
    if sides is Sides.ALTERNATING and kind is not Kind.REPS:
        top.fail("sides", f'no alternating sides for kind "{kind}" (only for "reps")', sides.value)
    return sides


def _phases(table: _Table, kind: Kind) -> Phases:
    table.refuse_unknown(("out",))
    if "out" not in table.values:
        return Phases()
    out = table.choice("out", OutWay)
    if kind is not Kind.REPS:
        table.fail("out", f'no such key for kind "{kind}" (only for "reps")', out.value)
    return Phases(out)


def read_prescription(table: _Table, kind: Kind) -> Prescription:
    """Read how much is asked for of an exercise of some kind.

    Raises
    ------
    RepclipError
        A key is unknown or wrong; which class, the table says.
    """
    table.refuse_unknown(PRESCRIPTION_KEYS)
    for key in ("reps", "hold_s", "distance_m"):
        if key in table.values and key != _AMOUNT_OF_KIND[kind]:
            expected = f'no such key for kind "{kind}" (it takes `{_AMOUNT_OF_KIND[kind]}`)'
            table.fail(key, expected, table.values[key])
    return Prescription(
        sets=table.span("sets", whole, f"{_COUNT}, or two of them like [3, 5]"),
        reps=table.span("reps", whole, f"{_COUNT}, or two of them like [10, 15]"),
        hold_s=table.span("hold_s", positive, "seconds above 0, or two of them like [30, 60]"),
        distance_m=table.number("distance_m", "metres above 0, like 18.3"),
        rest_s=table.span("rest_s", positive, "seconds above 0, or two of them like [60, 120]"),
    )


def _counting(table: _Table, kind: Kind) -> Counting:
    table.refuse_unknown(("min_rep_s", "max_rep_s", "out_goes", "out_goes_from_m"))
    if table.values and kind is not Kind.REPS:
        key = next(iter(table.values))
        table.fail(key, f'no such key for kind "{kind}" (only for "reps")', table.values[key])
    shortest = table.number("min_rep_s", "seconds above 0, like 0.8")
    longest = table.number("max_rep_s", "seconds above 0, like 12.0")
    if shortest is not None and shortest >= LONGEST_REP_S:
        table.fail("min_rep_s", f"less than {LONGEST_REP_S:g} s: slower repetitions are not seen", shortest)
    if longest is not None and longest > LONGEST_REP_S:
        table.fail("max_rep_s", f"at most {LONGEST_REP_S:g} s: slower repetitions are not seen", longest)
    if longest is not None and longest <= (shortest or SHORTEST_REP_S):
        said = "min_rep_s, which is" if shortest is not None else "the shortest repetition, which takes"
        table.fail("max_rep_s", f"more than {said} {shortest or SHORTEST_REP_S:g} s", longest)
    out_goes = table.choice("out_goes", Way) if "out_goes" in table.values else None
    from_m = table.number("out_goes_from_m", "metres above 0, like 0.2")
    if from_m is not None and out_goes is None:
        table.fail("out_goes_from_m", "no such key without out_goes", from_m)
    return Counting(min_rep_s=shortest, max_rep_s=longest, out_goes=out_goes, out_goes_from_m=from_m)


def _holding(table: _Table, kind: Kind) -> Holding:
    table.refuse_unknown(("least_deg", "most_deg"))
    if table.values and kind is not Kind.HOLD:
        key = next(iter(table.values))
        table.fail(key, f'no such key for kind "{kind}" (only for "hold")', table.values[key])
    usual = Holding()
    least = table.number("least_deg", "degrees above 0, like 10") or usual.least_deg
    most = table.number("most_deg", "degrees above least_deg, like 45") or usual.most_deg
    if not least < most <= usual.most_deg:
        table.fail("most_deg", f"more than least_deg, which is {least:g}, and at most 180", most)
    return Holding(least, most)


def _rules(table: _Table, kind: Kind, prescription: Prescription) -> tuple[RuleTerms, ...]:
    table.refuse_unknown(RuleName)
    for name in table.values:
        if name not in RULES_OF[kind]:
            others = [f'"{other}"' for other, names in RULES_OF.items() if name in names]
            expected = f'no such rule for kind "{kind}" (only for {" and ".join(others)})'
            table.fail(name, expected, table.values[name])
    asked = asked_for(prescription)
    return tuple(_rule(table.table(name), RuleName(name), asked) for name in table.values)


def _rule(table: _Table, name: RuleName, asked: Mapping[RuleName, Bound]) -> RuleTerms:
    infers = ("inferred_least", "inferred_most") if name in INFERRED else ()
    table.refuse_unknown(("least", "most", *infers, "bound_from", "cue", "cue_above", "why"))
    convert = signed if name in SIGNED else positive
    bound = _bound(table, "", convert, none=name in MAY_BE_NONE) or asked.get(name)
    if bound is None:
        table.fail("least", "a bound: least, most or both", None)
    two = bound.least is not None and bound.most is not None
    if two is not ("cue_above" in table.values):
        expected = "what is said above `most`" if two else "no such key without both least and most"
        table.fail("cue_above", expected, table.values.get("cue_above"))
    return RuleTerms(
        name=name,
        bound=bound,
        inferred_bound=(_bound(table, "inferred_", positive) or asked.get(name)) if infers else None,
        bound_from=table.choice("bound_from", BoundFrom),
        cue=table.text("cue"),
        why=table.text("why"),
        cue_above=table.text("cue_above") if two else None,
    )


def _bound(
    table: _Table, prefix: str, convert: Callable[[object], float | None], *, none: bool = False
) -> Bound | None:
    expected = "a number, like -1.5 or 4" if convert is signed else "a number above 0, like 1.5"
    least = table.number(f"{prefix}least", expected, convert)
    if none and table.values.get(f"{prefix}most") == 0:
        return Bound(least, 0.0)
    most = table.number(f"{prefix}most", expected, convert)
    if least is None and most is None:
        return None
    if least is not None and most is not None and most < least:
        table.fail(f"{prefix}most", f"no less than {prefix}least, which is {least:g}", most)
    return Bound(least, most)
