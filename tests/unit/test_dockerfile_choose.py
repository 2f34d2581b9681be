"""Which Dockerfile is the user's: named, of a compose file, in the root, or the only one elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from unladen.config import load
from unladen.dockerfile.choose import Choice, choose, given_args
from unladen.dockerfile.stages import MARK
from unladen.errors import BadDockerfile
from unladen.language.interface import Overrides
from unladen.language.registry import detect

PROJECT = {"requirements.txt": "", "main.py": "print()\n"}
STAGED = 'FROM a AS one\nCMD ["x"]\nFROM b AS two\n'


def write(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def chosen(root: Path, choice: Choice | None = None) -> tuple[str, str, str]:
    """(path, target, what is said)."""
    found = choose(root, choice or Choice())
    assert found is not None
    assert found.path is not None
    return found.path.relative_to(root).as_posix(), found.staged.target.name, found.said


@pytest.mark.parametrize("name", ["Containerfile", "dockerfile", "docker/Dockerfile", "build/app.Dockerfile"])
def test_the_only_one_is_used_and_said(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("FROM a\n")
    assert chosen(tmp_path) == (name, "", f"The Dockerfile is {name}")


def test_the_roots_wins(tmp_path: Path) -> None:
    write(tmp_path, Dockerfile="FROM a AS r\n", docker__Dockerfile="FROM b\n")
    assert chosen(tmp_path) == ("Dockerfile", "r", "")


def test_several_are_listed(tmp_path: Path) -> None:
    write(tmp_path, docker__Dockerfile="FROM a\n", docker__Dockerfile_DOT_dev="FROM b\n")
    with pytest.raises(BadDockerfile, match=r"docker/Dockerfile, docker/Dockerfile\.dev") as caught:
        choose(tmp_path)
    assert "--file docker/Dockerfile" in caught.value.hint
    assert chosen(tmp_path, Choice("docker/Dockerfile.dev"))[0] == "docker/Dockerfile.dev"


def test_one_for_another_folder_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, web__Dockerfile="FROM a\nCOPY package.json .\n", web__package_DOT_json="{}")
    write(tmp_path, others__x__Dockerfile="FROM a\n", _DOT_hidden__Dockerfile="FROM a\n")
    assert choose(tmp_path, Choice(elsewhere=frozenset({"others"}))) is None


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    write(tmp_path, Dockerfile="FROM a\n")
    with pytest.raises(BadDockerfile, match=r"cannot read x\.Dockerfile") as caught:
        choose(tmp_path, Choice("x.Dockerfile"))
    assert caught.value.hint == "There are: Dockerfile."


def test_what_unladen_wrote_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, Dockerfile=f"{MARK}\nFROM x\n", docker__Dockerfile="FROM a\n")
    assert chosen(tmp_path)[0] == "docker/Dockerfile"
    write(tmp_path, Dockerfile_DOT_bak="FROM b\n")
    assert chosen(tmp_path)[0] == "Dockerfile.bak"


def test_the_compose_files_service_says_it(tmp_path: Path) -> None:
    write(
        tmp_path,
        prod_DOT_Dockerfile="ARG V\nFROM a:$V AS one\nFROM b\n",
        compose_DOT_yaml="services:\n  web:\n    build:\n      context: .\n      dockerfile: prod.Dockerfile\n"
        "      target: one\n      args: {V: 3}\n  db:\n    image: postgres\n  other:\n    build: ./other\n",
    )
    assert chosen(tmp_path) == (
        "prod.Dockerfile",
        "one",
        "prod.Dockerfile is built as web of the compose file says",
    )
    found = choose(tmp_path, Choice(build_args={"V": "4"}))
    assert found is not None
    assert found.staged.final_base == "a:4"
    assert found.staged.target_name == "one"


def test_several_services_are_listed(tmp_path: Path) -> None:
    services = "".join(
        f"  {name}:\n    build: {{context: ., dockerfile: docker/{name}, args: [A=1]}}\n"
        for name in ("web", "worker")
    )
    write(tmp_path, docker__web="FROM a\n", docker__worker="FROM b\n")
    (tmp_path / "docker-compose.yml").write_text(f"services:\n{services}")
    with pytest.raises(BadDockerfile, match="several services") as caught:
        choose(tmp_path)
    assert "web: --file docker/web --build-arg A=1; worker: --file docker/worker" in caught.value.hint
    assert chosen(tmp_path, Choice("docker/worker"))[0] == "docker/worker"
    write(tmp_path, Dockerfile="FROM a\n")
    assert chosen(tmp_path)[2].startswith(
        "Dockerfile is built to its end; services of the compose file: web: --file"
    )


def test_a_build_argument_without_value_is_the_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FROM_ENV", "e")
    assert given_args(["A=1=2", "FROM_ENV", "B="]) == {"A": "1=2", "FROM_ENV": "e", "B": ""}
    with pytest.raises(BadDockerfile, match="build argument NOWHERE"):
        given_args(["NOWHERE"])


def test_unladen_toml_and_flags_reach_the_project(tmp_path: Path) -> None:
    for name, text in PROJECT.items():
        (tmp_path / name).write_text(text)
    write(tmp_path, docker__x=STAGED)
    toml = '[project]\ndockerfile = "docker/x"\ntarget = "one"\nbuild_args = {A = "1", B = "1"}\n'
    (tmp_path / "unladen.toml").write_text(toml)
    overrides = load(tmp_path).choosing(Choice(build_args={"B": "2"})).overrides()
    project = detect(tmp_path, overrides)
    assert project.start.value == ("x",)
    assert project.users is not None
    assert project.users.staged.build_args == {"A": "1", "B": "2"}
    assert detect(tmp_path, Overrides(dockerfile=Choice("docker/x"))).start.value == ("python", "main.py")


def test_of_a_repository_of_several_projects_the_folders_that_its_compose_file_builds_are_named(
    tmp_path: Path,
) -> None:
    write(tmp_path, **{f"{name}/Dockerfile": "FROM a\nCOPY . .\n" for name in ("vote", "result")})
    write(
        tmp_path,
        **{"compose.yaml": "services: {v: {build: ./vote}, r: {build: {context: result}}, d: {image: x}}"},
    )
    with pytest.raises(BadDockerfile) as refused:
        choose(tmp_path)
    assert "result/Dockerfile, vote/Dockerfile" in str(refused.value)
    assert (refused.value.hint or "").startswith(
        "compose.yaml builds vote, result: name that folder instead of"
    )
