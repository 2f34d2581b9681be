"""What --write and --patch do to a project, on an engine in memory."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from scripted import BASELINE, FULL, LEAN, CommandLine, Scene, lean

import unladen

ON_LEAN = ("--base", f"{FULL}={LEAN}", "--rungs", "lighter-base", "--quiet")


def files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }


@pytest.mark.parametrize("name", ["docker/Dockerfile", "Containerfile", "web.Dockerfile"])
def test_the_file_that_was_read_is_the_one_that_is_written(
    scene: Scene, unladen_cli: CommandLine, name: str
) -> None:
    (scene.root / "Dockerfile").unlink()
    scene.write(name, BASELINE)
    for time in range(2):
        code, said, _ = unladen_cli("optimize", scene.root, "--write", *ON_LEAN)
        assert code == 0 and f"Written: {name}" in said, time
        assert f"--file {scene.root / name}" in said.replace("\n", "")
        assert not (scene.root / "Dockerfile").exists()
        assert f"FROM {LEAN}\n" in (scene.root / name).read_text()
        assert (scene.root / f"{name}.bak").read_text() == BASELINE  # the second run's baseline, too


def test_of_several_the_named_one_is_written_and_no_other(scene: Scene, unladen_cli: CommandLine) -> None:
    scene.write("docker/dev.Dockerfile", BASELINE)
    code, _, _ = unladen_cli("optimize", scene.root, "--file", "docker/dev.Dockerfile", "--write", *ON_LEAN)
    assert code == 0 and (scene.root / "Dockerfile").read_text() == BASELINE
    assert f"FROM {LEAN}\n" in (scene.root / "docker/dev.Dockerfile").read_text()


def test_the_diff_shows_each_hunk_with_its_reason(scene: Scene, unladen_cli: CommandLine) -> None:
    code, said, _ = unladen_cli("optimize", scene.root, "--write", *ON_LEAN)
    lines = said.splitlines()
    at = lines.index("--- a/Dockerfile")
    assert code == 0 and lines[at + 1 : at + 3] == ["+++ b/Dockerfile", "@@ -1,4 +1,6 @@"]
    assert LEAN in lines[at + 3] and lines[at + 3].startswith("   ")
    assert f"-FROM {FULL}" in lines[at:] and f"+FROM {LEAN}" in lines[at:]


def test_a_patch_is_what_write_does(scene: Scene, unladen_cli: CommandLine, tmp_path: Path) -> None:
    before = files(scene.root)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    code, said, _ = unladen_cli("optimize", scene.root, "--patch", tmp_path / "a.patch", *ON_LEAN)
    assert code == 0 and "Nothing was written" in said and files(scene.root) == before
    _, streamed, _ = unladen_cli("optimize", scene.root, "--patch", "-", *ON_LEAN)
    assert streamed == (tmp_path / "a.patch").read_text() and "--- a/shop/Dockerfile" in streamed
    subprocess.run(["git", "apply", "../a.patch"], cwd=scene.root, check=True)
    applied = files(scene.root)
    subprocess.run(["git", "apply", "-R", "a.patch"], cwd=tmp_path, check=True)
    unladen_cli("optimize", scene.root, "--write", *ON_LEAN)
    written = files(scene.root)
    assert written.pop("Dockerfile.bak") == before["Dockerfile"] and written == applied != before


def test_without_a_repository_a_patch_is_from_the_projects_folder(
    scene: Scene, unladen_cli: CommandLine
) -> None:
    _, streamed, _ = unladen_cli("optimize", scene.root, "--patch", "-", *ON_LEAN)
    assert streamed.startswith("diff --git a/Dockerfile b/Dockerfile\n")


def test_the_ignore_file_beside_the_dockerfile_is_the_one_that_counts(
    scene: Scene, unladen_cli: CommandLine
) -> None:
    scene.rung("lean", lean())
    scene.write("secret.txt", "a secret\n")
    scene.write("Dockerfile.dockerignore", "secret.txt\n")
    scene.write(".dockerignore", "app.script\n")  # nothing could start if this one were read
    climb = unladen.optimize(scene.root, rungs=["lean"])
    assert not scene.store.find(climb.baseline.image)
    code, _, _ = unladen_cli("optimize", scene.root, "--write", *ON_LEAN)
    assert code == 0 and (scene.root / ".dockerignore").read_text() == "app.script\n"
    assert (scene.root / "Dockerfile.dockerignore").read_text() == "secret.txt\n"
    code, _, _ = unladen_cli("optimize", scene.root, "--write", "--rungs", "lean", "--quiet")
    assert code == 0 and (scene.root / ".dockerignore").read_text() == "app.script\n"
    assert (scene.root / "Dockerfile.dockerignore.bak").read_text() == "secret.txt\n"


def test_any_proved_rung_is_written_where_it_is_named(scene: Scene, unladen_cli: CommandLine) -> None:
    scene.rung("lean", lean())
    scene.rung("same", BASELINE.replace("EXPOSE", "ENV A=1\nEXPOSE").replace("ENV A=1\n", "# as it was\n"))
    code, said, _ = unladen_cli("optimize", scene.root, "--rungs", "same", "--write", "--quiet")
    assert code == 0 and "No rung is recommended." in said
    assert "# as it was" in (scene.root / "Dockerfile").read_text()
    code, _, _ = unladen_cli("optimize", scene.root, "--rungs", "same,lean", "--write", "--quiet")
    assert code == 0 and f"FROM {LEAN}" in (scene.root / "Dockerfile").read_text()


def test_a_rung_that_is_not_proved_is_not_written(scene: Scene, unladen_cli: CommandLine) -> None:
    scene.rung("broken", lean("RUN rm /usr/share/app/users.txt"))
    scene.rung("other", lean("RUN false"))
    before = files(scene.root)
    code, said, error = unladen_cli("optimize", scene.root, "--rungs", "broken", "--write", "--quiet")
    assert code == 1 and "broken differs" in said and files(scene.root) == before
    assert error.startswith("error: cannot write broken: it is not proved (different: ")
    code, _, error = unladen_cli("optimize", scene.root, "--rungs", "broken,other", "--write", "--quiet")
    assert code == 1 and files(scene.root) == before
    assert "cannot write one of broken, other: none of them is recommended" in error


def test_a_slimmed_rung_is_written_with_its_list_and_says_why_the_lines_above_changed(
    scene: Scene, unladen_cli: CommandLine
) -> None:
    options = ("--base", f"{FULL}={LEAN}", "--quiet", "--goal", "smallest", "--rungs", "lighter-base,slimmed")
    code, said, _ = unladen_cli("optimize", scene.root, "--write", *options)
    assert code == 0 and "Recommended: slimmed" in said
    lines = said.splitlines()
    at = lines.index("+++ b/Dockerfile")
    assert lines[at + 2].startswith("   ") and LEAN in lines[at + 2] and f"+FROM {LEAN} AS" in said
    assert (scene.root / "unladen.keep").exists() and "unladen.keep" in said
