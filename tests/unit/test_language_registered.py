"""A language that no line of src/ knows of: registered, it takes part in everything."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from keep_trees import Content, tree_of, with_debian
from report_climbs import BASELINE, HOLDS, SLIM

from languages import perl
from languages.perl_known import known
from unladen.climb.decide import decide
from unladen.climb.interface import Proved
from unladen.errors import BadProject
from unladen.keep.keeplist import KeepList, render
from unladen.keep.parse import parse
from unladen.keep.select import select
from unladen.keep.static import without_trace
from unladen.keep.touched import Touched
from unladen.language import registry
from unladen.language.interface import Dialect, Overrides, Proposal
from unladen.language.scene import scene
from unladen.measure.interface import Times, Weight
from unladen.proof.causes import guess_cause
from unladen.proof.tracebacks import tracebacks

GREETER = Path(__file__).parent.parent / "engine" / "projects" / "greeter"
CPAN = "/usr/local/lib/perl5"
CONFIG = {"config": {"Cmd": ["perl", "/app/server.pl"], "WorkingDir": "/app", "Env": ["PATH=/usr/bin"]}}


@pytest.fixture(autouse=True)
def language() -> Iterator[None]:
    with known():
        yield


def test_from_detection_to_the_decision() -> None:
    project = registry.detect(GREETER, Overrides())
    assert (project.language, project.start.value, project.port.value) == (
        "perl",
        ("perl", "server.pl"),
        8000,
    )
    spoken = registry.language("perl")
    assert "FROM debian:bookworm\n" in spoken.naive(project).dockerfile
    (slim,) = spoken.rungs(project, Dialect())
    assert isinstance(slim, Proposal)
    size = Weight(1_000_000, 400_000, 20, 4)
    proved = Proved(slim, "sha256:slim", size, Times(10, 1, 0.1, (), ()), HOLDS, (SLIM,))
    decision = decide(replace(project), BASELINE, (proved,), "balanced")
    assert decision.recommended == "slim"
    assert (
        "The guide's advice for this project: Perl: Debian's own perl-base on a slim image."
        in decision.reasons
    )


def test_it_runs_its_source_and_says_what_it_lacks() -> None:
    assert registry.by_interpreter("/usr/bin/perl5.36") is perl.LANGUAGE
    died = b"Can't locate Greeting.pm in @INC (you may need to install it) at /app/server.pl line 28.\n"
    assert tracebacks(died) == (died.decode().strip(),)
    assert guess_cause("", tracebacks(died)) == "missing Perl module Greeting"


def kept(touched: tuple[str, ...] = (), files: dict[str, Content] | None = None) -> KeepList:
    install = {"name": "Tiny", "version": "1.2", "provides": {"Tiny": {}, "Tiny::Deep": {}}}
    everything: dict[str, Content] = {
        "/usr/bin/perl": b"",
        "/usr/share/doc/perl/README": b"",
        "/app/server.pl": b"use Tiny;\n",
        f"{CPAN}/Tiny.pm": b"package Tiny;\nsub deep { require Tiny::Deep; }\n",
        f"{CPAN}/Tiny/Deep.pm": b"",
        f"{CPAN}/.meta/Tiny-1.2/install.json": json.dumps(install).encode(),
        **(files or {}),
    }
    owned = {"perl-base": ("/usr/bin/perl", "/usr/share/doc/perl/README")}
    tree = tree_of(with_debian(everything, owned))
    seen = tuple(map(Touched, touched)) or without_trace(tree, CONFIG)
    return select(scene(tree, CONFIG), seen, policy="package" if not touched else "file")


def test_packages_closure_runtime_and_hygiene() -> None:
    for keep in (kept(), kept(("/usr/bin/perl", f"{CPAN}/Tiny.pm"))):
        text = render(keep)
        assert "cpan Tiny 1.2" in text and "deb perl-base" in text
        assert f"{CPAN}/Tiny" in text
        assert "README" not in text
    assert f"# needed by {CPAN}/Tiny.pm\n{CPAN}/Tiny/Deep.pm" in text  # named, though nothing loaded it
    runtime = text[text.index("[runtime]") : text.index("[", text.index("[runtime]") + 1)]
    assert "/usr/bin/perl" in runtime
    assert parse(text) == keep


def test_forgotten_it_is_unknown() -> None:
    registry.unregister(perl)
    try:
        with pytest.raises(BadProject, match="unladen knows go"):
            registry.language("perl")
        assert registry.by_interpreter("perl") is None
    finally:
        registry.register(perl)


def test_an_entry_point_registers_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry.unregister(perl)
    info = tmp_path / "unladen_perl-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: unladen-perl\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[{registry.ENTRY_POINTS}]\nperl = languages.perl\n")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    try:
        registry.languages.cache_clear()
        assert registry.language("perl") is perl.LANGUAGE
    finally:
        monkeypatch.undo()
        registry.register(perl)
