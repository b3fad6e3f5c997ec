"""Write the settings into docs/configuration.md, from their model.

Run it after a change of `pi_service/config/model.py`: ``python docs/make_configuration.py``. With
``--check`` it changes nothing, and fails where the document is out of date.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from pi_service.config.files import settings_by_key, unit_of
from pi_service.config.model import Settings
from pi_service.config.telling import Setting
from pi_service.config.template import as_toml

DOCUMENT = Path(__file__).resolve().parent / "configuration.md"
_BEGIN, _END = "<!-- made by docs/make_configuration.py -->\n", "<!-- end -->"


def made() -> str:
    """Return what the document is to be."""
    text = DOCUMENT.read_text(encoding="utf-8")
    pattern = re.compile(re.escape(_BEGIN) + ".*?" + re.escape(_END), re.DOTALL)
    return pattern.sub(lambda _: _BEGIN + _tables() + _END, text)


def _tables() -> str:
    lines: list[str] = []
    table = ""
    for setting in settings_by_key().values():
        if setting.table != table:
            table = setting.table
            what = (Settings.model_fields[table].annotation.__doc__ or "").strip()
            lines += ["", f"### [{table}]", "", what, ""]
            lines += ["| key | default | option, environment | what it is for |", "|---|---|---|---|"]
        lines.append(_row(setting))
    return "\n".join([*lines[1:], "", ""])


def _row(setting: Setting) -> str:
    default = "" if setting.default is None else f"`{as_toml(setting.default)}`"
    unit = unit_of(setting.name)
    if default and unit:
        default += f" ({unit})"
    ways = [f"`{setting.told.options[0]}`", f"`{setting.env}`"] if setting.told.option else []
    live = " *Live.*" if setting.told.live else ""
    return f"| `{setting.name}` | {default} | {', '.join(ways)} | {setting.what}{live} |"


def main() -> int:
    """Write, or check, the document; return what the process ends with."""
    text = made()
    if DOCUMENT.read_text(encoding="utf-8") == text:
        return 0
    if sys.argv[1:] == ["--check"]:
        print(f"{DOCUMENT.name} is out of date: run python docs/make_configuration.py", file=sys.stderr)
        return 1
    DOCUMENT.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
