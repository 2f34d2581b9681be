"""What a compose file says that the program needs beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from unladen.dockerfile.compose import Service, pointing, services_of, started_in
from unladen.language.interface import Overrides
from unladen.language.named import Named
from unladen.language.registry import detect
from unladen.syntax import bash

COMPOSE = """
services:
  worker:
    build: .
    command: work
  web:
    build: .
    ports: ["8000:8000"]
    env_file: web.env
    environment:
      - CACHE=redis://cache:6379/0
      - DB_HOST=db
      - DB_PORT=5432
      - LOGIN=${DB_USER}
      - COLOUR=red
    depends_on: [db, search, worker]
  db:
    image: postgres:${VERSION:-16}
    container_name: shop-db
    environment:
      POSTGRES_PASSWORD: $${secret}
      POSTGRES_USER: ${DB_USER}
      FSYNC: false
    healthcheck:
      test: pg_isready -U "$${POSTGRES_USER}"
    volumes:
      - ./schema:/docker-entrypoint-initdb.d:ro
      - ./data:/var/lib/postgresql/data
      - ./db.conf:/etc/db.conf
      - ../elsewhere.conf:/etc/elsewhere.conf
      - named:/more
  cache:
    image: redis
    command: redis-server --save ""
    entrypoint: ["/start"]
  search:
    build: ./search
    depends_on: {queue: {condition: service_started}}
  queue:
    image: rabbitmq:3
  unrelated:
    image: adminer
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("VERSION", raising=False)
    monkeypatch.delenv("DB_USER", raising=False)
    root = tmp_path / "shop"
    for name in ("schema", "data"):
        (root / name).mkdir(parents=True)
    (root / "compose.yaml").write_text(COMPOSE)
    (root / ".env").write_text("# ours\nDB_USER='anna'\n")
    (root / "web.env").write_text("CACHE=none\nTOKEN=1\n")
    (root / "db.conf").touch()
    (tmp_path / "elsewhere.conf").touch()
    return root


def test_what_the_program_depends_on_or_names_each_after_its_own_needs(root: Path) -> None:
    services = services_of(root)
    assert [each.name for each in services] == ["db", "queue", "search", "worker", "cache"]
    refused = {each.name: each.refused for each in services if each.refused}
    assert refused == dict.fromkeys(("search", "worker"), "the compose file builds it")


def test_how_a_service_is_run(root: Path) -> None:
    by_name = {each.name: each for each in services_of(root)}
    assert by_name["db"] == Service(
        "db",
        "postgres:16",
        env={"POSTGRES_PASSWORD": "${secret}", "POSTGRES_USER": "anna", "FSYNC": "false"},
        aliases=("shop-db",),
        check=("/bin/sh", "-c", 'pg_isready -U "${POSTGRES_USER}"'),
        copies=(
            ("/docker-entrypoint-initdb.d", root / "schema"),
            ("/etc/db.conf", root / "db.conf"),
        ),
    )
    cache = by_name["cache"]
    assert (cache.command, cache.entrypoint) == (("redis-server", "--save", ""), ("/start",))


def test_what_the_program_is_told_of_its_services(root: Path) -> None:
    by_name = {each.name: each for each in services_of(root)}
    db = {"DB_HOST": "db", "DB_PORT": "5432", "LOGIN": "anna"}
    assert pointing(root, (by_name["db"],)) == db
    assert pointing(root, (by_name["db"], by_name["cache"])) == {**db, "CACHE": "redis://cache:6379/0"}
    assert pointing(root, ()) == {}


@pytest.mark.parametrize(
    "text",
    ["", "services: 3", "services: {web: {build: .}}", "services: {db: {image: redis}}", "a: [", "- 1"],
)
def test_a_compose_file_that_says_nothing_of_services(tmp_path: Path, text: str) -> None:
    (tmp_path / "compose.yaml").write_text(text)
    assert services_of(tmp_path) == () == services_of(tmp_path / "gone")


@pytest.mark.parametrize("key", ["depends_on", "links", "environment", "env_file", "volumes", "command"])
@pytest.mark.parametrize("value", ["3", "[3, [4]]", "{a: [b]}", "text", "true", "['a: b']", '"\'"'])
def test_whatever_is_written_is_read_or_passed_over(tmp_path: Path, key: str, value: str) -> None:
    both = (
        f"build: ., depends_on: [db], {key}: {value}" if key != "depends_on" else f"build: ., {key}: {value}"
    )
    (tmp_path / "compose.yaml").write_text(
        f"services:\n  web: {{{both}}}\n  db: {{image: redis, {key}: {value}, healthcheck: {{test: {value}}}}}\n"
    )
    services = services_of(tmp_path)
    pointing(tmp_path, services)


REPOSITORY = """
services:
  vote:
    build: {context: ./vote, target: dev}
    depends_on: [cache]
    environment: [CACHE=cache]
  result:
    build: result
    depends_on: [db]
  cache:
    image: redis
    volumes: ["./cache.conf:/etc/cache.conf"]
  db:
    image: postgres
"""


def test_a_folder_of_a_repository_has_the_services_of_the_repositorys_compose_file(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    for name in ("vote", "result", "other", "apart/.git", "apart/vote"):
        (root / name).mkdir(parents=True)
    (root / "docker-compose.yml").write_text(REPOSITORY)
    (root / "cache.conf").touch()
    (service,) = services_of(root / "vote")
    assert service == Service("cache", "redis", copies=(("/etc/cache.conf", root / "cache.conf"),))
    assert pointing(root / "vote", (service,)) == {"CACHE": "cache"}
    assert [each.name for each in services_of(root / "result")] == ["db"]
    assert services_of(root / "other") == services_of(root) == ()  # nothing is built from them
    (root / "docker-compose.yml").write_text(REPOSITORY.replace("./vote", "./apart/vote"))
    assert [each.name for each in services_of(root / "apart/vote")] == []  # another repository's


def test_a_folders_own_compose_file_comes_before_that_of_its_repository(tmp_path: Path) -> None:
    folder = tmp_path / "vote"
    folder.mkdir()
    (tmp_path / "compose.yaml").write_text(REPOSITORY)
    (folder / "compose.yaml").write_text(
        "services: {web: {build: ., depends_on: [queue]}, queue: {image: nats}}"
    )
    assert [each.name for each in services_of(folder)] == ["queue"]


def test_what_a_compose_file_runs_in_the_image(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(
        "services:\n"
        "  web:\n    build: web\n    healthcheck: {test: [CMD, curl, -f, 'http://localhost']}\n"
        "  worker:\n    build: web\n    command: celery -A app worker\n"
        "    healthcheck: {test: 'pgrep -f celery || exit 1'}\n"
        "  shell:\n    build: web\n    entrypoint: ['bash', '-c', 'migrate && exec serve']\n    command: [x]\n"
        "  quiet:\n    build: web\n    healthcheck: {disable: true, test: [CMD, wget]}\n"
        "  db:\n    image: postgres\n    command: postgres -c fsync=off\n"
    )
    web = tmp_path / "web"
    web.mkdir()
    found = [(where, *bash.programs(line)) for where, line in started_in(web)]
    assert found == [
        ("compose.yaml: healthcheck of web", "curl"),
        ("compose.yaml: command of worker", "celery"),
        ("compose.yaml: healthcheck of worker", "/bin/sh", "pgrep"),
        ("compose.yaml: entrypoint of shell", "bash", "migrate", "serve"),
    ]
    assert [where for where, _ in started_in(web, entered=True)] == [
        each[0] for each in found if "command" not in each[0]
    ]


def test_the_programs_that_a_compose_file_runs_are_the_projects_needs(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(
        "services: {web: {build: ., healthcheck: {test: [CMD, curl, x]}}}\n"
    )
    (tmp_path / "Dockerfile").write_text("FROM debian\nRUN apt-get install -y curl\n")
    named = Named("program", "curl", "compose.yaml: healthcheck of web", outside=True)
    assert detect(tmp_path, Overrides()).named == (named,)
