from aiohttp import web

from board.posts import Post, routes


async def home(request):
    return web.Response(text="board\n")


async def health(request):
    return web.json_response({"ok": True})


async def moderation(request):
    return web.json_response({"queue": request.match_info.get("queue", "")})


def moderate():
    app = web.Application()
    app.add_routes([web.get("/queues", moderation), web.post("/queues/{queue}", moderation)])
    return app


def make():
    app = web.Application()
    app.router.add_get("/", home)
    app.router.add_get("/health", health)
    app.add_routes(routes)
    app.router.add_view("/posts/{id}", Post)
    app.add_subapp("/moderation/", moderate())
    return app
