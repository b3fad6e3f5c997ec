"""Requests that reach a running count, and what is said of workouts, through a real pipeline."""

from __future__ import annotations

import dataclasses
import functools
import json
import pickle

import jsonschema
import pytest
from support.chunks import cut
from support.scripted import stream_info
from support.streams import Tempo, Way, reps_block

from pi_service.control import Control
from pi_service.dashboard.station import Station
from pi_service.exercises import find_exercise
from pi_service.pipeline import Pipeline
from pi_service.publish.actions import Actions
from pi_service.publish.catalogue import find_message, json_schema
from pi_service.publish.desk import RequestDesk
from pi_service.publish.errors import RequestError
from pi_service.publish.live_station import LiveStation
from pi_service.publish.messages import MessageBuilder
from pi_service.publish.monitor import StationFacts
from pi_service.publish.requests import SelectExercise
from pi_service.publish.session import session_id
from pi_service.publish.set_payloads import CorrectionPayload, SetPayload
from pi_service.service import run_stream
from pi_service.sources.live_stats import LiveStats
from pi_service.workout.plan_file import read_plan_text

TEMPO = Tempo(0.8, 0.1, 0.9, 0.2)
PLAN = """\
name = "Two"
[[step]]
exercise = "vertical_pull"
sets = 1
reps = [3, 4]
rest_s = [5, 10]
[[step]]
exercise = "any"
sets = 1
reps = [4, 6]
"""


class Way2:
    def __init__(self):
        self.messages, self.dropped = [], 0

    def publish(self, messages):
        self.messages += messages

    def flush(self, _timeout_s):
        return True

    def waiting(self):
        return 0

    def troubles(self):
        return ()


class Stream:
    """Two sets, with a pause between them."""

    def __init__(self):
        self.info = stream_info(exercise="any")
        first, _ = reps_block(Way.TILT, 6, seed=1, tempo=TEMPO, rate_hz=50.0)
        second, _ = reps_block(Way.TILT, 5, seed=2, tempo=TEMPO, rate_hz=50.0)
        second = dataclasses.replace(second, t_s=second.t_s + first.t_s[-1] + 0.02)
        self._blocks = [*cut([first], [7]), *cut([second], [7])]

    def blocks(self):
        yield from self._blocks

    def close(self):
        pass


@functools.cache
def validator(kind):
    message = find_message(kind)
    return None if message is None else jsonschema.Draft202012Validator(json_schema(message))


def check(kind, payload):
    """See that a message is what its schema says; answers have none of their own here."""
    if (schema := validator(kind)) is not None:
        schema.validate(json.loads(payload))


def run(requests, plan=None):
    """Run the stream with requests at given seconds; return what was said on each topic."""
    way, desk, left = Way2(), RequestDesk(), sorted(requests)
    pipeline = Pipeline(find_exercise("any") if plan is None else plan.steps[0].exercise, plan=plan)
    station = LiveStation(
        way,
        StationFacts({}, {}, ()),
        lambda: LiveStats({}, 0.0, 0, "ordinary"),
        desk=desk,
        do=Actions(Control(pipeline)),
    )

    def passed(at_s):
        while left and left[0][0] <= at_s:
            _, verb, asked = left.pop(0)
            desk.take(verb, json.dumps(asked).encode())
        station.tick()

    run_stream(Stream(), pipeline, [station], on_progress=passed, on_begin=station.deliver_with)
    said = {}
    for each in way.messages:
        said.setdefault(each.topic.removeprefix("repclip/bay07/"), []).append(json.loads(each.payload))
        check(each.topic.removeprefix("repclip/bay07/"), each.payload)
    events = [kind for kind in said if kind not in ("state", "set/last")]
    numbers = [each["seq"] for kind in events for each in said[kind] if "seq" in each]
    assert sorted(numbers) == list(range(1, len(numbers) + 1)), "events of requests are numbered, too"
    return said


def errors(said):
    answers = [each for kind in said if kind.startswith("response/") for each in said[kind]]
    return [each["error"] for each in answers if each["error"]]


def test_an_exercise_is_selected_in_the_midst_of_the_stream():
    said = run([(12.0, "select_exercise", {"id": "1", "exercise": "face pulls"})])
    (changed,) = [each for each in said["workout"] if each["what"] == "exercise_changed"]
    assert (changed["exercise"], changed["by"]) == ("face_pull", "user")
    assert said["response/select_exercise"][0]["ok"]
    assert said["state"][-1]["exercise"] == "face_pull"
    assert said["state"][-1]["asked_unit"] == "reps"
    assert {each["exercise"] for each in said["set"]} == {"any", "face_pull"}


def test_a_set_that_was_counted_wrongly_is_corrected_and_one_that_was_none_discarded():
    asked = [
        (29.0, "correct_set", {"set": 1, "reps": 7}),
        (29.1, "correct_set", {"set": 5, "reps": 7}),
        (29.2, "end_set", {}),
        (29.3, "next_exercise", {}),
    ]
    said = run(asked)
    first, *_ = said["set"]
    (corrected,) = said["correction"]
    assert (corrected["set"], corrected["reps"], corrected["by"], corrected["reason"]) == (
        1,
        7,
        "user",
        "corrected",
    )
    again = said["set/last"][1]
    assert (again["set"], again["final_reps"], again["corrected"]) == (1, 7, "corrected")
    assert again["rep_ids"] == first["rep_ids"]
    assert "corrected" not in first
    assert len(errors(said)) == 3
    assert all("\n" not in each for each in errors(said))
    page = Station("bay07")
    page.take_set(SetPayload.model_validate(first))
    page.take_correction(CorrectionPayload.model_validate(corrected))
    assert page.view().sets[0].reps == 7
    of_this = {"set": 1, "session": session_id(stream_info(exercise="any"))}
    (gone,) = run([(29.0, "discard_set", of_this)])["correction"]
    assert (gone["reps"], gone["reason"]) == (0, "discarded")


def test_a_set_is_begun_and_ended_by_hand():
    said = run([(1.0, "start_set", {}), (1.2, "start_set", {}), (9.0, "end_set", {})])
    assert [each["ok"] for each in said["response/start_set"]] == [True, False]
    assert said["response/end_set"][0]["ok"]
    assert said["set"][0]["end_s"] <= 9.1
    assert said["set"][0]["start_s"] <= 1.2


def test_a_plan_is_loaded_followed_and_told():
    said = run([(0.5, "load_plan", {"plan": PLAN})])
    told = [each["what"] for each in said["workout"]]
    assert told[0] == "exercise_changed"
    expected = {"set_asked", "target_reached", "target_over", "set_compared", "exercise_done", "rest_begun"}
    assert expected <= set(told)
    asked = next(each for each in said["workout"] if each["what"] == "set_asked")
    assert (asked["asked_least"], asked["asked_most"], asked["asked_unit"]) == (3, 4, "reps")
    assert asked["set_place"] == 1
    states = said["state"]
    assert {each.get("plan") for each in states} == {None, "Two"}
    assert {each["target"] for each in states if "target" in each} >= {"reached", "over"}
    assert any("rest_s" in each for each in states)
    assert {(each["plan_step"], each["plan_steps"]) for each in states if "plan" in each} == {(1, 2), (2, 2)}


#: What cannot be done, and what is told of it.
REFUSED = [
    ("select_exercise", {"exercise": "/etc/passwd.toml"}, "Only exercises that repclip has"),
    ("select_exercise", {"exercise": "cooking"}, "There is no exercise 'cooking'"),
    ("load_plan", {"plan": "name = 1"}, "The plan"),
    ("load_plan", {"plan": 'name = "x"\n[[step]]\nexercise = "/etc/shadow.toml"'}, "not a file"),
    ("load_plan", {"plan": "a = [" + "[" * 5_000}, "TOML"),
    ("next_exercise", {}, "plan"),
    ("end_set", {}, "No set is running"),
    ("discard_set", {"set": 9}, "9"),
    ("discard_set", {"set": 1, "session": "yesterday"}, "a session that is over"),
    ("correct_set", {"set": 1, "reps": 3, "session": "yesterday"}, "a session that is over"),
]


def test_what_cannot_be_done_changes_nothing():
    untouched = run([])
    said = run([(1.0 + n / 100, verb, {"id": str(n), **asked}) for n, (verb, asked, _) in enumerate(REFUSED)])
    answers = {each["id"]: each["error"] for verb, *_ in REFUSED for each in said[f"response/{verb}"]}
    for n, (verb, asked, told) in enumerate(REFUSED):
        assert told in answers[str(n)], (verb, asked)
        assert "\n" not in answers[str(n)]
    for kind in ("set", "rep", "workout", "correction"):
        assert said.get(kind) == untouched.get(kind)


def test_a_builder_goes_on_with_a_plan_as_if_it_had_not_been_put_away():
    plan = read_plan_text(PLAN, "plan")
    pipeline = Pipeline(plan.steps[0].exercise, plan=plan)
    events = [event for block in Stream().blocks() for event in pipeline.step(block)] + pipeline.finish()
    whole = MessageBuilder(stream_info()).build(events)
    for at in range(0, len(events), 197):
        builder = MessageBuilder(stream_info())
        before = builder.build(events[:at])
        again = pickle.loads(pickle.dumps(builder))  # noqa: S301
        assert before + again.build(events[at:]) == whole


def test_an_exercise_of_ones_own_can_be_selected_again_by_its_id_and_no_file_is_looked_for(
    tmp_path, monkeypatch
):
    own = dataclasses.replace(find_exercise("any"), id="my_row", name="My row", text="...")
    actions = Actions(Control(Pipeline(own)), own={own.id: own})
    (changed,) = actions(SelectExercise(exercise="my_row")).events
    assert changed.exercise == "my_row"
    (tmp_path / "there.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    for name in ("./there", "./not_there", "../x", "my_row.toml"):
        with pytest.raises(RequestError, match="give the id of one"):
            actions(SelectExercise(exercise=name))
