"""What the parts of the page share: one value, kept with the application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, HTTPException, Path, Request

from pi_service.dashboard.access import COOKIE, Access, Permission
from pi_service.dashboard.asking import Asker
from pi_service.dashboard.feed import Feed
from pi_service.dashboard.settings import DashboardSettings
from pi_service.errors import UsageError
from pi_service.history.recorder import Recorder
from pi_service.publish.topics import check_station


@dataclass(slots=True)
class PageState:
    """What the page is told, what it knows, and whom it asks.

    Attributes
    ----------
    settings, feed, access
        From the start.
    asker, recorder
        Once the server runs; no recorder where no history is kept.
    """

    settings: DashboardSettings
    feed: Feed
    access: Access
    asker: Asker | None = None
    recorder: Recorder | None = None


def page_state(request: Request) -> PageState:
    """Return what the application keeps."""
    state: PageState = request.app.state.page
    return state


def permission_of(request: Request) -> Permission:
    """Return what whoever asks may do."""
    return page_state(request).access.permission(request.headers, request.cookies.get(COOKIE))


def _may_change(request: Request) -> None:
    allowed = permission_of(request)
    if not allowed.may_change:
        raise HTTPException(403, allowed.why or "This is not allowed.")


def _station_name(name: Annotated[str, Path(max_length=200, description="Name of the station.")]) -> str:
    try:
        return check_station(name)
    except UsageError as error:
        raise HTTPException(404, str(error)) from error


State = Annotated[PageState, Depends(page_state)]
StationName = Annotated[str, Depends(_station_name)]
#: An operation that only those may do who may change something.
CHANGING = Depends(_may_change)
