"""Three workers, each replaced after a few requests: what a later one touches counts too."""

import multiprocessing
import os

from flask import Flask, jsonify, render_template, request

app = Flask(__name__)


@app.get("/")
def home():
    return render_template("home.html", name=request.args.get("name", "nobody"))


@app.get("/square/<int:number>")
def square(number):
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return jsonify(square=pool.apply(pow, (number, 2)), master=os.getppid() != os.getpid())


@app.post("/upload")
def upload():
    given = request.files["file"]
    return jsonify(name=given.filename, size=len(given.read()))
