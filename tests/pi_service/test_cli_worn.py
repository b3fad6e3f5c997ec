"""Which arm wears the sensor, and what is told of each rep on the terminal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.scripted import make_rep
from support.streams import Tempo, Way, reps_block
from typer.testing import CliRunner

from calibration.errors import CalibrationFormatError
from calibration.placement import Placement, PlacementKind
from calibration.placement_kind import Side
from pi_service.cli import app
from pi_service.commands.rep_words import rep_line, tempo_words
from pi_service.commands.worn import Arm, worn_side
from pi_service.exercises import find_exercise

SIDE_BY_SIDE, BOTH = find_exercise("cross_band"), find_exercise("dead_lift")
ROTATION = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


def stored(side: Side) -> Placement:
    return Placement(ROTATION, PlacementKind.WRIST, side)


@pytest.mark.parametrize(
    ("arm", "placement", "side"),
    [
        (Arm.LEFT, stored(Side.RIGHT), Side.LEFT),
        (None, stored(Side.RIGHT), Side.RIGHT),
        (None, None, Side.UNKNOWN),
    ],
)
def test_what_is_said_comes_before_what_is_stored(
    arm: Arm | None, placement: Placement | None, side: Side
) -> None:
    assert worn_side(arm, [SIDE_BY_SIDE], lambda: placement) is side


def test_a_placement_is_only_asked_for_where_sides_alternate() -> None:
    assert worn_side(None, [BOTH], lambda: pytest.fail("nobody needs it")) is Side.UNKNOWN
    assert worn_side(None, [BOTH, SIDE_BY_SIDE]) is Side.UNKNOWN


def test_a_placement_that_cannot_be_read_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> Placement | None:
        raise CalibrationFormatError("The file is damaged.")

    assert worn_side(None, [BOTH, SIDE_BY_SIDE], broken) is Side.UNKNOWN
    assert "The file is damaged." in capsys.readouterr().err


def test_a_rep_in_words() -> None:
    rep = make_rep(2, 12.4)
    assert rep_line(rep) == (
        "rep 2 at 12.4 s: lifting 1.0 s, pause 0.2 s, lowering 1.2 s, 0.0 s after the one before,"
        " 84 +- 0.9 deg, 52 +- 2 cm, +0.43 +- 0.02 m/s out"
    )
    assert rep.measures is not None
    early = replace(rep, out_lifts=None, measures=replace(rep.measures, back_is_over=False))
    assert tempo_words(early) == "out 1.0 s, pause 0.2 s, back about 1.2 s"
    assert tempo_words(replace(rep, out_lifts=False)) == "lowering 1.0 s, pause 0.2 s, lifting 1.2 s"
    assert rep_line(replace(rep, measures=None)) == "rep 2 at 12.4 s: 84 deg"


@pytest.fixture(scope="module")
def one_side(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of six reps with pauses in which the other arm does one."""
    block, _ = reps_block(Way.TILT, 6, seed=1, tempo=Tempo(1.0, 0.2, 1.2, 2.6))
    path = tmp_path_factory.mktemp("traces") / "one.csv"
    assert block.angular_rate_rads is not None
    table = np.column_stack((block.t_s, block.specific_force_ms2, block.angular_rate_rads))
    np.savetxt(path, table, "%.5f", ",", header="t_s,ax,ay,az,gx,gy,gz", comments="")
    return path


def test_replay_tells_both_sides_and_each_rep(one_side: Path) -> None:
    arguments = ["replay", str(one_side), "--exercise", "cross_band", "--side", "left", "--reps"]
    result = CliRunner().invoke(app, [*arguments, "--expect-reps", "6"])
    assert result.exit_code == 0, result.output
    assert "left 6, right 6 (inferred), 12 in all" in result.output
    assert result.output.count(": lifting ") == 6
    assert "lowering 1.2 s" in result.output


def test_replay_without_a_side_says_so(one_side: Path) -> None:
    result = CliRunner().invoke(app, ["replay", str(one_side), "--exercise", "cross_band"])
    assert "worn side 6, other side 6 (inferred), 12 in all" in result.output
    assert ": lifting " not in result.output
    other = CliRunner().invoke(app, ["replay", str(one_side), "--exercise", "dead_lift"])
    assert "inferred" not in other.output
