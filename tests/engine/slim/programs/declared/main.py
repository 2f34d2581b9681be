"""Needs two of its dependencies only where no case comes: one on a page, one by what the environment names."""

import importlib
import os

from flask import Flask

app = Flask(__name__)


@app.get("/")
def home():
    return "home\n"


@app.get("/page/<text>")
def page(text):
    from markdown import markdown

    driver = importlib.import_module(os.environ.get("DRIVER", "psycopg2"))
    return f"{markdown(text)} {driver.extensions.parse_dsn('dbname=shop')}"
