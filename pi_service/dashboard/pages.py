"""The files that a browser opens: shells without data, scripts and styles, and the charting library."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Final

from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse
from starlette.staticfiles import StaticFiles

from pi_service.dashboard.state import StationName
from pi_service.errors import MissingExtraError

STATIC: Final = Path(__file__).parent / "static"
#: Which file each page is; what is in it comes from the API.
_PAGES: Final = {
    "/": "index.html",
    "/wall": "wall.html",
    "/history": "history.html",
    "/history/{station}/{session}/{set}": "set.html",
    "/login": "login.html",
}

router = APIRouter(include_in_schema=False)


def serve_files(app: FastAPI) -> None:
    """Let an application serve the pages and their files.

    Raises
    ------
    MissingExtraError
        If the charting library is not installed.
    """
    uplot = _uplot_folder()
    for path, file in _PAGES.items():
        _serve(app, path, STATIC / file)
    app.include_router(router)
    for name in ("uPlot.iife.js", "uPlot.min.css"):
        _serve(app, f"/vendor/{name}", uplot / name)
    app.mount("/static", StaticFiles(directory=STATIC))


@router.get("/station/{name}")
async def _station_page(name: StationName) -> FileResponse:  # noqa: ARG001 - checked, and read by the page
    return FileResponse(STATIC / "index.html")


def _serve(app: FastAPI, path: str, file: Path) -> None:
    async def answer() -> FileResponse:
        return FileResponse(file)

    app.add_api_route(path, answer, methods=["GET", "HEAD"], include_in_schema=False)


def _uplot_folder() -> Path:
    # Located, not imported: only its files are wanted.
    spec = importlib.util.find_spec("uplot")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(place) / "static"
        if (folder / "uPlot.iife.js").is_file():
            return folder
    raise MissingExtraError("The page", "dashboard")
