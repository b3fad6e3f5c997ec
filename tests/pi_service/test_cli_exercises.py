"""`repclip exercises`: the names that can stand behind --exercise."""

from __future__ import annotations

import pytest

from pi_service.cli import run
from pi_service.exercises import find_exercise, load_exercises


@pytest.mark.parametrize("arguments", [["exercises"], ["exercises", "list"]])
def test_every_exercise_is_listed(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    for each in load_exercises().values():
        (line,) = [line for line in lines if line.split()[:1] == [each.id]]
        assert each.name in line
        assert f" {each.kind} " in line
        assert not each.aliases or each.aliases[0] in line


def test_what_no_sensor_sees_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["exercises", "show", "face_pull"]) == 0
    told = capsys.readouterr().out
    assert all(f"not seen: {each}" in told for each in find_exercise("face_pull").unseen)
    assert "Both shoulders drawn up alike" in told


def test_what_is_listed_finds_its_exercise_also_in_the_plural() -> None:
    for each in load_exercises().values():
        for name in (each.id, each.name, *each.aliases):
            assert find_exercise(name) is each
            plural = name if name.endswith("s") else f"{name}es" if name.endswith("ch") else f"{name}s"
            assert find_exercise(plural) is each
