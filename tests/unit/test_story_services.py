"""What a user sees whose program needs other services, on an engine in memory."""

from __future__ import annotations

import pytest
from scripted import FULL, CommandLine, Scene, lean

import unladen
from in_memory.engine import MemoryEngine
from unladen.climb.interface import Climb, Judged, Proved
from unladen.engine.interface import BuildRequest
from unladen.proof.command import run_command
from unladen.proof.interface import CommandCase, Program

APP = "use json\n/health say ok\n/stock ask nowhere\n/prices ask stock\n"
ASKED = '[[verify.request]]\npath = "/stock"\n[[verify.request]]\npath = "/prices"\n'
STOCK = f"""FROM {FULL}
WORKDIR /app
RUN echo "/users read /usr/share/app/users.txt" > app.script
EXPOSE 8000
CMD ["script", "app.script"]
"""
COMPOSE = """
services:
  web:
    build: .
    environment: {STOCK: stock}
    depends_on: [stock]
  stock: {image: "stock:1"}
"""


@pytest.fixture
def shop(scene: Scene) -> Scene:
    """A program that cannot answer without its service, and a lean rung of it."""
    scene.write("app.script", APP)
    scene.write("unladen.toml", ASKED)
    scene.rung("lean", lean())
    engine = MemoryEngine(scene.store)
    engine.tag(engine.build(BuildRequest(scene.root, STOCK)).image, "stock:1")
    engine.close()
    return scene


def rung(climb: Climb) -> Judged:
    [found] = [each for each in climb.rungs if each.rung.name == "lean"]
    assert isinstance(found, Judged)
    return found


def test_with_the_services_of_the_compose_file_its_cases_count(shop: Scene) -> None:
    alone = rung(unladen.optimize(shop.root, rungs=["lean"]))
    assert len(alone.verdict.failed_alike) == 2
    shop.write("compose.yaml", COMPOSE)
    climb = unladen.optimize(shop.root, rungs=["lean"])
    served = rung(climb)
    assert isinstance(served, Proved) and served.verdict.failed_alike == ()
    assert served.verdict.worth.counting > alone.verdict.worth.counting and not served.remembered
    assert "The proof starts the service stock: stock:1 (local image)." in climb.notes
    assert rung(unladen.optimize(shop.root, rungs=["lean"])).remembered
    assert not shop.store.containers and not shop.store.networks


def test_unladen_toml_names_services_and_its_word_is_the_last(shop: Scene) -> None:
    shop.write("compose.yaml", COMPOSE)
    env = '[project]\nenv = { STOCK = "shelf" }\n'
    shop.write("unladen.toml", f'{env}{ASKED}[services.shelf]\nimage = "stock:1"\nready = 8000\n')
    assert rung(unladen.optimize(shop.root, rungs=["lean"])).verdict.failed_alike == ()
    shop.write("unladen.toml", f"services = {{}}\n{ASKED}")
    climb = unladen.optimize(shop.root, rungs=["lean"])
    assert len(rung(climb).verdict.failed_alike) == 2 and not any("service" in note for note in climb.notes)


@pytest.mark.parametrize(
    ("service", "why"),
    [
        ("{image: 'gone:1'}", "cannot pull gone:1"),
        ("{build: ./stock}", "the compose file builds it"),
        ("{image: 'stock:1', command: script none}", "it ended by itself"),
    ],
)
def test_one_that_cannot_be_started_is_named_and_the_proof_goes_on(
    shop: Scene, unladen_cli: CommandLine, service: str, why: str
) -> None:
    shop.write("compose.yaml", COMPOSE.replace('{image: "stock:1"}', service))
    climb = unladen.optimize(shop.root, rungs=["lean"], bases="registry")
    [note] = [each for each in climb.notes if each.startswith("The service stock was not started, because ")]
    assert why in note and len(rung(climb).verdict.failed_alike) == 2
    code, said, _ = unladen_cli("slim", shop.root, "--quiet", "--bases", "registry")
    assert "The service stock was not started, because" in said and "Traceback" not in said and code in (0, 1)
    assert not shop.store.containers and not shop.store.networks


def test_slim_and_prove_start_them_too(shop: Scene, unladen_cli: CommandLine) -> None:
    shop.write("compose.yaml", COMPOSE)
    shop.write("Lean.dockerfile", lean())
    for command in (("slim", shop.root), ("prove", shop.root, "--candidate", "Lean.dockerfile")):
        code, said, _ = unladen_cli(*command, "--quiet")
        words = " ".join(said.split())
        assert code == 0 and "The proof starts the service stock: stock:1 (local image)." in words, said
        assert "failed alike" not in words
    assert not shop.store.containers and not shop.store.networks


def test_a_case_without_a_network_is_not_told_of_services(shop: Scene) -> None:
    """The project's own tests: what reads DATABASE_URL takes what it takes without."""
    engine = MemoryEngine(shop.store)
    program = Program(None, env={"STOCK": "stock", "COLOUR": "red"}, told={"STOCK": "stock"})
    for apart in (False, True):
        case = CommandCase("env", ("env",), own=True, apart=apart)
        said = run_command(engine, engine.inspect(FULL), program, case).stdout
        assert b"COLOUR=red" in said and (b"STOCK=stock" in said) is not apart
    engine.close()
