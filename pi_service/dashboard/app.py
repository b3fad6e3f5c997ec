"""The web application: static pages, a small JSON API, and one stream of server-sent events a page.

Server-sent events rather than WebSockets: the page only listens, browsers reconnect by themselves,
and it is plain HTTP to every proxy. What a page will one day say (a correction) is a POST.
"""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import pi_service
from pi_service.dashboard.feed import Feed
from pi_service.dashboard.listener import Listener
from pi_service.dashboard.metrics import CONTENT_TYPE, metrics_text
from pi_service.dashboard.settings import DashboardSettings
from pi_service.errors import MissingExtraError, UsageError
from pi_service.publish.topics import check_station

STATIC = Path(__file__).parent / "static"

# Nothing from elsewhere, nothing inline: the page is these files and this server.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # Asked for again each time (and answered 304): after an update no old script meets a new server.
    "Cache-Control": "no-cache",
}


def create_app(settings: DashboardSettings) -> Starlette:
    """Return the page's ASGI application; its `state.feed` holds what is known of the stations.

    Raises
    ------
    MissingExtraError
        If the charting library is not installed.
    """
    feed = Feed(settings.root)
    uplot = _uplot_folder()

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        listener = Listener(settings, feed, asyncio.get_running_loop())
        listener.start()
        try:
            yield
        finally:
            await asyncio.to_thread(listener.stop)

    app = Starlette(
        lifespan=lifespan,
        middleware=[Middleware(_Headers)],
        routes=[
            Route("/", _page),
            Route("/station/{name}", _page),
            Route("/healthz", _api(_healthz)),
            Route("/metrics", _metrics),
            Route("/api/stations", _api(_stations)),
            Route("/api/stations/{name}", _api(_station)),
            Route("/api/events", _events),
            Route("/vendor/uPlot.iife.js", _file(uplot / "uPlot.iife.js")),
            Route("/vendor/uPlot.min.css", _file(uplot / "uPlot.min.css")),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
    )
    app.state.feed = feed
    app.state.settings = settings
    return app


def _uplot_folder() -> Path:
    # Located, not imported: only its files are wanted.
    spec = importlib.util.find_spec("uplot")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(place) / "static"
        if (folder / "uPlot.iife.js").is_file():
            return folder
    raise MissingExtraError("The page", "dashboard")


class _Headers:
    """Adds the headers that every answer has."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def _file(path: Path) -> Callable[[Request], Awaitable[Response]]:
    async def answer(_request: Request) -> Response:
        return FileResponse(path)

    return answer


def _api(content: Callable[[Request, Feed], tuple[int, Any]]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        status, body = content(request, request.app.state.feed)
        return JSONResponse(body, status, {"Cache-Control": "no-store"})

    return answer


async def _page(request: Request) -> Response:
    name = request.path_params.get("name")
    if name is not None:
        try:
            check_station(name)
        except UsageError as error:
            return Response(f"{error}\n", 404, media_type="text/plain")
    return FileResponse(STATIC / "index.html")


async def _metrics(request: Request) -> Response:
    text = metrics_text(request.app.state.feed)
    return Response(text, headers={"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"})


def _healthz(request: Request, feed: Feed) -> tuple[int, Any]:
    # 200 while the page itself works: starting it again would not bring the broker back.
    return 200, {
        "status": "ok" if feed.broker_connected else "no broker",
        "version": pi_service.__version__,
        "broker": str(request.app.state.settings.client.address),
        "broker_connected": feed.broker_connected,
        "stations": len(feed.summaries()),
        "refused_messages": feed.refused,
    }


def _stations(_request: Request, feed: Feed) -> tuple[int, Any]:
    return 200, {
        "broker_connected": feed.broker_connected,
        "stations": [each.model_dump() for each in feed.summaries()],
    }


def _station(request: Request, feed: Feed) -> tuple[int, Any]:
    station = feed.station(request.path_params["name"])
    if station is None:
        return 404, {"error": "No station of this name has been heard."}
    return 200, station.view().model_dump(mode="json")


async def _events(request: Request) -> Response:
    name = request.query_params.get("station")
    if name is not None:
        try:
            check_station(name)
        except UsageError as error:
            return JSONResponse({"error": str(error)}, 404)
    feed: Feed = request.app.state.feed

    async def stream() -> AsyncIterator[bytes]:
        subscription = feed.subscribe(name)
        try:
            async for event in subscription.events():
                yield event
        finally:
            feed.unsubscribe(subscription)

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream(), media_type="text/event-stream", headers=headers)
