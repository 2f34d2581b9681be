"""Little applications, one a framework, and the routes that a person counts in each."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Application:
    files: dict[str, str]
    start: tuple[str, ...]
    routes: frozenset[str]
    kinds: dict[str, str] = field(default_factory=dict)


def counted(text: str) -> frozenset[str]:
    return frozenset(line.strip() for line in text.strip().splitlines())


FLASK = Application(
    {
        "shop/__init__.py": """
import os
from flask import Flask
def create_app(test_config=None):
    app = Flask(__name__, instance_relative_config=True)
    from . import items
    app.register_blueprint(items.bp, url_prefix="/items")
    @app.route("/hello", methods=["GET", "POST"])
    def hello(): return "hi"
    print("noise on stdout")
    return app
""",
        "shop/items.py": """
from flask import Blueprint
bp = Blueprint("items", __name__, static_folder="files", static_url_path="/files")
@bp.get("/<int:id>")
def item(id): return str(id)
@bp.delete("/<uuid:key>/<path:rest>")
def gone(key, rest): return ""
@bp.get("/<any(red, green):colour>/<name>")
def coloured(colour, name): return name
""",
        "shop/static/app.css": "a",
        "shop/items/files/x.txt": "x",
        "wsgi.py": "from shop import create_app\napp = create_app()\n",
    },
    ("gunicorn", "-w", "2", "-b", "0.0.0.0:8000", "shop:create_app()"),
    counted("""
        GET /static/{filename}
        GET /items/files/{filename}
        GET /hello
        POST /hello
        GET /items/{id}
        DELETE /items/{key}/{rest}
        GET /items/{colour}/{name}
    """),
    {"id": "int", "key": "uuid", "rest": "path"},
)

DJANGO = Application(
    {
        "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site_of.settings')\n",
        "site_of/__init__.py": "",
        "site_of/settings.py": """
SECRET_KEY = "x"
ROOT_URLCONF = "site_of.urls"
ALLOWED_HOSTS = ["shop.example"]
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"]
LANGUAGE_CODE = "en"
USE_I18N = True
""",
        "site_of/urls.py": """
from django.conf.urls.i18n import i18n_patterns
from django.http import HttpResponse
from django.urls import include, path, re_path
from django.views import View
from django.views.decorators.http import require_http_methods
from rest_framework import routers, serializers, viewsets
from rest_framework.decorators import api_view
from django.contrib.auth.models import User

class UserSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["id"]
class Users(viewsets.ModelViewSet):
    queryset = User.objects.all()
    serializer_class = UserSerializer
router = routers.SimpleRouter()
router.register("users", Users)

class Thing(View):
    def get(self, request, pk): return HttpResponse("")
    def put(self, request, pk): return HttpResponse("")

@require_http_methods(["GET", "POST"])
def both(request): return HttpResponse("")
def form(request):
    if request.method == "POST": return HttpResponse("posted")
    return HttpResponse("")
@api_view(["POST"])
def written(request): return HttpResponse("")
def page(request, **kwargs): return HttpResponse("")

v1 = [path("things/<int:pk>/", Thing.as_view()), path("both/", both), path("form/", form), path("written/", written)]
urlpatterns = [
    path("api/v1/", include(v1)),
    path("api/", include(router.urls)),
    re_path(r"^archive/(?P<year>[0-9]{4})/(?:(\\d+)/)?$", page),
] + i18n_patterns(path("about/", page))
""",
    },
    ("python", "manage.py", "runserver", "--noreload", "0.0.0.0:8000"),
    counted("""
        GET /api/v1/things/{pk}/
        PUT /api/v1/things/{pk}/
        GET /api/v1/both/
        POST /api/v1/both/
        GET /api/v1/form/
        POST /api/v1/form/
        POST /api/v1/written/
        GET /api/users/
        POST /api/users/
        GET /api/users/{pk}/
        PUT /api/users/{pk}/
        PATCH /api/users/{pk}/
        DELETE /api/users/{pk}/
        GET /archive/{year}/
        GET /en/about/
    """),
)

STARLETTE = Application(
    {
        "src/service/main.py": """
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
def answer(request): return PlainTextResponse("")
async def talk(websocket): await websocket.accept()
class Things(HTTPEndpoint):
    async def get(self, request): return PlainTextResponse("")
    async def post(self, request): return PlainTextResponse("")
inner = Starlette(routes=[Route("/deep/{name:path}", answer)])
app = Starlette(routes=[
    Route("/", answer), Route("/n/{number:int}", answer, methods=["GET", "DELETE"]), Route("/things", Things),
    WebSocketRoute("/ws", talk), Mount("/inner", inner), Mount("/files", StaticFiles(directory="pages")),
])
class Wrapper:
    def __init__(self, app): self.app = app
    async def __call__(self, scope, receive, send): await self.app(scope, receive, send)
served = Wrapper(app)
""",
        "pages/a.html": "a",
        "pages/b/c.html": "c",
    },
    ("/bin/sh", "-c", "echo starting && exec uvicorn --app-dir src service.main:served --port 8000"),
    counted("""
        GET /
        GET /n/{number}
        DELETE /n/{number}
        GET /things
        POST /things
        WEBSOCKET /ws
        GET /inner/deep/{name}
        GET /files/{path}
    """),
    {"number": "int", "name": "path"},
)

FASTAPI = Application(
    {
        "main.py": """
import uuid
from fastapi import APIRouter, FastAPI, WebSocket
app = FastAPI(openapi_url="/spec/v1.json", docs_url=None, redoc_url=None)
router = APIRouter(prefix="/v1")
@router.get("/users/{user}")
def one(user: int): return user
@router.put("/keys/{key}")
def key(key: uuid.UUID): return key
@router.websocket("/live")
async def live(websocket: WebSocket): await websocket.accept()
app.include_router(router, prefix="/api")
sub = FastAPI(openapi_url=None)
@sub.post("/send")
def send(): return 1
app.mount("/sub", sub)
if __name__ == "__main__":
    import uvicorn
    uvicorn.run("main:app", host="0.0.0.0", port=8000)
"""
    },
    ("python", "main.py"),
    counted("""
        GET /spec/v1.json
        GET /api/v1/users/{user}
        PUT /api/v1/keys/{key}
        WEBSOCKET /api/v1/live
        POST /sub/send
    """),
    {"user": "int", "key": "uuid"},
)

AIOHTTP = Application(
    {
        "server.py": """
from aiohttp import web
routes = web.RouteTableDef()
@routes.get("/")
async def index(request): return web.Response()
@routes.view(r"/v/{number:\\d+}")
class Page(web.View):
    async def get(self): return web.Response()
    async def post(self): return web.Response()
async def talk(request):
    ws = web.WebSocketResponse()
    return ws
def make():
    app = web.Application()
    app.add_routes(routes)
    app.router.add_get("/ws", talk)
    app.router.add_static("/static/", "pages")
    sub = web.Application()
    sub.router.add_post("/save/{name}", index)
    app.add_subapp("/admin", sub)
    return app
if __name__ == "__main__":
    web.run_app(make(), port=8080)
""",
        "pages/a.html": "a",
    },
    ("python", "-u", "server.py"),
    counted("""
        GET /
        GET /v/{number}
        POST /v/{number}
        WEBSOCKET /ws
        GET /static/{filename}
        POST /admin/save/{name}
    """),
)

TORNADO = Application(
    {
        "app/__main__.py": """
import asyncio, tornado.web, tornado.websocket
class Main(tornado.web.RequestHandler):
    def get(self, number=None): self.write("")
class Save(tornado.web.RequestHandler):
    def post(self): self.write("")
    def delete(self): self.write("")
class Live(tornado.websocket.WebSocketHandler):
    def on_message(self, message): pass
async def main():
    app = tornado.web.Application(
        [(r"/", Main), (r"/story/([0-9]+)", Main), (r"/save", Save), (r"/live", Live)], static_path="pages")
    app.listen(8888)
    await asyncio.Event().wait()
if __name__ == "__main__":
    asyncio.run(main())
""",
        "app/__init__.py": "",
        "pages/a.html": "a",
    },
    ("python", "-m", "app"),
    counted("""
        GET /
        GET /story/{arg1}
        POST /save
        DELETE /save
        WEBSOCKET /live
        GET /static/{arg1}
        GET /{arg1}
    """),
)

BOTTLE = Application(
    {
        "app.py": """
from bottle import Bottle, mount, post, route, run
@route("/hello/<name>")
def hello(name): return name
@post("/n/<number:int>")
def n(number): return ""
@route("/old/:word")
def old(word): return word
inner = Bottle()
@inner.get("/x/<code:re:[a-z]{3}>")
def x(code): return ""
mount("/inner", inner)
run(host="0.0.0.0", port=8080)
"""
    },
    ("python3", "app.py"),
    counted("""
        GET /hello/{name}
        POST /n/{number}
        GET /old/{word}
        GET /inner/x/{code}
    """),
    {"number": "int", "code": "[a-z]{3}"},
)

LITESTAR = Application(
    {
        "app.py": """
from litestar import Controller, Litestar, get, post, websocket_listener
class Things(Controller):
    path = "/things"
    @get("/{number:int}")
    async def one(self, number: int) -> str: return ""
    @post()
    async def add(self) -> str: return ""
@websocket_listener("/live")
async def live(data: str) -> str: return data
app = Litestar([Things, live], openapi_config=None)
"""
    },
    ("litestar", "run", "--host", "0.0.0.0"),
    counted("""
        GET /things/{number}
        POST /things
        WEBSOCKET /live
    """),
    {"number": "int"},
)

QUART = Application(
    {
        "app.py": """
from quart import Quart
app = Quart(__name__, static_folder=None)
@app.get("/a/<int:id>")
async def a(id): return ""
@app.websocket("/ws")
async def ws(): pass
"""
    },
    ("hypercorn", "app:app"),
    counted("GET /a/{id}\nWEBSOCKET /ws"),
    {"id": "int"},
)

FALCON = Application(
    {
        "look/app.py": """
import falcon
class Thing:
    def on_get(self, request, response, number): pass
    def on_post(self, request, response, number): pass
def create_app():
    app = falcon.App()
    app.add_route("/thing/{number:int}", Thing())
    app.add_static_route("/files", "/tmp")
    return app
""",
        "gunicorn.conf.py": 'bind = "0.0.0.0:8000"\nwsgi_app = "look.app:create_app()"\n',
    },
    ("gunicorn",),
    counted("GET /thing/{number}\nPOST /thing/{number}\nGET /files/{path}"),
    {"number": "int"},
)

SANIC = Application(
    {
        "server.py": """
from sanic import Blueprint, Sanic, text
app = Sanic("example")
bp = Blueprint("b", url_prefix="/b")
@bp.get("/<number:int>")
async def one(request, number): return text("")
@app.post("/save")
async def save(request): return text("")
@app.websocket("/feed")
async def feed(request, ws): pass
app.blueprint(bp)
"""
    },
    ("sanic", "server:app", "--host", "0.0.0.0"),
    counted("GET /b/{number}\nPOST /save\nWEBSOCKET /feed"),
    {"number": "int"},
)

APPLICATIONS = {
    "flask": FLASK,
    "django": DJANGO,
    "starlette": STARLETTE,
    "fastapi": FASTAPI,
    "aiohttp": AIOHTTP,
    "tornado": TORNADO,
    "bottle": BOTTLE,
    "litestar": LITESTAR,
    "quart": QUART,
    "falcon": FALCON,
    "sanic": SANIC,
}
