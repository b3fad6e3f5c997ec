"""Faults on purpose: each has the size that was asked for, and clean sets have none of it."""

from __future__ import annotations

import numpy as np
import pytest

from pi_service.athlete.bout import Bout
from pi_service.athlete.faults import MEANINGS, Fault, FaultKind
from pi_service.athlete.movements import MOVEMENTS, fault_of, find_movement
from pi_service.athlete.movements.base import Movement
from pi_service.athlete.person import Person
from pi_service.athlete.task import Task
from pi_service.athlete.truth import TrueRep
from pi_service.errors import UsageError

CASES = [(each.variant, kind) for each in MOVEMENTS for kind in each.faults]
REPS = 8


def bout_of(movement: Movement, *faults: Fault, seed: int = 6) -> Bout:
    task = Task(movement, reps=REPS, hold_s=12.0, distance_m=10.0, faults=faults, rest_s=1.0, walk=False)
    return Bout(task, Person.drawn(seed), np.random.default_rng(seed))


def lowering_s(rep: TrueRep) -> float:
    return rep.phases[2].end_s - rep.phases[2].start_s


def top_s(rep: TrueRep) -> float:
    return rep.phases[1].end_s - rep.phases[1].start_s


def sizes_of(kind: FaultKind, bout: Bout) -> list[float]:
    """How large a fault is in each rep, as the body shows it."""
    reps = [rep for rep in bout.truth.reps if rep.seen]
    match kind:
        case FaultKind.ROCK:
            return [rep.torso_deg for rep in reps]
        case FaultKind.DROP:
            return [lowering_s(rep) for rep in reps]
        case FaultKind.BENT_FOREARM:
            off_deg = [rep.off_vertical_deg for rep in reps]
            return off_deg or [carry.off_vertical_deg for carry in bout.truth.carries]
        case FaultKind.TILT_BAR:
            return [rep.bar_tilt_deg for rep in reps]
        case FaultKind.SHORT_PAUSE:
            return [top_s(rep) for rep in reps]
        case FaultKind.SHORT_TURN:
            return [rep.turn_out_deg or 0.0 for rep in reps]
        case FaultKind.HALF_REPS:
            early, late = reps[: len(reps) // 2], reps[len(reps) // 2 :]
            name = "range_deg" if bout.task.movement.sides else "range_m"
            means = [np.mean([getattr(rep, name) for rep in part]) for part in (late, early)]
            return [float(means[0] / means[1])]
        case FaultKind.BROKEN_HOLD:
            first, second = bout.truth.holds
            return [second.start_s - first.end_s]
        case FaultKind.EARLY_LOWERING:
            return [10.0 - bout.truth.carries[0].distance_m]
        case FaultKind.SHORT_HOLD | FaultKind.LONG_HOLD:
            return [hold.end_s - hold.start_s for hold in bout.truth.holds]
        case FaultKind.HURRY:
            return [float(1.0 / np.median(np.diff(bout.truth.carries[0].steps_s)))]
        case FaultKind.OVERSHOOT:
            middle = len(reps) // 2
            over = np.mean([rep.range_m for rep in reps[middle::2]])
            return [float(over / np.mean([rep.range_m for rep in reps[:middle]]))]
        case _:
            raise AssertionError(kind)


#: How far off the size may be: of the size, and besides, because people sway and step by whole steps.
SLACK = {
    FaultKind.ROCK: (0.1, 2.0),
    FaultKind.BENT_FOREARM: (0.12, 2.0),
    FaultKind.TILT_BAR: (0.1, 0.0),
    FaultKind.SHORT_TURN: (0.12, 1.0),
    FaultKind.HALF_REPS: (0.15, 0.0),
    FaultKind.EARLY_LOWERING: (0.0, 0.5),
    FaultKind.HURRY: (0.05, 0.0),
    FaultKind.OVERSHOOT: (0.1, 0.0),
}
BESIDE = (
    *(FaultKind.HIKE, FaultKind.HIPS_FIRST, FaultKind.SWING, FaultKind.LEAN),
    *(FaultKind.ARCH, FaultKind.SWAY, FaultKind.SHAKE, FaultKind.SHRUG),
)


@pytest.mark.parametrize(("variant", "kind"), [each for each in CASES if each[1] not in BESIDE])
def test_a_fault_has_its_size_and_a_clean_set_has_not(variant: str, kind: FaultKind) -> None:
    movement = find_movement(variant)
    size = movement.faults[kind]
    of, besides = SLACK.get(kind, (0.0, 1e-6))
    wrong = sizes_of(kind, bout_of(movement, Fault(kind, size)))
    assert wrong == pytest.approx([size] * len(wrong), rel=of, abs=max(besides, of * size))
    if kind not in (FaultKind.BROKEN_HOLD, FaultKind.SHORT_HOLD):  # the usual hold of these is shorter yet
        clean = sizes_of(kind, bout_of(movement))
        smaller = kind in (FaultKind.DROP, FaultKind.SHORT_PAUSE, FaultKind.SHORT_TURN, FaultKind.HALF_REPS)
        assert max(wrong) < min(clean) if smaller else min(wrong) > max(clean)


def test_hips_first_leaves_the_trunk_behind_at_a_third_of_the_way() -> None:
    movement = find_movement("dead_lift")
    clean, wrong = bout_of(movement), bout_of(movement, Fault(FaultKind.HIPS_FIRST, 10.0))
    lifting = clean.truth.reps[0].phases[0]
    t_s = np.linspace(lifting.start_s, lifting.end_s, 200)
    behind_deg = wrong.curves(t_s).torso_deg - clean.curves(t_s).torso_deg
    assert behind_deg.max() == pytest.approx(10.0, abs=0.1)
    height = clean.curves(t_s).height_m
    share = (height - height[0]) / (height[-1] - height[0])
    assert share[np.argmax(behind_deg)] == pytest.approx(1.0 / 3.0, abs=0.08)
    np.testing.assert_allclose(wrong.curves(t_s).height_m, height, atol=1e-9)


def test_a_lean_is_beyond_upright_at_the_top() -> None:
    bout = bout_of(find_movement("dead_lift"), Fault(FaultKind.LEAN, 10.0))
    for rep in bout.truth.reps:
        top = bout.curves(np.array([rep.turn_s])).torso_deg[0]
        assert top == pytest.approx(-10.0, abs=2.0)


@pytest.mark.parametrize("variant", ["pull_up", "wall_retraction", "barbell_row"])
def test_a_hike_draws_the_shoulders_up(variant: str) -> None:
    movement = find_movement(variant)
    clean, wrong = bout_of(movement), bout_of(movement, Fault(FaultKind.HIKE, 5.0))
    at_s = np.array([clean.truth.reps[2].turn_s])
    bodies = [each.body(at_s) for each in (clean, wrong)]
    lengths = [float((b.shoulders_m.value - b.torso_m.value)[0] @ b.torso.x.value[0]) for b in bodies]
    # The skin between the shoulder blades goes a third of the way along.
    assert lengths[1] - lengths[0] == pytest.approx(0.05 * 0.7, abs=0.01)


def test_a_shrug_draws_both_shoulders_up_and_bends_nothing() -> None:
    movement = find_movement("wall_retraction")
    clean, wrong = bout_of(movement), bout_of(movement, Fault(FaultKind.SHRUG, 5.0))
    at_s = np.array([clean.truth.reps[2].turn_s])
    shrugged, usual = wrong.body(at_s), clean.body(at_s)
    assert (shrugged.shoulders_m.value - usual.shoulders_m.value)[0, 2] == pytest.approx(0.05, abs=0.002)
    np.testing.assert_allclose(shrugged.torso.x.value, usual.torso.x.value, atol=1e-9)


def test_a_swing_swings_the_whole_body_about_the_hands() -> None:
    movement = find_movement("pull_up")
    clean, wrong = bout_of(movement), bout_of(movement, Fault(FaultKind.SWING, 15.0))
    t_s = np.linspace(clean.truth.start_s, clean.truth.end_s, 500)
    apart_deg = wrong.curves(t_s).torso_deg - clean.curves(t_s).torso_deg
    assert np.ptp(apart_deg) == pytest.approx(15.0, abs=2.5)
    assert np.ptp(wrong.body(t_s).hand_m.value[:, 0]) < 1e-9


@pytest.mark.parametrize("variant", ["cross_band", "wall_retraction"])
def test_an_arch_bends_the_upper_trunk_back(variant: str) -> None:
    movement = find_movement(variant)
    clean, wrong = bout_of(movement), bout_of(movement, Fault(FaultKind.ARCH, 6.0))
    rep = next(each for each in clean.truth.reps if each.seen)
    t_s = np.array([rep.start_s, rep.turn_s])
    spines = [each.body(t_s).torso.x.value for each in (clean, wrong)]
    apart_deg = np.degrees(np.arccos(np.clip((spines[0] * spines[1]).sum(axis=1), -1.0, 1.0)))
    assert apart_deg == pytest.approx([0.0, 6.0], abs=0.5)


@pytest.mark.parametrize(("variant", "size"), [("thoracic_extension", 3.5), ("overhead_carry", 10.0)])
def test_a_sway_goes_to_and_fro_by_its_size(variant: str, size: float) -> None:
    movement = find_movement(variant)
    clean, wrong = bout_of(movement), bout_of(movement, Fault(FaultKind.SWAY, size))
    start_s, end_s = wrong.truth.start_s, wrong.truth.end_s
    t_s = np.linspace(start_s, end_s, 600)
    part = "torso" if variant == "thoracic_extension" else "forearm"
    lines = [getattr(each.body(t_s), part).x.value for each in (clean, wrong)]
    apart_deg = np.degrees(np.arccos(np.clip((lines[0] * lines[1]).sum(axis=1), -1.0, 1.0)))
    assert apart_deg.max() == pytest.approx(size / 2.0, rel=0.05)


def test_trembling_has_the_jerk_that_was_asked_for() -> None:
    movement = find_movement("thoracic_extension")
    clean, wrong = bout_of(movement), bout_of(movement, Fault(FaultKind.SHAKE, 2.5))
    middle_s = 0.5 * (wrong.truth.start_s + wrong.truth.end_s)
    t_s = np.arange(middle_s, middle_s + 2.0, 0.002)
    accelerations = [each.body(t_s).torso_m.accel[:, 2] for each in (clean, wrong)]
    jerk = np.gradient(accelerations[1] - accelerations[0], t_s)
    assert np.sqrt((jerk**2).mean()) == pytest.approx(2.5, rel=0.05)


def test_a_fault_changes_nothing_else() -> None:
    movement = find_movement("band_row")
    clean, wrong = bout_of(movement), bout_of(movement, Fault(FaultKind.ROCK, 12.5))
    assert [rep.start_s for rep in wrong.truth.reps] == [rep.start_s for rep in clean.truth.reps]
    before_s = np.linspace(0.0, clean.truth.start_s - 0.1, 50)
    np.testing.assert_array_equal(
        wrong.felt("wrist", before_s).specific_force_ms2, clean.felt("wrist", before_s).specific_force_ms2
    )


def test_clean_sets_keep_to_what_is_asked_for() -> None:
    for seed in range(4):
        for rep in bout_of(find_movement("pull_up"), seed=seed).truth.reps:
            assert lowering_s(rep) >= 1.5
            assert lowering_s(rep) > rep.phases[0].end_s - rep.phases[0].start_s
            assert rep.off_vertical_deg < 20.0
        for rep in bout_of(find_movement("face_pull"), seed=seed).truth.reps:
            assert top_s(rep) >= 0.5
            assert (rep.turn_out_deg or 0.0) >= 40.0
            assert rep.torso_deg <= 8.0
        for rep in bout_of(find_movement("band_row"), seed=seed).truth.reps:
            assert rep.torso_deg <= 10.0
        for variant in ("cross_band", "wall_retraction"):
            assert max(rep.torso_deg for rep in bout_of(find_movement(variant), seed=seed).truth.reps) <= 5.0


def test_every_fault_is_had_by_some_movement_and_fits_a_body() -> None:
    assert {kind for _, kind in CASES} == set(MEANINGS) == set(FaultKind)
    for movement in MOVEMENTS:
        for kind, size in movement.faults.items():
            Fault(kind, size)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("swing", "has no fault 'swing': choose one of drop, half_reps"),
        ("dance:3", "has no fault 'dance'"),
        ("rock:much", "is no number"),
        ("rock:90", "cannot have the size 90 deg: give 1 to 40"),
        ("rock:nan", "cannot have the size nan deg"),
    ],
)
def test_a_fault_that_cannot_be_is_told(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        fault_of(find_movement("band_row"), text)


def test_a_fault_has_one_size() -> None:
    with pytest.raises(UsageError, match="The fault rock has one size: name it once"):
        bout_of(find_movement("band_row"), Fault(FaultKind.ROCK, 5.0), Fault(FaultKind.ROCK, 20.0))


def test_a_fault_is_named_with_or_without_its_size() -> None:
    movement = find_movement("bent_over_row")
    assert fault_of(movement, "rock") == Fault(FaultKind.ROCK, 12.5)
    assert fault_of(movement, "half-reps:0.5") == Fault(FaultKind.HALF_REPS, 0.5)


@pytest.mark.parametrize(
    ("name", "placement", "words"),
    [
        ("curl", None, "does no 'curl': choose one of thoracic_extension"),
        ("pull_up", "bar", "no sensor sits on 'bar': choose one of wrist, torso"),
    ],
)
def test_a_movement_that_is_not_there_is_told(name: str, placement: str | None, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        find_movement(name, placement)


def test_of_several_variants_the_placement_chooses() -> None:
    assert find_movement("bent_over_row").variant == "band_row"
    assert find_movement("bent_over_row", "bar").variant == "barbell_row"
    assert find_movement("Vertical Pull", "bar").variant == "lat_pulldown"
