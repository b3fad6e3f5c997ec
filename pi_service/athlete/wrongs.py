"""One repetition before it is written down, and how each fault changes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from pi_service.athlete.faults import FaultKind
from pi_service.athlete.movements.base import Stage, Tempo
from pi_service.athlete.movements.face_pull import CLOSED_DEG
from pi_service.athlete.person import Person
from pi_service.athlete.ranges import joint_share
from pi_service.athlete.script import Pose, Script
from pi_service.athlete.task import Task
from pi_service.athlete.tracks import Track
from pi_service.athlete.truth import Phase

#: A trunk that rocks goes ahead of the arm: it is there when so much of the lifting is done.
_ROCKS_UNTIL: Final = 0.6
#: Arms that hang from a rocking trunk go along by so much of its angle.
_ARM_FOLLOWS: Final = 0.3
#: Shoulders that are drawn up one more than the other bend the trunk (deg for each cm).
_BEND_PER_CM: Final = 0.6
#: Where a movement with the least jerk has come a third of its way.
_AT_A_THIRD: Final = 0.411


@dataclass(frozen=True, slots=True)
class Draft:
    """One repetition before it is written into a script.

    Attributes
    ----------
    tempo
        Its durations.
    size
        Its range as a share of the full one.
    stages
        How it goes.
    skews
        Of lifting and of lowering; see `Track`.
    """

    tempo: Tempo
    size: float
    stages: tuple[Stage, ...]
    skews: tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Wrong:
    """A fault of so much in a repetition: in which one, of what, and where that begins.

    `share` is the share of the joints' way that makes a range of `size`, for half reps and overshoots.
    """

    size: float
    number: int
    task: Task
    ready: Pose
    share: float


def spoil(drafts: list[Draft], task: Task, person: Person) -> list[Draft]:
    """Return repetitions with the faults that change their tempo, their range or their pose."""
    ranges = (task.size_of(FaultKind.HALF_REPS), task.size_of(FaultKind.OVERSHOOT))
    share = next((joint_share(task.movement, person, size) for size in ranges if size is not None), 1.0)
    return [_spoil(each, number, task, person, share) for number, each in enumerate(drafts)]


def _spoil(draft: Draft, number: int, task: Task, person: Person, share: float) -> Draft:
    ready = task.movement.ready(person)
    for fault in task.faults:
        change = _CHANGES.get(fault.kind)
        if change is not None:
            draft = change(draft, _Wrong(fault.size, number, task, ready, share))
    return draft


def besides(script: Script, task: Task, phases: tuple[Phase, ...]) -> None:
    """Add to a repetition what goes on beside it."""
    lifting, lowering = phases[0], phases[2]
    lift_s, lower_s = lifting.end_s - lifting.start_s, lowering.end_s - lowering.start_s

    def there_and_back(name: str, size: float, lifting_share: float) -> None:
        track = Track(0.0)
        track.move(lifting.start_s, lift_s * lifting_share, size)
        track.move(lowering.end_s - lower_s * lifting_share, lower_s * lifting_share, 0.0)
        script.add(name, track)

    rock_deg = task.size_of(FaultKind.ROCK)
    if rock_deg is not None:
        # Whoever leans back takes the arms along.
        for name in ("upper_deg", "fore_deg"):
            there_and_back(name, rock_deg * _ARM_FOLLOWS, _ROCKS_UNTIL)
    hike_cm = task.size_of(FaultKind.HIKE)
    if hike_cm is not None:
        there_and_back("girdle_m", hike_cm / 100.0, 0.5)
        there_and_back("trunk_side_deg", hike_cm * _BEND_PER_CM, 0.5)
    shrug_cm = task.size_of(FaultKind.SHRUG)
    if shrug_cm is not None:
        there_and_back("girdle_m", shrug_cm / 100.0, 0.5)
    behind_deg = task.size_of(FaultKind.HIPS_FIRST)
    if behind_deg is not None:
        track = Track(0.0)
        track.move(lifting.start_s, lift_s * _AT_A_THIRD, behind_deg)
        track.move(lifting.start_s + lift_s * _AT_A_THIRD, lift_s * (1.0 - _AT_A_THIRD), 0.0)
        script.add("trunk_deg", track)


def _rock(draft: Draft, wrong: _Wrong) -> Draft:
    kept = tuple(
        replace(stage, pose={name: to for name, to in stage.pose.items() if name != "trunk_deg"})
        for stage in draft.stages
    )
    return replace(
        draft,
        stages=(
            *kept,
            Stage({"trunk_deg": wrong.ready.get("trunk_deg", 0.0) - wrong.size}, 0.0, _ROCKS_UNTIL),
        ),
    )


def _drop(draft: Draft, wrong: _Wrong) -> Draft:
    return replace(draft, tempo=replace(draft.tempo, lower_s=wrong.size), skews=(draft.skews[0], 0.0))


def _half(draft: Draft, wrong: _Wrong) -> Draft:
    if wrong.number < wrong.task.reps // 2:
        return draft
    return replace(draft, size=draft.size * wrong.share)


def _overshoot(draft: Draft, wrong: _Wrong) -> Draft:
    past = wrong.number - wrong.task.reps // 2
    return draft if past < 0 or past % 2 else replace(draft, size=draft.size * wrong.share)


def _arch(draft: Draft, wrong: _Wrong) -> Draft:
    # The ribs come up with the arms.
    return replace(draft, stages=(*draft.stages, Stage({"thorax_deg": -wrong.size}, 0.2)))


def _bent(draft: Draft, wrong: _Wrong) -> Draft:
    if wrong.task.movement.bent is None:
        return draft
    bent = wrong.task.movement.bent(wrong.size)
    stages = tuple(
        replace(stage, pose={**stage.pose, **bent}) if set(bent) <= set(stage.pose) else stage
        for stage in draft.stages
    )
    return replace(draft, stages=stages)


def _last(draft: Draft, name: str, to: float) -> Draft:
    return replace(
        draft,
        stages=tuple(
            replace(stage, pose={**stage.pose, name: to})
            if stage.end == 1.0 and name in stage.pose
            else stage
            for stage in draft.stages
        ),
    )


def _lean(draft: Draft, wrong: _Wrong) -> Draft:
    return _last(draft, "trunk_deg", -wrong.size)


def _tilt_bar(draft: Draft, wrong: _Wrong) -> Draft:
    return replace(draft, stages=(*draft.stages, Stage({"bar_tilt_deg": wrong.size})))


def _short_turn(draft: Draft, wrong: _Wrong) -> Draft:
    return _last(draft, "fore_deg", CLOSED_DEG + wrong.size)


def _short_pause(draft: Draft, wrong: _Wrong) -> Draft:
    return replace(draft, tempo=replace(draft.tempo, top_s=wrong.size))


_CHANGES: Final[dict[FaultKind, Callable[[Draft, _Wrong], Draft]]] = {
    FaultKind.ROCK: _rock,
    FaultKind.DROP: _drop,
    FaultKind.HALF_REPS: _half,
    FaultKind.OVERSHOOT: _overshoot,
    FaultKind.ARCH: _arch,
    FaultKind.BENT_FOREARM: _bent,
    FaultKind.LEAN: _lean,
    FaultKind.TILT_BAR: _tilt_bar,
    FaultKind.SHORT_TURN: _short_turn,
    FaultKind.SHORT_PAUSE: _short_pause,
}
