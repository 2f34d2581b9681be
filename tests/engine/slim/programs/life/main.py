"""Opens another file at each turn of its life: the first start, a later one, a reload, its end, an answer then."""

import signal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

SHARE = Path("/usr/share/life")
MARKER = Path("/var/lib/marker")
ended = False


def turn(name):
    return f"{name} {len((SHARE / name).read_text())}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(began)

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.answer(turn("flying") if ended else "taken")

    def answer(self, body):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args):
        pass


def stop(*_):
    global ended
    ended = True


began = turn("second" if MARKER.exists() else "first")
MARKER.touch()
signal.signal(signal.SIGHUP, lambda *_: turn("reloaded"))
signal.signal(signal.SIGTERM, stop)
server = HTTPServer(("", 8000), Handler)
server.timeout = 0.2
while not ended:
    server.handle_request()
turn("stopped")
