"""What docs/traces.md shows is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from pi_service.traces import LabelKind, open_trace

TEXT = (Path(__file__).parents[3] / "docs" / "traces.md").read_text()
EXAMPLES = re.findall(r"```\n((?:# repclip|t_s,).*?)```", TEXT, re.DOTALL)


def test_the_recording_in_the_documentation_is_one(tmp_path: Path) -> None:
    path = tmp_path / "example.csv"
    path.write_text(EXAMPLES[0])
    trace = open_trace(path)
    assert sum(map(len, trace.blocks())) == 3
    assert trace.warnings == ()
    assert trace.labels()[0].kind is LabelKind.REP


def test_the_plain_trace_in_the_documentation_is_one(tmp_path: Path) -> None:
    path = tmp_path / "example.csv"
    path.write_text(EXAMPLES[1])
    trace = open_trace(path)
    assert trace.info.format == "si"
    assert sum(map(len, trace.blocks())) == 2
