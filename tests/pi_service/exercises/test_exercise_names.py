"""Names that people use find the exercise they mean."""

from __future__ import annotations

import pytest

from pi_service.exercises import ExerciseError, find_exercise, is_exercise, load_exercises


@pytest.mark.parametrize(
    ("name", "exercise_id"),
    [
        ("vertical_pull", "vertical_pull"),
        ("pull_up", "vertical_pull"),
        ("Pull-Up", "vertical_pull"),
        ("  LAT  pulldown ", "vertical_pull"),
        ("deadlift", "dead_lift"),
        ("romanian_dead_lift", "dead_lift"),
        ("row", "bent_over_row"),
        ("Bent-over row", "bent_over_row"),
        ("walking", "walking"),
        ("any", "any"),
        ("pull ups", "vertical_pull"),
        ("Rows", "bent_over_row"),
        ("face_pulls", "face_pull"),
        ("back to wall presses", "wall_retraction"),
        ("step", "walking"),
    ],
)
def test_a_name_finds_its_exercise(name: str, exercise_id: str) -> None:
    assert find_exercise(name).id == exercise_id
    assert is_exercise(name)


def test_every_id_name_and_alias_finds_its_own_exercise() -> None:
    for exercise in load_exercises().values():
        for name in (exercise.id, exercise.name, *exercise.aliases):
            assert find_exercise(name) == exercise


def test_a_near_miss_is_told_what_comes_near() -> None:
    with pytest.raises(ExerciseError, match="did you mean face_pull"):
        find_exercise("facepul")


def test_a_name_like_nothing_is_told_what_is_known() -> None:
    with pytest.raises(ExerciseError, match="known are any, bent_over_row") as caught:
        find_exercise("qqq")
    assert "any counts whatever repeats" in str(caught.value)
    assert not is_exercise("qqq")


@pytest.mark.parametrize("name", ["", "  ", "_-"])
def test_an_empty_name_has_a_sentence_of_its_own(name: str) -> None:
    with pytest.raises(ExerciseError, match="name of the exercise is empty; known are any, bent_over_row"):
        find_exercise(name)
    assert not is_exercise(name)


def test_a_name_longer_than_any_file_s_is_told_in_one_short_sentence() -> None:
    with pytest.raises(ExerciseError, match="There is no exercise 'aaaa") as caught:
        find_exercise("a" * 5_000)
    assert len(str(caught.value)) < 400
