"""The counting of the benchmarks, and what it says of our driver; the packages beside it are not needed."""

from __future__ import annotations

import dataclasses
import math
import pickle
import tomllib
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from benchmarks.acquisition_cpu import OURS, RATE_HZ, on_a_library, on_a_list, record_ours
from benchmarks.bus_use import MOST_TRANSACTIONS, broken_promises
from benchmarks.calibration_accuracy import FERRARIS, NONE, TWO_POINTS, figures_of
from benchmarks.calibration_accuracy import OURS as CALIBRATED
from benchmarks.calibration_accuracy import broken_promises as not_as_promised
from benchmarks.coached_sets import RULE_OF, Flag, Job, jobs
from benchmarks.coached_sets import Outcome as Coached
from benchmarks.coaching_accuracy import broken_promises as not_found
from benchmarks.coaching_accuracy import kept_in, rows, summary
from benchmarks.counting import BURST, Case, use_of_ours, use_of_peer
from benchmarks.holds_and_carries import CarryResult, HoldResult
from benchmarks.holds_and_carries import broken_promises as not_held
from benchmarks.measure_accuracy import Errors
from benchmarks.measured_sets import CASES, Truth
from benchmarks.peers import CALIBRATION_PACKAGES, I2C, PACKAGES, SPEED_PACKAGES, SMBus
from benchmarks.people_tempo import HELD_S, Told, blocks_of
from benchmarks.people_tempo import broken_promises as not_told
from benchmarks.poses import TABLE
from benchmarks.truth import Outcome, Reading, outcome
from firmware import registers as reg
from firmware.sim import History, SimulatedBus, SimulatedChip, SimulatedClock
from pi_service.athlete.faults import FaultKind
from pi_service.coaching.verdict import Basis
from pi_service.exercises import Kind, RuleName, load_exercises
from pi_service.reps.found import Measures, Velocity
from pi_service.workout.events import Rep

PERIOD_NS = 10_000_000
#: Ten samples; sample k has the values 256 k, 256 k + 1 ... in register order.
HISTORY = History(
    np.arange(10) * PERIOD_NS,
    (256 * np.arange(10)[:, None] + np.arange(7)).astype(np.int16),
    np.ones(10, bool),
)


@pytest.mark.parametrize(
    "case", [Case(*each) for each in product((100, 200), (1, 2), (False, True), (400_000,))]
)
def test_our_driver_takes_few_transactions_and_gives_each_sample_whole_and_once(case):
    use = use_of_ours(case, 4.0)
    assert use.transactions_a_sample <= {100: 0.7, 200: 0.4}[case.rate_hz]
    produced = use.outcome.produced
    assert produced == pytest.approx(4.0 * case.rate_hz * case.sensors, rel=0.05)
    assert (use.outcome.torn, use.outcome.doubled, use.outcome.missed) == (0, 0, 0)
    assert use.outcome.whole_once == use.outcome.readings == produced


def test_a_slow_bus_changes_nothing_of_that():
    use = use_of_ours(Case(200, 2, True, 100_000), 4.0)
    assert use.transactions_a_sample <= MOST_TRANSACTIONS[200]
    assert use.outcome.torn == 0
    assert use.outcome.whole_once == use.outcome.produced


def test_a_burst_read_is_one_transaction_of_17_bytes():
    use = use_of_peer(BURST, Case(100, 1, True, 400_000), 2.0)
    assert use.transactions == use.samples
    assert use.wire_bytes == 17 * use.samples
    assert use.outcome.torn == 0
    assert use.outcome.missed + use.outcome.doubled > 0


def read(number: int, words: list[int], lasts_ns: int = 1_000_000, into_ns: int = 5_000_000) -> Reading:
    """Return a reading that began `into_ns` after a sample of HISTORY."""
    since_ns = number * PERIOD_NS + into_ns
    return Reading(since_ns, since_ns + lasts_ns, since_ns + lasts_ns, tuple(words))


def sample(number: int) -> list[int]:
    return HISTORY.words[number].tolist()


def test_whole_samples_are_seen_to_be_whole():
    got = outcome(HISTORY, [read(number, sample(number)) for number in range(2, 8)])
    assert got == Outcome(6, 6, 0, 0, 0, 0, 0, 6, 6.0, 6.0)


def test_values_of_two_samples_are_torn():
    torn = read(3, sample(3)[:4] + sample(4)[4:], into_ns=9_500_000)
    got = outcome(HISTORY, [read(2, sample(2)), torn, read(4, sample(4))])
    assert (got.torn, got.invented, got.whole_once, got.missed, got.doubled) == (1, 0, 2, 0, 0)


def test_a_value_of_two_bytes_of_different_samples_is_invented():
    words = sample(3)
    words[5] = 3 * 256 + 5 + 200
    got = outcome(HISTORY, [read(2, sample(2)), read(3, words, into_ns=9_500_000)])
    assert (got.torn, got.invented, got.worst_counts) == (1, 1, 56)


def test_samples_of_another_time_do_not_count():
    got = outcome(HISTORY, [read(2, sample(2)), read(6, sample(3))])
    assert (got.torn, got.whole_once) == (1, 1)


def test_doubled_and_missed_samples_are_counted():
    numbers = [2, 3, 3, 6]
    got = outcome(HISTORY, [read(number, sample(number)) for number in numbers])
    assert (got.produced, got.doubled, got.missed, got.whole_once) == (5, 1, 2, 2)


def test_values_without_the_temperature_are_compared_without_it():
    six = sample(4)[:3] + sample(4)[4:]
    assert outcome(HISTORY, [read(4, six)]).torn == 0


def test_a_broken_promise_is_told():
    case = Case(100, 1, False, 400_000)
    good = use_of_peer(BURST, case, 1.0)
    told = broken_promises({case: {OURS: good, **dict.fromkeys(PACKAGES, good)}})
    assert len(told) == 3


def test_what_stands_in_for_smbus_and_busio_forwards():
    bus = SimulatedBus({0x68: SimulatedChip()}, SimulatedClock())
    smbus, i2c = SMBus(bus), I2C(bus)
    smbus.write_byte_data(0x68, reg.PWR_MGMT_1, 0)
    i2c.writeto(0x68, b"\x19\x09")
    assert [(each.register, each.value) for each in bus.writes] == [(0x6B, 0), (0x19, 9)]
    assert smbus.read_byte_data(0x68, reg.WHO_AM_I) == 0x68
    buffer = bytearray(b"\x19...")
    i2c.writeto_then_readfrom(0x68, buffer, buffer, out_end=1, in_start=1, in_end=3)
    assert buffer == b"\x19\x09\x00."
    assert bus.transactions == 4


def test_the_driver_does_again_what_was_recorded():
    recording = record_ours(2.0)
    assert recording.samples == pytest.approx(2.0 * RATE_HZ * 2, rel=0.05)
    assert set(on_a_list(OURS, recording).parts) == {"acquire", "decode", "calibrate"}
    assert on_a_library(OURS, recording).whole_us > 0


def test_a_calibration_is_compared_on_what_it_left(monkeypatch):
    figures = figures_of(TABLE, 1, 3, [CALIBRATED, TWO_POINTS, NONE])
    assert figures[CALIBRATED].length_mg.max() < 2.0 < figures[TWO_POINTS].length_mg.max()
    assert figures[TWO_POINTS].tilt_deg.max() < figures[NONE].tilt_deg.max()
    assert figures[CALIBRATED].kept() == 1.0
    assert figures[NONE].kept() == 0.0
    everyone = {CALIBRATED: figures[CALIBRATED], FERRARIS: figures[NONE], TWO_POINTS: figures[TWO_POINTS]}
    # How long a fit takes on a computer that does something else as well is no promise.
    monkeypatch.setattr("benchmarks.calibration_accuracy.MOST_FIT_MS", 10_000.0)
    assert not_as_promised(everyone, everyone) == []
    told = not_as_promised(everyone | {CALIBRATED: figures[NONE]}, everyone)
    assert any("only 0.0 %" in each for each in told)
    assert any("tilt_deg of ours" in each for each in told)
    monkeypatch.setattr("benchmarks.calibration_accuracy.MOST_FIT_MS", 0.0)
    assert ["the fit takes" in each for each in not_as_promised(everyone, everyone)] == [True, True]


def test_the_packages_are_an_extra():
    text = (Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8")
    extra = tomllib.loads(text)["project"]["optional-dependencies"]["bench"]
    assert [each.partition(">")[0] for each in extra] == [*PACKAGES, *CALIBRATION_PACKAGES, *SPEED_PACKAGES]


def test_holds_and_carries_are_compared_on_what_is_promised():
    held = [HoldResult("clean", 1, 1, 1, 0.1)] * 10
    carried = [
        CarryResult("whole", 1, 35, 35, 0.01, 0.02, 0.1, 0.2, False, False),
        CarryResult("lowered early", 1, 26, 26, 0.02, 0.02, 0.1, 0.2, True, False),
    ]
    assert not_held(held, carried) == []
    assert len(not_held([HoldResult("clean", 2, 1, 1, 0.7)], carried)) == 2
    wrong = [CarryResult("whole", 2, 35, 35, 0.1, 0.1, 0.1, 0.2, True, False)]
    assert (
        len(
            not_held(
                held, [*wrong, CarryResult("lowered early", 1, 26, 26, 0.0, 0.0, 0.1, 0.2, False, False)]
            )
        )
        == 4
    )


def coached_set(fault, *, found, right=True, cued=True, alone=None, seed=3):
    job = Job("face_pull", "wrist", fault, seed)
    worn = {RuleName.TORSO: Flag(found, Basis.MEASURED)}
    flags = {} if alone is None else {RuleName.TORSO: Flag(alone, Basis.INFERRED)}
    return Coached(job, right, worn, flags, 0.9, 10, 0, cued, True)


def test_coaching_is_compared_on_what_is_promised():
    clean = [coached_set(None, found=False, cued=False)] * 50
    rocking = [coached_set(FaultKind.ROCK, found=True)] * 20
    assert not_found([*clean, *rocking]) == []
    missed = coached_set(FaultKind.ROCK, found=False, right=False, seed=7)
    flagged = coached_set(None, found=True, seed=9)
    told = not_found([*clean, flagged, flagged, *rocking, missed, missed])
    assert told == [
        "face_pull, wrist, rock: found in 20 of 22, not in that of 7, 7",
        "face_pull, wrist, rock: flagged in 2 of 52 clean sets, that of 9, 9",
    ]
    (row,) = rows([*clean, *rocking, missed])
    assert row[3:] == ["20 of 21", "0 of 50", "20 of 20", "0 of 50", "21 of 21", "-", "-"]
    lines = summary([*clean, *rocking, missed])
    assert lines[:2] == ["Faults found, in all: 20 of 21.", "Faults found, of those counted right: 20 of 20."]
    assert len(not_found([dataclasses.replace(rocking[0], latest_s=1.2)])) == 1


def test_how_soon_a_verdict_comes_is_told():
    soon = dataclasses.replace(coached_set(None, found=False), after_end_s=(0.5, 0.7, 0.9, 2.0))
    assert summary([soon])[-1].startswith("Verdicts within 1 s of the rep's true end: 75.0 % of 4;")


def test_a_run_that_was_stopped_goes_on_from_what_it_kept(tmp_path):
    path, done = tmp_path / "kept.pkl", coached_set(FaultKind.ROCK, found=True)
    path.write_bytes(pickle.dumps(done) + pickle.dumps(done)[:-20])
    assert kept_in(path) == [done]
    assert path.read_bytes() == pickle.dumps(done)
    assert kept_in(tmp_path / "new.pkl") == []


def made_rep(*, late_s: float = 0.0, slow_mps: float = 0.0) -> Rep:
    velocities = (Velocity(each, each, 0.02, 0.02) for each in (0.5 - slow_mps, -0.4 + slow_mps))
    measures = Measures(1.0, 2.0, 2.5, 3.7 + late_s, True, 0.5, 0.01, *velocities)
    return Rep(1, 1.0, 2.25, 3.7 + late_s, 4.0, 20.0, 0.5, 1.0, measures, out_lifts=True)


def test_what_is_measured_is_compared_on_what_is_promised():
    made = Truth(1.0, 2.0, 2.5, 3.7, 20.0, 0.5, Velocity(0.5, 0.5, 0.0, 0.0), Velocity(-0.4, -0.4, 0.0, 0.0))
    errors = Errors()
    errors.add([made], [made_rep()])
    errors.add([made], [])
    assert errors.cells()[0] == "1 of 2"
    assert errors.shortfalls() == []
    errors.add([made], [made_rep(late_s=0.4, slow_mps=0.1)])
    assert [each.split()[0] for each in errors.shortfalls()] == ["lowering", "only"]


def test_every_exercise_with_phases_is_measured():
    measured = {case.movement.exercise for case in CASES}
    assert measured == {each.id for each in load_exercises().values() if each.kind is Kind.REPS} - {"any"}


def test_every_fault_has_its_rule_and_both_halves_are_other_people():
    assert set(RULE_OF) == set(FaultKind)
    tune, report = (list(jobs(2, half)) for half in ("tune", "report"))
    assert {job.fault for job in tune} == {None, *FaultKind}
    assert {job.seed for job in tune} == {2, 4}
    assert {job.seed for job in report} == {3, 5}
    assert {job.variant for job in jobs(1, "tune", "bent_over_row")} == {"band_row", "barbell_row"}
    assert not list(jobs(1, "tune", "curl"))


def test_people_are_told_by_their_tempo_and_their_range(tmp_path):
    slow, fast, small = Told(2, [3.0, 2.0], [1.0, 0.9]), Told(2, [0.1, 0.2], [1.0]), Told(2, [0.5], [0.5])
    assert not_told(slow, fast, small) == []
    assert len(not_told(Told(1, [HELD_S - 0.1], [0.7]), fast, Told(1, [1.0], [0.9]))) == 4
    index = tmp_path / "index.csv"
    index.write_text("file,block,active_end_s\na.csv,slow,9\na.csv,fast,\nb.csv,,\n")
    blocks = blocks_of(index)
    assert [(each.name, each.row.end_s) for each in blocks[tmp_path / "a.csv"]] == [
        ("slow", 9.0),
        ("fast", math.inf),
    ]
    assert tmp_path / "b.csv" not in blocks
