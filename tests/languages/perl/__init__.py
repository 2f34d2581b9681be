"""Perl, as a language of the tests: one folder, and all of unladen works with it. No line of src/ knows of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from unladen.errors import BadProject
from unladen.image.interface import FileTree
from unladen.image.packages import Package, read_text
from unladen.image.scene import Scene
from unladen.language.dockerignore import dockerignore
from unladen.language.ecosystem import Ecosystem
from unladen.language.interface import (
    Baseline,
    Battery,
    Dialect,
    Fact,
    Lost,
    NoDetails,
    Overrides,
    Project,
    Proposal,
    ReadFile,
)
from unladen.language.leaner import PLAIN, Leaner

_STARTS = ("server.pl", "app.pl", "main.pl")
_USER = "65532:65532"
_PORT = re.compile(r"LocalPort\s*=>\s*(\d+)")
_USED = re.compile(rb"(?m)(?:^|[{;])\s*(?:use|require)\s+([A-Z]\w*(?:::\w+)*)\s*[;( ]")
_SEARCHED = ("/app/lib", "/usr/local/lib/perl5", "/usr/lib/x86_64-linux-gnu/perl-base", "/usr/share/perl5")
_DIED = re.compile(r".+ at \S+ line \d+\.$")
_SCRIPT = r"""
use strict;
my %found = (
    'temporary files' => -w '/tmp' ? 'true' : 'false',
    'host names' => defined(gethostbyname('localhost')) ? 'true' : 'false',
    'sockets' => eval { require IO::Socket::INET; 1 } ? 'true' : 'false',
    'shell' => -x '/bin/sh' ? 'true' : 'false',
);
my @asked = @ARGV ? @ARGV : sort keys %found;
print '{', join(', ', map { "\"$_\": $found{$_}" } @asked), "}\n";
"""
_BATTERY = Battery(
    script=_SCRIPT,
    argv=("perl", "-"),
    meaning={
        "temporary files": "files in /tmp cannot be written",
        "host names": "localhost does not resolve",
        "sockets": "no connection can be opened",
        "shell": "no shell: system() with a command line fails",
    },
    fatal=frozenset({"temporary files", "host names", "sockets"}),
)


class Perl:
    """Programs with a cpanfile, run by the perl that every Debian has."""

    name = "perl"
    manifests = ("cpanfile",)
    sources = (".pl", ".pm")

    def detect(self, root: Path, overrides: Overrides) -> Project[NoDetails]:
        program = next((name for name in _STARTS if (root / name).is_file()), "")
        if not program and overrides.start is None:
            raise BadProject("cannot tell how the program starts", hint="Set start in unladen.toml.")
        port = _PORT.search((root / program).read_text()) if program else None
        return Project(
            root,
            root.name,
            self.name,
            (root / "cpanfile",),
            version=Fact("5", "Debian's"),
            start=Fact(overrides.start or ("perl", program), program or "unladen.toml"),
            port=Fact(overrides.port or (int(port[1]) if port else None), program),
            health=Fact(overrides.health, "unladen.toml"),
            native=Fact((), "cpanfile"),
            details=NoDetails(),
            env=overrides.env,
        )

    def naive(self, project: Project[NoDetails]) -> Baseline:
        text, base = self._on("debian:bookworm", project, ())
        return Baseline("full", "what most people begin with", text, (base,))

    def rungs(self, project: Project[NoDetails], dialect: Dialect) -> tuple[Proposal, ...]:
        text, base = self._on("debian:bookworm-slim", project, ("ENV HOME=/tmp", f"USER {_USER}"))
        meant = {
            f"USER={_USER}": "the program needs no rights of root",
            "ENV HOME=/tmp": f"the user {_USER} has no home folder of its own",
        }
        why = "no documentation, no root"
        return (Proposal("slim", why, text, (base,), takes_away=(Lost.ROOT,), intends=meant),)

    def leaner(self, rung: Proposal, project: Project[NoDetails], full: Scene, light: Scene) -> Leaner:
        return PLAIN

    def refine(
        self, rung: Proposal, project: Project[NoDetails], dialect: Dialect, read: ReadFile
    ) -> Proposal:
        return rung

    def dockerignore(self, project: Project[NoDetails]) -> str:
        return dockerignore(project.root, {"Perl": ["**/blib", "**/*.bak"]})

    def battery(self, project: Project[NoDetails] | None) -> Battery:
        return _BATTERY

    def _on(self, base: str, project: Project[NoDetails], more: Sequence[str]) -> tuple[str, str]:
        expose = [f"EXPOSE {project.port.value}"] if project.port.value else []
        command = f"CMD {json.dumps(list(project.start.value))}"
        return "\n".join([f"FROM {base}", "WORKDIR /app", "COPY . .", *more, *expose, command, ""]), base


def _distributions(tree: FileTree) -> Iterator[Package]:
    """What cpanm installed: .meta/NAME-VERSION/install.json names the modules of a distribution."""
    for path in tree:
        if not path.endswith("/install.json") or "/.meta/" not in path:
            continue
        library, said = path.partition("/.meta/")[0], json.loads(read_text(tree, path))
        modules = (f"{library}/{name.replace('::', '/')}.pm" for name in said.get("provides", {}))
        files = tuple(sorted(each for each in (*modules, path) if each in tree))
        yield Package(
            "cpan", said["name"], said["version"], files, metadata=(path,), word="Perl distribution"
        )


def _named_modules(path: str, scene: Scene, used: bool) -> Iterable[str]:
    """The modules that a source names, loaded or not: `require` within a branch that no case took."""
    if not used or not path.endswith(Perl.sources):
        return
    for name in sorted(set(_USED.findall(scene.tree.read(path)))):
        file = name.decode().replace("::", "/") + ".pm"
        yield from (f"{folder}/{file}" for folder in _SEARCHED if f"{folder}/{file}" in scene.tree)


def _failure(lines: Sequence[str], number: int) -> str:
    return lines[number] if _DIED.fullmatch(lines[number]) else ""


LANGUAGE = Perl()
ECOSYSTEM = Ecosystem(
    name="perl",
    interpreters=("perl", "perl5"),
    advice={"light": "Perl: Debian's own perl-base on a slim image"},
    kind="cpan",
    packages=_distributions,
    runtime=r"perl-base|libperl5\.\d+",
    runtime_family=r"perl(?:-base|-modules-5\.\d+)?|libperl5\.\d+",
    libraries=r"perl5",
    modules_below=r"perl5|perl-base",
    modules=(".pm", ".pl"),
    shared=r"perl5|perl-base",
    caches=r".*\.bak",
    needs=lambda scene: (_named_modules,),
    causes=((r"Can't locate (\S+)\.pm in @INC", "missing Perl module {0}"),),
    failure=_failure,
)
