"""Recipes for well-known servers, and commands that run inside a program's container."""

from __future__ import annotations

from pathlib import Path

import pytest
from scripted import CONFIG, CommandLine, Scene, lean

import unladen
from unladen.climb.interface import Different
from unladen.config import load
from unladen.engine.interface import ImageFacts
from unladen.errors import BadConfig
from unladen.image.scene import Scene as ImageScene
from unladen.keep.keeplist import FILE_NAME
from unladen.proof.interface import CommandCase, Program, ProofPlan
from unladen.proof.sources.interface import Surroundings
from unladen.proof.sources.recipes import known_image, needed_env, recipe_for, recipes, stays

RARE = "/usr/share/app/rare.txt"
INSIDE = f"""
[[verify.command]]
name = "rare"
args = ["cat", "{RARE}"]
inside = true

[[verify.command]]
name = "rare again"
args = ["cat", "{RARE}"]
restarted = true
"""


def facts(*cmd: str, **env: str) -> ImageFacts:
    return ImageFacts(
        "sha256:x",
        1,
        (),
        "amd64",
        {"PATH": "/usr/bin", **env},
        ("docker-entrypoint.sh",),
        cmd,
        "",
        "",
        (),
        "",
        {},
        (),
    )


def asked(
    image: ImageFacts, *there: str, speaks: str = "tcp", commands: tuple[CommandCase, ...] = ()
) -> list[str]:
    scene = ImageScene.__new__(ImageScene)
    object.__setattr__(scene, "program", lambda name: f"/usr/bin/{name}" if name in there else "")
    around = Surroundings(
        Program(6379, speaks=speaks),  # type: ignore[arg-type]
        ProofPlan(commands=commands),
        image,
        scene=scene,
    )
    return [case.id for case in known_image(around).cases]


def test_every_recipe_can_be_asked() -> None:
    assert {"redis", "postgres", "mariadb", "nginx"} <= {each.name for each in recipes()}
    for each in recipes():
        ids = [case.id for case in (*each.commands, *each.requests)]
        assert each.programs and len(ids) == len(set(ids)) >= (4 if each.stays else 5)
        assert all(case.argv and case.inside and case.own for case in each.commands)


def test_a_server_is_known_by_the_program_that_its_image_starts() -> None:
    found = recipe_for(facts("/usr/local/bin/redis-server", "--save", ""))
    assert found is not None and found.name == "redis"
    assert recipe_for(facts("python3", "main.py")) is None
    whole = asked(facts("redis-server"), "redis-cli")
    assert whole[0] == "redis: PING" and whole[-1] == "redis: what was written, after a restart"
    assert asked(facts("redis-server")) == [], "it has no client"
    own = CommandCase("mine", ("redis-cli", "PING"), inside="serving")
    assert asked(facts("redis-server"), "redis-cli", commands=(own,)) == [], "the user says how"


def test_a_program_without_a_port_may_run_until_it_is_stopped() -> None:
    inside = ProofPlan(commands=(CommandCase("mine", ("ask", "x"), inside="restarted"),))
    assert stays(facts("cron", "-f"), ProofPlan()) and stays(facts("worker"), inside)
    assert not stays(facts("nginx"), ProofPlan()) and not stays(facts("worker"), ProofPlan())
    found = recipe_for(facts("php-fpm8.2", "-F"))
    assert found is not None and found.name == "php-fpm"


def test_requests_are_for_what_speaks_http() -> None:
    assert not any("page" in each for each in asked(facts("nginx"), "nginx"))
    assert "nginx: the first page" in asked(facts("nginx"), "nginx", speaks="http")


def test_what_a_server_does_not_start_without_is_given_where_nobody_says_it() -> None:
    image = facts("postgres")
    assert needed_env(image, {}) == {"POSTGRES_PASSWORD": "unladen"}
    assert needed_env(image, {"POSTGRES_HOST_AUTH_METHOD": "trust"}) == {}
    assert needed_env(facts("postgres", POSTGRES_PASSWORD="x"), {}) == needed_env(facts("nginx"), {}) == {}


def test_values_come_from_the_environment() -> None:
    scene = ImageScene.__new__(ImageScene)
    object.__setattr__(scene, "program", lambda name: f"/usr/bin/{name}")
    for env, user, database in (
        ({}, "postgres", "postgres"),
        ({"POSTGRES_USER": "shop"}, "shop", "shop"),
        ({"POSTGRES_USER": "shop", "POSTGRES_DB": "till"}, "shop", "till"),
    ):
        around = Surroundings(Program(5432, env=env), ProofPlan(), facts("postgres"), scene=scene)
        first = known_image(around).cases[0]
        assert isinstance(first, CommandCase)
        assert first.argv[:6] == ("psql", "-XAt", "-U", user, "-d", database)


def test_what_runs_inside_is_compared(scene: Scene) -> None:
    scene.write("unladen.toml", CONFIG + INSIDE)
    scene.rung("lean", lean())
    scene.rung("poor", lean(f"RUN rm {RARE}"))
    climb = unladen.optimize(scene.root, rungs=["lean", "poor"])
    first, poor = climb.rungs
    assert {"rare", "rare again"} <= climb.baseline.verdict.states.keys()
    assert isinstance(poor, Different) and not isinstance(first, Different)
    told = {each.case: each for each in poor.verdict.mismatches}
    assert told["rare"].request == f"inside: run cat {RARE}"
    assert told["rare again"].request == f"inside, after a restart: run cat {RARE}"
    assert scene.left() == []


def test_what_runs_inside_is_traced_and_kept(scene: Scene, unladen_cli: CommandLine) -> None:
    scene.write("unladen.toml", CONFIG + INSIDE)
    code, _, said = unladen_cli("slim", scene.root, "--write", "--accept-thin", "--quiet")
    assert code == 0, said
    assert RARE in (scene.root / FILE_NAME).read_text()
    assert scene.left() == []


def test_what_somebody_will_exec_is_traced_and_kept(scene: Scene, unladen_cli: CommandLine) -> None:
    code, _, said = unladen_cli(
        "slim", scene.root, "--exec", f"cat {RARE}", "--write", "--accept-thin", "--quiet"
    )
    assert code == 0, said
    assert RARE in (scene.root / FILE_NAME).read_text()
    for wrong, told in (("", "names no program"), ("cat '", "No closing quotation")):
        code, _, said = unladen_cli("slim", scene.root, "--exec", wrong)
        assert code == 2 and told in said


@pytest.mark.parametrize("text", ["inside = true", 'args = ["x"]\nfiles = ["/y"]\nrestarted = true'])
def test_what_cannot_run_inside(text: str, tmp_path: Path) -> None:
    (tmp_path / "unladen.toml").write_text(f"[[verify.command]]\n{text}\n")
    with pytest.raises(BadConfig, match="inside the container"):
        load(tmp_path)
