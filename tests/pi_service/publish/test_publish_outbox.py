from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pi_service.publish.memory_outbox import MemoryOutbox
from pi_service.publish.message import Message
from pi_service.publish.outbox import Limits

STATE, REP, CURVE = "r/s/state", "r/s/rep", "r/s/curve"


def state(number):
    return Message(STATE, b"%d" % number, 1, retain=True, live=True)


def rep(number):
    return Message(REP, b"%d" % number, 1, retain=False)


def curve(number):
    return Message(CURVE, b"%d" % number, 0, retain=False)


def box_of(events):
    return MemoryOutbox(Limits(events=events))


def drain(box):
    out = []
    while (entry := box.first()) is not None:
        out.append(entry.message)
        box.leave()
        box.settle([entry.serial])
    return out


def test_while_there_is_room_and_somebody_to_send_to_nothing_is_left_out():
    box = box_of(10)
    sent = [state(0), rep(1), state(1), curve(1), state(2)]
    assert box.put(sent) == 0
    assert drain(box) == sent
    assert (box.dropped, box.superseded, len(box)) == (0, 0, 0)


def test_with_nobody_to_send_to_only_the_newest_picture_is_kept_after_the_events_before_it():
    box = box_of(10)
    box.put([state(0), curve(0), state(1)])
    box.tend(sending=False)
    assert box.owed() == [state(1)]
    assert box.put([rep(1), state(2), curve(1), rep(2), state(3)], sending=False) == 0
    assert drain(box) == [rep(1), rep(2), state(3)]
    assert (box.dropped, box.superseded) == (0, 3)


def test_pictures_make_room_for_events_and_events_never_for_pictures():
    box = box_of(5)
    box.put([state(number) for number in range(5)])
    for number in range(7):
        assert box.put([rep(number)]) == (number >= 5)
    assert [each.what for each in box.troubles()] == ["outbox_full"]
    box.put([state(9)])
    assert drain(box) == [*(rep(number) for number in range(5)), state(9)]
    assert box.dropped == 2
    assert box.troubles() == ()


def test_what_is_on_its_way_counts_and_is_owed_until_it_arrives():
    box = box_of(5)
    box.put([rep(number) for number in range(4)])
    serials = []
    for _ in range(4):
        serials.append(box.first().serial)
        box.leave()
    assert box.first() is None
    assert box.put([rep(4), rep(5)]) == 1
    assert box.owed() == [rep(number) for number in range(5)]
    assert box.unsaved() == 5
    box.settle(serials[:2])
    assert box.owed() == [rep(2), rep(3), rep(4)]
    assert len(box) == 3


def test_payloads_are_bounded_together():
    box = MemoryOutbox(Limits(payload_bytes=1_000))
    big = Message(REP, b"x" * 400, 1, retain=False)
    assert box.put([big, big, big]) == 1
    box.leave()
    assert box.put([big], sending=False) == 1
    box.settle([1])
    assert box.put([big], sending=False) == 0


def test_a_payload_is_bounded():
    box = MemoryOutbox()
    assert box.put([Message(REP, bytes(1_000_000), 1, retain=False)]) == 0
    assert box.put([Message(REP, bytes(1_000_001), 1, retain=False)]) == 1
    assert [each.what for each in box.troubles()] == ["message_too_large"]


def test_events_that_have_waited_too_long_go_and_pictures_stay():
    now = [1_000.0]
    box = MemoryOutbox(Limits(age_s=60.0), clock=lambda: now[0])
    box.put([rep(0), state(0)], sending=False)
    now[0] += 50.0
    box.put([rep(1)], sending=False)
    box.tend(sending=False)
    assert len(box) == 3
    now[0] += 11.0
    box.tend(sending=False)
    assert box.owed() == [state(0), rep(1)]
    assert box.dropped == 1
    assert [each.what for each in box.troubles()] == ["outbox_too_old"]
    drain(box)
    assert box.troubles() == ()


@given(
    st.lists(st.tuples(st.sampled_from([state, rep, curve, None]), st.booleans()), max_size=80),
    st.integers(1, 12),
    st.integers(0, 4),
)
def test_order_bound_and_sums_hold_whatever_comes(steps, limit, window):
    box, accepted, popped, under_way, pictures, taken = box_of(limit), [], [], [], 0, 0
    for number, (make, sending) in enumerate(steps):
        if make is None:
            if (entry := box.first()) is not None:
                popped.append(entry.message)
                box.leave()
                under_way.append(entry.serial)
                if len(under_way) > window:
                    box.settle([under_way.pop(0)])
            continue
        message = make(number)
        if not box.put([message], sending=sending) and make is rep:
            accepted.append(message)
        pictures += make is state
        taken += make is rep
        # Of pictures one of the topic waits, and others may be under way.
        assert len(box) <= limit + 1 + len(under_way)
    box.settle(under_way)
    popped += drain(box)
    assert len(box) == 0
    assert [each for each in popped if each.topic == REP] == accepted
    assert taken == len(accepted) + box.dropped
    numbers = [int(each.payload) for each in popped if each.topic == STATE]
    assert numbers == sorted(numbers)
    assert len(numbers) + box.superseded == pictures
    last = [number for number, (make, _) in enumerate(steps) if make is state]
    assert numbers[-1:] == last[-1:]


def test_that_it_is_full_can_be_told_though_it_is_full():
    box = box_of(2)
    fault = Message("repclip/bay07/fault", b"{}", 1, retain=False, vital=True)
    assert box.put([rep(1), rep(2), rep(3)]) == 1
    assert [each.what for each in box.troubles()] == ["outbox_full"]
    assert box.put([fault, rep(4)]) == 1
    assert box.owed()[-1] is fault
    assert box.put([fault] * 1_000) == 1_001 - 100, "a few find room, not any number"


def test_what_is_on_its_way_can_wait_again_in_its_place():
    box = box_of(10)
    picture = Message("repclip/bay07/set/last", b"old", 1, retain=True)
    newer = Message("repclip/bay07/set/last", b"new", 1, retain=True)
    box.put([rep(1), picture, rep(2)])
    for _ in range(3):
        box.leave()
    box.put([rep(3), newer])
    box.take_back()
    assert box.owed() == [rep(1), picture, rep(2), rep(3), newer]
    assert len(box) == 5
    box.thin()
    assert box.owed() == [rep(1), rep(2), rep(3), newer], "a picture that is out of date goes first"
    box.settle([1])
    assert box.set_aside("it is not liked") == rep(1)
    assert box.holds("repclip/bay07/set/last")
    while box.first() is not None:
        box.leave()
    assert box.holds("repclip/bay07/set/last")
    assert len(box) == 3
