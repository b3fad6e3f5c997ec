"""Asking a station through the page, at a real broker."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest
from support.answering import AnsweringStation
from support.loops import run
from support.ports import wait_until
from support.scripted import stream_info

from pi_service.dashboard import asking
from pi_service.dashboard.asking import MOST_WAITING, Asker, BrokerAwayError, NoAnswerError, TooManyError
from pi_service.dashboard.server import BackgroundDashboard
from pi_service.dashboard.settings import DashboardSettings
from pi_service.publish.broker import BrokerAddress
from pi_service.publish.message import availability
from pi_service.publish.messages import MessageBuilder
from pi_service.publish.requests import CorrectSet, EndSet, Verb
from pi_service.publish.topics import StationTopics

THERE = [*MessageBuilder(stream_info()).start(), availability(StationTopics("bay07"), online=True)]


def post(page, verb, said=None, name="bay07"):
    request = urllib.request.Request(  # noqa: S310
        f"{page.url}api/stations/{name}/requests/{verb}",
        data=None if said is None else json.dumps(said).encode(),
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


@pytest.fixture
def page(mosquitto):
    with BackgroundDashboard(
        DashboardSettings(BrokerAddress(mosquitto.host, mosquitto.port), port=0)
    ) as page:
        yield page


def there(page):
    """Wait until the page knows that the station is there."""

    def online():
        with urllib.request.urlopen(f"{page.url}api/stations", timeout=5) as answer:  # noqa: S310
            return any(each["online"] for each in json.load(answer)["stations"])

    wait_until(online, "the station to be there")


@pytest.mark.broker
def test_a_request_reaches_the_station_and_its_answer_comes_back(mosquitto, page):
    def reply(verb, _said):
        return {"ok": False, "error": "Set 4 is not finished."} if verb == "correct_set" else {}

    with AnsweringStation(mosquitto.host, mosquitto.port, THERE, reply) as station:
        there(page)
        assert post(page, "select_exercise", {"exercise": "face_pull"}) == (200, {"ok": True, "error": None})
        assert post(page, "end_set") == (200, {"ok": True, "error": None})
        refused = post(page, "correct_set", {"set": 4, "reps": 7})
        assert refused == (409, {"ok": False, "error": "Set 4 is not finished."})
        assert post(page, "set_athlete", {"athlete": None, "id": "mine"})[0] == 200
    verbs = [verb for verb, _ in station.asked]
    assert verbs == ["select_exercise", "end_set", "correct_set", "set_athlete"]
    ids = [said.pop("id") for _, said in station.asked]
    assert len(set(ids)) == 4
    assert ids[3] == "mine"
    assert [said for _, said in station.asked] == [
        {"exercise": "face_pull"},
        {},
        {"set": 4, "reps": 7},
        {"athlete": None},
    ]


@pytest.mark.broker
def test_a_station_that_does_not_answer(mosquitto, page, monkeypatch):
    monkeypatch.setattr(page._server._app.state.page.asker, "_answer_s", 0.3)
    with AnsweringStation(mosquitto.host, mosquitto.port, THERE, lambda *_: {"id": "another"}):
        there(page)
        status, said = post(page, "end_set")
    assert status == 504
    assert "bay07 has not answered within 0.3 s" in said["error"]


@pytest.mark.broker
def test_what_cannot_be_asked_for(mosquitto, page):
    with AnsweringStation(mosquitto.host, mosquitto.port, THERE, lambda *_: {}) as station:
        there(page)
        for verb, said in (
            ("correct_set", {"set": 0, "reps": 7}),
            ("correct_set", {"set": "1", "reps": 7}),
            ("correct_set", {}),
            ("end_set", {"more": 1}),
            ("end_set", []),
            ("load_plan", {"plan": ""}),
        ):
            status, answer = post(page, verb, said)
            assert status == 422
            assert answer["error"].startswith("The request cannot be read: ")
        assert post(page, "dance")[0] == 404
        assert post(page, "end_set", name="rack-2") == (
            404,
            {"error": "No station of this name has been heard."},
        )
        assert post(page, "end_set", name="Rack%202")[0] == 404
        assert station.asked == []


@pytest.mark.broker
def test_a_station_that_is_not_there_and_a_broker_that_is_away(mosquitto, page):
    gone = [*THERE, availability(StationTopics("bay07"), online=False)]
    with AnsweringStation(mosquitto.host, mosquitto.port, gone, lambda *_: {}) as station:

        def offline():
            status, answer = post(page, "end_set")
            return status == 504 and "is not there" in answer["error"]

        wait_until(offline, "the page to know that the station went")
    mosquitto.stop()
    wait_until(lambda: post(page, "end_set")[0] == 503, "the page to miss the broker")
    assert post(page, "end_set") == (503, {"error": "The MQTT broker is away: nothing can be asked for."})
    assert len(station.asked) <= 2


def test_so_many_wait_at_a_time_and_an_id_waits_once():
    async def scenario():
        import asyncio  # noqa: PLC0415

        asker = Asker("repclip", lambda _topic, _said: True, answer_s=0.2)
        waiting = [
            asyncio.create_task(asker.ask("bay07", Verb.END_SET, EndSet())) for _ in range(MOST_WAITING)
        ]
        await asyncio.sleep(0)
        with pytest.raises(TooManyError):
            await asker.ask("bay07", Verb.END_SET, EndSet())
        done = await asyncio.gather(*waiting, return_exceptions=True)
        assert {type(each) for each in done} == {NoAnswerError}
        one = asyncio.create_task(asker.ask("bay07", Verb.END_SET, EndSet(id="one")))
        await asyncio.sleep(0)
        with pytest.raises(TooManyError):
            await asker.ask("bay07", Verb.END_SET, EndSet(id="one"))
        with pytest.raises(NoAnswerError):
            await one
        away = Asker("repclip", lambda _topic, _said: False)
        with pytest.raises(BrokerAwayError):
            await away.ask("bay07", Verb.END_SET, EndSet())

    run(scenario())


def test_only_the_answer_to_it_is_taken():
    sent = []

    def send(topic, said):
        sent.append((topic, json.loads(said)))
        return True

    def answer(**keys):
        base = {"schema": 1, "station": "bay07", "session": "s", "ts": "2026-03-04T17:05:06Z", "id": "a"}
        return json.dumps({**base, "verb": "correct_set", "ok": True, "error": None, **keys}).encode()

    async def scenario():
        import asyncio  # noqa: PLC0415

        asker = Asker("gym/one", send, answer_s=5)
        asked = asyncio.create_task(asker.ask("bay07", Verb.CORRECT_SET, CorrectSet(id="a", set=1, reps=2)))
        await asyncio.sleep(0)
        topic = "gym/one/bay07/response/correct_set"
        asker.take(topic, answer(id="b"))
        asker.take(topic, answer(station="rack-2"))
        asker.take(topic, b"nothing")
        asker.take(topic, b"x" * (asking._LARGEST_ANSWER + 1))
        asker.take("gym/one/bay07/response/end_set", answer())
        asker.take("repclip/bay07/response/correct_set", answer())
        await asyncio.sleep(0)
        assert not asked.done()
        asker.take(topic, answer())
        assert (await asked).ok
        asker.take(topic, answer())  # twice, by QoS 1

    run(scenario())
    assert sent == [("gym/one/bay07/request/correct_set", {"id": "a", "set": 1, "reps": 2})]
