"""A user slims an image of which he has no source: checks the list in CI, and has it learn from production."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from commandline import left_behind, unladen
from engines import answers, docker_alone, get, provide

from unladen.dockerfile.stages import parse
from unladen.engine.interface import BuildRequest, Engine
from unladen.proof.interface import Response
from unladen.tracing.sensor_binary import sensor_for

pytestmark = [pytest.mark.engine, docker_alone]

SHOP = Path(__file__).parent / "projects" / "shop"
WRITES = ("--accept-thin", "-o")
SETTINGS = ("--config", SHOP / "unladen.toml", "--engine", "docker")


def asked(engine: Engine, folder: Path, path: str) -> Response:
    """What the image that the folder builds answers, with its own .dockerignore and nothing of ours."""
    built = engine.build(BuildRequest(folder, (folder / "Dockerfile").read_text()))
    return answers(engine, built.image, get(path))[path]


def test_an_image_is_slimmed_checked_and_learns(tmp_path: Path, engine: Engine) -> None:
    name, out, report = f"unladen-test/shop:{os.getpid()}", tmp_path / "shop-slim", tmp_path / "report.json"
    dockerfile = (SHOP / "Dockerfile").read_text()
    provide(engine, *parse(dockerfile).bases)
    engine.build(BuildRequest(SHOP, dockerfile, tag=name))

    ran = unladen("slim", name, "--policy", "file", *WRITES, out, "--json", report, *SETTINGS)
    assert ran.code == 0, ran.stderr
    assert sorted(each.name for each in out.iterdir()) == [".dockerignore", "Dockerfile", "unladen.keep"]
    assert f"FROM {name} AS unladen-full\n" in (out / "Dockerfile").read_text()
    first = json.loads(report.read_text())
    assert first["proved"] and first["slim_bytes"] < first["full_bytes"] / 2
    assert asked(engine, out, "/prices").status == 200
    assert asked(engine, out, "/report").error  # nobody asked for it: sqlite3 is gone

    ran = unladen("slim", name, "--check", *WRITES, out, *SETTINGS)
    assert ran.code == 0, ran.stdout + ran.stderr
    assert "a fresh trace would change nothing" in ran.stdout

    ran = unladen(
        "slim",
        name,
        "--learn",
        SHOP / "production.har",
        "--accept-thin",
        "-o",
        out,
        "--json",
        report,
        *SETTINGS,
    )
    assert ran.code == 0, ran.stdout + ran.stderr
    assert "# learned from production.har\n" in (out / "unladen.keep").read_text()
    learned = json.loads(report.read_text())["cases"]
    assert learned == first["cases"] + 2, "the learned request, and once more after a restart"
    assert json.loads(asked(engine, out, "/report").body) == {"sold": 42}

    ran = unladen("slim", name, "--check", *WRITES, out, *SETTINGS)
    assert ran.code == 0, ran.stdout + ran.stderr  # what was learned stays

    changed = tmp_path / "changed"
    shutil.copytree(SHOP, changed)
    package = changed / "greeter" / "greeter-2.0.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: greeter\nVersion: 2.0\n")
    (package / "RECORD").write_text("greeter.py,,\ngreeter-2.0.dist-info/METADATA,,\n")
    (changed / "greeter" / "greeter.py").write_text("HELLO = 1\n")
    more = "COPY greeter/ /usr/lib/python3/dist-packages/\n"
    engine.build(BuildRequest(changed, dockerfile.replace("EXPOSE", f"{more}EXPOSE"), tag=name))
    keep = (out / "unladen.keep").read_text()
    (out / "unladen.keep").write_text(keep.replace("[system]\n", "[system]\n\n/etc/gone.conf\n", 1))
    ran = unladen("slim", name, "--check", *WRITES, out, "--json", report, *SETTINGS)
    assert ran.code == 1, ran.stdout + ran.stderr
    assert "+ pip greeter 2.0" in ran.stdout and "greeter.py" in ran.stdout
    assert "lines that name nothing in the image any more:\n  /etc/gone.conf\n" in ran.stdout
    change = json.loads(report.read_text())["change"]
    assert change["stale"] and not change["removed"]
    assert any("greeter.py" in file for each in change["added"] for file in each["files"])
    assert (out / "unladen.keep").read_text().startswith(keep[:200])  # a check writes nothing
    assert left_behind("docker") == []


def test_without_ptrace_whole_packages_are_kept(tmp_path: Path, engine: Engine) -> None:
    """A sensor refuses to run under another one, as it does wherever ptrace is not to be had."""
    name, out = f"unladen-test/untraced:{os.getpid()}", tmp_path / "out"
    shutil.copytree(SHOP, tmp_path / "shop")
    shutil.copy(sensor_for(os.uname().machine), tmp_path / "shop" / "sensor")
    dockerfile = (SHOP / "Dockerfile").read_text()
    provide(engine, *parse(dockerfile).bases)
    command = 'COPY --chmod=0755 sensor /sensor\nENTRYPOINT ["/sensor", "/tmp/log", "--"]\nCMD'
    engine.build(BuildRequest(tmp_path / "shop", dockerfile.replace("CMD", command), tag=name))

    ran = unladen("slim", name, *WRITES, out, *SETTINGS)
    assert ran.code == 0, ran.stdout + ran.stderr
    assert "made without a trace" in ran.stdout and "ptrace" in ran.stdout
    assert "# note: made without a trace" in (out / "unladen.keep").read_text()
    assert json.loads(asked(engine, out, "/report").body) == {"sold": 42}

    ran = unladen("slim", name, "--policy", "file", *SETTINGS)
    assert ran.code == 2 and "cannot trace the image" in ran.stderr


def test_what_cannot_be_is_said(tmp_path: Path, engine: Engine) -> None:
    def refused(*arguments: str | Path) -> str:
        ran = unladen("slim", *arguments, "--engine", "docker")
        assert ran.code == 2 and "Traceback" not in ran.stderr, ran.stderr
        return ran.stderr

    name = f"unladen-test/refused:{os.getpid()}"
    built = engine.build(BuildRequest(SHOP, "FROM scratch\nCOPY main.py /\n", tag=name))
    assert "neither such a folder nor such an image" in refused("unladen-test/there-is-none")
    assert "no such folder" in refused("./there-is-none")
    assert "not from an id" in refused(built.image)
    assert "there is no unladen.keep" in refused(name, "--check")
    assert "cannot check and write" in refused(SHOP, "--check", "--write")
    assert "--output" in refused(SHOP, "--output", tmp_path)
    assert "there is no such file" in refused(name, "--learn", tmp_path / "none.har")
    (tmp_path / "bad.har").write_text("{")
    assert "bad.har" in refused(name, "--learn", tmp_path / "bad.har")
    (tmp_path / "unladen.keep").write_text(
        "# unladen keep-list, format 1\n# policy: all\n\n[system]\n\n/etc\n"
    )
    assert "its policy is all" in refused(name, "-o", tmp_path)
