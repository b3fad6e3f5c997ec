"""All messages in one place: what each is, when it comes, an example; their documents are made of this."""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from pi_service.publish import examples
from pi_service.publish.payloads import SCHEMA, Payload
from pi_service.publish.requests import MODELS, ResponsePayload, Verb
from pi_service.publish.topics import Kind

_ATTRIBUTES: Final = re.compile(r"^Attributes\n-+\n(.*)", re.DOTALL | re.MULTILINE)
#: Keys that every message says, though a reader does without.
_ALWAYS: Final = ("schema", "simulated")


@dataclass(frozen=True, slots=True)
class Described:
    """One kind of message.

    Attributes
    ----------
    kind
        Which.
    qos, retain
        How it is published.
    when
        When it comes, as a part of a sentence.
    example
        A message of this kind.
    """

    kind: Kind
    qos: int
    retain: bool
    when: str
    example: Payload

    @property
    def model(self) -> type[Payload]:
        """What its payload is."""
        return type(self.example)


#: Every kind of message but `availability`, which is plain text.
MESSAGES: Final = (
    Described(
        Kind.STATE,
        1,
        True,
        "at once when the count, the set, the phase or the exercise changes; while something moves at most 5 "
        "times a second besides",
        examples.STATE,
    ),
    Described(
        Kind.REP,
        1,
        False,
        "once for each repetition, as it is counted: the first ones of a set together, the very first "
        "sometimes after them",
        examples.REP,
    ),
    Described(
        Kind.CORRECTION,
        1,
        False,
        "when the review at the end of a set added or withdrew reps; comes before that set's `set`",
        examples.CORRECTION,
    ),
    Described(
        Kind.SET,
        1,
        False,
        "when a set is over and reviewed, usually about 10 s after its last rep",
        examples.SET,
    ),
    Described(Kind.SET_LAST, 1, True, "the same message, kept", examples.SET),
    Described(
        Kind.HOLD,
        1,
        False,
        "a hold has begun, goes on for another second, was left, is resumed",
        examples.HOLD,
    ),
    Described(Kind.CARRY, 1, False, "a round of a carry has begun, or another step was made", examples.CARRY),
    Described(
        Kind.VERDICT,
        1,
        False,
        "a repetition was judged by the rules of its exercise, within a second after its `rep`",
        examples.VERDICT,
    ),
    Described(
        Kind.SET_VERDICT, 1, False, "a set was judged; comes right after its `set`", examples.SET_VERDICT
    ),
    Described(Kind.CURVE, 0, False, "a piece of the movement's curve, for people to look at", examples.CURVE),
    Described(Kind.GAP, 1, False, "samples were missing", examples.GAP),
    Described(
        Kind.NOTICE,
        1,
        False,
        "something that a person should know of a sensor, or do about it",
        examples.NOTICE,
    ),
    Described(
        Kind.WORKOUT,
        1,
        False,
        "a set has begun or is compared with what is asked for, a target is reached, a rest begins, is long "
        "enough or ends, an exercise is done or another one is counted",
        examples.WORKOUT,
    ),
    Described(
        Kind.INFO,
        1,
        True,
        "when `repclip run` begins, and when its clock was put right: what the station is, no secrets",
        examples.INFO,
    ),
    Described(Kind.HEALTH, 0, False, "every 10 s: how the station is", examples.HEALTH),
    Described(
        Kind.RECORDING,
        1,
        True,
        "when `repclip run` begins, and when a recording of the samples begins or ends",
        examples.RECORDING,
    ),
    Described(
        Kind.FAULT,
        1,
        False,
        "something went wrong with the station or its sensors, or is over",
        examples.FAULT,
    ),
)


def descriptions(model: type[BaseModel]) -> dict[str, str]:
    """Return what each key of a message means, from the models' docstrings."""
    found: dict[str, str] = {}
    for each in reversed(model.__mro__):
        section = _ATTRIBUTES.search(inspect.cleandoc(each.__dict__.get("__doc__") or ""))
        names: list[str] = []
        for line in section[1].splitlines() if section else ():
            if line and not line.startswith(" "):
                names = [name.strip() for name in line.split(",")]
                found |= dict.fromkeys(names, "")
            else:
                found |= {name: f"{found[name]} {line.strip()}".strip() for name in names}
    return {name: _plain(text) for name, text in found.items()}


def summary(model: type[BaseModel]) -> str:
    """Return what a message says, in one sentence."""
    return _plain(inspect.cleandoc(model.__doc__ or "").splitlines()[0])


def json_schema(message: Described) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a kind of message."""
    kind = message.kind.value
    return json_schema_of(message.model, kind.replace("/", "-"), kind)


def json_schema_of(model: type[Payload], name: str, title: str) -> dict[str, Any]:
    """Return the JSON Schema of a model, called by a name, with a title."""
    schema = model.model_json_schema(by_alias=True)
    meanings = descriptions(model)
    for field_name, field in model.model_fields.items():
        key = field.alias or field_name
        schema["properties"][key]["description"] = meanings[field_name]
        schema["properties"][key].pop("title", None)
    schema["required"] = sorted({*schema.get("required", ()), *_ALWAYS})
    for key in ("title", "description"):
        schema.pop(key, None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:repclip:mqtt:{name}:{SCHEMA}",
        "title": title,
        "description": summary(model),
        **schema,
    }


def schema_files() -> dict[str, str]:
    """Return the files of `pi_service/publish/schemas` by name, and what is in them."""
    found = {each.kind.value: json_schema(each) for each in MESSAGES}
    found |= {f"request/{verb.value}": request_schema(verb) for verb in Verb}
    found["response"] = response_schema()
    return {
        f"{name.replace('/', '-')}.json": json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        for name, schema in found.items()
    }


def request_schema(verb: Verb) -> dict[str, Any]:
    """Return the JSON Schema of a request."""
    model = MODELS[verb]
    schema = model.model_json_schema()
    meanings = descriptions(model)
    for name in model.model_fields:
        schema["properties"][name]["description"] = meanings[name]
        schema["properties"][name].pop("title", None)
    for key in ("title", "description"):
        schema.pop(key, None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:repclip:mqtt:request-{verb.value}:{SCHEMA}",
        "title": f"request/{verb.value}",
        "description": summary(model),
        **schema,
    }


def response_schema() -> dict[str, Any]:
    """Return the JSON Schema of every answer to a request."""
    return json_schema_of(ResponsePayload, "response", "response")


def find_message(name: str) -> Described | None:
    """Return the kind of message of a name such as ``rep`` or ``set/last``."""
    return next((each for each in MESSAGES if each.kind.value == name), None)


def _plain(text: str) -> str:
    """Return what a docstring says to a reader who does not know Python."""
    return re.sub(r"\bNone\b", "null", text.replace("``", "`"))
