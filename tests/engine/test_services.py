"""A program that needs another service: alone its cases fail alike, with the compose file's service they count."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from pathlib import Path

import pytest
from engines import docker_alone, provide

import unladen
from unladen.dockerfile.compose import Service
from unladen.engine.interface import Engine, RunRequest
from unladen.errors import EngineFailed
from unladen.proof.beside import opened, start
from unladen.proof.interface import Verdict
from unladen.proving.interface import Proof

pytestmark = pytest.mark.engine

PROJECTS = Path(__file__).parent / "projects"


def proof(engine: Engine, root: Path) -> Proof:
    return unladen.prove(root, files=[Path("Lean.dockerfile")], engine=engine.name)  # type: ignore[arg-type]


def verdict(proof: Proof) -> Verdict:
    [candidate] = proof.candidates
    assert candidate.status == "same" and candidate.verdict is not None, candidate
    return candidate.verdict


@docker_alone
def test_cases_that_need_redis_count_when_it_runs(engine: Engine, tmp_path: Path) -> None:
    provide(engine, "python:3.11-slim", "redis:7")
    root = shutil.copytree(PROJECTS / "counter", tmp_path / "counter")
    served = proof(engine, root)
    assert any(note.startswith("The proof starts the service cache: redis:") for note in served.notes)
    states = verdict(served).states
    assert {states[f"request {number}"] for number in (1, 2, 3)} == {"same"}

    config = root / "unladen.toml"
    config.write_text(f"services = {{}}\n{config.read_text()}")
    alone = proof(engine, root)
    states = verdict(alone).states
    assert {states[f"request {number}"] for number in (1, 2, 3)} == {"failed alike"}
    assert verdict(alone).worth.counting < verdict(served).worth.counting and alone.notes == ()


POSTGRES = {"POSTGRES_PASSWORD": "it's", "POSTGRES_USER": "anna", "POSTGRES_DB": "shop"}
MARIADB = {
    "MYSQL_ROOT_PASSWORD": "r",
    "MARIADB_USER": "anna",
    "MARIADB_PASSWORD": "it's",
    "MYSQL_DATABASE": "shop_1",
}
SQL = "CREATE TABLE goods (name VARCHAR(20)); INSERT INTO goods VALUES ('tea');"
SEEN = "SELECT count(*), max(name) FROM goods"
MORE = "INSERT INTO goods VALUES ('salt')"
IMAGES = {
    "redis:7": ({}, 6379, ("redis-cli", "-h", "db"), "INCR visits", "INCR visits", "1"),
    "postgres:15": (
        POSTGRES,
        5432,
        ("psql", "postgresql://anna:it%27s@db/shop", "-Atc"),
        SEEN,
        MORE,
        "1|tea",
    ),
    "mariadb:10.11": (
        MARIADB,
        3306,
        ("mariadb", "-hdb", "-uanna", "-pit's", "shop_1", "-Ne"),
        SEEN,
        MORE,
        "1\ttea",
    ),
}


@pytest.mark.parametrize("image", IMAGES)
def test_assembled_services_keep_the_official_images_promises(
    engine: Engine, tmp_path: Path, image: str
) -> None:
    """Users, passwords, databases and first contents as told; reached from another container, and empty each time."""
    env, port, client, seen, more, said = IMAGES[image]
    provide(engine, image)
    assert port in engine.inspect(image).ports
    (tmp_path / "schema.sql").write_text(SQL)
    copies = (("/docker-entrypoint-initdb.d", tmp_path),)
    service = Service("db", image, env, ready=port, copies=copies)
    for _ in range(2):
        with ExitStack() as running:
            network = opened(engine, running)
            start(engine, service, network, running)
            assert asked(engine, image, network, *client, *words(image, seen)) == said
            asked(engine, image, network, *client, *words(image, more))


@pytest.mark.parametrize("image", ["postgres:15", "mariadb:10.11"])
def test_a_database_without_a_password_says_which_variable_it_wants(engine: Engine, image: str) -> None:
    provide(engine, image)
    with ExitStack() as running, pytest.raises(EngineFailed, match=r"it ended by itself .*_PASSWORD"):
        start(engine, Service("db", image, ready=1), opened(engine, running), running)


def words(image: str, text: str) -> tuple[str, ...]:
    return tuple(text.split()) if image.startswith("redis") else (text,)


def asked(engine: Engine, image: str, network: str, *command: str) -> str:
    container = engine.create(RunRequest(image, command=command, joins=network))
    container.start()
    try:
        done = container.wait(30)
    finally:
        container.remove()
    assert done.exit_code == 0, done
    return done.stdout.decode().strip()
