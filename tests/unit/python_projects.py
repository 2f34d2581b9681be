"""Python projects, written to a folder for a test."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

FASTAPI = "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get('/healthz')\ndef healthz():\n    return {}\n"
FLASK = "from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.route('/ping')\ndef ping():\n    return 'pong'\n"

# What FastAPI's own documentation shows
DOCKERFILE = """\
FROM python:3.11
WORKDIR /code
COPY ./requirements.txt /code/requirements.txt
RUN pip install --no-cache-dir --upgrade -r /code/requirements.txt
COPY ./app /code/app
CMD ["uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", "80"]
"""

SHELLY = """\
ARG PYTHON_VERSION=3.11
FROM node:18 AS assets
RUN npm ci
FROM python:${PYTHON_VERSION}-slim AS base
ENV PIP_NO_CACHE_DIR=1 PYTHONPATH=/srv/app/src \\
    GREETING="hello world"
LABEL org.opencontainers.image.title=site
RUN apt-get update && apt-get install -y --no-install-recommends gcc libpq-dev libpq5 && rm -rf /var/lib/apt/lists/*
FROM base
WORKDIR /srv
WORKDIR app
COPY requirements.txt .
RUN pip install -U pip setuptools && pip install -r requirements.txt "httpx>=0.27"
COPY --chown=www-data . .
COPY --from=assets /dist ./static
RUN python manage.py collectstatic --noinput && useradd site
USER site
EXPOSE 8080/tcp 9999/udp
HEALTHCHECK CMD curl -f localhost:8080
CMD exec gunicorn site.wsgi:application --bind 0.0.0.0:${PORT:-8080} --workers $WORKERS
"""


def write(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root
