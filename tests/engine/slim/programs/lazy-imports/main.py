"""Imports what answers a path when it is asked for the first time; at the start next to nothing is loaded."""

import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        name, _, argument = self.path.strip("/").partition("/")
        status, body = 200, "ready"
        if name:
            import importlib

            try:
                body = importlib.import_module(f"handlers.{name}").answer(argument)
            except ModuleNotFoundError as error:
                status, body = 404, str(error)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args):
        pass


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
HTTPServer(("", 8000), Handler).serve_forever()
