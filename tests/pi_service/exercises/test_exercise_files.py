"""The exercises that come with repclip, and what a wrong exercise file is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from pi_service.exercises import (
    Counting,
    ExerciseError,
    Holding,
    Kind,
    OutWay,
    Phases,
    Placement,
    Prescription,
    Sides,
    Way,
    load_exercises,
)
from pi_service.exercises.reading import read_exercise

GOOD = """\
id = "face_pull"
name = "Face pull"
aliases = ["rope face pull"]
kind = "reps"
placements = ["wrist"]
sides = "alternating"
unseen = ["Where the elbows are."]

[prescription]
sets = 3
reps = [10, 15]
rest_s = 90

[counting]
min_rep_s = 0.8
max_rep_s = 12
out_goes = "down"

[phases]
out = "lowering"
"""


def written(folder: Path, text: str, name: str = "face_pull.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("exercise_id", "kind", "prescription"),
    [
        (
            "thoracic_extension",
            Kind.HOLD,
            Prescription(sets=(1, 1), hold_s=(30.0, 60.0), rest_s=(30.0, 60.0)),
        ),
        ("cross_band", Kind.REPS, Prescription(sets=(2, 2), reps=(15, 25), rest_s=(60.0, 120.0))),
        ("wall_retraction", Kind.REPS, Prescription(sets=(2, 2), reps=(15, 25), rest_s=(60.0, 120.0))),
        ("dead_lift", Kind.REPS, Prescription(sets=(3, 5), reps=(4, 10), rest_s=(120.0, 180.0))),
        ("bent_over_row", Kind.REPS, Prescription(sets=(3, 3), reps=(10, 15), rest_s=(60.0, 120.0))),
        ("vertical_pull", Kind.REPS, Prescription(sets=(3, 3), reps=(10, 15), rest_s=(60.0, 120.0))),
        ("face_pull", Kind.REPS, Prescription(sets=(3, 3), reps=(10, 15), rest_s=(60.0, 120.0))),
        ("overhead_carry", Kind.CARRY, Prescription(sets=(3, 3), distance_m=18.3, rest_s=(60.0, 120.0))),
        ("any", Kind.REPS, Prescription()),
        ("walking", Kind.STEPS, Prescription()),
    ],
)
def test_the_shipped_exercises_ask_for_what_the_trainer_asks(
    exercise_id: str, kind: Kind, prescription: Prescription
) -> None:
    exercise = load_exercises()[exercise_id]
    assert exercise.kind is kind
    assert exercise.prescription == prescription


def test_a_good_file_is_read_in_full(tmp_path: Path) -> None:
    exercise = read_exercise(written(tmp_path, GOOD))
    assert exercise.id == "face_pull"
    assert exercise.placements == (Placement.WRIST,)
    assert exercise.prescription == Prescription(sets=(3, 3), reps=(10, 15), rest_s=(90.0, 90.0))
    assert exercise.counting == Counting(min_rep_s=0.8, max_rep_s=12.0, out_goes=Way.DOWN)
    assert exercise.sides is Sides.ALTERNATING
    assert exercise.unseen == ("Where the elbows are.",)
    assert exercise.phases == Phases(OutWay.LOWERING)


@pytest.mark.parametrize(
    ("exercise_id", "out"),
    [
        ("vertical_pull", OutWay.LIFTING),
        ("bent_over_row", OutWay.BY_HEIGHT),
        ("face_pull", OutWay.LIFTING),
        ("cross_band", OutWay.LIFTING),
        ("dead_lift", OutWay.BY_HEIGHT),
        ("wall_retraction", OutWay.BY_HEIGHT),
        ("any", None),
        ("walking", None),
        ("overhead_carry", None),
    ],
)
def test_the_shipped_exercises_say_which_way_lifts(exercise_id: str, out: OutWay | None) -> None:
    exercise = load_exercises()[exercise_id]
    assert exercise.phases.out is out
    assert (exercise.sides is Sides.ALTERNATING) is (exercise_id == "cross_band")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('id = "face_pull"', 'id = "Face Pull"', "`id`: expected small letters"),
        ('id = "face_pull"\n', "", "`id` is missing"),
        ('name = "Face pull"', 'name = ""', "`name`: expected text in quotes, found ''"),
        ('kind = "reps"', 'kind = "rep"', "`kind`: expected one of reps, hold, carry, steps, found 'rep'"),
        ('["wrist"]', '["ankle"]', "`placements`: expected one of wrist, bar, torso, found 'ankle'"),
        ('["wrist"]', "[]", "`placements`: expected at least one place"),
        ('["rope face pull"]', '"rope face pull"', "`aliases`: expected a list of texts"),
        ("placements", "placement", "`placement`: unknown key; did you mean `placements`?"),
        ("sets = 3", "set = 3", "`prescription.set`: unknown key; did you mean `sets`?"),
        ("sets = 3", "sets = 0", "`prescription.sets`: expected a whole number of at least 1"),
        ("sets = 3", f"sets = 1{'0' * 400}", "not valid TOML: it holds a whole number that is too large"),
        ("sets = 3", f"sets = {'9' * 5000}", "not valid TOML: it holds a whole number that is too large"),
        ("sets = 3", f"sets = {'[' * 3000}{']' * 3000}", "its brackets are nested too deep"),
        (
            "sets = 3",
            "sets = 1001",
            "whole number of at least 1 and at most 1000",
        ),
        ('name = "Face pull"', 'name = "Face\\u001b[2Jpull"', "`name`: expected text in quotes, on one line"),
        ('id = "face_pull"', f'id = "{"a" * 65}"', "`id`: expected small letters"),
        ("sets = 3", "sets = true", "`prescription.sets`: expected a whole number"),
        ("reps = [10, 15]", "reps = [15, 10]", "`prescription.reps`: expected a whole number"),
        ("reps = [10, 15]", "reps = [1, 2, 3]", "`prescription.reps`: expected a whole number"),
        (
            "rest_s = 90",
            "rest_s = [90, 60]",
            "`prescription.rest_s`: expected seconds above 0, or two of them",
        ),
        ("rest_s = 90", "rest_s = -1", "`prescription.rest_s`: expected seconds above 0"),
        ("rest_s = 90", "rest_s = inf", "`prescription.rest_s`: expected seconds above 0"),
        ("rest_s = 90", 'rest_s = "90"', "`prescription.rest_s`: expected seconds above 0"),
        ("reps = [10, 15]", "hold_s = 30", '`prescription.hold_s`: expected no such key for kind "reps"'),
        ("min_rep_s = 0.8", "min_rep_s = -1", "`counting.min_rep_s`: expected seconds above 0"),
        (
            "max_rep_s = 12",
            "max_rep_s = 0.5",
            "`counting.max_rep_s`: expected more than min_rep_s",
        ),
        ("min_rep_s = 0.8", "min_rep_s = 1e300", "`counting.min_rep_s`: expected less than 30 s"),
        ("max_rep_s = 12", "max_rep_s = 31", "`counting.max_rep_s`: expected at most 30 s"),
        (
            "min_rep_s = 0.8\nmax_rep_s = 12",
            "max_rep_s = 0.001",
            "`counting.max_rep_s`: expected more than the shortest repetition, which takes 0.9 s",
        ),
        ("max_rep_s = 12", "zzz = 12", "`counting.zzz`: unknown key; known are min_rep_s, max_rep_s"),
        ('"down"', '"left"', "`counting.out_goes`: expected one of up, down, found 'left'"),
        ("[counting]", "counting = 3\n[other]", "`other`: unknown key"),
        ('"alternating"', '"both"', "`sides`: expected one of together, alternating, found 'both'"),
        ('"lowering"', '"down"', "`phases.out`: expected one of lifting, lowering, by_height, found 'down'"),
        ("out =", "back =", "`phases.back`: unknown key; known are out"),
        ('kind = "reps"', "kind = reps", "not valid TOML"),
        ('kind = "reps"', '"\\u001b[2Jkind" = "reps"', "`'\\x1b[2Jkind'`: unknown key; did you mean `kind`?"),
    ],
)
def test_a_wrong_file_is_told_where_and_what_is_expected(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    assert old in GOOD
    path = written(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(ExerciseError) as caught:
        read_exercise(path)
    assert str(path) in str(caught.value)
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("left_out", "complaint"),
    [
        ('[phases]\nout = "lowering"\n', '`sides`: expected no alternating sides for kind "steps"'),
        ('sides = "alternating"\n', '`phases.out`: expected no such key for kind "steps"'),
    ],
)
def test_only_reps_have_phases_and_alternate(tmp_path: Path, left_out: str, complaint: str) -> None:
    text = GOOD.replace('kind = "reps"', 'kind = "steps"').replace(left_out, "")
    with pytest.raises(ExerciseError) as caught:
        read_exercise(written(tmp_path, text))
    assert complaint in str(caught.value)


def test_only_reps_have_hints_for_the_counter(tmp_path: Path) -> None:
    text = GOOD.replace('kind = "reps"', 'kind = "hold"').replace('sides = "alternating"\n', "")
    text = text.split("[prescription]", maxsplit=1)[0] + "[counting]\nmin_rep_s = 1\n"
    with pytest.raises(ExerciseError, match=r'`counting\.min_rep_s`: expected no such key for kind "hold"'):
        read_exercise(written(tmp_path, text))


def test_a_mark_of_the_encoding_is_no_part_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_exercise(path).id == "face_pull"


def test_a_table_that_is_no_table_is_refused(tmp_path: Path) -> None:
    text = GOOD.split("[prescription]", maxsplit=1)[0] + "counting = 3\n"
    with pytest.raises(ExerciseError, match=r"`counting`: expected a table, \[counting\], found 3"):
        read_exercise(written(tmp_path, text))


def test_a_missing_or_unreadable_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ExerciseError, match="cannot be read"):
        read_exercise(tmp_path / "none.toml")
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ExerciseError, match="not UTF-8"):
        read_exercise(binary)


def test_a_file_must_be_named_after_its_id(tmp_path: Path) -> None:
    written(tmp_path, GOOD, "other.toml")
    with pytest.raises(ExerciseError, match="`id`: expected 'other' like the file"):
        load_exercises(tmp_path)


def test_two_files_cannot_share_a_name(tmp_path: Path) -> None:
    written(tmp_path, GOOD)
    written(tmp_path, GOOD.replace('id = "face_pull"', 'id = "rope_pull"'), "rope_pull.toml")
    with pytest.raises(ExerciseError, match="already stands for 'face_pull'"):
        load_exercises(tmp_path)


HOLD = """\
id = "plank"
name = "Plank"
kind = "hold"
placements = ["torso"]
"""


def test_which_pose_is_held(tmp_path: Path) -> None:
    assert read_exercise(written(tmp_path, HOLD, "plank.toml")).holding == Holding(10.0, 180.0)
    given_ = HOLD + "[holding]\nleast_deg = 60\nmost_deg = 100\n"
    assert read_exercise(written(tmp_path, given_, "plank.toml")).holding == Holding(60.0, 100.0)
    assert load_exercises()["thoracic_extension"].holding == Holding(10.0, 45.0)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            HOLD + "[holding]\nleast_deg = 50\nmost_deg = 40",
            "`holding.most_deg`: expected more than least_deg",
        ),
        (HOLD + "[holding]\nmost_deg = 181", "`holding.most_deg`"),
        (HOLD + "[holding]\nleast = 5", "did you mean `least_deg`"),
        (GOOD + "[holding]\nleast_deg = 5", 'no such key for kind "reps"'),
    ],
)
def test_a_wrong_pose_is_told(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ExerciseError) as caught:
        read_exercise(written(tmp_path, text, "plank.toml"))
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('kind = "reps"', f'kind = "{"reps" * 2_000}"'),
        ("sets = 3", f"sets = [{'3, ' * 2_000}]"),
        ("[prescription]", f"[{'prescription' * 500}]"),
    ],
)
def test_what_is_too_long_for_a_sentence_is_told_without_its_middle(
    tmp_path: Path, old: str, new: str
) -> None:
    path = written(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(ExerciseError, match=r" \.\.\. ") as caught:
        read_exercise(path)
    assert len(str(caught.value)) < len(str(path)) + 400
