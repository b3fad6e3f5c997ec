"""A clock that is set is noticed, one that is adjusted is not."""

from __future__ import annotations

import pytest

from pi_service.process.clock_watch import ClockWatch


class Clocks:
    wall_s = 1_000.0
    steady_s = 50.0

    def pass_s(self, seconds: float, *, set_by_s: float = 0.0) -> None:
        self.steady_s += seconds
        self.wall_s += seconds + set_by_s


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


def test_only_a_jump_is_told_and_once(clocks: Clocks) -> None:
    watch = ClockWatch(wall=lambda: clocks.wall_s, clock=lambda: clocks.steady_s)
    clocks.pass_s(3_600.0)
    assert watch.jumped_s() is None
    for _ in range(1_000):
        clocks.pass_s(1.0, set_by_s=0.0005)  # as the kernel slews it at the most
        assert watch.jumped_s() is None
    clocks.pass_s(0.1, set_by_s=86_400.0)
    assert watch.jumped_s() == pytest.approx(86_400.0)
    assert watch.jumped_s() is None
    clocks.pass_s(0.1, set_by_s=-10.0)
    assert watch.jumped_s() == pytest.approx(-10.0)


def test_what_was_set_before_the_beginning_does_not_matter(clocks: Clocks) -> None:
    watch = ClockWatch(wall=lambda: clocks.wall_s, clock=lambda: clocks.steady_s)
    clocks.pass_s(5.0, set_by_s=86_400.0)
    watch.begin()
    assert watch.jumped_s() is None
    clocks.pass_s(5.0, set_by_s=60.0)
    assert watch.jumped_s() == pytest.approx(60.0)
