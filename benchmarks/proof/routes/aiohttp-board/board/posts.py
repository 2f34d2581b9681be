from aiohttp import web

routes = web.RouteTableDef()
POSTS = [{"id": 1, "text": "first"}]


@routes.get("/posts")
async def listed(request):
    return web.json_response(POSTS)


@routes.post("/posts")
async def add(request):
    return web.json_response({"size": len(await request.read())}, status=201)


@routes.get(r"/archive/{year:\d{4}}/{month:\d{2}}")
async def archive(request):
    return web.json_response(dict(request.match_info))


@routes.get("/tags/{tag}/posts")
async def tagged(request):
    return web.json_response([])


class Post(web.View):
    async def get(self):
        return web.json_response({"id": self.request.match_info["id"]})

    async def put(self):
        return web.json_response({"put": self.request.match_info["id"]})

    async def delete(self):
        return web.Response(status=204)
