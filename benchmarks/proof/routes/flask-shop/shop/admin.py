from flask import Blueprint, abort, jsonify, request

admin = Blueprint("admin", __name__)


@admin.before_request
def only_with_a_key():
    if request.headers.get("X-Key") != "open":
        abort(401)


@admin.get("/users")
def users():
    return jsonify(["ada"])


@admin.put("/users/<name>")
def put(name):
    return jsonify(name=name)


@admin.delete("/users/<name>")
def delete(name):
    return "", 204
