"""What Kubernetes manifests run in a project's image is a need of that image."""

from __future__ import annotations

from pathlib import Path

import pytest

from unladen.dockerfile.kubernetes import started_by_kubernetes
from unladen.language import registry
from unladen.language.interface import Overrides

WEB = """\
apiVersion: apps/v1
kind: Deployment
spec:
  template:
    spec:
      initContainers:
      - {name: migrate, image: "registry.test:5000/team/shop_web", command: [psql, -c, "select 1"]}
      containers:
      - name: web
        image: team/shop-web:1.2
        livenessProbe: {exec: {command: [curl, -f, "http://localhost/up"]}}
        readinessProbe: {httpGet: {path: /, port: 80}}
        lifecycle: {preStop: {exec: {command: [/bin/sh, -c, "sleep 5 && nginx -s quit"]}}}
      - name: db
        image: postgres:16
        livenessProbe: {exec: {command: [pg_isready]}}
"""


def project(root: Path, text: str) -> Path:
    (root / ".git").mkdir(exist_ok=True)
    (root / "k8s").mkdir(exist_ok=True)
    (root / "k8s" / "web.yaml").write_text(text)
    web = root / "web"
    web.mkdir(exist_ok=True)
    return web


def test_what_runs_in_the_projects_image_and_in_no_other(tmp_path: Path) -> None:
    assert list(started_by_kubernetes(project(tmp_path, WEB))) == [
        ("k8s/web.yaml: command of migrate", ("psql", "-c", "select 1")),
        ("k8s/web.yaml: livenessProbe of web", ("curl", "-f", "http://localhost/up")),
        ("k8s/web.yaml: preStop of web", ("/bin/sh", "-c", "sleep 5 && nginx -s quit")),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "kind: Deployment\nspec:\n  containers:\n  - {{ template }}\n",
        "kind: Deployment\nspec:\n  containers: 3\n",
        "kind: Deployment\nspec:\n  containers: [3, {image: [web], livenessProbe: {exec: 1}}]\n",
        "kind: x\nspec: &a [*a]\ncontainers: []\n",
        "\x00kind: x\ncontainers:\n",
    ],
)
def test_what_cannot_be_read_names_nothing(tmp_path: Path, text: str) -> None:
    assert list(started_by_kubernetes(project(tmp_path, text))) == []


def test_it_is_a_need_of_the_image(tmp_path: Path) -> None:
    web = project(tmp_path, WEB)
    (web / "Dockerfile").write_text('FROM python:3.11\nCMD ["python", "main.py"]\n')
    named = {each.name: each.where for each in registry.detect(web, Overrides()).named if each.outside}
    assert named["curl"] == "k8s/web.yaml: livenessProbe of web" and "nginx" in named
    assert "pg_isready" not in named
