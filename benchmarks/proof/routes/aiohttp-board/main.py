from aiohttp import web

from board.web import make

if __name__ == "__main__":
    web.run_app(make(), host="0.0.0.0", port=8000, print=None)
