from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from firmware.sim.fifo import Fifo


def test_first_in_first_out_and_the_last_byte_again():
    fifo = Fifo(8)
    fifo.push(b"abcd")
    assert fifo.pop(2) == b"ab"
    assert fifo.pop(5) == b"cdddd"
    assert fifo.pop(2) == b"dd"
    assert not fifo.overflowed


def test_overflow_loses_the_oldest_bytes_or_the_newest():
    fifo = Fifo(4)
    fifo.push(b"abcdef")
    assert fifo.overflowed
    assert fifo.pop(4) == b"cdef"
    fifo.push(b"abcdef", keep_oldest=True)
    assert fifo.pop(4) == b"abcd"


def test_a_smaller_size_loses_the_oldest():
    fifo = Fifo(6)
    fifo.push(b"abcdef")
    fifo.resize(2)
    assert len(fifo) == 2
    assert fifo.pop(2) == b"ef"


@given(st.integers(1, 40), st.lists(st.one_of(st.binary(max_size=30), st.integers(0, 30)), max_size=30))
def test_it_is_the_end_of_everything_that_was_pushed(size, steps):
    fifo, pushed, popped = Fifo(size), b"", b""
    for step in steps:
        if isinstance(step, bytes):
            fifo.push(step)
            pushed += step
        elif step <= len(fifo):
            popped += fifo.pop(step)
        assert len(fifo) <= size
        if not fifo.overflowed:
            assert popped + bytes(fifo._content) == pushed
        assert pushed.endswith(bytes(fifo._content))
