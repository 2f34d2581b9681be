"""Pictures that guests leave."""

from pathlib import Path

from flask import Blueprint, abort, current_app, jsonify, request, send_from_directory
from werkzeug.utils import secure_filename

files = Blueprint("files", __name__)


def folder() -> Path:
    made = current_app.config["DATA"] / "files"
    made.mkdir(exist_ok=True)
    return made


@files.get("/")
def listed():
    return jsonify(sorted(path.name for path in folder().iterdir()))


@files.post("/")
def upload():
    file = request.files.get("file") or abort(400, "no file")
    name = secure_filename(file.filename or "") or abort(400, "no name")
    file.save(folder() / name)
    return jsonify({"name": name, "bytes": (folder() / name).stat().st_size}), 201


@files.get("/<path:name>")
def download(name: str):
    return send_from_directory(folder(), name)
