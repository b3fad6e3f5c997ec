"""The FIFO as the driver meets it, in bytes."""

from __future__ import annotations

import numpy as np
import pytest

from firmware import registers as reg
from firmware.chips import CHIPS

FIFO_BYTES = {
    **dict.fromkeys((0x68, 0x20, 0x19), 1024),
    **dict.fromkeys((0x70, 0x71, 0x73, 0x74, 0xAF, 0xAE, 0xA9), 512),
    **dict.fromkeys((0x78, 0x98, 0xA6), 4096),
    **dict.fromkeys((0x11, 0x12), 1008),
}


def whole(made):
    """Let the frame that may be being written be finished."""
    for _ in range(10):
        count = made.count()
        if count % 14 == 0:
            return count
        made.clock.spend_ns(10_000)
    raise AssertionError("a frame is never finished")


def test_frames_are_the_samples_in_register_order(rig):
    made = rig().wake().start_fifo()
    known = len(made.history())
    made.clock.sleep_s(0.3)
    count = whole(made)
    frames = made.frames(made.fifo(count))
    truth = made.history().words[known : known + len(frames)]
    assert len(frames) == 60
    np.testing.assert_array_equal(frames, truth)


@pytest.mark.parametrize(
    ("mask", "columns"),
    [
        (0x78, [0, 1, 2, 4, 5, 6]),
        (0x08, [0, 1, 2]),
        (0x70, [4, 5, 6]),
        (0x80, [3]),
        (0x28, [0, 1, 2, 5]),
        (0xC0, [3, 4]),
        (0xFF, [0, 1, 2, 3, 4, 5, 6]),  # the auxiliary sensors that are not there add nothing
    ],
)
def test_fifo_en_chooses_what_goes_in(rig, mask, columns):
    made = rig().wake().start_fifo(mask)
    known = len(made.history())
    made.clock.sleep_s(0.1001)
    width = len(columns)
    assert made.count() == 20 * 2 * width
    frames = made.frames(made.fifo(20 * 2 * width), width)
    np.testing.assert_array_equal(frames, made.history().words[known : known + 20, columns])


@pytest.mark.parametrize("mask", [0x18, 0x78, 0xF8])
def test_some_chips_always_write_the_temperature(rig, mask):
    made = rig(0x12).wake().start_fifo(mask)
    made.clock.sleep_s(0.1001)
    assert made.count() == 20 * 14


def test_nothing_goes_in_while_it_is_off(rig):
    made = rig().wake()
    made.set(reg.FIFO_EN, 0xF8)
    made.clock.sleep_s(0.1)
    assert made.count() == 0, "USER_CTRL has not switched it on"
    made.set(reg.USER_CTRL, 0x40)
    made.clock.sleep_s(0.1)
    assert made.count() > 0


@pytest.mark.parametrize("who_am_i", CHIPS)
def test_size_overflow_and_flag(rig, who_am_i):
    made = rig(who_am_i).wake(divider=0, dlpf=1, accel2=None if who_am_i == 0x68 else 0xC1).start_fifo()
    size = FIFO_BYTES[who_am_i]
    made.clock.sleep_s(size // 14 * 0.001 - 0.005)
    assert made.count() < size
    assert not made.get(reg.INT_STATUS) & reg.FIFO_OVERFLOW_INT
    made.clock.sleep_s(0.1)
    assert made.count() == size
    assert made.get(reg.INT_STATUS) & reg.FIFO_OVERFLOW_INT
    # The flag is cleared by reading; the next bytes that are lost set it again.
    assert not made.get(reg.INT_STATUS) & reg.FIFO_OVERFLOW_INT
    made.clock.sleep_s(0.002)
    assert made.get(reg.INT_STATUS) & reg.FIFO_OVERFLOW_INT


def test_overflow_drops_the_oldest_bytes_and_misaligns_for_ever(rig):
    made = rig().wake(divider=0, dlpf=1).start_fifo()
    made.clock.sleep_s(0.1003)
    assert made.count() == 1024
    truth = made.history().words
    # 1024 = 73 frames and 2 bytes: the content begins in the middle of a frame.
    data = made.fifo(1024)
    stream = truth.astype(">i2").tobytes()
    assert data in stream
    assert (len(stream) - len(data)) % 14 != 0
    assert stream.index(data) % 14 == 12
    shifted = made.frames(data[: 73 * 14])
    assert not (shifted[:, None] == truth[None, -200:]).all(axis=2).any()
    made.clock.sleep_s(0.02)
    later = made.frames(made.fifo(made.count() // 14 * 14))
    again = made.history().words
    assert (later[-1] == again[-30:]).all(axis=1).any(), "what was read empty begins with a frame again"


def test_what_is_left_after_an_overflow_stays_misaligned(rig):
    made = rig().wake(divider=0, dlpf=1).start_fifo()
    made.clock.sleep_s(0.1003)
    made.fifo(1024 // 14 * 14)
    for _ in range(5):
        made.clock.sleep_s(0.0203)
        count = made.count()
        assert count % 14 == 2, "two stray bytes, for ever"
        made.fifo(count // 14 * 14)


def test_fifo_mode_of_later_chips_keeps_the_oldest(rig):
    made = rig(0x70).wake(divider=0, dlpf=1 | 0x40).start_fifo()
    known = len(made.history())
    made.clock.sleep_s(0.2)
    assert made.count() == 512
    frames = made.frames(made.fifo(36 * 14))
    np.testing.assert_array_equal(frames, made.history().words[known : known + 36])


def test_the_icm20689_has_512_bytes_until_more_are_asked_for(rig):
    made = rig(0x98).wake(divider=0, dlpf=1, accel2=0x01).start_fifo()
    made.clock.sleep_s(0.5)
    assert made.count() == 512
    made.set(reg.ACCEL_CONFIG2, 0xC1)
    made.clock.sleep_s(0.5)
    assert made.count() == 4096


def test_a_forged_chip_has_another_fifo_than_it_says(rig):
    made = rig(0x68, fifo_bytes=512).wake(divider=0, dlpf=1).start_fifo()
    made.clock.sleep_s(0.2)
    assert made.get(reg.WHO_AM_I) == 0x68
    assert made.count() == 512


def test_the_count_is_latched_by_its_high_byte(rig):
    made = rig().wake(divider=0, dlpf=1).start_fifo()
    made.clock.sleep_s(0.018)
    high = made.get(reg.FIFO_COUNTH)
    made.clock.sleep_s(0.018)
    low = made.get(reg.FIFO_COUNTH + 1)
    assert 17 * 14 <= high << 8 | low <= 19 * 14
    assert 35 * 14 <= made.count() <= 37 * 14


def test_an_empty_fifo_gives_the_last_byte_again(rig):
    made = rig().wake().start_fifo()
    made.clock.sleep_s(0.1001)
    made.set(reg.FIFO_EN, 0)
    count = made.count()
    data = made.fifo(count + 10)
    assert data[count:] == data[count - 1 : count] * 10
    assert made.count() == 0


def test_fifo_register_does_not_count_on_within_a_burst(rig):
    made = rig().wake().start_fifo()
    made.clock.sleep_s(0.1001)
    burst = made.bus.read(0x68, reg.FIFO_COUNTH, 2 + 28)
    assert int.from_bytes(burst[:2], "big") == 280
    np.testing.assert_array_equal(made.frames(burst[2:]), made.history().words[-20:-18])
    assert made.count() == 280 - 28


def test_a_frame_is_not_there_all_at_once(rig):
    made = rig().wake().start_fifo()
    made.clock.sleep_s(0.05)
    counts = []
    # Look at 20 us steps, around some sampling instants (a count takes 120 us on the wire).
    for _ in range(400):
        counts.append(made.count())
        made.clock.spend_ns(20_000)
    torn = [count for count in counts if count % 14]
    assert torn
    assert len(torn) < 40
    assert counts == sorted(counts)


def test_fifo_reset_obeys_only_while_the_fifo_is_off(rig):
    """RM-MPU-6000A-00: FIFO_RESET resets "when set to 1 while FIFO_EN equals 0", and clears itself."""
    made = rig().wake().start_fifo()
    made.clock.sleep_s(0.1001)
    made.set(reg.USER_CTRL, 0x44)
    assert made.count() == 280
    assert made.get(reg.USER_CTRL) == 0x40
    made.set(reg.USER_CTRL, 0x04)
    assert made.get(reg.USER_CTRL) == 0x00
    assert made.count() == 0


def test_later_chips_reset_their_running_fifo_and_may_tear_a_frame(rig):
    torn = 0
    for wait_us in range(0, 5000, 20):
        made = rig(0x70).wake(dlpf=1).start_fifo()
        made.clock.spend_ns(20_000_000 + wait_us * 1000)
        made.set(reg.USER_CTRL, 0x44)
        made.clock.sleep_s(0.012)
        torn += made.count() % 14 != 0
    assert 0 < torn < 10, "30 of 5000 us: the rest of a frame lands in the empty FIFO"


def test_the_right_sequence_never_tears_a_frame(rig):
    for wait_us in range(0, 5000, 100):
        made = rig().wake(dlpf=1).start_fifo()
        made.clock.spend_ns(20_000_000 + wait_us * 1000)
        made.start_fifo()
        known = len(made.history())
        made.clock.sleep_s(0.0323)
        frames = made.frames(made.fifo(made.count() // 14 * 14))
        np.testing.assert_array_equal(frames, made.history().words[known : known + len(frames)])


def test_samples_go_on_arriving_while_a_long_read_is_under_way(rig):
    made = rig(bit_rate_hz=100_000).wake(divider=0, dlpf=1).start_fifo()
    made.clock.sleep_s(0.04)
    before = whole(made)
    made.fifo(before)  # 51 ms on the wire
    assert 50 * 14 <= made.count() <= 53 * 14


def test_a_read_that_is_longer_than_the_content_meets_what_arrives_meanwhile(rig):
    made = rig(bit_rate_hz=100_000).wake(divider=0, dlpf=1).start_fifo()
    known = len(made.history())
    made.clock.sleep_s(0.04)
    frames = made.frames(made.fifo(50 * 14))  # 40 samples are there, 63 ms pass on the wire
    np.testing.assert_array_equal(frames, made.history().words[known : known + 50])


def test_writing_the_fifo_register_puts_a_byte_in(rig):
    made = rig()
    made.set(reg.FIFO_R_W, 0xA5)
    assert made.count() == 1
    assert made.fifo(1) == b"\xa5"
