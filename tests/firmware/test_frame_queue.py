"""What the frame queue holds back, and when it lets go."""

from __future__ import annotations

from firmware.frame_queue import FrameQueue, Segment
from firmware.frames_check import equal_run_limit, is_echo
from firmware.roles import SensorRole
from firmware.settings import SensorSettings


def frame(value: int) -> bytes:
    return bytes([value, 0, 1, 2])


def read(*values: int) -> bytes:
    return b"".join(frame(value) for value in values)


def given_out(segments: list[Segment]) -> list[int]:
    return [segment.data[start] for segment in segments for start in range(0, len(segment.data), 4)]


def test_the_last_frame_of_a_read_waits_for_the_next_count():
    queue = FrameQueue(4, 3)
    assert given_out(queue.add(1, read(0, 1, 2, 3))) == [1, 2]
    assert given_out(queue.prove()) == [3]
    assert queue.prove() == []


def test_all_of_a_suspect_read_waits_for_the_next_count():
    queue = FrameQueue(4, 3)
    queue.add(1, read(0, 1, 2))
    queue.prove()
    assert queue.add(4, read(3, 4, 5), suspect=True) == []
    assert given_out(queue.prove()) == [3, 4, 5]
    queue.add(7, read(6, 7), suspect=True)
    queue.forget()
    assert queue.prove() == []


def test_what_waits_is_dropped_when_the_read_was_not_whole():
    queue = FrameQueue(4, 3)
    queue.add(1, read(1, 2, 3))
    queue.forget()
    assert queue.prove() == []
    assert given_out(queue.add(1, read(6, 7, 8, 9))) == [7, 8]


def test_a_few_equal_frames_go_out_with_the_next_different_one():
    queue = FrameQueue(4, 3)
    out = queue.add(1, read(0, 1, 2, 2, 2, 5, 6))
    assert given_out(out) == [1, 2, 2, 2, 5]
    assert [(segment.first_index, segment.frozen_before) for segment in out] == [(2, False)]


def test_many_equal_frames_are_dropped_and_told():
    queue = FrameQueue(4, 3)
    out = queue.add(1, read(0, 1, 2, 2, 2, 2, 5, 6))
    assert given_out(out) == [1, 2, 5]
    assert [(segment.first_index, segment.frozen_before) for segment in out] == [(2, False), (7, True)]


def test_equal_frames_are_told_while_they_last():
    queue = FrameQueue(4, 3)
    queue.add(1, read(0, 1, 2, 2, 2))
    assert queue.frozen_frames == 0
    queue.prove()
    queue.add(6, read(2, 2))
    assert queue.frozen_frames == 3
    assert queue.prove() == []


def test_a_sensor_that_is_frozen_from_the_start_gives_nothing():
    queue = FrameQueue(4, 3)
    assert queue.add(1, read(4, 4, 4, 4, 4)) == []
    assert queue.frozen_frames == 4
    assert given_out(queue.add(6, read(4, 5, 6, 7))) == [5, 6]


def test_the_usual_settings_allow_two_equal_frames_and_quiet_ones_more():
    assert equal_run_limit(SensorSettings()) == 3
    quiet = SensorSettings(SensorRole.LIMB, rate_hz=1000, accel_range_g=16, gyro_range_dps=2000, dlpf=6)
    assert equal_run_limit(quiet) >= 20


def test_an_echo_is_one_byte_again_and_again():
    assert is_echo(bytes(14))
    assert is_echo(b"\xff" * 14)
    assert is_echo(b"\x17" * 12)
    assert not is_echo(bytes(13) + b"\x01")
