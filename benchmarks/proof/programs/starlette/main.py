"""Cities of a data file, with their local times and distances: Starlette without any description of its routes."""

import csv
import gzip
import math
import mimetypes
import os
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

HERE = Path(__file__).parent
CITIES: dict[str, dict[str, str]] = {}
SETTINGS: dict[str, object] = {}
NOON = datetime(2024, 7, 1, 12, tzinfo=ZoneInfo("UTC"))


@asynccontextmanager
async def lifespan(app: Starlette):
    with gzip.open(HERE / "data" / "cities.csv.gz", "rt", encoding="utf-8") as file:
        CITIES.update({row["name"]: row for row in csv.DictReader(file)})
    SETTINGS.update(yaml.safe_load((HERE / "settings.yaml").read_text(encoding="utf-8")))
    yield


def city_of(request: Request) -> dict[str, str]:
    city = CITIES.get(request.path_params["name"])
    if city is None:
        raise HTTPException(404, "no such city")
    return city


async def home(request: Request) -> HTMLResponse:
    page = (HERE / "templates" / "home.html").read_text(encoding="utf-8")
    items = "".join(f'<li><a href="/cities/{name}">{name}</a></li>' for name in sorted(CITIES))
    return HTMLResponse(page.replace("{{ title }}", str(SETTINGS["title"])).replace("{{ cities }}", items))


async def cities(request: Request) -> JSONResponse:
    return JSONResponse(sorted(CITIES))


async def city(request: Request) -> JSONResponse:
    return JSONResponse(city_of(request))


async def noon(request: Request) -> JSONResponse:
    local = NOON.astimezone(ZoneInfo(city_of(request)["zone"]))
    return JSONResponse({"noon in London is": local.isoformat()}, headers={"X-Zone": str(local.tzname())})


async def distance(request: Request) -> JSONResponse:
    one, other = (CITIES.get(request.path_params[key]) for key in ("one", "other"))
    if one is None or other is None:
        raise HTTPException(404, "no such city")
    a, b = ((math.radians(float(c["lat"])), math.radians(float(c["lon"]))) for c in (one, other))
    h = math.sin((b[0] - a[0]) / 2) ** 2 + math.cos(a[0]) * math.cos(b[0]) * math.sin((b[1] - a[1]) / 2) ** 2
    return JSONResponse({"km": round(2 * 6371 * math.asin(math.sqrt(h)), int(str(SETTINGS["digits"])))})


async def flag(request: Request) -> FileResponse:
    path = HERE / "data" / "flags" / f"{city_of(request)['country']}.svg"
    return FileResponse(path, media_type=mimetypes.guess_type(path)[0])


async def about(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"{SETTINGS['title']} in {os.environ.get('LANG', 'no language')}\n")


async def health(request: Request) -> JSONResponse:
    return JSONResponse({"cities": len(CITIES)})


app = Starlette(
    lifespan=lifespan,
    middleware=[Middleware(GZipMiddleware, minimum_size=200)],
    routes=[
        Route("/", home),
        Route("/health", health),
        Route("/about", about),
        Route("/cities", cities),
        Mount("/cities", routes=[Route("/{name}", city), Route("/{name}/noon", noon), Route("/{name}/flag", flag)]),
        Route("/distance/{one}/{other}", distance),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ],
)
