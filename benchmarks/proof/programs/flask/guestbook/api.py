"""What programs ask for."""

from flask import Blueprint, abort, jsonify, request

from guestbook import store

api = Blueprint("api", __name__)


@api.get("/entries")
def entries():
    return jsonify(store.entries())


@api.post("/entries")
def add():
    said = request.get_json()
    if not isinstance(said, dict) or not said.get("name") or not said.get("text"):
        abort(400)
    return jsonify(store.add(str(said["name"]), str(said["text"]))), 201


@api.get("/entries/<int:number>")
def entry(number: int):
    return jsonify(store.entry(number) or abort(404))


@api.get("/statistics")
def statistics():
    words = [len(entry["text"].split()) for entry in store.entries()]
    mean = round(sum(words) / len(words), 2) if words else 0
    response = jsonify({"entries": len(words), "words": sum(words), "mean": mean})
    response.headers["Cache-Control"] = "max-age=60"
    return response


@api.get("/health")
def health():
    return jsonify({"writable": store.writable()})
