"""Lines of keys, beside what `tomllib` reads: of every way to write TOML, and of texts that were drawn."""

from __future__ import annotations

import json
import tomllib
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pi_service.config.toml_lines import Place, lines_of

EVERYTHING = '''# a comment with [a.table] and key = 1
top = 1
"quoted.key" = "# no comment, no [table]"
'literal \\ key' = 2   # a comment

[station]
name = "a \\" quote = [ ] { }" # end
long = """
[no.table]
no_key = 1
\\""" still inside
"""
after_long = 5
raw = \'\'\'
key = "x"
\'\'\'
[ sensors . "limb one" ]
rate_hz=100
matrix = [
  [1, 2],   # first
  # between
  [3, { deep = 4 }],
]
inline = { a = 1, "b c" = { d = "}" }, e.f = 2 }
dotted.key.far = 2026-11-30T07:00:00Z
[[plan]]
step = 1
[[plan]]
step = 2
[plan.rest]
seconds = 90
'''


def places(value: Any, place: Place = ()) -> set[Place]:
    """Return every place in what `tomllib` read."""
    found = {place} if place else set()
    if isinstance(value, dict):
        for key, each in value.items():
            found |= places(each, (*place, key))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            found |= places(each, (*place, number))
    return found


def test_every_key_has_its_line() -> None:
    lines = lines_of(EVERYTHING)
    text = EVERYTHING.splitlines()
    read = tomllib.loads(EVERYTHING)
    assert set(lines) == places(read)

    def line(*place: str | int) -> str:
        return text[lines[place] - 1]

    assert line("top") == "top = 1"
    assert line("quoted.key").startswith('"quoted.key"')
    assert line("literal \\ key").startswith("'literal")
    assert line("station") == "[station]"
    assert line("sensors") == '[ sensors . "limb one" ]'
    assert line("station", "after_long") == "after_long = 5"
    assert line("station", "raw") == "raw = '''"
    assert line("sensors", "limb one", "rate_hz") == "rate_hz=100"
    assert line("sensors", "limb one", "matrix", 1, 1, "deep") == "  [3, { deep = 4 }],"
    assert line("sensors", "limb one", "inline", "b c", "d").startswith("inline")
    assert line("sensors", "limb one", "inline", "e", "f").startswith("inline")
    assert line("sensors", "limb one", "dotted", "key", "far").startswith("dotted")
    assert line("plan", 1, "step") == "step = 2"
    assert line("plan", 1, "rest", "seconds") == "seconds = 90"


def test_windows_line_ends_count_once() -> None:
    assert lines_of("[a]\r\n\r\nb = 1\r\n") == {("a",): 1, ("a", "b"): 3}


KEYS = st.one_of(
    st.text("abcXYZ019_-", min_size=1, max_size=5),
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=5),
)
SCALARS = st.one_of(
    st.integers(-(2**40), 2**40),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.text(st.characters(codec="utf-8", exclude_characters="\x7f"), max_size=8),
)
VALUES = st.recursive(
    SCALARS,
    lambda inside: st.one_of(st.lists(inside, max_size=3), st.dictionaries(KEYS, inside, max_size=3)),
    max_leaves=6,
)


def written(value: Any) -> str:
    """Return a value as TOML, arrays on several lines."""
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(
                f"{json.dumps(key, ensure_ascii=False)} = {written(each)}" for key, each in value.items()
            )
            + "}"
        )
    if isinstance(value, list):
        return "[\n" + "".join(f"  {written(each)}, # ]\n" for each in value) + "]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str | bool) else repr(value)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(KEYS, st.dictionaries(KEYS, VALUES, max_size=4), max_size=4))
def test_what_was_drawn_is_found_where_it_was_written(tables: dict[str, dict[str, Any]]) -> None:
    text = ""
    expected: dict[Place, int] = {}
    for table, content in tables.items():
        text += f"\n# [{'x'}]\n[{json.dumps(table, ensure_ascii=False)}]\n"
        expected[(table,)] = text.count("\n")
        for key, value in content.items():
            expected[(table, key)] = text.count("\n") + 1
            text += f"{json.dumps(key, ensure_ascii=False)} = {written(value)}\n"
    assert tomllib.loads(text) == tables
    lines = lines_of(text)
    assert set(lines) == places(tables)
    assert {place: lines[place] for place in expected} == expected
