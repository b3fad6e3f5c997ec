from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from support.scripted import scripted_workout, stream_info

from pi_service.cli import run
from pi_service.exercises import find_exercise
from pi_service.exercises.model import Kind as ExerciseKind
from pi_service.publish.catalogue import (
    MESSAGES,
    descriptions,
    find_message,
    json_schema,
    request_schema,
    schema_files,
    summary,
)
from pi_service.publish.errors import RequestError
from pi_service.publish.messages import MessageBuilder
from pi_service.publish.requests import Verb, parse
from pi_service.publish.topics import Kind

PROJECT = Path(__file__).parents[3]


def test_every_kind_of_message_is_described():
    assert {each.kind for each in MESSAGES} == set(Kind) - {Kind.AVAILABILITY}


@pytest.mark.parametrize("message", MESSAGES, ids=lambda each: each.kind.value)
def test_every_key_has_a_meaning_and_every_meaning_a_key(message):
    meanings = descriptions(message.model)
    assert set(meanings) == set(message.model.model_fields)
    assert all(len(text) > 5 and text.endswith(".") for text in meanings.values())
    assert "None" not in " ".join([summary(message.model), *meanings.values()])


@pytest.mark.parametrize("message", MESSAGES, ids=lambda each: each.kind.value)
def test_examples_are_flat_messages_that_their_schemas_accept(message):
    jsonschema.Draft202012Validator.check_schema(json_schema(message))
    said = json.loads(message.example.to_bytes())
    jsonschema.validate(said, json_schema(message))
    assert message.model.from_bytes(message.example.to_bytes()) == message.example
    assert not [key for key, value in said.items() if isinstance(value, dict)]
    for key in ("schema", "station", "session", "ts", "simulated"):
        without = {other: value for other, value in said.items() if other != key}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(without, json_schema(message))


def test_what_is_really_said_follows_the_schemas_and_the_table():
    builder = MessageBuilder(stream_info())
    said = [*builder.start(), *builder.build(list(scripted_workout([5, 3]))), *builder.end()]
    kinds = set()
    for each in said:
        kind = each.topic.removeprefix("repclip/bay07/")
        kinds.add(kind)
        message = find_message(kind)
        assert (each.qos, each.retain) == (message.qos, message.retain)
        jsonschema.validate(json.loads(each.payload), json_schema(message))
    assert kinds == {"state", "rep", "set", "set/last", "curve"}


def test_each_schema_has_an_identity_of_its_own():
    ids = {name: json.loads(text)["$id"] for name, text in schema_files().items()}
    assert ids == {name: f"urn:repclip:mqtt:{name.removesuffix('.json')}:1" for name in ids}


def test_what_is_shipped_and_what_is_written_is_current():
    made = subprocess.run(
        [sys.executable, "docs/make_mqtt.py", "--check"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (made.returncode, made.stderr) == (0, "")


def test_a_check_can_fail(monkeypatch, capsys, tmp_path):
    monkeypatch.syspath_prepend(PROJECT / "docs")
    import make_mqtt  # noqa: PLC0415 - a script, found only there

    monkeypatch.setattr(make_mqtt, "ROOT", tmp_path)
    monkeypatch.setattr(make_mqtt, "SCHEMAS", tmp_path)
    monkeypatch.setattr(make_mqtt, "DOCUMENT", tmp_path / "mqtt.md")
    text = (PROJECT / "docs" / "mqtt.md").read_text()
    (tmp_path / "mqtt.md").write_text(text.replace("Which station speaks.", "Something else."))
    monkeypatch.setattr(sys, "argv", ["make_mqtt.py"])
    assert make_mqtt.main() == 0
    assert (tmp_path / "mqtt.md").read_text() == text
    (tmp_path / "rep.json").write_text("{}")
    (tmp_path / "gone.json").write_text("{}")
    monkeypatch.setattr(sys, "argv", ["make_mqtt.py", "--check"])
    assert make_mqtt.main() == 1
    told = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in told] == ["gone.json", "rep.json"]


def test_the_command_prints_and_lists_them(capsys):
    assert run(["mqtt", "schema", "set/last"]) == 0
    assert capsys.readouterr().out == schema_files()["set-last.json"]
    assert run(["mqtt", "schema", "request/end_set"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "request/end_set"
    assert run(["mqtt", "schema"]) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert {f"{each.replace('/', '-')}.json" for each in listed} == set(schema_files())
    assert run(["mqtt", "schema", "nothing"]) == 2
    assert "repclip mqtt schema lists them" in capsys.readouterr().err


@pytest.mark.parametrize("verb", Verb)
def test_requests_have_schemas_that_say_the_same_as_what_reads_them(verb):
    schema = request_schema(verb)
    jsonschema.Draft202012Validator.check_schema(schema)
    samples = [
        {},
        {"id": "a"},
        {"id": ""},
        {"x": 1},
        {"set": 1},
        {"set": 1, "reps": 3},
        {"set": 0, "reps": 3},
    ]
    samples += [{"exercise": "any"}, {"exercise": "any", "side": "left"}, {"exercise": 1}, {"plan": "x"}]
    for sample in samples:
        accepted = not list(jsonschema.Draft202012Validator(schema).iter_errors(sample))
        try:
            parse(verb.value, json.dumps(sample).encode())
        except RequestError:
            assert not accepted, sample
        else:
            assert accepted, sample


def test_the_example_of_a_hold_is_one():
    (hold,) = (each.example for each in MESSAGES if each.kind is Kind.HOLD)
    assert find_exercise(hold.exercise).kind is ExerciseKind.HOLD
    assert "`hold`, `carry`, `gap`, `notice` and\n  `workout` carry `seq`" in (
        PROJECT / "docs" / "mqtt.md"
    ).read_text(encoding="utf-8")
