"""Cleaning up takes what this user's unladen started, and nothing else: the user's own containers, images built from
ours, a second unladen and another user's on the same engine all stay."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from engines import busybox

from unladen.engine.find import find_engine
from unladen.engine.interface import BuildRequest, Engine, RunRequest
from unladen.engine.podman import ulimit_options

pytestmark = pytest.mark.engine

DOCKERFILE = (
    'FROM scratch\nCOPY busybox /bin/busybox\nVOLUME /made\nENTRYPOINT ["/bin/busybox", "sleep", "300"]\n'
)


@pytest.fixture
def context(tmp_path: Path) -> Path:
    (tmp_path / "context").mkdir()
    (tmp_path / "context" / "busybox").write_bytes(busybox().read_bytes())
    (tmp_path / "context" / "busybox").chmod(0o755)
    return tmp_path / "context"


@pytest.fixture
def mine(engine: Engine, tmp_path: Path) -> Iterator[Engine]:
    """An engine whose state folder is this test's own."""
    found = find_engine(engine.name, tmp_path / "state")  # type: ignore[arg-type]
    yield found
    found.close()


def ask(engine: Engine, *args: str) -> str:
    return subprocess.run([*engine.command, *args], capture_output=True, text=True, check=True).stdout.strip()


def there(engine: Engine, *containers: str) -> bool:
    return all(
        ask(engine, "inspect", "--format", "{{.State.Running}}", each) == "true" for each in containers
    )


def volumes(engine: Engine) -> set[str]:
    return set(ask(engine, "volume", "ls", "--quiet").split())


def test_a_users_containers_of_a_kept_image_and_of_one_built_on_it_survive(
    mine: Engine, context: Path, tmp_path: Path
) -> None:
    before = volumes(mine)
    image = mine.build(BuildRequest(context, DOCKERFILE)).image
    kept = mine.keep(image, f"unladen/test-{os.getpid()}:rung")
    mine.close()
    (tmp_path / "theirs").write_text(f"FROM {kept}\nLABEL mine=1\n")
    on_it = f"unladen-test/on-it:{os.getpid()}"
    ask(mine, "build", "--tag", on_it, "--file", str(tmp_path / "theirs"), str(context))
    limits = ulimit_options() if mine.name == "podman" else ()
    containers = [
        ask(mine, "run", "-d", *limits, "-v", "/data", each).splitlines()[-1] for each in (kept, on_it)
    ]
    try:
        made = volumes(mine) - before
        next_run = find_engine(mine.name, tmp_path / "state")  # type: ignore[arg-type]
        assert next_run.remove_orphans() == ()
        next_run.build(BuildRequest(context, DOCKERFILE))
        next_run.close()
        assert there(mine, *containers) and len(made) == 4 and made <= volumes(mine)
        assert mine.find(kept) == image and mine.find(on_it) is not None
    finally:
        ask(mine, "rm", "-f", "-v", *containers)
        ask(mine, "image", "rm", on_it, kept)


LEAVES = """
import sys, time
from pathlib import Path
from unladen import temporary
from unladen.engine.find import find_engine
from unladen.engine.interface import BuildRequest, RunRequest
engine = find_engine(sys.argv[1], Path(sys.argv[2]))
image = engine.build(BuildRequest(Path(sys.argv[3]), sys.argv[4])).image
container = engine.create(RunRequest(image))
container.start()
with temporary.folder() as folder:
    print(container.id, image, folder, flush=True)
    time.sleep(300)
"""


def another(engine: Engine, state: Path, context: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", LEAVES, engine.name, str(state), str(context), DOCKERFILE]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_a_second_unladen_stays_while_it_lives_and_is_cleaned_up_after_when_it_is_killed(
    mine: Engine, context: Path, tmp_path: Path
) -> None:
    before = volumes(mine)
    with another(mine, tmp_path / "state", context) as other:
        assert other.stdout is not None
        container, image, _ = other.stdout.readline().split()
        mine.remove_orphans()
        mine.close()
        assert there(mine, container)  # it lives
        other.send_signal(signal.SIGKILL)
    assert volumes(mine) - before
    elsewhere = find_engine(mine.name, tmp_path / "another-users")  # type: ignore[arg-type]
    assert elsewhere.remove_orphans() == ()
    assert there(mine, container)  # another user's
    assert len(mine.remove_orphans()) == 1
    assert ask(mine, "ps", "--all", "--quiet", "--filter", f"id={container}") == ""
    assert mine.find(image) is None and volumes(mine) == before
    assert mine.remove_orphans() == ()


def test_an_image_that_a_users_container_is_made_of_stays(
    mine: Engine, context: Path, tmp_path: Path
) -> None:
    image = mine.build(BuildRequest(context, DOCKERFILE)).image
    theirs = ask(mine, "create", image)
    try:
        mine.close()
        assert ask(mine, "ps", "--all", "--quiet", "--no-trunc", "--filter", f"id={theirs}") == theirs
    finally:
        ask(mine, "rm", "-f", "-v", theirs)
    find_engine(mine.name, tmp_path / "state").remove_orphans()  # type: ignore[arg-type]
    assert mine.find(image) is None


def test_a_container_that_only_bears_our_label_is_not_ours(
    mine: Engine, context: Path, tmp_path: Path
) -> None:
    image = mine.build(BuildRequest(context, DOCKERFILE)).image
    ours = mine.create(RunRequest(image))
    label = ask(mine, "inspect", "--format", '{{index .Config.Labels "dev.unladen.container"}}', ours.id)
    theirs = ask(mine, "create", "--label", f"dev.unladen.container={label}", image)
    mine.close()
    assert ask(mine, "ps", "--all", "--quiet", "--no-trunc", "--filter", f"id={theirs}") == theirs
    ask(mine, "rm", "-f", "-v", theirs)
    find_engine(mine.name, tmp_path / "state").remove_orphans()  # type: ignore[arg-type]
