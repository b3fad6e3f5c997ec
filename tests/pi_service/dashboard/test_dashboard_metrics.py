from __future__ import annotations

import urllib.request
from datetime import UTC, datetime

from prometheus_client.parser import text_string_to_metric_families
from support.ports import free_port
from support.scripted import scripted_set, stream_info

from pi_service.dashboard.feed import Feed
from pi_service.dashboard.metrics import metrics_text
from pi_service.dashboard.server import BackgroundDashboard
from pi_service.dashboard.settings import DashboardSettings
from pi_service.publish.broker import BrokerAddress
from pi_service.publish.examples import HEALTH
from pi_service.publish.messages import MessageBuilder

NOW = datetime(2026, 3, 4, tzinfo=UTC)


def read(text):
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def feed_with(*payloads):
    feed = Feed("repclip")
    for topic, payload in payloads:
        feed.take(f"repclip/bay07/{topic}", payload, retained=False, now=NOW)
    return feed


def test_a_page_that_knows_nothing_says_so():
    found = read(metrics_text(Feed("repclip")))
    assert found[("repclip_broker_connected",)] == 0
    assert [key for key in found if key[0] == "repclip_build_info"]
    assert not [key for key in found if ("station", "bay07") in key]


def test_health_and_faults_of_a_station():
    health = HEALTH.model_copy(update={"faults": ("limb_bus", 'odd"\\name'), "outbox_dropped": 3})
    feed = feed_with(("availability", b"online"), ("health", health.to_bytes()))
    found = read(metrics_text(feed))
    station = ("station", "bay07")
    assert found["repclip_station_online", station] == 1
    assert found["repclip_outbox_dropped_total", station] == 3
    assert found["repclip_fault_active", ("fault", 'odd"\\name'), station] == 1
    assert found["repclip_sample_rate_hz", ("sensor", "limb"), station] == 100.2
    assert found["repclip_sensor_temperature_celsius", ("sensor", "limb"), station] == 27.31
    assert not [key for key in found if ("sensor", "torso") in key]


def test_reps_are_counted_once_each_though_messages_come_twice():
    messages = MessageBuilder(stream_info()).build(scripted_set(1, 0.0, 5))
    said = [(each.topic.removeprefix("repclip/bay07/"), each.payload) for each in messages for _ in range(2)]
    found = read(metrics_text(feed_with(*said)))
    assert found["repclip_reps_total", ("exercise", "vertical_pull"), ("station", "bay07")] == 5


def test_the_page_serves_them():
    settings = DashboardSettings(BrokerAddress("127.0.0.1", free_port()), port=0)
    with (
        BackgroundDashboard(settings) as page,
        urllib.request.urlopen(page.url + "metrics", timeout=5) as answer,  # noqa: S310
    ):
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        assert ("repclip_broker_connected",) in read(answer.read().decode())
