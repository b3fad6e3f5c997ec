"""Two hours of a busy station, as fast as they go: memory stays flat, and the outbox within its bounds."""

from __future__ import annotations

import dataclasses
import gc

import pytest
from support.scripted import scripted_workout, stream_info
from support.subscriber import Subscriber

from pi_service.publish.broker import BrokerAddress
from pi_service.publish.client import MqttPublisher
from pi_service.publish.kept_outbox import KeptOutbox
from pi_service.publish.messages import MessageBuilder
from pi_service.publish.outbox import Limits
from pi_service.publish.process_use import memory_mb

HOURS = 2.0
MOST_EVENTS = 60


@pytest.mark.soak
@pytest.mark.broker
@pytest.mark.timeout(900)
def test_two_hours_take_no_more_memory_than_the_first_minutes(mosquitto, tmp_path, capsys):
    """A third of the time the broker is away, for longer than the outbox has room."""
    events = list(scripted_workout([10] * 4))
    lasts_s = events[-1].at_s
    builder = MessageBuilder(stream_info())
    address = BrokerAddress(mosquitto.host, mosquitto.port)
    outbox = KeptOutbox(tmp_path / "outbox", "bay07", Limits(events=MOST_EVENTS))
    used_mb, most = [], 0
    rounds = round(HOURS * 3600 / lasts_s)
    with (
        Subscriber(mosquitto.host, mosquitto.port, "repclip/bay07/none"),
        MqttPublisher(
            address, builder.topics, outbox=outbox, may_wait=True, broker_may_be_away=True
        ) as station,
    ):
        for number in range(rounds):
            if number % 9 == 5:
                mosquitto.stop()
            elif number % 9 == 8:
                mosquitto.start()
            for event in events:
                moved = dataclasses.replace(event, at_s=event.at_s + number * lasts_s)
                station.publish(builder.messages(moved))
                most = max(most, station.waiting())
            if number % 9 == 4:
                station.flush(30)
                gc.collect()
                used_mb.append(memory_mb())
        if number % 9 in (5, 6, 7):
            mosquitto.start()
        station.flush(60)
        dropped, outbox.dropped = outbox.dropped, 0  # leaving would tell of them as an error
    with capsys.disabled():
        print(
            f"\n{rounds * lasts_s / 3600:.1f} h, at most {most} waited, memory {used_mb[0]:.1f} MB at first, "
            f"{used_mb[-1]:.1f} MB at last, {dropped} dropped"
        )
    assert dropped > 100, "the bound was needed"
    assert most <= MOST_EVENTS + 60, "and a picture of each topic, and what is under way"
    assert max(used_mb) - used_mb[0] < 5.0
    assert (tmp_path / "outbox" / "bay07.outbox").stat().st_size < 5_000_000
