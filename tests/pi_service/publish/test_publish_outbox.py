from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pi_service.publish.message import Message
from pi_service.publish.outbox import Outbox

STATE, REP, CURVE = "r/s/state", "r/s/rep", "r/s/curve"


def state(number):
    return Message(STATE, b"%d" % number, 1, retain=True)


def rep(number):
    return Message(REP, b"%d" % number, 1, retain=False)


def curve(number):
    return Message(CURVE, b"%d" % number, 0, retain=False)


def drain(box):
    out = []
    while (message := box.first()) is not None:
        out.append(message)
        box.pop()
    return out


def test_while_there_is_room_and_somebody_to_send_to_nothing_is_left_out():
    box = Outbox(10)
    sent = [state(0), rep(1), state(1), curve(1), state(2)]
    assert all(box.put(each) for each in sent)
    assert drain(box) == sent
    assert (box.dropped, box.superseded, len(box)) == (0, 0, 0)


def test_with_nobody_to_send_to_only_the_newest_picture_is_kept_after_the_events_before_it():
    box = Outbox(10)
    for each in [state(0), curve(0), state(1)]:
        box.put(each)
    box.thin()
    assert box.messages() == [state(1)]
    for each in [rep(1), state(2), curve(1), rep(2), state(3)]:
        assert box.put(each, sending=False)
    assert drain(box) == [rep(1), rep(2), state(3)]
    assert (box.dropped, box.superseded) == (0, 3)


def test_pictures_make_room_for_events_and_events_never_for_pictures():
    box = Outbox(5)
    for number in range(5):
        box.put(state(number))
    for number in range(7):
        assert box.put(rep(number)) is (number < 5)
    assert box.put(state(9))
    assert drain(box) == [*(rep(number) for number in range(5)), state(9)]
    assert box.dropped == 2


def test_what_is_on_its_way_counts():
    box = Outbox(5)
    assert box.put(rep(0), elsewhere=4)
    assert not box.put(rep(1), elsewhere=4)
    assert box.dropped == 1


@given(
    st.lists(
        st.tuples(st.sampled_from([state, rep, curve, None]), st.booleans(), st.integers(0, 3)), max_size=80
    ),
    st.integers(1, 12),
)
def test_order_bound_and_sums_hold_whatever_comes(steps, limit):
    box, accepted, popped, pictures, taken = Outbox(limit), [], [], 0, 0
    for number, (make, sending, elsewhere) in enumerate(steps):
        if make is None:
            if (message := box.first()) is not None:
                popped.append(message)
                box.pop()
            continue
        message = make(number)
        if box.put(message, elsewhere=elsewhere, sending=sending) and make is rep:
            accepted.append(message)
        pictures += make is state
        taken += make is rep
        assert len(box) <= limit + 1
    popped += drain(box)
    assert [each for each in popped if each.topic == REP] == accepted
    assert taken == len(accepted) + box.dropped
    numbers = [int(each.payload) for each in popped if each.topic == STATE]
    assert numbers == sorted(numbers)
    assert len(numbers) + box.superseded == pictures
    last = [number for number, (make, *_) in enumerate(steps) if make is state]
    assert numbers[-1:] == last[-1:]
