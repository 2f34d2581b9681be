import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = Path(__file__).parent


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            match self.path:
                case "/health":
                    body = b"ok\n"
                case "/store":
                    (Path("/data") / "stored").write_text("kept\n")
                    body = (Path("/data") / "stored").read_bytes()
                case "/":
                    body = b'<link rel="stylesheet" href="/static/app.css"><a href="/store">s</a><a href="/words">w</a>'
                case "/words":
                    body = (HERE / "made" / "words.txt").read_bytes()
                case path if path.startswith("/static/"):
                    body = (HERE / "static" / Path(path).name).read_bytes()
                case _:
                    raise FileNotFoundError(self.path)
            status = 200
        except FileNotFoundError:
            status, body = 404, b"nothing there\n"
        except OSError:
            status, body = 500, b"cannot be done\n"
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if self.path == "/" else "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ThreadingHTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
