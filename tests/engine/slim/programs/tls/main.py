"""A TLS server in a thread, and clients that trust the system's certificates, each in its own way."""

import ssl
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"secret")

    def log_message(self, *args):
        pass


def serve():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("/srv/server.crt", "/srv/server.key")
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def ask(port, context, host="localhost"):
    try:
        return urllib.request.urlopen(f"https://{host}:{port}/", context=context).read().decode()
    except urllib.error.URLError as error:
        return f"refused: {getattr(error.reason, 'verify_message', error.reason)}"


port, how = serve(), sys.argv[1]
if how == "default":
    context = ssl.create_default_context()
    print(ask(port, context), ask(port, context, "127.0.0.1"), len(context.get_ca_certs()))
elif how == "hashed":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(capath="/etc/ssl/certs")
    print(ask(port, context))
elif how == "nobody":
    print(ask(port, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)))
else:
    print(
        subprocess.run(["curl", "-sS", f"https://localhost:{port}/"], capture_output=True, text=True).stdout
    )
