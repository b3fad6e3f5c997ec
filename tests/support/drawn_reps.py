"""Repetitions that were drawn with a ruler, for the rules that judge them."""

from __future__ import annotations

import dataclasses

import numpy as np

from calibration.imu import FloatArray
from calibration.placement import Placement
from calibration.placement_kind import PlacementKind
from pi_service.coaching.facts import RepFacts, Worn
from pi_service.coaching.judge import CHECKS
from pi_service.coaching.recent import Seen
from pi_service.coaching.rule import Rule
from pi_service.coaching.verdict import Unjudged, Verdict
from pi_service.exercises import Bound, BoundFrom, RuleName, RuleTerms

RATE_HZ = 25.0
ALIGNED = Placement(((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)), PlacementKind.WRIST)
ON_BAR = dataclasses.replace(ALIGNED, kind=PlacementKind.BAR)
TORSO = dataclasses.replace(ALIGNED, kind=PlacementKind.TORSO)


def there_and_back(t_s: FloatArray, size: float) -> FloatArray:
    """A rep from 1 s on: out in 1 s, half a second of pause, back in 2 s; rounded like a movement."""
    share = np.interp(t_s, [1.0, 2.0, 2.5, 4.5], [0.0, 1.0, 1.0, 0.0])
    return np.asarray(size * share * share * (3.0 - 2.0 * share))


def tilted(off_deg: FloatArray, toward: int = 1) -> FloatArray:
    """Up in a sensor whose x axis is so far off the vertical."""
    up = np.zeros((len(off_deg), 3))
    up[:, 0], up[:, toward] = np.cos(np.radians(off_deg)), np.sin(np.radians(off_deg))
    return up


def seen(up: FloatArray, acceleration_ms2: FloatArray | None = None, start_s: float = 0.0) -> Seen:
    rows = np.zeros((len(up), 5))
    rows[:, :3] = up
    if acceleration_ms2 is not None:
        rows[:, 3] = acceleration_ms2
    return Seen(round(start_s * RATE_HZ), rows)


def times() -> FloatArray:
    return np.arange(round(5.0 * RATE_HZ)) / RATE_HZ


def nothing() -> Seen:
    return Seen(0, np.full((len(times()), 5), np.nan))


def rep(**changes: object) -> RepFacts:
    usual = RepFacts(
        leaves_s=1.0,
        reaches_s=2.0,
        returns_s=2.5,
        arrives_s=4.5,
        out_lifts=True,
        lifting_s=1.0,
        lowering_s=2.0,
        top_pause_s=0.5,
        stretch_pause_s=0.4,
        range_deg=40.0,
        range_m=0.5,
        lifting_mps=0.5,
        limb=seen(tilted(there_and_back(times(), 10.0))),
        torso=nothing(),
        seen_until_s=4.5,
    )
    return dataclasses.replace(usual, **changes)  # type: ignore[arg-type]


def rule(name: str, worn: Worn | None = None, inferred: Bound | None = None, **bound: float) -> Rule:
    terms = RuleTerms(
        RuleName(name), Bound(**bound), inferred, BoundFrom.OWN_DEFAULT, "Do it better.", "It matters."
    )
    return CHECKS[terms.name](terms, worn or Worn())


def value(found: Verdict | Unjudged) -> float:
    assert isinstance(found, Verdict), found
    return found.measured
