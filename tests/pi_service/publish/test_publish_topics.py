from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pi_service.errors import UsageError
from pi_service.publish.topics import Kind, StationTopics, all_stations, check_station, parse_topic


@pytest.mark.parametrize("name", ["a", "bay07", "rack-2", "left_side", "x" * 40])
def test_names_that_can_be_stations(name):
    assert check_station(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Bay07",
        "bay 7",
        "bay/7",
        "+",
        "#",
        "bay#",
        "../x",
        "bay\n",
        "bay\x00",
        "x" * 41,
        "bäy",
        "$SYS",
        "bay٣",
    ],
)
def test_names_that_cannot_be_stations(name):
    with pytest.raises(UsageError, match="cannot be the name of a station"):
        check_station(name)
    with pytest.raises(UsageError):
        StationTopics(name)


def test_a_very_long_name_is_not_repeated_in_full():
    with pytest.raises(UsageError) as caught:
        check_station("y" * 10_000)
    assert len(str(caught.value)) < 200


def test_a_root_has_an_end_and_is_not_repeated_in_full():
    StationTopics("bay07", "r" * 200)
    with pytest.raises(UsageError, match="at most 200 in all") as caught:
        StationTopics("bay07", "r" * 201)
    assert len(str(caught.value)) < 220


@given(st.text(max_size=60))
def test_no_accepted_name_can_leave_its_level(name):
    try:
        topic = StationTopics(name).of(Kind.STATE)
    except UsageError:
        return
    assert topic == f"repclip/{name}/state"
    assert topic.count("/") == 2
    assert not set("+#\x00") & set(topic)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_topic_is_read_back(kind):
    assert parse_topic(StationTopics("bay07").of(kind)) == ("bay07", kind)
    assert parse_topic(StationTopics("bay07", "gym/hall-1").of(kind), "gym/hall-1") == ("bay07", kind)


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "repclip",
        "repclip/bay07",
        "repclip/BAY/state",
        "other/bay07/state",
        "repclip/a/b/state",
        "repclip/a/nope",
    ],
)
def test_foreign_topics_are_none(topic):
    assert parse_topic(topic) is None


@pytest.mark.parametrize("root", ["", "/", "a//b", "a/", "+", "a/#", "a b"])
def test_roots_that_cannot_be(root):
    with pytest.raises(UsageError, match="beginning of a topic"):
        StationTopics("bay07", root)


def test_subscription_of_all_stations():
    assert all_stations(Kind.SET_LAST) == "repclip/+/set/last"
