"""TOML that cannot be used is one sentence, wherever it is read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from calibration.errors import CalibrationFormatError
from calibration.placement_store import placement_of_text
from calibration.step_length import StepLengthStore
from calibration.text import calibration_of_text
from calibration.toml_reading import NotTomlError, read_toml

WRONG = {
    "no TOML": ("a = ", "Invalid value"),
    "5000 digits": (f"a = {'9' * 5000}", "a whole number that is too large"),
    "400 digits": (f"a = {'9' * 400}", "a whole number that is too large"),
    "hexadecimal": (f"a = [{{ b = 0x{'f' * 5000} }}]", "a whole number that is too large"),
    "nested": (f"a = {'[' * 3000}{']' * 3000}", "nested too deep"),
}


@pytest.mark.parametrize(("text", "words"), WRONG.values(), ids=WRONG)
def test_whatever_is_wrong_is_told_in_one_way(text: str, words: str) -> None:
    with pytest.raises(NotTomlError, match=words):
        read_toml(text)


def test_a_line_is_told_where_it_is_known() -> None:
    with pytest.raises(NotTomlError) as told:
        read_toml("a = 1\nb = \n")
    assert told.value.line == 2
    with pytest.raises(NotTomlError) as told:
        read_toml(WRONG["nested"][0])
    assert told.value.line is None


def test_what_fits_is_read() -> None:
    assert read_toml("a = 9223372036854775807\nb = [-1, 2.5, inf]")["a"] == 2**63 - 1


def _step_length(text: str, source: str) -> object:
    path = Path(source)
    path.write_text(text)
    return StepLengthStore([path.parent]).load(path)


@pytest.mark.parametrize("read", [calibration_of_text, placement_of_text, _step_length])
@pytest.mark.parametrize(("text", "words"), WRONG.values(), ids=WRONG)
def test_so_do_the_files_of_calibration(
    read: Callable[[str, str], object], text: str, words: str, tmp_path: Path
) -> None:
    source = str(tmp_path / "mine.toml")
    with pytest.raises(CalibrationFormatError, match=words) as told:
        read(text, source)
    assert str(told.value).startswith(source)
