"""The commented file with every setting, its default and its unit, that `repclip config init` writes."""

from __future__ import annotations

import inspect
import json
import textwrap
from collections.abc import Iterator
from typing import Any, Final

from pi_service.config.files import unit_of
from pi_service.config.model import Settings
from pi_service.config.telling import Setting, settings_of

_WIDTH: Final = 100
_HEAD: Final = (
    "Settings of repclip. Each line that is commented out says the default, or an example where there is"
    " none. `repclip config check` says whether the file can be used, `repclip config show` what is in force"
    " and why. Files in the folder of this file's name with .d behind it, such as 10-gym.toml, go before this"
    " one, the environment before them, and options before all. A path is relative to the file that says it."
    " `systemctl reload repclip` reads it again: what says (live) takes effect at once, or after the set that"
    " is running; all else takes `systemctl restart repclip`."
)


def template() -> str:
    """Return the text of the file."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield from _comment(_HEAD)
    table = ""
    for setting in settings_of(Settings):
        if setting.table != table:
            table = setting.table
            yield ""
            yield f"[{table}]"
            yield from _comment(inspect.getdoc(Settings.model_fields[table].annotation) or "")
        yield ""
        yield from _comment(_described(setting))
        yield f"#{setting.name} = {as_toml(_shown(setting))}"


def _described(setting: Setting) -> str:
    notes = []
    unit = unit_of(setting.name)
    if unit is not None:
        notes.append(f"in {unit}")
    if setting.default is None:
        notes.append("no default")
    if setting.told.live:
        notes.append("live")
    return f"{setting.what} ({'; '.join(notes)})" if notes else setting.what


def _shown(setting: Setting) -> Any:
    """Return the default, or the example where there is none; a whole number in a text becomes one."""
    if setting.default is not None:
        return setting.default
    example = setting.told.example or ""
    return int(example) if example.isdigit() else example


def as_toml(value: Any) -> str:
    """Return a value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(as_toml, value))}]"
    # The basic strings of TOML are those of JSON, but for a character that no setting holds (DEL).
    return json.dumps(str(value), ensure_ascii=False)


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="# ", subsequent_indent="# ")
