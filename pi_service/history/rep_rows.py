"""The repetitions of a set, out of its facts: as they were counted, refined by the review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pi_service.history.facts import What
from pi_service.history.rows import RepRow, RuleRow
from pi_service.history.velocity import lifting_mean

_Keys = Mapping[str, Any]
_Facts = Mapping[tuple[What, int], _Keys]

#: Keys of `rep` that are told as they are.
_PLAIN: Final = tuple(
    key
    for key in RepRow.model_fields
    if key not in ("withdrawn", "velocity_mps", "velocity_uncertainty_mps", "rules", "cue")
)
#: Lists of `set` by the key of a repetition that they refine.
_REFINED: Final = {
    key: f"rep_{key}"
    for key in ("out_moving_s", "turn_pause_s", "back_moving_s", "home_pause_s", "range_deg", "range_m")
}


def rep_rows(facts: _Facts) -> tuple[RepRow, ...]:
    """Return the repetitions of a set in the order of time; those that were withdrawn, too."""
    finished = facts.get((What.SET, 0)) or facts.get((What.SET_AS_SAID, 0))
    told = {rep: keys for (what, rep), keys in facts.items() if what is What.REP}
    withdrawn = set(facts.get((What.REVIEW, 0), {}).get("withdrawn", ()))
    refined: dict[int, dict[str, Any]] = {}
    if finished is not None:
        ids = finished["rep_ids"]
        withdrawn = set(told) - set(ids)
        refined = _refined(finished, ids)
    rows = [
        _row(
            told.get(number, {}),
            {**refined.get(number, {}), "rep": number, "withdrawn": number in withdrawn},
            facts.get((What.VERDICT, number)),
        )
        for number in {*told, *refined}
    ]
    return tuple(sorted(rows, key=lambda row: (row.start_s is None, row.start_s or 0.0, row.rep)))


def rule_rows(verdict: _Keys | None) -> tuple[RuleRow, ...]:
    """Return what the rules of a verdict say; none where its lists do not fit together."""
    if verdict is None:
        return ()
    columns = {key: verdict.get(f"rule_{key}", ()) for key in ("ok", "measured", "unit", "basis")}
    # A list of nothing but null says nothing.
    some = {key: verdict.get(f"rule_{key}") for key in ("least", "most", "cue", "reps_ok", "reps_judged")}
    rules: Sequence[str] = verdict.get("rules", ())
    if any(len(each) != len(rules) for each in (*columns.values(), *filter(None, some.values()))):
        return ()
    return tuple(
        RuleRow.model_validate(
            {
                "rule": rule,
                **{key: each[index] for key, each in columns.items()},
                **{key: each[index] if each else None for key, each in some.items()},
            }
        )
        for index, rule in enumerate(rules)
    )


def _refined(finished: _Keys, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return what the review measured, by repetition; a list of another length belongs to none."""
    shared = {"out_is": finished["out_is"]} if finished.get("out_is") else {}
    refined: dict[int, dict[str, Any]] = {number: dict(shared) for number in ids}
    for key, name in _REFINED.items():
        values = finished.get(name, ())
        if len(values) == len(ids):
            for number, value in zip(ids, values, strict=True):
                refined[number][key] = value
    return refined


def _row(told: _Keys, refined: _Keys, verdict: _Keys | None) -> RepRow:
    keys = {key: told.get(key) for key in _PLAIN} | dict(refined)
    keys |= _by_height(keys)
    velocity_mps = lifting_mean(told.get("out_is"), told.get("out_mean_mps"), told.get("back_mean_mps"))
    return RepRow.model_validate(
        {
            **keys,
            "velocity_mps": velocity_mps,
            "velocity_uncertainty_mps": _uncertainty(told),
            "cue": verdict.get("cue") if verdict else None,
            "rules": rule_rows(verdict),
        }
    )


def _by_height(keys: _Keys) -> dict[str, Any]:
    """Return the moving times by what they are, as the review measured them."""
    if keys["out_is"] is None:
        return {}
    lifts = keys["out_is"] == "lifting"
    out_s, back_s, turn_s, home_s = (
        keys[key] for key in ("out_moving_s", "back_moving_s", "turn_pause_s", "home_pause_s")
    )
    return {
        "lifting_s": out_s if lifts else back_s,
        "lowering_s": back_s if lifts else out_s,
        "lifted_pause_s": turn_s if lifts else home_s,
        "lowered_pause_s": home_s if lifts else turn_s,
    }


def _uncertainty(told: _Keys) -> float | None:
    """Return the uncertainty of the way that lifts."""
    way = "back" if told.get("out_is") == "lowering" else "out"
    if told.get("out_is") is None and (told.get("back_mean_mps") or 0.0) > 0:
        way = "back"
    value: float | None = told.get(f"{way}_mean_uncertainty_mps")
    return value
