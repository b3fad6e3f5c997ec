from __future__ import annotations

import os
import signal
import threading

import numpy as np
import pytest
from support.scripted import scripted_set, stream_info
from support.subscriber import Subscriber

from calibration.imu import ImuBlock
from firmware.samples import SensorRole
from pi_service.publish.broker import BrokerAddress
from pi_service.publish.client import MqttPublisher
from pi_service.publish.topics import StationTopics
from pi_service.service import PublishingSink, run_stream, stop_on_signals
from pi_service.workout.events import SamplesLost


def block(start_s, n=10):
    t_s = start_s + np.arange(n) / 100.0
    return ImuBlock(SensorRole.LIMB, t_s, np.zeros((n, 3)), np.zeros((n, 3)), np.zeros(n, np.uint8))


class FakeSource:
    def __init__(self, blocks):
        self.info = stream_info()
        self.closed = 0
        self.given = 0
        self._blocks = blocks

    def blocks(self):
        for each in self._blocks:
            self.given += 1
            yield each

    def close(self):
        self.closed += 1


class ScriptedPipeline:
    """Emits the events of a script as the samples' time reaches them; the rest at the end."""

    def __init__(self, events):
        self._events = list(events)

    def step(self, samples):
        now_s = samples.t_s[-1] if len(samples) else -1.0
        known = [event for event in self._events if event.at_s <= now_s]
        self._events = self._events[len(known) :]
        return known

    def finish(self):
        rest, self._events = self._events, []
        return rest


class RecordingSink:
    def __init__(self):
        self.events = []
        self.calls = []

    def begin(self, info):
        self.calls.append(info.station)

    def take(self, events):
        assert events
        self.events += events

    def end(self):
        self.calls.append("end")


def test_all_events_reach_all_sinks_in_order():
    script = [*scripted_set(1, 0.0, 3, withdrawn=(3,)), SamplesLost(30.0, 29.5, SensorRole.LIMB)]
    source = FakeSource([block(at) for at in np.arange(0.0, 10.0, 0.1)])
    sinks = [RecordingSink(), RecordingSink()]
    times = []
    summary = run_stream(source, ScriptedPipeline(script), sinks, on_progress=times.append)
    for sink in sinks:
        assert sink.events == script
        assert sink.calls == ["bay07", "end"]
    assert (summary.live_reps, summary.final_reps, len(summary.sets)) == (3, 2, 1)
    assert summary.lost_s == pytest.approx(0.5)
    assert summary.duration_s == pytest.approx(9.99)
    assert times == sorted(times)
    assert len(times) == 100
    assert not summary.stopped
    assert source.closed == 1


def test_a_stop_finishes_the_open_set_and_closes_the_source():
    script = scripted_set(1, 0.0, 3)
    source = FakeSource([block(at) for at in np.arange(0.0, 10.0, 0.1)])
    stop = threading.Event()
    sink = RecordingSink()
    summary = run_stream(
        source,
        ScriptedPipeline(script),
        [sink],
        stop=stop,
        on_progress=lambda now_s: now_s > 5.0 and stop.set(),
    )
    assert summary.stopped
    assert source.given < 60
    assert summary.final_reps == 3
    assert sink.calls[-1] == "end"
    assert source.closed == 1


def test_an_empty_stream():
    summary = run_stream(FakeSource([]), ScriptedPipeline([]), [RecordingSink()])
    assert (summary.duration_s, summary.final_reps, summary.sets) == (0.0, 0, ())


def test_the_source_is_closed_when_a_stage_fails():
    class Broken(ScriptedPipeline):
        def step(self, _samples):
            raise ZeroDivisionError

    source = FakeSource([block(0.0)])
    with pytest.raises(ZeroDivisionError):
        run_stream(source, Broken([]))
    assert source.closed == 1


def test_ctrl_c_asks_once_and_interrupts_the_second_time():
    before = signal.getsignal(signal.SIGINT)
    with stop_on_signals() as stop:
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.wait(1)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.broker
def test_a_stream_is_published(mosquitto):
    source = FakeSource([block(at) for at in np.arange(0.0, 20.0, 0.1)])
    with Subscriber(mosquitto.host, mosquitto.port) as subscriber:
        with MqttPublisher(
            BrokerAddress(mosquitto.host, mosquitto.port), StationTopics("bay07")
        ) as publisher:
            summary = run_stream(
                source, ScriptedPipeline(scripted_set(1, 0.0, 4)), [PublishingSink(publisher)]
            )
        subscriber.wait_for("repclip/bay07/availability", 2)
        assert [rep["reps"] for rep in subscriber.json("repclip/bay07/rep")] == [1, 2, 3, 4]
        (finished,) = subscriber.json("repclip/bay07/set")
        assert finished["final_reps"] == summary.final_reps == 4
        first, *_, last = subscriber.json("repclip/bay07/state")
        assert (first["seq"], first["reps"], last["reps"], last["active"]) == (0, 0, 4, False)
