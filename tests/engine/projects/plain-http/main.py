"""A small server of the standard library alone, with its own clock and a route that needs time zones."""

import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from zoneinfo import ZoneInfo


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/health":
            self.answer(200, {"status": "ok"})
        elif self.path == "/now":
            self.answer(200, {"now": time.time(), "zone": str(ZoneInfo("Europe/Berlin"))})
        else:
            self.answer(404, {"error": "no such page"})

    def do_POST(self):
        length = int(self.headers.get("content-length", 0))
        try:
            numbers = json.loads(self.rfile.read(length))["numbers"]
            self.answer(200, {"sum": sum(numbers)})
        except (ValueError, KeyError, TypeError):
            self.answer(400, {"error": "numbers are expected"})

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ThreadingHTTPServer(("", int(os.environ.get("PORT", 8000))), Handler).serve_forever()
