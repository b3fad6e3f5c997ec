"""The same set, read in another way, gives the same count within one; `make robustness` asks recordings.

The sets are simulated, so the bound of 98 % of the recordings is one of every drawn set here.
"""

from __future__ import annotations

from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.streams import Tempo, Way, reps_block

from calibration.imu import ImuBlock
from pi_service.evaluation.disturb import DISTURBANCES, Disturbance, disturb
from pi_service.evaluation.tally import Tally
from pi_service.exercises import ANY, find_exercise
from pi_service.pipeline import Pipeline

#: Reps that begin after a rest, of every kind of movement; tempo and size are drawn.
sets = st.builds(
    lambda way, count, seed, out_s, pause_s, rate_hz: (way, count, seed, out_s, pause_s, rate_hz),
    st.sampled_from(list(Way)),
    st.integers(5, 10),
    st.integers(0, 999),
    st.sampled_from([0.8, 1.1, 1.5]),
    st.sampled_from([0.3, 0.8]),
    st.sampled_from([50.0, 100.0]),
)


@lru_cache(maxsize=64)
def simulated(drawn: tuple[Way, int, int, float, float, float]) -> tuple[ImuBlock, int]:
    way, count, seed, out_s, pause_s, rate_hz = drawn
    tempo = Tempo(out_s=out_s, back_s=out_s * 1.2, pause_s=pause_s)
    block, lifts = reps_block(way, count, seed=seed, rate_hz=rate_hz, tempo=tempo, mounted_anyhow=True)
    return block, len(lifts)


def final_count(block: ImuBlock) -> int:
    pipeline, tally = Pipeline(find_exercise(ANY)), Tally()
    for begin in range(0, len(block), 200):
        tally.add(pipeline.step(block[begin : begin + 200]))
    tally.add(pipeline.finish())
    return tally.counts().final_count


@lru_cache(maxsize=64)
def undisturbed_count(drawn: tuple[Way, int, int, float, float, float]) -> int:
    return final_count(simulated(drawn)[0])


@pytest.mark.parametrize("what", DISTURBANCES, ids=lambda what: what.id)
@settings(max_examples=3, derandomize=True, database=None, deadline=None)
@given(drawn=sets)
def test_the_final_count_stays_within_one(
    what: Disturbance, drawn: tuple[Way, int, int, float, float, float]
) -> None:
    block, reps = simulated(drawn)
    assert abs(undisturbed_count(drawn) - reps) <= 1, "the set itself is counted wrong"
    assert abs(final_count(disturb(block, what, repr(drawn))) - undisturbed_count(drawn)) <= 1
