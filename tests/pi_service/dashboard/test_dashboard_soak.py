"""Two days of a gym in simulated time: what the page remembers does not grow."""

from __future__ import annotations

import gc
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pi_service.dashboard.feed import Feed
from pi_service.dashboard.subscription import StationSubscription, WallSubscription
from pi_service.history.batch import Batch
from pi_service.history.curves import CurveMemory
from pi_service.history.store import FILE, Store
from pi_service.publish import examples
from pi_service.publish.payloads import utc_text
from pi_service.publish.topics import ROOT, Kind, StationTopics

STATIONS = [f"bay{number:02}" for number in range(50)]
BEGUN = datetime(2026, 3, 2, 6, tzinfo=UTC)
#: Ten hours a day, a set every ten minutes at each station.
SETS = [BEGUN + timedelta(days=day, minutes=10 * index) for day in range(2) for index in range(60)]
REPS = 8


def messages(station: str, number: int, begun: datetime):
    """A set of a station: states, reps, verdicts, pieces of the curve, and its end."""
    session = f"{begun:%Y%m%d}-load"
    base = {"station": station, "session": session, "set": number, "ts": utc_text(begun)}
    topics = StationTopics(station)
    seq = number * 100
    told = []
    for rep in range(1, REPS + 1):
        each = {**base, "rep": rep, "seq": seq + 2 * rep}
        at_s = number * 300.0 + rep * 3.0
        curve = {**base, "start_s": at_s, "movement_deg": (1.0, 2.0) * 37}
        told += [
            (Kind.STATE, examples.STATE.model_copy(update={**base, "reps": rep, "seq": seq + 2 * rep})),
            (Kind.REP, examples.REP.model_copy(update=each)),
            (Kind.VERDICT, examples.VERDICT.model_copy(update={**each, "seq": seq + 2 * rep + 1})),
            (Kind.CURVE, examples.CURVE.model_copy(update=curve)),
        ]
    span = {"start_s": number * 300.0, "end_s": number * 300.0 + 25.0}
    done = {**base, **span, "seq": seq + 50, "start_ts": utc_text(begun), "end_ts": utc_text(begun)}
    told += [
        (Kind.SET, examples.SET.model_copy(update=done)),
        (Kind.SET_VERDICT, examples.SET_VERDICT.model_copy(update={**base, "seq": seq + 51})),
        (Kind.GAP, examples.GAP.model_copy(update={**base, "seq": seq + 52})),
        (Kind.HEALTH, examples.HEALTH.model_copy(update=base)),
    ]
    return [(topics.of(kind), payload.to_bytes()) for kind, payload in told]


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_two_days_of_fifty_stations_leave_the_memory_as_it_was(tmp_path):
    feed, curves, store = Feed(ROOT), CurveMemory(), Store(tmp_path / FILE)
    viewers = [WallSubscription(feed), StationSubscription(feed, "bay07")]
    for each in viewers:
        feed.add(each)
    heard, memory_mb = 0, []
    for number, begun in enumerate(SETS, start=1):
        batch = Batch()
        for station in STATIONS:
            for topic, payload in messages(station, number, begun):
                heard += 1
                feed.take(topic, payload, retained=False, now=begun)
                batch.take(topic, payload, ROOT, curves)
        store.take(batch.facts, curves=batch.curves, gaps=batch.gaps)
        assert batch.refused == 0
        for each in viewers:
            assert each.pending()
        if number % 20 == 0:
            gc.collect()
            memory_mb.append(round(resident_mb(), 1))
    print(f"{heard} messages; memory (MB) {memory_mb}; file {store.held_bytes() / 1e6:.1f} MB")
    store.close()
    # After the first day everything that is kept in memory is as large as it becomes.
    assert memory_mb[-1] < 1.05 * memory_mb[2] + 1.0


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
