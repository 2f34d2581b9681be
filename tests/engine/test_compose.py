"""A compose file of two services is optimized, written, patched, and what stays is called after them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from commandline import unladen
from engines import found, provide

pytestmark = pytest.mark.engine

COMPOSE = """\
services:
  web:
    build: .
  counter:
    build: {context: ., dockerfile: docker/counter.Dockerfile}
  db:
    image: nowhere/db:1
"""
DOCKERFILE = """\
FROM debian:bookworm
WORKDIR /srv
COPY . .
EXPOSE 8080
CMD perl NAME.pl
"""
SERVER = """\
use strict; use IO::Socket::INET;
$SIG{TERM} = sub { exit 0 };
my $server = IO::Socket::INET->new(LocalPort => 8080, Listen => 9, ReuseAddr => 1) or die $!;
while (my $client = $server->accept) {
    while (my $line = <$client>) { last if $line =~ /^\\r?$/ }
    print $client "HTTP/1.1 200 OK\\r\\nContent-Length: 4\\r\\nConnection: close\\r\\n\\r\\nNAME";
    close $client;
}
"""
OPTIONS = ("--engine", "docker", "--rungs", "lighter-base", "--time", "none", "--quiet")


def test_two_services_of_one_folder(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    (shop / "docker").mkdir(parents=True)
    for name, file in (("pear", "Dockerfile"), ("plum", "docker/counter.Dockerfile")):
        (shop / file).write_text(DOCKERFILE.replace("NAME", name))
        (shop / f"{name}.pl").write_text(SERVER.replace("NAME", name))
    (shop / "compose.yaml").write_text(COMPOSE)
    engine = found("docker")
    provide(engine, "debian:bookworm", "debian:bookworm-slim")
    state = {"XDG_STATE_HOME": str(tmp_path / "state")}
    before = Path(shutil.copytree(shop, tmp_path / "before" / "shop"))
    for repository in (tmp_path, before.parent):
        subprocess.run(["git", "init", "-q", repository], check=True)
    patch = tmp_path / "all.patch"
    ran = unladen(
        "optimize",
        shop / "compose.yaml",
        *("--write", "--patch", patch, "--json", "-", "--keep-images"),
        *OPTIONS,
        cache=tmp_path / "cache",
        env=state,
    )
    assert ran.code == 0, ran.stdout + ran.stderr
    report = json.loads(ran.stdout)
    subprocess.run(["git", "apply", patch], cwd=before, check=True)
    assert [each["recommended"] for each in report["parts"]] == ["lighter-base"] * 2
    assert [each["name"] for each in report["passed_over"]] == ["db"]
    for part, file in zip(report["parts"], ("Dockerfile", "docker/counter.Dockerfile"), strict=True):
        [rung] = part["report"]["rungs"]
        assert rung["kept_as"] == f"unladen/shop-{part['name']}:lighter-base"
        assert engine.find(rung["kept_as"]) == rung["image"]
        assert "\nFROM debian:bookworm-slim\n" in (shop / file).read_text() == (before / file).read_text()
        command = [*engine.command, "build", "--quiet", "--file", str(shop / file), str(shop)]
        environ = {**os.environ, "DOCKER_BUILDKIT": "1"}
        built = subprocess.run(command, check=True, capture_output=True, text=True, env=environ, timeout=300)
        engine.remove_image(built.stdout.strip())
    assert unladen("clean", "--remove", "--images", env=state).code == 0
    assert not any(
        engine.find(rung["kept_as"]) for part in report["parts"] for rung in part["report"]["rungs"]
    )
    engine.close()
