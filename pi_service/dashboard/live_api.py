"""What is going on: the stations, one stream of server-sent events a page, health and metrics.

Server-sent events rather than WebSockets: the page only listens, browsers reconnect by themselves, and it is
plain HTTP to every proxy. What a page says is a POST.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

import pi_service
from pi_service.dashboard.answers import problem
from pi_service.dashboard.feed import Feed
from pi_service.dashboard.metrics import CONTENT_TYPE, metrics_text
from pi_service.dashboard.state import PageState, State, StationName
from pi_service.dashboard.subscription import StationSubscription, WallSubscription
from pi_service.dashboard.views import StationSummary, StationView
from pi_service.errors import UsageError
from pi_service.publish.topics import check_station

router = APIRouter(tags=["live"])


class StationList(BaseModel):
    """All stations that were heard of, by name."""

    broker_connected: bool
    stations: list[StationSummary]


class HistoryHealth(BaseModel):
    """How the history is.

    Attributes
    ----------
    status
        ``written`` by this page, ``elsewhere`` by another one, ``off``, or ``failing``.
    problem
        What is wrong, in one sentence.
    put_aside
        Name of a damaged file that was replaced by a new one since the start.
    written, refused
        Messages that were kept, and that could not be read.
    """

    status: Literal["written", "elsewhere", "off", "failing"]
    problem: str | None
    put_aside: str | None
    written: int
    refused: int


class PageHealth(BaseModel):
    """How the page is: `status` is ``ok``, or what is wrong."""

    status: str
    version: str
    broker: str
    broker_connected: bool
    stations: int
    refused_messages: int
    history: HistoryHealth


@router.get("/healthz")
async def healthz(state: State) -> PageHealth:
    """Say how the page is; 200 while it works, for starting it again would not bring the broker back."""
    feed = state.feed
    history = history_health(state)
    status = "no broker" if not feed.broker_connected else "history failing" if history.problem else "ok"
    return PageHealth(
        status=status,
        version=pi_service.__version__,
        broker=str(state.settings.client.address),
        broker_connected=feed.broker_connected,
        stations=len(feed.names()),
        refused_messages=feed.refused,
        history=history,
    )


def history_health(state: PageState) -> HistoryHealth:
    """Return how the history is."""
    if state.recorder is None:
        return HistoryHealth(status="off", problem=None, put_aside=None, written=0, refused=0)
    told = state.recorder.status
    status: Literal["written", "elsewhere", "failing"] = "elsewhere" if told.elsewhere else "written"
    return HistoryHealth(
        status="failing" if told.problem else status,
        problem=told.problem,
        put_aside=told.put_aside.name if told.put_aside else None,
        written=told.written,
        refused=told.refused,
    )


@router.get("/metrics", response_class=Response)
async def metrics(state: State) -> Response:
    """Say in numbers what the page knows, in the text form that Prometheus reads."""
    return Response(metrics_text(state.feed), headers={"Content-Type": CONTENT_TYPE})


@router.get("/api/stations")
async def stations(state: State) -> StationList:
    """List the stations."""
    feed = state.feed
    return StationList(broker_connected=feed.broker_connected, stations=feed.summaries())


@router.get(
    "/api/stations/{name}",
    response_model=StationView,
    responses=problem(404, "No station of this name has been heard."),
)
async def station(name: StationName, state: State) -> Response:
    """Tell everything about one station but its curve."""
    if state.feed.station(name) is None:
        raise HTTPException(404, "No station of this name has been heard.")
    return Response(state.feed.view_json(name), media_type="application/json")


@router.get(
    "/api/events",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {"text/event-stream": {}},
            "description": "Events `broker`, `stations`, `station`, `curve` and `ping`; of the wall "
            "`broker`, `wall` (cards that have changed, at first all) and `ping`.",
        },
        **problem(404, "That cannot be the name of a station."),
        **problem(503, "Too many pages are open."),
    },
)
async def events(
    state: State,
    station: Annotated[
        str | None, Query(max_length=200, description="One station; otherwise the busiest.")
    ] = None,
    wall: Annotated[bool, Query(description="The cards of all stations.")] = False,
) -> StreamingResponse:
    """Stream what changes, from how things are now."""
    if station is not None:
        try:
            check_station(station)
        except UsageError as error:
            raise HTTPException(404, str(error)) from error
    if state.feed.full:
        raise HTTPException(503, "Too many pages are open: close one, then try again.")
    return StreamingResponse(
        _stream(state.feed, station, wall=wall),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _stream(feed: Feed, station: str | None, *, wall: bool) -> AsyncIterator[bytes]:
    # Not before this runs: for somebody who is gone already it never does, and nobody would undo it.
    subscription = WallSubscription(feed) if wall else StationSubscription(feed, station)
    feed.add(subscription)
    try:
        async for event in subscription.events():
            yield event
    finally:
        feed.remove(subscription)
