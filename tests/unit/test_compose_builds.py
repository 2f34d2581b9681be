"""What a compose file builds, as its author wrote it."""

from __future__ import annotations

from pathlib import Path

import pytest

from unladen.dockerfile.builds import Build, builds_in
from unladen.dockerfile.compose import Named, services_of
from unladen.errors import BadProject

COMPOSE = """
x-build: &common {context: "${FOLDER}", args: [A=1, FROM_ENV, NOWHERE, "B=${FOLDER}-x"]}
services:
  short: {build: ./web}
  same: {build: {context: web, dockerfile: Dockerfile}}
  other: {build: {context: web, target: dev, args: {N: 3, T: true, E: null, X: ""}}}
  shared: {build: {<<: *common, dockerfile: ../shared.Dockerfile}}
  image: {image: redis}
  bare: {command: x}
  child: {extends: {service: short}}
  far: {build: "git@example.org:a/b.git"}
"""


def test_contexts_files_targets_and_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FROM_ENV", "e")
    for name in ("NOWHERE", "FOLDER", "E"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".env").write_text("FOLDER=api\n")
    (tmp_path / "any.yml").write_text(COMPOSE)
    builds, others = builds_in(tmp_path / "any.yml")
    assert builds[:3] == (
        Build(("short", "same"), tmp_path / "web"),
        Build(("other",), tmp_path / "web", target="dev", args={"N": "3", "T": "true"}),
        Build(
            ("shared",),
            tmp_path / "api",
            "../shared.Dockerfile",
            args={"A": "1", "FROM_ENV": "e", "B": "api-x"},
        ),
    )
    assert [each.names for each in builds if each.refused] == [("far",)]
    assert others == {
        "image": "it has no build section, it is the image redis",
        "bare": "it has no build section",
        "child": "it has no build section of its own, and what it extends is not read",
    }


@pytest.mark.parametrize(
    "text", ["a: [", "- 1", "", "services: {a: 3}", "services: {a: {build: 3}}", "[" * 3000]
)
def test_what_is_no_compose_file_that_builds_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.yaml").write_text(text)
    with pytest.raises(BadProject):
        builds_in(tmp_path / "x.yaml")


def test_a_named_service_has_its_own_needs_and_not_those_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "deploy.yaml").write_text(
        "services:\n"
        "  web: {build: ., ports: [80], depends_on: [db]}\n"
        "  worker: {build: {context: ., target: w}, depends_on: [queue]}\n"
        "  db: {image: pg}\n"
        "  queue: {image: nats}\n"
    )
    for service, needs in (("web", "db"), ("worker", "queue")):
        found = services_of(tmp_path, Named(tmp_path / "deploy.yaml", service))
        assert [each.name for each in found] == [needs]
    assert services_of(tmp_path) == ()
