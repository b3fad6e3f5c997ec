from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pi_service.history.curves import KEPT_S, CurveMemory, unpack
from pi_service.publish import examples
from pi_service.publish.payloads import CurvePayload


def piece(start_s, values, *, session="one", rate_hz=25.0, station="bay07"):
    return CurvePayload(
        station=station,
        session=session,
        ts="2026-03-04T17:05:16.123Z",
        start_s=start_s,
        rate_hz=rate_hz,
        movement_deg=tuple(values),
    )


@given(st.lists(st.floats(-3000, 3000), min_size=1, max_size=200), st.integers(1, 40))
def test_what_was_heard_comes_back_to_a_tenth_of_a_degree(values, size):
    memory = CurveMemory()
    for at in range(0, len(values), size):
        memory.take(piece(at / 25.0, values[at : at + size]))
    told = unpack(memory.cut("bay07", "one", 0.0, len(values) / 25.0))
    assert told.start_s == 0.0
    assert all(abs(got - sent) <= 0.0501 for got, sent in zip(told.values, values, strict=True))


def test_a_piece_that_was_missed_is_a_hole():
    memory = CurveMemory()
    memory.take(piece(0.0, [1.0] * 5))
    memory.take(piece(0.4, [2.0] * 5))
    told = unpack(memory.cut("bay07", "one", 0.0, 0.6))
    assert told.values == (1.0,) * 5 + (None,) * 5 + (2.0,) * 5


def test_a_piece_that_comes_twice_is_there_once():
    memory = CurveMemory()
    for _ in range(2):
        memory.take(piece(0.0, [1.0] * 5))
    assert unpack(memory.cut("bay07", "one", 0.0, 0.2)).values == (1.0,) * 5


def test_only_the_set_and_a_little_around_it():
    memory = CurveMemory()
    for second in range(60):
        memory.take(piece(float(second), [float(second)] * 25))
    told = unpack(memory.cut("bay07", "one", 30.0, 40.0))
    assert (told.start_s, told.values[-1]) == (28.0, 41.0)


def test_the_memory_is_bounded_and_knows_whose_it_is():
    memory = CurveMemory()
    for second in range(int(KEPT_S) + 100):
        memory.take(piece(float(second), [0.0] * 25))
    assert memory.cut("bay07", "one", 10.0, 20.0) is None
    assert memory.cut("bay07", "two", 300.0, 310.0) is None
    assert memory.cut("elsewhere", "one", 300.0, 310.0) is None
    memory.take(piece(0.0, [5.0], session="two"))
    assert memory.cut("bay07", "one", 300.0, 310.0) is None
    for number in range(600):
        memory.take(piece(0.0, [5.0], station=f"s{number}"))
    assert memory.cut("s0", "one", 0.0, 1.0) is None
    assert memory.cut("s599", "one", 0.0, 1.0) is not None


def test_a_curve_at_two_rates_is_none():
    memory = CurveMemory()
    memory.take(piece(0.0, [1.0] * 25))
    memory.take(piece(1.0, [1.0] * 50, rate_hz=50.0))
    assert memory.cut("bay07", "one", 0.0, 2.0) is None


def test_a_time_beyond_all_bounds_ends_nothing():
    from pi_service.history.batch import Batch  # noqa: PLC0415

    memory, batch = CurveMemory(), Batch()
    for start_s in (-1.7e308, 1.7e308):
        sent = piece(start_s, [1.0], session=examples.SET.session)
        batch.take("repclip/bay07/curve", sent.to_bytes(), "repclip", memory)
    done = examples.SET.model_copy(update={"start_s": -1.7e308, "end_s": 1.7e308})
    batch.take("repclip/bay07/set", done.to_bytes(), "repclip", memory)
    assert batch.messages == 3


def test_a_piece_that_comes_twice_later_drives_out_nothing():
    memory = CurveMemory()
    for start_s in (0.0, 0.2, 0.2, 0.4):
        memory.take(piece(start_s, [start_s] * 5))
    assert len(unpack(memory.cut("bay07", "one", 0.0, 0.6)).values) == 15


@pytest.mark.parametrize("step_s", [0.0, 1e-9, 1e-3])
def test_pieces_upon_each_other_do_not_fill_the_memory(step_s):
    memory = CurveMemory()
    for number in range(10_000):
        memory.take(piece(number * step_s, [0.0, 1.0, 2.0]))
    assert sum(len(known) for known in memory._pieces.values()) <= 6_000


def test_stations_that_are_forgotten_leave_nothing():
    memory = CurveMemory()
    for number in range(700):
        memory.take(piece(0.0, [0.0], station=f"bay{number}"))
    assert len(memory._pieces) == len(memory._sessions) == 500
