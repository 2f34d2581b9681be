"""A guest book with pictures, kept below /data."""

import os
from pathlib import Path

from flask import Flask


def create_app() -> Flask:
    app = Flask(__name__)
    app.config["DATA"] = Path(os.environ.get("DATA", "/data"))
    app.config["MAX_CONTENT_LENGTH"] = 1 << 20
    app.secret_key = os.environ.get("SECRET_KEY", "not for production")
    from guestbook import api, files, pages

    app.register_blueprint(pages.pages)
    app.register_blueprint(api.api, url_prefix="/api/v1")
    app.register_blueprint(files.files, url_prefix="/files")
    return app
