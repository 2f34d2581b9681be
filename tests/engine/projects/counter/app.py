import os

import redis
from flask import Flask, jsonify, request

app = Flask(__name__)
store = redis.Redis.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379"), decode_responses=True)


@app.get("/health")
def health():
    return "ok"


@app.post("/visits/<page>")
def visit(page):
    return jsonify(page=page, visits=store.incr(page)), 201


@app.get("/visits/<page>")
def visits(page):
    return jsonify(page=page, visits=int(store.get(page) or 0))


@app.get("/names")
def names():
    return jsonify(sorted(store.scan_iter()))


@app.post("/names")
def name():
    store.set(request.get_json()["name"], 0)
    return "", 204
