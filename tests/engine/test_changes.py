"""What a stopped container changed is read where the engine keeps it, and is what the engine says itself."""

from __future__ import annotations

import os

import pytest
from engines import provide

from unladen.engine.cli_container import CliContainer
from unladen.engine.docker import DockerEngine
from unladen.engine.interface import BuildRequest, Engine, RunRequest

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may read an engine's folder"),
]

DOCKERFILE = """\
FROM debian:bookworm-slim
RUN mkdir -p /srv/kept/below /srv/again /srv/made && echo 1 > /srv/kept/one && echo 2 > /srv/again/two \\
 && echo 3 > /srv/kept/below/three && ln -s one /srv/kept/link && echo 4 > /srv/four && echo 5 > /srv/five
RUN rm /srv/five && rm -r /srv/made && mkdir /srv/made && echo 6 > /srv/made/six && chmod 600 /srv/four
"""
DOES = """\
: >> /srv/kept/one
echo more >> /srv/kept/below/three
ln -sf two /srv/kept/link
rm -r /srv/again && mkdir /srv/again && echo x > /srv/again/x
rm /srv/four && mkdir /srv/four
echo 5 > /srv/five
rm -r /srv/made
chmod 700 /home
chown 7:8 /etc/debian_version
mkdir -p /tmp/a/b && : > '/tmp/a/b/a name' && mkfifo /tmp/fifo
mv /usr/share/misc /usr/share/moved
cat /etc/hosts /etc/resolv.conf > /dev/null
"""


def test_it_is_what_the_engine_says(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> None:
    if not isinstance(engine, DockerEngine):
        pytest.skip("podman tells it at once")
    provide(engine, "debian:bookworm-slim")
    image = engine.build(BuildRequest(tmp_path_factory.mktemp("context"), DOCKERFILE)).image
    container = engine.create(RunRequest(image, command=("sh", "-c", DOES)))
    assert isinstance(container, CliContainer)
    container.start()
    assert container.wait(60).exit_code == 0, container.logs()
    found = {path: kind for kind, path in container.changes()}
    told = {path: kind for kind, path in CliContainer.changes(container)}
    assert found == told
    assert found["/srv/kept/below/three"] == "C" and found["/srv/five"] == found["/tmp/a/b/a name"] == "A"
    assert "/srv/kept/one" not in found, "it was only opened for writing"
    container.remove()
