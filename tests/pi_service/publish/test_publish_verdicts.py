"""Verdicts on MQTT."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from firmware.samples import SensorRole
from pi_service.coaching.judge import SetJudgement
from pi_service.coaching.quality import quality_of
from pi_service.coaching.tempo import Tempo
from pi_service.coaching.verdict import Basis, SetVerdict, Unjudged, Verdict
from pi_service.exercises import Bound, RuleName
from pi_service.publish.messages import MessageBuilder
from pi_service.publish.verdict_payloads import SetVerdictPayload, VerdictPayload
from pi_service.sources.base import StreamInfo
from pi_service.workout.events import RepJudged, SetJudged

INFO = StreamInfo("bay07", datetime(2026, 3, 4, tzinfo=UTC), "face_pull", {SensorRole.LIMB: 100.0})
SLOW = Verdict(RuleName.LOWERING, 1.2, Bound(least=1.5), "s", Basis.MEASURED, ok=False, cue="Slower.")
STILL = Verdict(RuleName.TORSO, 2.5, Bound(most=3.1), "deg", Basis.INFERRED, ok=True, cue=None)
NO_BAR = Unjudged(RuleName.BAR_LEVEL, "the sensor is not on the bar")


def test_a_rep_that_was_judged_says_what_and_by_what() -> None:
    builder = MessageBuilder(INFO)
    (message,) = builder.messages(RepJudged(12.5, 1, "face_pull", 3, (SLOW, STILL), (NO_BAR,), SLOW))
    assert message.topic == "repclip/bay07/verdict"
    assert (message.qos, message.retain) == (1, False)
    told = json.loads(message.payload)
    assert {key: told[key] for key in ("seq", "exercise", "set", "rep", "ok", "cue")} == {
        "seq": 1,
        "exercise": "face_pull",
        "set": 1,
        "rep": 3,
        "ok": False,
        "cue": "Slower.",
    }
    assert told["rules"] == ["lowering", "torso"]
    assert told["rule_basis"] == ["measured", "inferred"]
    assert told["rule_least"] == [1.5, None]
    assert told["rule_most"] == [None, 3.1]
    assert told["rule_cue"] == ["Slower.", None]
    assert told["unjudged"] == ["bar_level"]
    assert told["unjudged_why"] == ["the sensor is not on the bar"]
    assert VerdictPayload.from_bytes(message.payload).rule_measured == (1.2, 2.5)


def test_a_set_that_was_judged_says_its_tempo_and_what_its_quality_is_made_of() -> None:
    verdicts = (SetVerdict(SLOW, 1, 2, (1.2, None, 1.6)), SetVerdict(STILL, 3, 3, (2.5, 2.4, 2.6)))
    judgement = SetJudgement(Tempo(1.2, None, 1.0, 0.3), verdicts, (NO_BAR,), quality_of(verdicts))
    (message,) = MessageBuilder(INFO).messages(SetJudged(30.0, 2, "face_pull", (1, 2, 4), judgement))
    assert message.topic == "repclip/bay07/set/verdict"
    told = json.loads(message.payload)
    assert told["rep"] is None
    assert told["rep_ids"] == [1, 2, 4]
    assert told["rule_of_reps"] == [[1.2, None, 1.6], [2.5, 2.4, 2.6]]
    assert (told["rule_reps_ok"], told["rule_reps_judged"]) == ([1, 3], [2, 3])
    assert told["tempo"] == "1.2-?-1.0-0.3"
    assert (told["lowering_s"], told["lowered_pause_s"], told["lifting_s"]) == (1.2, None, 1.0)
    assert told["quality_percent"] == 66.7
    assert (told["quality_share"], told["quality_weight"]) == ([0.5, 1.0], [1.0, 0.5])
    assert SetVerdictPayload.from_bytes(message.payload).tempo == "1.2-?-1.0-0.3"


def test_nothing_judged_is_said_as_such() -> None:
    judgement = SetJudgement(None, (), (NO_BAR,), None)
    (message,) = MessageBuilder(INFO).messages(SetJudged(30.0, 1, "face_pull", (1,), judgement))
    told = SetVerdictPayload.from_bytes(message.payload)
    assert (told.ok, told.cue, told.tempo, told.quality_percent, told.rules) == (True, None, None, None, ())
