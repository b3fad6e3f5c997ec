"""Butterworth filters of the second order, on numpy alone.

`scipy.signal` has the same and more; to import it takes 80 MB and most of a second, which a small computer
notices, and nothing else of it is used while counting. The tests compare the two.

Whoever filters a stream has a few values at a time: `Section.next` takes one, and how the samples are cut
into blocks makes no difference. Whoever filters a window has hundreds: `Section.run` takes them in blocks of
`_BLOCK`, as products of matrices.
"""

from __future__ import annotations

import cmath
import math
from functools import cached_property

import numpy as np

from calibration.imu import FloatArray

#: Values that are worked on together. More make the products larger, fewer make more of them.
_BLOCK = 24
#: And so many blocks, linked by one more product: 92 s of frames.
_BLOCKS = 96

Memory = tuple[float, float]


class Section:
    """A filter of the second order: ``y[n] = b0 x[n] + b1 x[n-1] + b2 x[n-2] - a1 y[n-1] - a2 y[n-2]``.

    Parameters
    ----------
    b, a
        The coefficients, without the leading 1 of `a`.
    """

    def __init__(self, b: tuple[float, float, float], a: tuple[float, float]) -> None:
        self.b, self.a = b, a

    @cached_property
    def settled(self) -> Memory:
        """What it remembers when its input has always been 1."""
        (b0, b1, b2), (a1, a2) = self.b, self.a
        out = (b0 + b1 + b2) / (1.0 + a1 + a2)
        return out - b0, b2 - a2 * out

    def next(self, value: float, memory: Memory) -> tuple[float, Memory]:
        """Take one value; return the output and what is remembered (transposed direct form)."""
        (b0, b1, b2), (a1, a2), (first, second) = self.b, self.a, memory
        out = b0 * value + first
        return out, (b1 * value - a1 * out + second, b2 * value - a2 * out)

    def run(self, values: FloatArray, before: FloatArray) -> FloatArray:
        """Filter rows of values, each as if it had been constant before.

        Parameters
        ----------
        values : float64 array, shape (d, n)
        before : float64 array, shape (d,)
            The constants.

        Returns
        -------
        float64 array, shape (d, n)
        """
        memory, pieces = before[:, None] * self._settled, list[FloatArray]()
        for begin in range(0, values.shape[1], _BLOCK * _BLOCKS):
            piece, memory = self._run_blocks(values[:, begin : begin + _BLOCK * _BLOCKS], memory)
            pieces.append(piece)
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces, axis=1)

    def _run_blocks(self, values: FloatArray, memory: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Filter up to `_BLOCKS` blocks; return the output and, if they are whole, what is remembered."""
        rows, n = values.shape
        blocks = -(-n // _BLOCK)
        padded = np.zeros((rows, blocks * _BLOCK))
        padded[:, :n] = values
        padded = padded.reshape(rows * blocks, _BLOCK)
        # What each block adds to the memory, and finds there: what is left of what those before it added.
        added = np.concatenate((memory, (padded @ self._ends).reshape(rows, 2 * blocks)), axis=1)
        last = 2 * blocks + 2
        found = added @ self._fades[:last, :last]
        out = padded @ self._within
        out += found[:, :-2].reshape(rows * blocks, 2) @ self._after
        return out.reshape(rows, blocks * _BLOCK)[:, :n], found[:, -2:]

    @cached_property
    def _settled(self) -> FloatArray:
        return np.array(self.settled)

    @cached_property
    def _steps(self) -> list[FloatArray]:
        """What is left of a memory, a row, after 0, 1, 2 ... values of 0; shape (2, 2) each."""
        step = np.array([[-self.a[0], -self.a[1]], [1.0, 0.0]])
        steps = [np.eye(2)]
        for _ in range(_BLOCK):
            steps.append(steps[-1] @ step)
        return steps

    @cached_property
    def _fades(self) -> FloatArray:
        """What is left at each block of what was added at each: pieces of shape (2, 2)."""
        most = _BLOCKS + 1
        table, left = np.zeros((most, 2, most, 2)), np.eye(2)
        for apart in range(most):
            first = np.arange(most - apart)
            table[first, :, first + apart] = left
            left = left @ self._steps[_BLOCK]
        return table.reshape(2 * most, 2 * most)

    @cached_property
    def _within(self) -> FloatArray:
        """What a block's values do to its outputs; shape (_BLOCK, _BLOCK)."""
        echo = [self.b[0], *(float((self._left @ step)[0]) for step in self._steps)]
        return np.array([[0.0] * i + echo[: _BLOCK - i] for i in range(_BLOCK)])

    @cached_property
    def _ends(self) -> FloatArray:
        """What a block's values leave in the memory at its end; shape (_BLOCK, 2)."""
        return np.array([self._left @ step for step in reversed(self._steps[:_BLOCK])])

    @cached_property
    def _left(self) -> FloatArray:
        """What a value of 1 leaves in the memory."""
        return np.array(self.next(1.0, (0.0, 0.0))[1])

    @cached_property
    def _after(self) -> FloatArray:
        """What a memory does to the outputs of the block after it; shape (2, _BLOCK)."""
        return np.stack([step[:, 0] for step in self._steps[:_BLOCK]], axis=1)


def low_pass(corner_hz: float, rate_hz: float) -> Section:
    """Return a Butterworth low pass of the second order, by the bilinear transform."""
    k, one, a = _prototype(corner_hz, rate_hz)
    gain = k * k * one
    return Section((gain, 2.0 * gain, gain), a)


def high_pass(corner_hz: float, rate_hz: float) -> Section:
    """Return a Butterworth high pass of the second order, by the bilinear transform."""
    _, one, a = _prototype(corner_hz, rate_hz)
    return Section((one, -2.0 * one, one), a)


def band_pass(low_hz: float, high_hz: float, rate_hz: float) -> tuple[Section, Section]:
    """Return a Butterworth band pass, of the second order at either edge, as two sections in a row.

    Each pole of the low pass with a corner of 1 rad/s becomes two; of the four zeros two lie at 0 Hz and
    two at half the rate.
    """
    low, high = (math.tan(math.pi * edge_hz / rate_hz) for edge_hz in (low_hz, high_hz))
    width, middle2 = high - low, low * high
    pole = complex(-math.sqrt(0.5), math.sqrt(0.5)) * width / 2.0
    root = cmath.sqrt(pole * pole - middle2)
    analog = pole - root, pole + root
    digital = [(1.0 + each) / (1.0 - each) for each in analog]
    gain = width / math.prod(abs(1.0 - each) for each in analog)
    first, second = ((-2.0 * each.real, abs(each) ** 2) for each in digital)
    return Section((gain, 2.0 * gain, gain), first), Section((gain, -2.0 * gain, gain), second)


def _prototype(corner_hz: float, rate_hz: float) -> tuple[float, float, tuple[float, float]]:
    k = math.tan(math.pi * corner_hz / rate_hz)
    one = 1.0 / (1.0 + math.sqrt(2.0) * k + k * k)
    return k, one, (2.0 * (k * k - 1.0) * one, (1.0 - math.sqrt(2.0) * k + k * k) * one)
