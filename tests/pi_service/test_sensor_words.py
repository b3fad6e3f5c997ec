"""What the closing summary says of the sensors."""

from __future__ import annotations

from types import SimpleNamespace

from firmware.chip_clock import ClockFit
from firmware.roles import SensorRole
from firmware.settings import SensorSettings
from firmware.stats import SensorStats
from pi_service.commands.sensor_words import summed_up
from pi_service.sources.live_stats import LiveStats, SensorLiveStats
from pi_service.sources.priority import RAISED_TO


def lines_of(
    stats: SensorLiveStats, unheard: int = 0, *, priority: str = RAISED_TO, simulated: bool = False
) -> list[str]:
    live = LiveStats({SensorRole.LIMB: stats}, 0.0, unheard, priority)
    info = SimpleNamespace(simulated=simulated)
    source = SimpleNamespace(stats=lambda: live, settings={SensorRole.LIMB: SensorSettings()}, info=info)
    return list(summed_up(source))  # type: ignore[arg-type]


def test_a_good_stream_is_one_line() -> None:
    fit = ClockFit(rate_hz=100.213, drift_ppm=2130.4, uncertainty_us=150.0, jitter_us=41.6)
    read = SensorStats(6000, 0, 0, 0, 0, 0, fit, 31.4)
    assert lines_of(SensorLiveStats(read, delivered=6000)) == [
        "Limb sensor: 6000 samples at 100.21 Hz (chip clock +2130 ppm, jitter 42 us), no gap, 31 C"
    ]


def test_everything_that_went_wrong_is_told() -> None:
    read = SensorStats(5000, 1, 100, 2, 1, 3, None, None)
    stats = SensorLiveStats(read, delivered=4600, clipped=1, dropped=400, dropped_gaps=1)
    assert lines_of(stats, unheard=2) == [
        "Limb sensor: 4600 samples, 2 gaps (about 500 samples, 5.00 s)",
        "  1 sample at the end of the range: choose a larger one with --accel-range or --gyro-range",
        "  400 samples dropped, because this program was too slow",
        "  3 bus errors, 2 FIFO resets, 1 restart of the chip",
        "2 messages of the sensors were not told, because too many waited.",
    ]


def test_what_is_missing_at_the_end_is_told_with_its_beginning() -> None:
    read = SensorStats(250, 1, 250, 0, 0, 9, None, None)
    assert lines_of(SensorLiveStats(read, delivered=250, missing_from_s=2.5))[1] == (
        "  samples are missing from 2.5 s to the end"
    )


def test_the_priority_is_told_where_it_could_be_better_and_means_something() -> None:
    stats = SensorLiveStats(SensorStats(250, 0, 0, 0, 0, 0, None, None), delivered=250)
    assert len(lines_of(stats)) == 1
    assert lines_of(stats, priority="raised (nice -10)")[1:] == [
        "They were read at raised (nice -10) priority; repclip doctor says how to raise it."
    ]
    assert lines_of(stats, priority="ordinary", simulated=True)[1:] == [
        "The sensors were simulated: no person moved."
    ]
