"""One example of each message, as the documentation shows it; made with the models, so that it is one."""

from __future__ import annotations

from typing import Any, Final

from pi_service.publish.device_payloads import FaultPayload, HealthPayload, InfoPayload, RecordingPayload
from pi_service.publish.held_payloads import CarryPayload, HoldPayload
from pi_service.publish.payloads import CurvePayload, GapPayload, NoticePayload, StatePayload
from pi_service.publish.set_payloads import CorrectionPayload, RepPayload, SetPayload
from pi_service.publish.verdict_payloads import SetVerdictPayload, VerdictPayload
from pi_service.publish.workout_payloads import WorkoutPayload

_FROM: Final[dict[str, Any]] = {"station": "bay07", "session": "20260304t170506-0cfce9"}
_SET: Final[dict[str, Any]] = {**_FROM, "exercise": "vertical_pull", "set": 1}


def _at(clock: str) -> str:
    return f"2026-03-04T17:{clock}Z"


STATE: Final = StatePayload(
    **_SET,
    ts=_at("05:26.323"),
    seq=4,
    active=True,
    reps=3,
    count="live",
    phase="out",
    moving=True,
    movement_deg=41.5,
    set_started_ts=_at("05:16.123"),
    last_set_reps=None,
    sets_done=0,
)
REP: Final = RepPayload(
    **_SET,
    ts=_at("05:18.673"),
    seq=1,
    rep=1,
    reps=1,
    source="live",
    start_s=10.0,
    turn_s=11.1,
    end_s=12.4,
    detected_at_s=12.55,
    duration_s=2.4,
    out_s=1.1,
    back_s=1.3,
    range_deg=84.9,
    range_m=0.52,
    confidence=0.93,
    range_deg_uncertainty=0.9,
    range_m_uncertainty=0.02,
    out_moving_s=1.0,
    turn_pause_s=0.2,
    back_moving_s=1.2,
    home_pause_s=None,
    back_is_over=True,
    out_is="lifting",
    lifting_s=1.0,
    lowering_s=1.2,
    lifted_pause_s=0.2,
    lowered_pause_s=None,
    out_mean_mps=0.433,
    out_peak_mps=0.81,
    out_mean_uncertainty_mps=0.02,
    out_peak_uncertainty_mps=0.03,
    back_mean_mps=-0.371,
    back_peak_mps=-0.7,
    back_mean_uncertainty_mps=0.02,
    back_peak_uncertainty_mps=0.03,
)
CORRECTION: Final = CorrectionPayload(**_SET, ts=_at("05:38.123"), seq=7, added=(), withdrawn=(3,), reps=2)
SET: Final = SetPayload(
    **_SET,
    ts=_at("05:38.123"),
    seq=8,
    final_reps=2,
    live_reps=3,
    rep_ids=(1, 2),
    start_ts=_at("05:16.123"),
    end_ts=_at("05:20.923"),
    start_s=10.0,
    end_s=14.8,
    duration_s=4.8,
    rep_out_moving_s=(1.0, 1.0),
    rep_turn_pause_s=(0.2, 0.2),
    rep_back_moving_s=(1.2, 1.2),
    rep_home_pause_s=(None, 0.0),
    rep_range_deg=(84.9, 78.0),
    rep_range_m=(0.52, 0.52),
    out_is="lifting",
)
VERDICT: Final = VerdictPayload(
    **_SET,
    ts=_at("05:21.223"),
    seq=3,
    rep=2,
    ok=False,
    cue="Lower more slowly.",
    rules=("lowering", "range_kept"),
    rule_ok=(False, True),
    rule_measured=(0.9, 0.98),
    rule_unit=("s", "share"),
    rule_basis=("measured", "measured"),
    rule_least=(2.0, 0.85),
    rule_most=(None, None),
    rule_cue=("Lower more slowly.", None),
    unjudged=("torso",),
    unjudged_why=("no sensor on the torso",),
)
SET_VERDICT: Final = SetVerdictPayload(
    **_SET,
    ts=_at("05:38.123"),
    seq=9,
    rep=None,
    ok=True,
    cue=None,
    rules=("lowering",),
    rule_ok=(True,),
    rule_measured=(2.1,),
    rule_unit=("s",),
    rule_basis=("measured",),
    rule_least=(2.0,),
    rule_most=(None,),
    rule_cue=(None,),
    rep_ids=(1, 2),
    rule_reps_ok=(2,),
    rule_reps_judged=(2,),
    rule_of_reps=((2.1, 2.2),),
    tempo="2.1-0.3-1.0-0.2",
    lowering_s=2.1,
    lowered_pause_s=0.3,
    lifting_s=1.0,
    lifted_pause_s=0.2,
    quality_percent=100.0,
    quality_rules=("lowering",),
    quality_share=(1.0,),
    quality_weight=(1.0,),
)
WORKOUT: Final = WorkoutPayload(
    **_SET,
    ts=_at("05:38.123"),
    seq=10,
    what="set_compared",
    set_place=1,
    asked_least=10.0,
    asked_most=15.0,
    asked_unit="reps",
    amount=12.0,
    target="reached",
    counts=True,
)
HOLD: Final = HoldPayload(
    **{**_SET, "exercise": "thoracic_extension"},
    ts=_at("06:10.123"),
    seq=1,
    what="going",
    start_s=52.0,
    held_s=12.0,
    hold_breaks=0,
)
CARRY: Final = CarryPayload(
    **{**_SET, "exercise": "overhead_carry"},
    ts=_at("07:10.123"),
    seq=9,
    what="step",
    start_s=112.0,
    steps=14,
    distance_m=9.1,
    distance_uncertainty_m=0.8,
    arm="right",
)
CURVE: Final = CurvePayload(
    **_FROM, ts=_at("05:16.123"), start_s=10.0, rate_hz=25.0, movement_deg=(0.8, 2.3, 6.1, 11.9, 19.4)
)
GAP: Final = GapPayload(
    **_FROM, ts=_at("05:28.423"), seq=5, sensor="limb", start_s=21.9, end_s=22.3, duration_s=0.4
)
NOTICE: Final = NoticePayload(
    **_FROM,
    ts=_at("05:31.123"),
    seq=6,
    sensor="limb",
    what="placement_changed",
    text="The limb's sensor turned by 20 degrees on the limb at 23.5 s: fasten its clip.",
    angle_deg=20.1,
    start_s=23.5,
    end_s=23.9,
)
INFO: Final = InfoPayload(
    **_FROM,
    ts=_at("05:06.130"),
    software="repclip 1.0.0",
    started_ts=_at("05:06.123"),
    mqtt="3.1.1",
    exercise="vertical_pull",
    exercises=("any", "face_pull", "vertical_pull"),
    requests=("select_exercise", "end_set", "start_recording", "stop_recording", "re_zero", "set_athlete"),
    sensors=("limb",),
    sensor_chip=("MPU-6050",),
    sensor_rate_hz=(100.0,),
    sensor_accel_range_g=(8,),
    sensor_gyro_range_dps=(1000,),
    sensor_calibration=("six_rests",),
    sensor_calibrated_ts=("2026-02-20T09:12:00.000Z",),
)
HEALTH: Final = HealthPayload(
    **_FROM,
    ts=_at("05:16.140"),
    up_s=10.0,
    queue_s=0.02,
    cpu_percent=11.5,
    memory_mb=96.3,
    outbox_waiting=0,
    outbox_dropped=0,
    faults=(),
    limb_rate_hz=100.2,
    limb_gaps=0,
    limb_lost_samples=0,
    limb_bus_errors=0,
    limb_restarts=0,
    limb_clipped=0,
    limb_temperature_c=27.31,
    limb_silent_s=0.01,
    limb_clock_ppm=1874.2,
    limb_clock_uncertainty_us=140.0,
)
RECORDING: Final = RecordingPayload(
    **_FROM,
    ts=_at("06:40.000"),
    recording=True,
    file="bay07_20260304T170640Z_heavy.csv.gz",
    started_ts=_at("06:40.000"),
)
FAULT: Final = FaultPayload(
    **_FROM,
    ts=_at("05:28.020"),
    fault=1,
    what="limb_bus",
    active=True,
    text="The limb sensor: Nothing answers at 0x68: check the wires.",
    sensor="limb",
)
