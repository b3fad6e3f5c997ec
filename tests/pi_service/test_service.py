from __future__ import annotations

import json
import os
import signal
import threading

import numpy as np
import pytest
from support.scripted import make_rep, scripted_set, stream_info
from support.subscriber import Subscriber

from calibration.imu import ImuBlock
from firmware.samples import SensorRole
from pi_service.errors import UsageError
from pi_service.process.signals import stop_on_signals
from pi_service.publish.broker import BrokerAddress
from pi_service.publish.client import MqttPublisher
from pi_service.publish.topics import StationTopics
from pi_service.service import NOTICES_LISTED, SETS_LISTED, PublishingSink, run_stream
from pi_service.traces.errors import TraceError
from pi_service.workout.events import PlacementChanged, SamplesLost, SetEnded, ZeroUnknown


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


class Collecting:
    """A publisher that keeps what it is given."""

    def __init__(self):
        self.messages = []

    def publish(self, messages):
        self.messages += messages

    def flush(self, _timeout_s):
        return True


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
    script = [*scripted_set(1, 0.0, 3, withdrawn=(3,)), SamplesLost(30.0, 29.5, 30.0, SensorRole.LIMB)]
    source = FakeSource([block(at) for at in np.arange(0.0, 10.0, 0.1)])
    sinks = [RecordingSink(), RecordingSink()]
    times = []
    summary = run_stream(source, ScriptedPipeline(script), sinks, on_progress=times.append)
    for sink in sinks:
        assert sink.events == script
        assert sink.calls == ["bay07", "end"]
    assert (summary.live_reps, summary.final_reps, len(summary.sets)) == (3, 2, 1)
    assert summary.lost_s == {SensorRole.LIMB: pytest.approx(0.5)}
    assert summary.duration_s == pytest.approx(9.99)
    assert times == sorted(times)
    assert len(times) == 100
    assert not summary.stopped
    assert source.closed == 1


def test_notices_are_kept_for_the_summary():
    no_turn = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    notices = [
        ZeroUnknown(2.0, SensorRole.LIMB, 9.0, at_rest=False),
        *(PlacementChanged(3.0 + n, SensorRole.LIMB, 20.0, n, n + 0.5, no_turn) for n in range(120)),
    ]
    summary = run_stream(FakeSource([block(0.0)]), ScriptedPipeline(notices[:2]), [])
    assert summary.notices == tuple(notices[:2])
    summary = run_stream(FakeSource([block(0.0)]), ScriptedPipeline(notices), [])
    assert summary.notices == tuple(notices[-NOTICES_LISTED:])


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


def test_the_open_set_is_finished_and_published_when_the_source_fails():
    class Failing(FakeSource):
        def blocks(self):
            yield from super().blocks()
            raise TraceError("line 3000 is damaged.")

    source = Failing([block(at) for at in np.arange(0.0, 9.0, 0.1)])
    script = scripted_set(1, 0.0, 3)
    sinks = [RecordingSink(), RecordingSink()]
    with pytest.raises(TraceError, match="damaged"):
        run_stream(source, ScriptedPipeline(script), sinks)
    for sink in sinks:
        assert sink.events == script
        assert sink.calls == ["bay07", "end"]
    assert source.closed == 1


def test_the_open_set_is_published_when_progress_fails():
    sink, taken = RecordingSink(), Collecting()
    with pytest.raises(ZeroDivisionError):
        run_stream(
            FakeSource([block(at) for at in np.arange(0.0, 9.0, 0.1)]),
            ScriptedPipeline(scripted_set(1, 0.0, 3)),
            [sink, PublishingSink(taken)],
            on_progress=lambda now_s: 1 / 0 if now_s > 8.0 else None,
        )
    assert isinstance(sink.events[-1], SetEnded)
    last = json.loads(taken.messages[-1].payload)
    assert (last["active"], last["last_set_reps"]) == (False, 3)


def test_the_first_failure_is_the_one_that_is_raised(caplog):
    class Broken(ScriptedPipeline):
        def finish(self):
            raise KeyError("second")

    sink = RecordingSink()
    with pytest.raises(ZeroDivisionError):
        run_stream(FakeSource([block(0.0)]), Broken([]), [sink], on_progress=lambda _: 1 / 0)
    assert sink.calls[-1] == "end"
    assert "second" in caplog.text


def test_a_sink_that_did_not_begin_is_not_ended():
    class Refusing(RecordingSink):
        def begin(self, _info):
            raise UsageError("No.")

    first, second = RecordingSink(), Refusing()
    with pytest.raises(UsageError, match=r"No\."):
        run_stream(FakeSource([block(0.0)]), ScriptedPipeline([]), [first, second])
    assert (first.calls, second.calls) == (["bay07", "end"], [])


def test_the_summary_of_weeks_is_bounded_and_its_sums_are_not():
    class Endless(ScriptedPipeline):
        def step(self, samples):
            return [SetEnded(samples.t_s[-1], 1, "any", 0.0, 1.0, 12, 11, (make_rep(1, 0.0),) * 11)]

    source = FakeSource([block(0.0, 1)] * (SETS_LISTED + 5))
    summary = run_stream(source, Endless([]))
    assert len(summary.sets) == SETS_LISTED
    assert (summary.sets_done, summary.final_reps) == (SETS_LISTED + 5, 11 * (SETS_LISTED + 5))
    assert not hasattr(summary.sets[0], "reps")


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


@pytest.mark.timeout(20)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_the_event_is_in_use_is_no_deadlock(number):
    reload = threading.Event()
    with stop_on_signals(reload) as stop:
        wanted = reload if number == signal.SIGHUP else stop
        with wanted._cond:  # as `wait` and `clear` do
            signal.raise_signal(number)
        assert wanted.wait(5)


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
