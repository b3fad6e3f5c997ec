"""`/metrics`: what the page knows of the stations, in the text form that Prometheus reads.

No label says who trains, nor which rep or set: each value of a label is a series that is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import pi_service
from pi_service.dashboard.feed import Feed
from pi_service.dashboard.station import Station
from pi_service.publish.device_payloads import HealthPayload

#: The form, as HTTP names it.
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_SENSORS: Final = ("limb", "torso")


@dataclass(frozen=True, slots=True)
class _Metric:
    name: str
    kind: str
    text: str


_BUILD: Final = _Metric("repclip_build_info", "gauge", "Version of the page; always 1.")
_BROKER: Final = _Metric("repclip_broker_connected", "gauge", "Whether the page is connected to the broker.")
_REFUSED: Final = _Metric("repclip_messages_refused_total", "counter", "Messages that could not be read.")
_UP: Final = _Metric("repclip_station_online", "gauge", "Whether the station says that it is there.")
_ACTIVE: Final = _Metric("repclip_set_active", "gauge", "Whether a set is open.")
_REPS: Final = _Metric(
    "repclip_reps_total", "counter", "Repetitions counted live that the page has heard of, by exercise."
)
_FAULT: Final = _Metric("repclip_fault_active", "gauge", "What is wrong with the station; absent if nothing.")
#: Of `health`: metric and key.
_OF_STATION: Final = (
    (_Metric("repclip_queue_seconds", "gauge", "Samples that wait to be counted."), "queue_s"),
    (
        _Metric("repclip_cpu_percent", "gauge", "Share of one core that the station's process takes."),
        "cpu_percent",
    ),
    (_Metric("repclip_memory_megabytes", "gauge", "Memory of the station's process."), "memory_mb"),
    (_Metric("repclip_outbox_messages", "gauge", "Messages that wait for the broker."), "outbox_waiting"),
    (_Metric("repclip_outbox_dropped_total", "counter", "Events that were lost."), "outbox_dropped"),
)
#: Of `health`, for each sensor.
_OF_SENSOR: Final = (
    (_Metric("repclip_sample_rate_hz", "gauge", "Samples a second."), "rate_hz"),
    (_Metric("repclip_gaps_total", "counter", "Times that samples were missing."), "gaps"),
    (_Metric("repclip_lost_samples_total", "counter", "About how many those were."), "lost_samples"),
    (_Metric("repclip_i2c_errors_total", "counter", "Transfers that failed."), "bus_errors"),
    (_Metric("repclip_clipped_samples_total", "counter", "Samples at the end of a range."), "clipped"),
    (_Metric("repclip_sensor_temperature_celsius", "gauge", "Temperature of the chip."), "temperature_c"),
)


def metrics_text(feed: Feed) -> str:
    """Return everything that the page knows in numbers."""
    stations = sorted(feed.stations(), key=lambda each: each.name)
    health = {each.name: told for each in stations if (told := each.device.health) is not None}
    lines = [
        *_lines(_BUILD, [({"version": pi_service.__version__}, 1)]),
        *_lines(_BROKER, [({}, int(feed.broker_connected))]),
        *_lines(_REFUSED, [({}, feed.refused)]),
        *_lines(_UP, (({"station": each.name}, int(each.online)) for each in stations)),
        *_lines(_ACTIVE, (({"station": each.name}, int(each.active)) for each in stations)),
        *_lines(_REPS, (row for each in stations for row in _reps(each))),
        *_lines(
            _FAULT,
            (({"station": name, "fault": what}, 1) for name, each in health.items() for what in each.faults),
        ),
    ]
    for metric, key in _OF_STATION:
        rows = (({"station": name}, getattr(each, key)) for name, each in health.items())
        lines += _lines(metric, rows)
    for metric, key in _OF_SENSOR:
        lines += _lines(
            metric, (row for name, each in health.items() for row in _of_sensors(name, each, key))
        )
    return "\n".join(lines) + "\n"


def _reps(station: Station) -> Iterable[tuple[dict[str, str], float]]:
    for exercise, count in sorted(station.reps_heard.items()):
        yield {"station": station.name, "exercise": exercise}, count


def _of_sensors(name: str, health: HealthPayload, key: str) -> Iterable[tuple[dict[str, str], float]]:
    for sensor in _SENSORS:
        value: float | None = getattr(health, f"{sensor}_{key}")
        if value is not None:
            yield {"station": name, "sensor": sensor}, value


def _lines(metric: _Metric, rows: Iterable[tuple[Mapping[str, str], float]]) -> list[str]:
    """Return a metric with its rows; nothing where there are none."""
    told = [f"{metric.name}{_labels(labels)} {value:.10g}" for labels, value in rows]
    if not told:
        return []
    return [f"# HELP {metric.name} {metric.text}", f"# TYPE {metric.name} {metric.kind}", *told]


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
