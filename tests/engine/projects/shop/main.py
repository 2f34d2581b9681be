"""A shop whose report needs what no other page does."""

import json
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


def report():
    import sqlite3

    shop = sqlite3.connect(":memory:")
    shop.execute("create table sold (pieces integer)")
    shop.executemany("insert into sold values (?)", [(1,), (2,), (39,)])
    return {"sold": shop.execute("select sum(pieces) from sold").fetchone()[0]}


PAGES = {"/health": lambda: {"status": "ok"}, "/prices": lambda: {"apple": 1}, "/report": report}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        page = PAGES.get(self.path)
        body = json.dumps(page() if page else {"error": "no such page"}).encode()
        self.send_response(200 if page else 404)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    try:
        import greeter  # the tests install it later
    except ImportError:
        greeter = None
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    HTTPServer(("", 8000), Handler).serve_forever()
