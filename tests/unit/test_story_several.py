"""Several projects at once: the services of a compose file, the folders of a monorepo; on an engine in memory."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scripted import APP, BASELINE, CONFIG, FULL, LEAN, CommandLine, Scene

import unladen
from unladen.errors import BadProject

COMPOSE = """
services:
  web:
    build: {context: ., args: {COLOUR: "${COLOUR:-red}"}}
  worker:
    build: {context: ., dockerfile: docker/worker.Dockerfile, target: run}
  again:
    build: {context: ., dockerfile: docker/worker.Dockerfile, target: run}
  db:
    image: nowhere/db:1
  stock:
    build: stock
"""
LEVELS = ("strong", "fair", "thin")
OPTIONS = ("--base", f"{FULL}={LEAN}", "--rungs", "lighter-base", "--quiet")


@pytest.fixture
def shop(scene: Scene) -> Scene:
    """Three images: two of one folder, one of another."""
    scene.write("deploy.yaml", COMPOSE)
    scene.write("docker/worker.Dockerfile", BASELINE.replace(FULL, f"{FULL} AS run"))
    for name, text in {"Dockerfile": BASELINE, "app.script": APP, "unladen.toml": CONFIG}.items():
        scene.write(f"stock/{name}", text)
    return scene


def test_every_service_with_a_build_section_is_climbed(shop: Scene, unladen_cli: CommandLine) -> None:
    file = shop.root / "deploy.yaml"
    code, said, _ = unladen_cli("optimize", file, *OPTIONS)
    words = " ".join(said.split())
    assert code == 0 and said.count("Recommended: lighter-base") == 3
    assert f"web ({shop.root})" in words and f"stock ({shop.root / 'stock'})" in words
    table = said[said.rindex("Service") :].splitlines()
    assert [line.split()[0] for line in table[2:5]] == ["web", "worker,", "stock"]
    assert all("lighter-base" in line and line.split()[-1] in LEVELS for line in table[2:5])
    assert "Passed over: db: it has no build section, it is the image nowhere/db:1." in words
    assert shop.left() == []


def test_one_document_has_them_all(shop: Scene, unladen_cli: CommandLine) -> None:
    file = shop.root / "deploy.yaml"
    code, said, _ = unladen_cli("optimize", file, "--service", "again", "--json", "-", *OPTIONS)
    [part] = json.loads(said)["parts"]
    assert code == 0 and (part["name"], part["target"]) == ("worker, again", "run")
    assert part["dockerfile"] == "docker/worker.Dockerfile" and part["failed"] is False
    assert part["report"]["baseline"]["size_bytes"] == part["baseline_bytes"] > part["size_bytes"]
    code, said, _ = unladen_cli("optimize", file, "--json", "-", *OPTIONS)
    whole = json.loads(said)
    assert code == 0 and [each["name"] for each in whole["parts"]] == ["web", "worker, again", "stock"]
    assert whole["passed_over"] == [
        {"name": "db", "reason": "it has no build section, it is the image nowhere/db:1"}
    ]
    code, said, _ = unladen_cli("optimize", file, "--markdown", "-", *OPTIONS)
    assert code == 0 and said.startswith("## web\n\n| Rung |") and "\n## stock\n" in said


def test_one_that_fails_is_told_and_the_others_are_climbed(shop: Scene, unladen_cli: CommandLine) -> None:
    shop.write("stock/Dockerfile", f"FROM {FULL}\nRUN false\n")
    more = "  inline: {build: {dockerfile_inline: FROM a}}\n  far: {build: 'https://far/away.git'}\n"
    shop.write("deploy.yaml", COMPOSE + more)
    code, said, error = unladen_cli("optimize", shop.root / "deploy.yaml", *OPTIONS)
    words = " ".join(said.split())
    assert code == 1 and said.count("Recommended: lighter-base") == 2
    assert "failed: stock, inline, far" in error and "stock failed:" in words
    assert "its Dockerfile stands in the compose file (dockerfile_inline)" in words
    assert "it is built from https://far/away.git, which is not here" in words
    assert shop.left() == []


def test_each_writes_to_its_own_files(shop: Scene, unladen_cli: CommandLine) -> None:
    code, said, _ = unladen_cli("optimize", shop.root / "deploy.yaml", "--write", *OPTIONS)
    assert code == 0 and said.count("Build it: ") == 3
    for name in ("Dockerfile", "docker/worker.Dockerfile", "stock/Dockerfile"):
        assert f"FROM {LEAN}" in (shop.root / name).read_text()
        assert FULL in (shop.root / f"{name}.bak").read_text()
    assert not (shop.root / ".dockerignore").exists()  # it would be another's too
    assert (shop.root / "Dockerfile.dockerignore").exists() and (shop.root / "stock/.dockerignore").exists()
    code, said, _ = unladen_cli("optimize", shop.root / "deploy.yaml", *OPTIONS)
    assert code == 0 and said.count("Recommended: lighter-base") == 3


def test_one_dockerfile_of_two_services_is_written_once(shop: Scene, unladen_cli: CommandLine) -> None:
    shop.write("Dockerfile", f"{BASELINE.replace(FULL, f'{FULL} AS one')}\nFROM one AS two\nENV A=1\n")
    services = "".join(f"  {name}: {{build: {{context: ., target: {name}}}}}\n" for name in ("one", "two"))
    shop.write("deploy.yaml", f"services:\n{services}")
    code, said, _ = unladen_cli("optimize", shop.root / "deploy.yaml", "--write", *OPTIONS)
    assert code == 0 and "Not written: Dockerfile has the changes of one already." in said


def test_one_patch_has_them_all(shop: Scene, unladen_cli: CommandLine) -> None:
    (shop.root.parent / ".git").mkdir()
    code, said, _ = unladen_cli("optimize", shop.root / "deploy.yaml", "--patch", "-", *OPTIONS)
    assert code == 0
    for name in ("Dockerfile", "docker/worker.Dockerfile", "stock/Dockerfile"):
        assert f"--- a/shop/{name}\n+++ b/shop/{name}\n" in said


def test_kept_images_are_called_after_the_services(shop: Scene, unladen_cli: CommandLine) -> None:
    code, _, _ = unladen_cli("optimize", shop.root / "deploy.yaml", "--keep-images", *OPTIONS)
    assert code == 0 and shop.store.find("unladen/shop-web:lighter-base") is not None
    assert shop.store.find("unladen/shop-worker:lighter-base") is not None


@pytest.mark.parametrize(
    ("text", "words", "says"),
    [
        ("a: [", (), "it is no valid YAML"),
        ("services: 3", (), "it has no services"),
        ("services: {db: {image: redis}}", (), "none of its services has a build section"),
        (COMPOSE, ("--service", "db"), "cannot optimize the service db: it has no build section"),
        (COMPOSE, ("--service", "nobody"), "cannot find the service nobody"),
        (COMPOSE, ("--file", "x"), "cannot use --file"),
        (COMPOSE, ("--svg", "x.svg"), "cannot use --file"),
    ],
)
def test_bad_input_is_one_clear_message(
    shop: Scene, unladen_cli: CommandLine, text: str, words: tuple[str, ...], says: str, tmp_path: Path
) -> None:
    shop.write("deploy.yaml", text)
    words = tuple(str(tmp_path / each) if each.endswith(".svg") else each for each in words)
    code, _, error = unladen_cli("optimize", shop.root / "deploy.yaml", "--quiet", *words)
    assert code == 2 and error.startswith("error: ") and says in " ".join(error.split())


def test_a_service_is_named_of_a_compose_file_alone(scene: Scene, unladen_cli: CommandLine) -> None:
    code, _, error = unladen_cli("optimize", scene.root, "--service", "web", "--all")
    assert code == 2 and "cannot use --service" in error


@pytest.fixture
def monorepo(scene: Scene) -> Path:
    """Two projects, a library, a folder of Dockerfiles alone, and no program in the root."""
    root = scene.root.parent / "mono"
    files = {"Dockerfile": BASELINE, "app.script": APP, "unladen.toml": CONFIG}
    for name, text in files.items():
        for folder in ("services/api", "web"):
            (root / folder).mkdir(parents=True, exist_ok=True)
            (root / folder / name).write_text(text)
    for name in ("docker/Dockerfile", ".hidden/Dockerfile", "web/inner/Dockerfile"):
        (root / name).parent.mkdir()
        (root / name).write_text("FROM a\n")
    (root / "library").mkdir()
    (root / "library" / "go.mod").write_text("module example.org/library\n")
    return root


def test_a_root_of_many_projects_lists_them_with_the_commands(
    monorepo: Path, unladen_cli: CommandLine
) -> None:
    code, _, error = unladen_cli("optimize", monorepo, "--quiet")
    flat = " ".join(error.split())
    assert code == 2 and f"unladen optimize {monorepo / 'services/api'}" in flat
    assert f"unladen optimize {monorepo / 'web'}" in flat and f"unladen optimize {monorepo} --all" in flat
    assert not any(f"optimize {monorepo / each}" in flat for each in ("library", "web/inner", "docker"))


def test_all_of_them_are_climbed_with_all(scene: Scene, monorepo: Path, unladen_cli: CommandLine) -> None:
    code, said, _ = unladen_cli("optimize", monorepo, "--all", *OPTIONS)
    assert code == 0 and said.count("Recommended: lighter-base") == 2
    assert [each.name for each in unladen.parts(monorepo).each] == ["services/api", "web"]
    assert scene.left() == []


def test_all_of_a_folder_without_projects(tmp_path: Path) -> None:
    with pytest.raises(BadProject, match="cannot find projects in"):
        unladen.parts(tmp_path)
