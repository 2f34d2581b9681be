"""What is seen while unladen works: the first picture, the rungs as they come, and what is left."""

from __future__ import annotations

import io

import pytest
from has_sides import Step, side_of
from rich.console import Console
from scripted import CommandLine, Scene, lean

import unladen
from unladen.cli.watch import watching
from unladen.climb.interface import Measured
from unladen.climb.makeup import makeup
from unladen.climb.pace import left_s
from unladen.image.dpkg import INFO, STATUS
from unladen.progress import Event, Part

PARTS = (
    Part("base image", 900_000_000),
    Part("system packages", 0),
    Part("dependencies", 95_000_000, (("pandas", 60_000_000), ("numpy", 30_000_000))),
    Part("own files", 100),
    Part("waste", 5_000_000, (("package lists", 5_000_000),)),
)


def shown(*events: Event, terminal: bool = False) -> str:
    out = io.StringIO()
    console = Console(file=out, width=100, color_system=None, force_terminal=terminal)
    with watching(console) as watch:
        for event in events:
            watch(event)
    return out.getvalue()


@pytest.mark.parametrize("terminal", [True, False])
def test_the_picture_has_a_bar_a_size_and_a_share_of_each_part(terminal: bool) -> None:
    text = shown(Event("baseline", "read", "done", parts=PARTS), terminal=terminal)
    assert "baseline: 1.00 GB, and where it is:" in text
    lines = {line[2:18].strip(): line.rstrip() for line in text.splitlines() if line.startswith("  ")}
    assert lines["base image"].count("█") == 21 and "900 MB  90%" in lines["base image"]
    assert "█" not in lines["system packages"] and "0 B   0%" in lines["system packages"]
    assert "95.0 MB   9%  pandas 60.0 MB, numpy 30.0 MB" in lines["dependencies"]
    assert "▌" in lines["own files"] and "100 B   0%" in lines["own files"]  # there at all
    assert "5.00 MB   0%  package lists 5.00 MB" in lines["waste"]


def test_plain_lines_say_what_is_left(scene: Scene, unladen_cli: CommandLine) -> None:
    scene.rung("lean", lean())
    code, out, said = unladen_cli("optimize", scene.root, "--rungs", "lean", "--json", "-")
    assert code == 0 and out.startswith("{") and out.endswith("}\n")
    lines = said.splitlines()
    built = next(number for number, line in enumerate(lines) if line.startswith("✓ baseline: built: in "))
    picture = next(number for number, line in enumerate(lines) if "and where it is:" in line)
    rung = next(number for number, line in enumerate(lines) if line == "… lean: building")
    assert built < picture < rung
    assert any(line.startswith("… rungs: 0 of 1, ") for line in lines) and "✓ rungs: 1 of 1" in lines


def test_each_image_is_read_once(scene: Scene) -> None:
    scene.rung("lean", lean())
    scene.write("Dockerfile", lean().replace("lean", "full"))
    events: list[Event] = []
    climb = unladen.optimize(scene.root, rungs=["tidy", "lean"], watch=events.append, time="none")
    images = {each.image for each in (climb.baseline, *climb.rungs) if isinstance(each, Measured)}
    saved = [image for image in scene.store.saved if image in images]
    assert len(saved) == len(set(saved)) and images == set(saved)


def test_the_parts_are_all_that_the_layers_hold() -> None:
    book = "Package: libpq5\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\n\n"
    side = side_of(
        Step("a base", {"/bin/sh": b"s" * 1000, "/etc/os-release": b"ID=debian\n"}),
        Step(
            "RUN /bin/sh -c apt-get update && apt-get install -y libpq5 # buildkit",
            {
                STATUS: book.encode(),
                f"{INFO}/libpq5.list": b"/usr/lib/libpq.so.5\n",
                "/usr/lib/libpq.so.5": b"q" * 700,
                "/var/lib/apt/lists/deb.example": b"l" * 300,
                "/root/.cache/wheel": b"c" * 40,
            },
        ),
        Step("COPY . /app # buildkit", {"/app/main.py": b"m" * 50, "/app/big.bin": b"b" * 500}),
        Step("RUN /bin/sh -c rm /app/big.bin # buildkit", {}, gone=("/app/big.bin",)),
        WorkingDir="/app",
    )
    parts = {part.name: part for part in makeup(side)}
    assert parts["base image"].size_bytes == 1010 and parts["dependencies"].size_bytes == 0
    assert parts["system packages"].largest == (("libpq5", 700),)
    assert parts["waste"].largest == (
        ("what a later instruction removes or writes again", 500),
        ("package lists", 300),
    )
    assert parts["waste"].size_bytes == 840 and ("/app", 50) not in parts["waste"].largest
    whole = sum(part.size_bytes for part in parts.values())
    assert whole == 1010 + 700 + 840 + 50 + len(book) + len("/usr/lib/libpq.so.5\n")


def test_what_is_left_is_told_by_what_is_done() -> None:
    assert left_s(ground_s=30, spent_s=0, done=0, to_do=4, then_s=20) == 60
    assert left_s(ground_s=30, spent_s=16, done=2, to_do=2, then_s=20) == 36
