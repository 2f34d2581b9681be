"""A server that calls HTTPS for one answer, and imports a dependency only when it needs it."""

import json
import signal
import ssl
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Upstream(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"from upstream")

    def log_message(self, *arguments):
        pass


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            self.answer(200, self.value())
        except Exception as error:
            self.answer(502, {"error": f"{type(error).__name__}: {error}"})

    def value(self):
        if self.path == "/fetch":
            with urllib.request.urlopen("https://localhost:8443/", timeout=5) as answer:
                return {"upstream": answer.read().decode()}
        if self.path == "/greet":
            import greeting

            return {"greeting": greeting.hello("Ada")}
        return {"status": "ok"}

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def serve_upstream():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("/srv/cert.pem", "/srv/key.pem")
    server = ThreadingHTTPServer(("127.0.0.1", 8443), Upstream)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    serve_upstream()
    ThreadingHTTPServer(("", 8000), Handler).serve_forever()
