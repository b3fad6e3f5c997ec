"""What a person sees while a calibration goes on."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from calibration.coverage import Face
from calibration.session import Progress
from pi_service.commands.calibrate_scene import Scene
from pi_service.commands.calibrate_view import PlainView, TerminalView, picture, view_for
from pi_service.commands.face_words import FACES, drawing, listed, short

ALL = frozenset(Face)


def progress(**other: object) -> Progress:
    given: dict[str, object] = {
        "stillness": 0.9,
        "still_for_s": 1.5,
        "rested": False,
        "rests": 3,
        "poses": 2,
        "wanted_poses": 12,
        "tilt_bound_deg": None,
        "seen": frozenset({Face.Z_UP, Face.X_UP}),
        "missing": (Face.X_DOWN, Face.Y_UP, Face.Y_DOWN, Face.Z_DOWN),
        "next_face": Face.X_DOWN,
        "gravity_face": Face.X_UP,
        "moved": False,
        "clipped_axes": (),
        "temperature_c": 22.0,
        **other,
    }
    return Progress(**given)  # type: ignore[arg-type]


FIRST = progress(rests=0, poses=0, seen=frozenset(), missing=tuple(Face), next_face=Face.X_UP)
TILTED = progress(seen=ALL, missing=(), poses=7, tilt_bound_deg=0.62, next_face=Face.Y_UP)
DONE = progress(seen=ALL, missing=(), poses=9, wanted_poses=9, tilt_bound_deg=0.28, next_face=None)


def drawn(scene: Scene, *, plain: bool = False) -> str:
    out = io.StringIO()
    Console(file=out, width=100, color_system=None).print(picture(scene, plain=plain))
    return out.getvalue()


def test_the_first_step_is_a_rest() -> None:
    text = drawn(Scene(4.0, FIRST))
    assert "Step 1 of 3: at rest, for the gyroscope" in text
    assert "Lay the sensor on the table, any way round" in text
    assert "0:04 of about 2:00" in text
    assert "· X up" in text


def test_the_second_step_asks_for_a_side_and_shows_what_is_done() -> None:
    text = drawn(Scene(64.0, progress()))
    assert "Step 2 of 3: the six sides   2 of 6 sides   1:04 of about 2:00" in text
    assert "Next: on edge, with the X arrow pointing down." in text
    assert "│  X ↓  │" in text
    assert "1.5 of 3 s" in text
    assert "✔ X up (up now)" in text
    assert "▶ X down" in text


def test_the_third_step_says_how_sure_it_is() -> None:
    text = drawn(Scene(64.0, TILTED))
    assert "Step 3 of 3: the six sides, tilted   7 poses   1:04 of about 2:00" in text
    assert "within 0.6 degrees; 0.3 is enough" in text
    assert "Next: once more on edge, with the Y arrow pointing up, but tilted by about 20" in text


def test_the_end() -> None:
    assert Scene(64.0, DONE).done
    assert "That is all: you may pick it up." in drawn(Scene(64.0, DONE))
    assert not Scene(64.0, TILTED).done
    assert Scene(64.0, TILTED, quick=True).done
    assert not Scene(64.0, progress(), quick=True).done


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"moved": True}, "It moved too soon: let go of it for 3 seconds."),
        ({"clipped_axes": ("accelerometer z",)}, "accelerometer z: at the end of the range."),
        ({"seen": ALL, "missing": ()}, "The poses contradict each other"),
        ({"rested": True}, "This one is taken: go on."),
    ],
    ids=["moved", "clipped", "contradiction", "taken"],
)
def test_what_keeps_it_is_said(given: dict[str, object], words: str) -> None:
    assert words in drawn(Scene(9.0, progress(**given)))


@pytest.mark.parametrize("each", [FIRST, progress(), TILTED, DONE])
def test_a_terminal_without_such_characters_gets_others(each: Progress) -> None:
    assert drawn(Scene(9.0, each), plain=True).isascii()


def test_the_view_is_that_of_the_output() -> None:
    assert isinstance(view_for(Console(file=io.StringIO())), PlainView)
    assert isinstance(view_for(Console(file=io.StringIO(), force_terminal=True)), TerminalView)


def test_in_a_pipe_only_what_is_new_is_written() -> None:
    out = io.StringIO()
    with PlainView(Console(file=out, width=110)) as view:
        for each in (FIRST, FIRST, progress(), progress(moved=True), progress(moved=True), TILTED, DONE):
            view.show(Scene(1.0, each))
    lines = out.getvalue().splitlines()
    assert len(lines) == len(set(lines)) == 8
    assert lines[1] == "X up: 2 of 6 sides."


def test_every_face_has_words_and_a_drawing_of_its_own() -> None:
    assert set(FACES) == {face.value for face in Face}
    assert len({face.words for face in FACES}) == len({drawing(face) for face in FACES}) == 6
    assert all(len(line) == 13 for face in FACES for line in drawing(face))
    assert listed([Face.X_UP, "-y", "+z"]) == "X up, Y down and Z up"
    assert short(Face.Z_DOWN) == "Z down"
