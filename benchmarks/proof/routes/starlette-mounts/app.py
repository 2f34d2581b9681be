from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Mount, Route, Router

BOOKS = {1: "Faust", 2: "Momo"}


async def home(request):
    return PlainTextResponse("mounts\n")


async def books(request):
    return JSONResponse(list(BOOKS.values()), 201 if request.method == "POST" else 200)


class Book(HTTPEndpoint):
    async def get(self, request):
        return JSONResponse({"title": BOOKS.get(request.path_params["id"])})

    async def delete(self, request):
        return JSONResponse({"deleted": request.path_params["id"]})


async def echo(request):
    return JSONResponse(dict(request.path_params))


inner = Router([Route("/deep/{name}", echo), Route("/files/{path:path}", echo)])
v1 = [
    Route("/books", books, methods=["GET", "POST"]),
    Route("/books/{id:int}", Book),
    Route("/prices/{price:float}", echo),
    Mount("/inner", inner),
]
second = Starlette(routes=[Route("/", home), Route("/ids/{id:uuid}", lambda request: PlainTextResponse("id\n"))])
app = Starlette(routes=[Route("/", home), Route("/health", home), Mount("/v1", routes=v1), Mount("/second", second)])
