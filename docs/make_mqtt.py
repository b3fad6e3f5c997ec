"""Write what is known of the messages into docs/mqtt.md, and their JSON Schemas, from the payload models.

Run it after a change of a model: ``python docs/make_mqtt.py``. With ``--check`` it changes nothing, and fails
where something is out of date.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from pi_service.publish.catalogue import MESSAGES, Described, descriptions, schema_files, summary
from pi_service.publish.payloads import EventPayload
from pi_service.publish.requests import MODELS, Request, ResponsePayload
from pi_service.publish.topics import Kind

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "mqtt.md"
SCHEMAS = ROOT / "pi_service" / "publish" / "schemas"
_PART = "<!-- made by docs/make_mqtt.py: {} -->\n"
_END = "<!-- end -->"
_EVERY = descriptions(EventPayload)
_AVAILABILITY = (
    "`online` while the station is there, `offline` when it ends; the broker says `offline` for a station "
    "that vanishes; a station that is there and reads `offline` says `online` again"
)


def files() -> dict[Path, str]:
    """Return every file that is made, with what is to be in it."""
    made = {SCHEMAS / name: text for name, text in schema_files().items()}
    text = DOCUMENT.read_text(encoding="utf-8")
    for part, content in {"topics": _topics(), "messages": _messages(), "requests": _requests()}.items():
        begin = _PART.format(part)
        pattern = re.compile(re.escape(begin) + ".*?" + re.escape(_END), re.DOTALL)
        text, found = pattern.subn(lambda _, made=begin + content + _END: made, text)
        if found != 1:
            raise SystemExit(f"{DOCUMENT} has {found} places for {part}.")
    return {**made, DOCUMENT: text}


def _topics() -> str:
    rows = [(Kind.AVAILABILITY.value, 1, True, _AVAILABILITY)]
    rows += [(each.kind.value, each.qos, each.retain, each.when) for each in MESSAGES]
    lines = ["| topic | QoS | retained | when |", "|---|---|---|---|"]
    lines += [
        f"| `{kind}` | {qos} | {'yes' if retain else 'no'} | {when} |" for kind, qos, retain, when in rows
    ]
    return "\n".join(lines) + "\n"


def _messages() -> str:
    common = descriptions(EventPayload)
    parts = [
        "### Every message\n\n`seq` is in those of events only.\n",
        _table({"schema": common.pop("schema_version"), **common}),
    ]
    parts += [_message(each) for each in MESSAGES]
    return "\n".join(parts)


def _message(message: Described) -> str:
    heading = f"### `{message.kind.value}`\n\n{summary(message.model)}\n"
    if message.kind is Kind.SET_LAST:
        return (
            f"### `{message.kind.value}`\n\nThe last `set`, word for word until a person corrects it: then "
            "with the count that stays, `corrected`, and the `seq` of the `correction`.\n"
        )
    meanings = descriptions(message.model)
    common = descriptions(EventPayload)
    # First what only this message says.
    names = [*message.model.__annotations__, *message.model.model_fields]
    own = {name: meanings[name] for name in names if meanings[name] != common.get(name)}
    example = f"```json\n{message.example.to_bytes().decode()}\n```\n"
    return "\n".join([heading, _table(own), example])


def _requests() -> str:
    common = descriptions(Request)
    lines = ["| topic | keys | what it does |", "|---|---|---|"]
    for verb, model in MODELS.items():
        meanings = descriptions(model)
        own = [name for name in model.model_fields if name not in common]
        keys = "; ".join(
            f"`{name}`: {meanings[name][0].lower()}{meanings[name][1:].rstrip('.')}" for name in own
        )
        lines.append(f"| `request/{verb.value}` | {keys} | {summary(model)} |")
    answer = {name: text for name, text in descriptions(ResponsePayload).items() if name not in _EVERY}
    return "\n".join([*lines, "", f"`id`: {common['id']}", "", summary(ResponsePayload), "", _table(answer)])


def _table(meanings: dict[str, str]) -> str:
    keys_of: dict[str, list[str]] = {}
    for name, meaning in meanings.items():
        keys_of.setdefault(meaning, []).append(f"`{name}`")
    lines = ["| key | meaning |", "|---|---|"]
    lines += [f"| {', '.join(keys)} | {meaning} |" for meaning, keys in keys_of.items()]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write, or check, every file; return what the process ends with."""
    check = sys.argv[1:] == ["--check"]
    SCHEMAS.mkdir(exist_ok=True)
    made = files()
    strays = set(SCHEMAS.glob("*.json")) - set(made)
    stale = [
        path for path, text in made.items() if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    if check:
        for path in sorted({*stale, *strays}):
            print(f"{path.relative_to(ROOT)} is out of date: run python docs/make_mqtt.py", file=sys.stderr)
        return 1 if stale or strays else 0
    for path in stale:
        path.write_text(made[path], encoding="utf-8")
    for path in strays:
        path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
