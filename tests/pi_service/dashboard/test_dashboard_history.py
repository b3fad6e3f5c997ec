"""The history over HTTP: in process, on files that the recorder would have written."""

from __future__ import annotations

import csv
import io
import json
import urllib.request
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient
from support.loops import run
from support.ports import wait_until
from support.told_sets import keep, said, session_messages, verdicts

from pi_service.dashboard import export_api
from pi_service.dashboard.app import create_app
from pi_service.dashboard.feed import MAX_PAGES
from pi_service.dashboard.server import BackgroundDashboard
from pi_service.dashboard.settings import DashboardSettings
from pi_service.dashboard.subscription import StationSubscription
from pi_service.history.store import FILE
from pi_service.publish import examples
from pi_service.publish.broker import BrokerAddress
from pi_service.publish.client import MqttPublisher
from pi_service.publish.message import availability
from pi_service.publish.topics import Kind, StationTopics

NEVER = BrokerAddress("127.0.0.1", 9)
SESSION = "20260304t170506-0cfce9"
ONE = f"/api/history/sets/bay07/{SESSION}"


def page(folder, **more):
    app = create_app(DashboardSettings(NEVER, history=folder, **more))
    return TestClient(app, base_url="http://localhost", raise_server_exceptions=True)


@pytest.fixture
def kept(tmp_path):
    messages = session_messages()
    other = session_messages((5,), station="rack-2", exercise="dead_lift")
    keep(tmp_path, [*messages, *verdicts(messages), *other])
    return page(tmp_path)


def get(client, path, **params):
    answer = client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_what_can_be_chosen(kept):
    assert get(kept, "/api/history/filters", tz="UTC") == {
        "stations": ["bay07", "rack-2"],
        "exercises": [
            {"id": "dead_lift", "name": "Dead lift"},
            {"id": "vertical_pull", "name": "Vertical pull"},
        ],
        "athletes": [],
        "first_day": "2026-03-04",
        "last_day": "2026-03-04",
    }


def test_days_sets_and_pages_of_them(kept):
    (day,) = get(kept, "/api/history/days", tz="UTC")
    assert (day["day"], day["sets"], day["reps"]) == ("2026-03-04", 4, 17)
    assert {each["name"]: each["sets"] for each in day["exercises"]} == {"Vertical pull": 3, "Dead lift": 1}
    seen, cursor = [], None
    while True:
        more = {"before": cursor} if cursor else {}
        answer = get(kept, "/api/history/sets", station="bay07", limit=2, **more)
        seen += [each["set"] for each in answer["sets"]]
        cursor = answer["next"]
        if cursor is None:
            break
    assert seen == [3, 2, 1]
    named = get(kept, "/api/history/sets", exercise="dead_lift")["sets"]
    assert [(each["exercise_name"], each["has_curve"]) for each in named] == [("Dead lift", True)]


@pytest.mark.parametrize(
    ("params", "count"),
    [
        ({"day": "2026-03-04", "tz": "UTC"}, 4),
        ({"day": "2026-03-05", "tz": "UTC"}, 0),
        ({"day": "2026-03-05", "tz": "Pacific/Auckland"}, 4),
        ({"from": "2026-03-04", "to": "2026-03-04", "tz": "UTC"}, 4),
        ({"to": "2026-03-03", "tz": "UTC"}, 0),
        ({"athlete": "Ann"}, 0),
    ],
)
def test_filters(kept, params, count):
    assert len(get(kept, "/api/history/sets", **params)["sets"]) == count


def test_one_set_with_its_reps_and_its_curve(kept):
    told = get(kept, f"{ONE}/2")
    assert [(each["rep"], each["withdrawn"]) for each in told["rep_list"]] == [
        (1, False),
        (2, False),
        (3, False),
        (4, True),
    ]
    assert told["rules"][0]["rule"] == "lowering"
    assert told["unjudged"] == []
    assert told["correctable"] is False
    curve = get(kept, f"{ONE}/2/curve")
    assert curve["start_s"] <= told["start_s"]
    assert len(curve["values"]) / curve["rate_hz"] >= told["end_s"] - told["start_s"]


def test_a_set_can_be_corrected_while_its_session_runs(kept):
    feed = kept.app.state.page.feed
    state = examples.STATE.model_copy(update={"session": SESSION})
    for message in (said(Kind.STATE, state), availability(StationTopics("bay07"), online=True)):
        feed.take(message.topic, message.payload, retained=False, now=datetime.now(UTC))
    assert get(kept, f"{ONE}/2")["correctable"] is True


def test_trends(kept):
    told = get(kept, "/api/history/trends", exercise="vertical_pull", weeks=3, to="2026-03-07", tz="UTC")
    assert [each["monday"] for each in told["weeks"]] == ["2026-02-16", "2026-02-23", "2026-03-02"]
    assert (told["weeks"][2]["sets"], told["weeks"][2]["reps"]) == (3, 10)
    assert {each["what"] for each in told["bests"]} == {"reps", "velocity"}


def test_exports(kept):
    sets = kept.get("/api/history/export/sets.csv", params={"station": "bay07"})
    assert sets.headers["content-type"] == "text/csv; charset=utf-8"
    assert sets.headers["content-disposition"] == 'attachment; filename="repclip-sets.csv"'
    assert [row["set"] for row in csv.DictReader(io.StringIO(sets.text))] == ["1", "2", "3"]
    reps = kept.get("/api/history/export/reps.csv")
    assert len(list(csv.DictReader(io.StringIO(reps.text)))) == 3 + 3 + 2 + 5
    fit = kept.get(
        "/api/history/export/workout.fit", params={"day": "2026-03-04", "tz": "UTC", "station": "bay07"}
    )
    assert (fit.status_code, fit.content[8:12]) == (200, b".FIT")
    assert 'filename="repclip-2026-03-04.fit"' in fit.headers["content-disposition"]
    assert kept.get("/api/history/export/workout.fit", params={"day": "2026-03-09"}).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/api/history/days?from=yesterday",
        "/api/history/days?from=0001-01-01",
        "/api/history/days?limit=0",
        "/api/history/days?tz=Nowhere",
        "/api/history/sets?before=here",
        "/api/history/sets?before=a~b~c~99999999999999999999999",
        f"{ONE}/0",
        f"{ONE}/99999999999999999999999",
        "/api/history/sets/Bay/one/1",
    ],
)
def test_what_cannot_be_asked_is_one_sentence(kept, path):
    answer = kept.get(path)
    assert answer.status_code == 422
    assert answer.json()["error"].endswith((".", "Berlin."))


def test_what_is_not_there(kept, tmp_path):
    assert kept.get(f"{ONE}/9").status_code == 404
    assert kept.get(f"{ONE}/9/curve").status_code == 404
    nothing = page(None)
    assert "--no-history" in nothing.get("/api/history/days").json()["error"]
    assert nothing.get("/healthz").json()["history"]["status"] == "off"
    empty = page(tmp_path / "elsewhere")
    assert empty.get("/api/history/days").status_code == 503
    assert empty.get("/api/history/export/sets.csv").status_code == 503


def test_one_page_too_many_is_told(kept):
    feed = kept.app.state.page.feed
    for _ in range(MAX_PAGES):
        feed.add(StationSubscription(feed, None))
    assert kept.get("/api/events").status_code == 503


@pytest.fixture
def recorded(tmp_path):
    """A page whose recordings are in `tmp_path/recordings`; returns it and a way to name a recording."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    begun = {"recording": True, "started_ts": "2026-03-04T17:05:00.000Z", "ended_ts": None}

    def named(file):
        told = examples.RECORDING.model_copy(update={**begun, "file": file})
        keep(tmp_path / "kept", [*session_messages(), said(Kind.RECORDING, told)])
        return page(tmp_path / "kept", recordings=folder)

    return folder, named


def test_the_recording_of_a_set(recorded):
    folder, named = recorded
    (folder / "bay07_x.csv.gz").write_bytes(b"samples")
    client = named("bay07_x.csv.gz")
    assert get(client, f"{ONE}/1")["recording"] == "bay07_x.csv.gz"
    answer = client.get(f"{ONE}/1/trace")
    assert (answer.status_code, answer.content) == (200, b"samples")
    assert answer.headers["content-disposition"] == "attachment; filename*=utf-8''bay07_x.csv.gz"
    assert answer.headers["content-length"] == "7"


def test_a_recording_that_goes_on_is_given_out_as_it_is(tmp_path):
    file = tmp_path / "bay07.csv.gz"
    file.write_bytes(b"x" * 200_000)
    answer = export_api._as_it_is_now(file)

    async def read() -> bytes:
        pieces = []
        async for piece in answer.body_iterator:
            pieces.append(piece)
            with file.open("ab") as more:
                more.write(b"y" * 1000)
        return b"".join(pieces)

    assert run(read()) == b"x" * 200_000
    assert answer.headers["content-length"] == "200000"


@pytest.mark.parametrize(
    "name", ["../secret", "/etc/passwd", "..", ".", "sub/inside", "link", "dirlink", "none"]
)
def test_no_other_file_is_given_out(recorded, name):
    folder, named = recorded
    (folder.parent / "secret").write_bytes(b"secret")
    (folder / "sub").mkdir()
    (folder / "sub" / "inside").write_bytes(b"secret")
    (folder / "link").symlink_to(folder.parent / "secret")
    (folder / "dirlink").symlink_to("/etc")
    answer = named(name).get(f"{ONE}/1/trace")
    assert answer.status_code == 404
    assert b"secret" not in answer.content


@pytest.mark.broker
def test_the_page_keeps_what_it_hears(mosquitto, tmp_path):
    """The whole way: a station, a broker, the page, its history over HTTP, and after a restart."""
    broker = BrokerAddress(mosquitto.host, mosquitto.port)
    settings = DashboardSettings(broker, port=0, history=tmp_path / "kept")

    def ask(url, path):
        with urllib.request.urlopen(url + path, timeout=5) as answer:  # noqa: S310
            return json.load(answer)

    def counts(url):
        return [each["reps"] for each in ask(url, "api/history/sets")["sets"]]

    messages = session_messages()
    with MqttPublisher(broker, StationTopics("bay07")) as publisher:
        with BackgroundDashboard(settings) as first:
            wait_until(
                lambda: ask(first.url, "healthz")["history"]["status"] == "written", "the history to begin"
            )
            wait_until((tmp_path / "kept" / FILE).exists, "the file")
            publisher.publish(messages[: len(messages) // 2])
            wait_until(lambda: len(counts(first.url)) >= 1, "the first set")
        publisher.publish(messages[len(messages) // 2 :])
        assert publisher.flush(10)
        with BackgroundDashboard(settings) as second:
            wait_until(lambda: counts(second.url) == [2, 3, 5], "all sets, those of the pause, too")
