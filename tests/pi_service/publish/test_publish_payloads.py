from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pi_service.publish.payloads import CurvePayload, GapPayload, NoticePayload, stream_time_text, utc_text

GAP = {
    "schema": 1,
    "station": "bay07",
    "session": "s1",
    "ts": "2026-03-04T17:05:06.000Z",
    "simulated": False,
    "seq": 3,
    "sensor": "limb",
    "start_s": 1.0,
    "end_s": 1.5,
    "duration_s": 0.5,
}


def test_times_are_utc_with_a_z():
    berlin = timezone(timedelta(hours=1))
    assert utc_text(datetime(2026, 1, 2, 0, 30, 0, 999999, tzinfo=berlin)) == "2026-01-01T23:30:00.999Z"
    with pytest.raises(ValueError, match="time zone"):
        utc_text(datetime(2026, 1, 2))  # noqa: DTZ001


@given(st.floats(min_value=0, max_value=1e6))
def test_stream_times_have_one_form(at_s):
    started_at = datetime(2026, 3, 4, tzinfo=UTC)
    text = stream_time_text(started_at, at_s)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text)
    assert abs((datetime.fromisoformat(text) - started_at).total_seconds() - at_s) <= 0.0011


def test_round_trip_keeps_the_key_called_schema():
    payload = GapPayload.from_bytes(json.dumps(GAP).encode())
    assert json.loads(payload.to_bytes()) == GAP


def test_keys_of_a_newer_sender_are_left_out():
    assert GapPayload.from_bytes(json.dumps({**GAP, "new_c": 21.5}).encode()).seq == 3


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 2},
        {"seq": 0},
        {"ts": "2026-03-04T17:05:06.000"},
        {"ts": "2026-03-04T17:05:06+01:00"},
        {"ts": "yesterday"},
        {"station": ""},
        {"start_s": float("nan")},
        {"duration_s": -1},
    ],
)
def test_what_is_no_message_is_refused(change):
    with pytest.raises(ValidationError):
        GapPayload.from_bytes(json.dumps({**GAP, **change}).encode())


def test_a_curve_is_bounded():
    rest = {key: GAP[key] for key in ("schema", "station", "session", "ts", "start_s")}
    CurvePayload.from_bytes(json.dumps({**rest, "rate_hz": 25, "movement_deg": [1.0] * 100}).encode())
    for change in ({"rate_hz": 0}, {"movement_deg": [0.0] * 5000}):
        with pytest.raises(ValidationError):
            CurvePayload.from_bytes(
                json.dumps({**rest, "rate_hz": 25, "movement_deg": [1.0], **change}).encode()
            )


NOTICE = {
    **{key: GAP[key] for key in ("schema", "station", "session", "ts", "simulated", "seq", "sensor")},
    "what": "placement_changed",
    "text": "It slipped.",
    "angle_deg": 20.0,
    "start_s": 4.0,
    "end_s": 4.5,
    "rate_dps": None,
}


def test_a_notice_keeps_what_it_says():
    assert json.loads(NoticePayload.from_bytes(json.dumps(NOTICE).encode()).to_bytes()) == NOTICE


@pytest.mark.parametrize("change", [{"what": "else"}, {"text": ""}, {"text": "a" * 401}, {"sensor": ""}])
def test_a_notice_is_one_of_those_that_are_known(change):
    with pytest.raises(ValidationError):
        NoticePayload.from_bytes(json.dumps({**NOTICE, **change}).encode())
