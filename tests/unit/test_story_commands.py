"""What the command line prints, writes and exits with, on an engine in memory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from scripted import FULL, CommandLine, Scene, lean

import unladen
from unladen.engine import find
from unladen.report.json import schema


@pytest.fixture
def shop(scene: Scene) -> Scene:
    """A project with a rung of every end: proved, different, failed, skipped."""
    scene.rung("lean", lean())
    scene.rung("other", lean("RUN echo carl > /usr/share/app/users.txt"))
    scene.rung("broken", lean("RUN false"))
    scene.rung("none", "# impossible: it has no parts\n")
    return scene


def test_the_table_shows_every_rung_and_the_recommended_one(shop: Scene, unladen_cli: CommandLine) -> None:
    code, said, progress = unladen_cli("optimize", shop.root)
    assert code == 0
    for line in ("▸ lean", "other", "failed: cannot build: RUN false", "skipped: it has no parts"):
        assert line in said
    assert "Recommended: lean" in said and "Nothing was written" in said
    assert "lean" in progress and "proved" in progress


def test_json_keeps_what_the_schema_promises(shop: Scene, unladen_cli: CommandLine) -> None:
    code, said, _ = unladen_cli("optimize", shop.root, "--json", "-", "--quiet")
    report = json.loads(said)
    assert code == 0 and list(Draft202012Validator(schema()).iter_errors(report)) == []
    assert {rung["name"]: rung["status"] for rung in report["rungs"]} == {
        "tidy": "proved",
        "lighter-base": "skipped",
        "split": "skipped",
        "lean": "proved",
        "other": "different",
        "broken": "failed",
        "none": "skipped",
        "slimmed": "proved",
        "slimmed-file": "skipped",
    }


def test_reports_go_into_files(shop: Scene, unladen_cli: CommandLine, tmp_path: Path) -> None:
    files = {"--json": "out.json", "--markdown": "out.md", "--svg": "out.svg"}
    given = [word for option, name in files.items() for word in (option, tmp_path / name)]
    code, _, _ = unladen_cli("optimize", shop.root, "--rungs", "lean", "--quiet", *given)
    assert code == 0
    assert json.loads((tmp_path / "out.json").read_text())["recommended"] == "lean"
    assert "lean" in (tmp_path / "out.md").read_text()
    assert (tmp_path / "out.svg").read_text().startswith("<svg")


def test_a_report_that_cannot_be_written_is_one_clear_error(shop: Scene, unladen_cli: CommandLine) -> None:
    nowhere = shop.root / "nowhere" / "out.json"
    code, _, said = unladen_cli("optimize", shop.root, "--rungs", "lean", "--quiet", "--json", nowhere)
    assert code == 2 and f"cannot write {nowhere}" in " ".join(said.split())


def test_the_recommended_dockerfile_is_written_and_the_former_one_stays(
    shop: Scene, unladen_cli: CommandLine
) -> None:
    code, said, _ = unladen_cli("optimize", shop.root, "--rungs", "lean", "--write", "--quiet")
    written = (shop.root / "Dockerfile").read_text()
    assert code == 0 and "Build it:" in said
    assert written.startswith("# Written by unladen") and lean().strip() in written
    assert (shop.root / "Dockerfile.bak").read_text().startswith(f"FROM {FULL}")
    code, said, _ = unladen_cli("optimize", shop.root, "--rungs", "lean", "--quiet")
    assert code == 0 and "Dockerfile.bak" in said


def test_where_every_rung_fails_the_exit_code_says_so(scene: Scene, unladen_cli: CommandLine) -> None:
    scene.rung("broken", lean("RUN false"))
    scene.rung("sick", lean("RUN rm /usr/lib/script/json.lib"))
    code, said, wrong = unladen_cli("optimize", scene.root, "--rungs", "broken,sick", "--quiet")
    assert code == 1 and "every rung that was tried failed" in wrong and "failed: cannot build" in said


def test_where_every_rung_differs_nothing_is_recommended(scene: Scene, unladen_cli: CommandLine) -> None:
    scene.rung("broken", lean("RUN false"))
    scene.rung("other", lean("RUN echo carl > /usr/share/app/users.txt"))
    before = (scene.root / "Dockerfile").read_text()
    _, said, _ = unladen_cli("optimize", scene.root, "--rungs", "broken,other", "--write", "--quiet")
    assert "No rung is both smaller" in " ".join(said.split())
    assert (scene.root / "Dockerfile").read_text() == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("optimize", "nowhere"), "nowhere"),
        (("optimize", ".", "--rungs", "lane"), "cannot climb lane"),
        (("optimize", ".", "--config", "nowhere.toml"), "nowhere.toml"),
        (("slim", "story/nowhere:1"), "story/nowhere:1"),
        (("slim", ".", "--output", "out"), "--output"),
        (("slim", ".", "--check", "--write"), "write"),
        (("explain", "nowhere.keep", "/x"), "nowhere.keep"),
        (("detect", "nowhere"), "nowhere"),
        (("bases", "build", "story/nowhere:1"), "story/nowhere:1"),
    ],
)
def test_bad_input_is_one_error_without_a_traceback(
    shop: Scene,
    unladen_cli: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    says: str,
) -> None:
    monkeypatch.chdir(shop.root)
    code, _, said = unladen_cli(*arguments)
    assert code == 2 and said.startswith("error: ") and says in said and "Traceback" not in said


def test_what_is_believed_is_shown_with_its_source(shop: Scene, unladen_cli: CommandLine) -> None:
    code, said, _ = unladen_cli("detect", shop.root)
    assert code == 0 and "scripted" in said and "app.script" in said
    code, said, _ = unladen_cli("detect", shop.root, "--json", "-")
    assert json.loads(said)["port"] == {"value": 8000, "source": "always so"}


def test_bases_are_listed(shop: Scene, unladen_cli: CommandLine) -> None:
    code, said, _ = unladen_cli("bases", "list")
    assert code == 0 and "debian:bookworm-slim" in said
    code, said, _ = unladen_cli("bases", "list", "--json", "-")
    listed = {base["name"]: base["image"] for base in json.loads(said)}
    assert listed["debian:bookworm-slim"] and not listed["python:3.11"]


def test_only_what_was_assembled_is_removed(shop: Scene, unladen_cli: CommandLine) -> None:
    code, said, _ = unladen_cli("bases", "remove")
    assert code == 0 and "nothing to remove" in said
    assert shop.store.find("debian:bookworm-slim")


def no_engine(session: str, environ: Mapping[str, str]) -> find.Candidate:
    return find.Candidate("docker", None, "the daemon sleeps", "wake it")


def test_without_an_engine_the_fix_is_named(
    shop: Scene, unladen_cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(find.LOOKS, "in-memory", no_engine)
    code, _, said = unladen_cli("optimize", shop.root)
    assert code == 2 and "the daemon sleeps" in said and "hint: wake it" in said
    code, said, _ = unladen_cli("doctor")
    assert code == 1 and "the daemon sleeps" in said and "fix: wake it" in said
    code, said, _ = unladen_cli("doctor", "--json", "-")
    assert {"docker", "disk", "sensor"} <= {finding["name"] for finding in json.loads(said)}


def test_the_version_and_the_help(unladen_cli: CommandLine) -> None:
    assert unladen_cli("--version")[:2] == (0, f"unladen {unladen.__version__}\n")
    code, said, _ = unladen_cli("--help")
    assert code == 0 and "optimize" in said
    assert unladen_cli("--no-such-option")[0] == 2


def test_what_unladen_left_is_shown_and_removed_on_request(
    shop: Scene, unladen_cli: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    unladen_cli("optimize", shop.root, "--rungs", "lean", "--keep-images", "--quiet")
    code, said, _ = unladen_cli("clean")
    assert code == 0 and "kept image" in said and "in-memory" in said
    code, _, said = unladen_cli("clean", "--images")
    assert code == 2 and "hint: Add --remove" in said
    code, said, _ = unladen_cli("clean", "--remove", "--images", "--cache", "--json", "-")
    assert {each["kind"] for each in json.loads(said) if each["removed"]} >= {"kept image", "cache"}
    assert shop.left() == [] and not (shop.cache / "outcomes").exists()
