"""The web application: its parts put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

import pi_service
from pi_service.dashboard import access_api, export_api, history_api, live_api, request_api
from pi_service.dashboard.access import Access
from pi_service.dashboard.answers import PROBLEMS, tell_problems
from pi_service.dashboard.feed import Feed
from pi_service.dashboard.headers import Guard
from pi_service.dashboard.listener import Listener
from pi_service.dashboard.pages import serve_files
from pi_service.dashboard.settings import DashboardSettings
from pi_service.dashboard.state import PageState
from pi_service.history.recorder import HistorySettings, Recorder


def create_app(settings: DashboardSettings) -> FastAPI:
    """Return the page's ASGI application; its `state.page` holds what is known of the stations.

    Raises
    ------
    MissingExtraError
        If the charting library is not installed.
    """
    page = PageState(settings, Feed(settings.root), Access(settings.secrets, settings.is_local))

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        listener = Listener(settings, page.feed, asyncio.get_running_loop())
        page.asker = listener.asker
        page.recorder = _recorder(settings, page.feed, asyncio.get_running_loop())
        parts: list[Listener | Recorder] = [listener]
        if page.recorder is not None:
            parts.append(page.recorder)
        for part in parts:
            part.start()
        try:
            yield
        finally:
            # Each may wait for a broker that is away.
            await asyncio.gather(*(asyncio.to_thread(part.stop) for part in parts))

    app = FastAPI(
        title="repclip",
        version=pi_service.__version__,
        lifespan=lifespan,
        responses=PROBLEMS,
        # Their scripts would come from elsewhere.
        docs_url=None,
        redoc_url=None,
    )
    app.state.page = page
    tell_problems(app)
    for part in (live_api, access_api, request_api, history_api, export_api):
        app.include_router(part.router)
    serve_files(app)
    app.add_middleware(Guard, local=settings.is_local, names=settings.names)
    return app


def _recorder(settings: DashboardSettings, feed: Feed, loop: asyncio.AbstractEventLoop) -> Recorder | None:
    if settings.history is None:
        return None

    def tell(problem: str | None) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(feed.set_history_problem, problem)

    keep = (settings.keep_days, settings.keep_curves_days)
    told = HistorySettings(settings.history, settings.client, *keep, stays=settings.history_stays)
    return Recorder(told, tell)
