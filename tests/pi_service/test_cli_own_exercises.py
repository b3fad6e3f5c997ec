"""`repclip exercises check` and `template`: files of one's own, from the first line to what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.samples import SensorRole
from pi_service.cli import run
from pi_service.commands.exercise_template import TEMPLATES
from pi_service.exercises import find_exercise, read_exercise
from pi_service.exercises.model import Kind
from pi_service.workout.counting_sensor import main_sensor

DOC = Path(__file__).parents[2] / "docs" / "exercise_files.md"


def template(kind: Kind, capsys: pytest.CaptureFixture[str]) -> str:
    assert run(["exercises", "template", "--kind", kind.value]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("kind", list(Kind))
def test_a_template_can_be_used_as_it_is(
    kind: Kind, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = template(kind, capsys)
    id_line = next(line for line in text.splitlines() if line.startswith("id = "))
    path = tmp_path / f"{id_line.split(chr(34))[1]}.toml"
    path.write_text(text, encoding="utf-8")
    exercise = read_exercise(path)
    assert exercise.kind is kind
    assert run(["exercises", "check", str(path)]) == 0
    out = capsys.readouterr().out
    assert "it can be used" in out
    assert "note:" not in out
    assert find_exercise(str(path)) == exercise


def test_the_documentation_shows_the_template() -> None:
    text = DOC.read_text(encoding="utf-8")
    for kind in (Kind.REPS, Kind.HOLD, Kind.CARRY):
        assert f"```toml\n{TEMPLATES[kind]}```" in text


def test_every_file_and_folder_is_looked_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, folder = tmp_path / "my_press.toml", tmp_path / "more"
    folder.mkdir()
    text = TEMPLATES[Kind.REPS]
    good.write_text(text, encoding="utf-8")
    (folder / "a.toml").write_text(text.replace("sets = 3", "sits = 3"), encoding="utf-8")
    lines = [line for line in text.splitlines(keepends=True) if not line.startswith("placements")]
    (folder / "b.toml").write_text("".join(lines), encoding="utf-8")
    (folder / "c.toml").write_text("\ufeff" + text.replace("my_press", "c"), encoding="utf-8")
    assert run(["exercises", "check", str(folder), str(good)]) == 2
    shown = capsys.readouterr()
    assert [line.split(":")[0] for line in shown.out.splitlines() if "can be used" in line] == [
        str(folder / "c.toml"),
        str(good),
    ]
    a, b, last = shown.err.splitlines()
    assert a == f"repclip: {folder / 'a.toml'}: `prescription.sits`: unknown key; did you mean `sets`?"
    assert "`placements` is missing: expected where the counting sensor may sit" in b
    assert last == "repclip: 2 of 4 files cannot be used: see above."


def test_one_bad_file_is_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.toml"
    path.write_text("id = 3", encoding="utf-8")
    assert run(["exercises", "check", str(path)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert run(["exercises", "check", str(tmp_path / "none")]) == 2
    (tmp_path / "empty").mkdir()
    assert run(["exercises", "check", str(tmp_path / "empty")]) == 2
    assert "there is no exercise file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "hint"),
    [
        ('id = "my_press"', 'id = "other"', "its id is 'other', not 'mine' like the file"),
        (
            'id = "my_press"',
            'id = "face_pull"',
            "'face_pull' is the id of an exercise that comes with repclip",
        ),
        ("press of mine", "Lat pulldown", "'Lat pulldown' already stands for vertical_pull"),
        ("least = 1.5", "least = 100", "no repetition of more than 12 s is counted"),
        ('out = "lifting"', "", "`rules.lowering` is judged only where [phases] says which way lifts"),
    ],
)
def test_what_may_not_be_meant_is_a_hint(
    old: str, new: str, hint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(TEMPLATES[Kind.REPS].replace(old, new), encoding="utf-8")
    assert run(["exercises", "check", str(path)]) == 0
    assert hint in capsys.readouterr().out


@pytest.mark.parametrize(
    ("rule", "placement", "other"), [("bar_level", "bar", "wrist"), ("turn_out", "wrist", "bar")]
)
def test_a_rule_that_no_sensor_sees_where_it_may_sit_is_hinted_at(
    rule: str, placement: str, other: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "my_press.toml"
    for placements, is_told in ((placement, False), (other, True)):
        text = TEMPLATES[Kind.REPS].replace("rules.range_kept", f"rules.{rule}")
        text = text.replace('placements = ["wrist", "bar"]', f'placements = ["{placements}"]')
        path.write_text(text, encoding="utf-8")
        assert run(["exercises", "check", str(path)]) == 0
        hint = f"`rules.{rule}` is judged only by a sensor on the {placement}"
        assert (hint in capsys.readouterr().out) is is_told


def test_two_files_with_one_name_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("my_press", "again"):
        (tmp_path / f"{name}.toml").write_text(TEMPLATES[Kind.REPS], encoding="utf-8")
    assert run(["exercises", "check", str(tmp_path)]) == 0
    assert (
        f"'my_press' already stands for the exercise of {tmp_path / 'again.toml'}" in capsys.readouterr().out
    )


def test_a_file_without_its_ending_is_hinted_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("goblet_squat.toml").write_text(TEMPLATES[Kind.REPS], encoding="utf-8")
    assert run(["exercises", "show", "goblet_squat"]) == 2
    assert "if you mean your own file, say goblet_squat.toml" in capsys.readouterr().err


def test_reps_of_an_exercise_for_the_torso_are_counted_by_the_only_sensor(tmp_path: Path) -> None:
    path = tmp_path / "bow.toml"
    text = TEMPLATES[Kind.REPS].replace('placements = ["wrist", "bar"]', 'placements = ["torso", "wrist"]')
    path.write_text(text, encoding="utf-8")
    exercise = read_exercise(path)
    assert main_sensor(exercise, tuple(SensorRole)) is SensorRole.TORSO
    assert main_sensor(exercise, (SensorRole.TORSO,)) is SensorRole.TORSO
    assert main_sensor(exercise, (SensorRole.LIMB,)) is SensorRole.LIMB
