"""A language for stories, and a world for it: projects bring their own ladder, and a program of six words serves.

app.script:   use NAME            opens /usr/lib/script/NAME.lib at the start
              /PATH say WORD…     answers with the words
              /PATH read FILE     answers with a file of the image
              /PATH draw          answers differently each time
              /PATH ask HOST      answers what another program of the network answers to GET /users
              end CODE            ends at once
ladder/*.Dockerfile is the ladder, in the order of the names; comments in it say "# goal: smallest", "# after: RUNG"
or "# impossible: WHY".
"""

from __future__ import annotations

import json
import re
import signal
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from in_memory.applets import APPLETS
from in_memory.files import Node, Tree, file, tar_of
from in_memory.process import Answer, Ended, Process, Program, executable
from in_memory.store import Image, Store, nothing
from in_memory.tools import TOOLS
from unladen.dockerfile.stages import parse
from unladen.image.scene import Scene as ImageScene
from unladen.keep.stages import PACKER
from unladen.language.ecosystem import Ecosystem
from unladen.language.interface import (
    Baseline,
    Battery,
    Dialect,
    Fact,
    Impossible,
    Lost,
    Overrides,
    Project,
    Proposal,
    ReadFile,
)
from unladen.language.leaner import PLAIN, Leaner

FULL, LEAN, TINY = "story/full:1", "story/lean:1", "story/tiny:1"
BASELINE = f"""FROM {FULL}
WORKDIR /app
COPY . .
EXPOSE 8000
CMD ["script", "app.script"]
"""
APP = """use json
/health say ok
/users read /usr/share/app/users.txt
/rare read /usr/share/app/rare.txt
"""
CONFIG = """[[verify.request]]
path = "/users"
[[verify.request]]
path = "/health"
"""


# the language


@dataclass(frozen=True)
class Ladder:
    """What is known of a project: its own rungs."""

    rungs: tuple[Proposal | Impossible, ...]

    def beliefs(self) -> Mapping[str, Fact[str]]:
        return {"rungs": Fact(" ".join(rung.name for rung in self.rungs), "ladder/")}


class Scripted:
    name = "scripted"
    manifests = ("app.script",)
    sources = (".script",)
    interpreters = ("script",)

    def detect(self, root: Path, overrides: Overrides) -> Project[Ladder]:
        dockerfile = root / "Dockerfile"
        return Project(
            root=root,
            name=root.name,
            language=self.name,
            manifests=(root / "app.script",),
            version=Fact("1", "app.script"),
            start=Fact(("script", "app.script"), "app.script"),
            port=Fact(overrides.port or 8000, "always so"),
            health=Fact(overrides.health or "/health", "always so"),
            native=Fact((), "never any"),
            details=_ladder(root),
            dockerfile=dockerfile if dockerfile.exists() else None,
            env=overrides.env,
        )

    def naive(self, project: Project[Ladder]) -> Baseline:
        return Baseline("full", "as most people start", BASELINE, (FULL,))

    def rungs(self, project: Project[Ladder], dialect: Dialect) -> tuple[Proposal | Impossible, ...]:
        return project.details.rungs

    def leaner(self, rung: Proposal, project: Project[Ladder], full: ImageScene, light: ImageScene) -> Leaner:
        return PLAIN

    def refine(
        self, rung: Proposal, project: Project[Ladder], dialect: Dialect, read: ReadFile
    ) -> Proposal | Impossible:
        if read("/app/app.script") is None:
            return Impossible(rung.name, rung.why, "the rung before has no program")
        return rung

    def dockerignore(self, project: Project[Ladder]) -> str:
        return "ladder\n"

    def battery(self, project: Project[Ladder] | None) -> Battery:
        return Battery(
            script="check data /usr/share/app/data.txt\n",
            argv=("script", "-"),
            meaning={"data": "programs find no data"},
            fatal=frozenset({"data"}),
        )


def _ladder(root: Path) -> Ladder:
    files = sorted((root / "ladder").glob("*.Dockerfile"))
    names = [path.name.partition("-")[2].removesuffix(".Dockerfile") for path in files]
    return Ladder(tuple(_rung(name, path.read_text()) for name, path in zip(names, files, strict=True)))


def _rung(name: str, text: str) -> Proposal | Impossible:
    said = dict(re.findall(r"(?m)^# ([\w ]+): (.*)$", text))
    if "impossible" in said:
        return Impossible(name, "of the project's own", said["impossible"])
    return Proposal(
        name,
        "of the project's own",
        text,
        parse(text).bases,
        takes_away=(Lost.SHELL,) if said.get("takes away") == "shell" else (),
        goal=said.get("goal", "balanced"),
        after=said.get("after"),
    )


LANGUAGE = Scripted()
ECOSYSTEM = Ecosystem(name="scripted", interpreters=Scripted.interpreters)


# its interpreter


def script(process: Process) -> int:
    text = process.stdin.read().decode() if process.argv[1] == "-" else process.text(process.argv[1])
    answers: dict[str, tuple[str, str]] = {}
    checks: dict[str, str] = {}
    for line in text.splitlines():
        match line.split(None, 2):
            case ["use", name]:
                process.read(f"/usr/lib/script/{name}.lib")
            case ["check", name, path]:
                checks[name] = "there" if process.exists(path) else "gone"
            case ["end", code]:
                process.complain("ends as it was told to")
                return int(code)
            case [path, what, *rest]:
                answers[path] = (what, rest[0] if rest else "")
    if checks:
        process.say(json.dumps(checks))
        return 0

    def stop() -> None:
        raise Ended(0)

    def answer(path: str) -> Answer:
        match answers.get(path.partition("?")[0]):
            case "say", words:
                return Answer(words.encode())
            case "read", name:
                return Answer(process.read(name))
            case "draw", _:
                return Answer(uuid.uuid4().hex.encode())
            case "ask", host:
                return Answer(process.fetch(process.env.get("STOCK", host), 8000, "/users"))
        return Answer(b"not found", 404)

    process.signals.handlers[signal.SIGTERM] = stop
    return process.serve(8000, answer)


# the world


def base(files: Mapping[str, Node | str], programs: tuple[str, ...] = ("script",)) -> Image:
    """A base image with a shell, the interpreter and these files."""
    tree = Tree()
    for path, node in files.items():
        tree.put(path, file(node) if isinstance(node, str) else node)
    tree.put("/bin/busybox", executable("busybox"))
    for applet in APPLETS:
        tree.put(f"/bin/{applet}", Node("symlink", link="busybox", mode=0o777))
    for program in programs:
        tree.put(f"/usr/bin/{program}", executable(program))
    tree.put("/tmp", Node("dir", mode=0o1777))
    empty = nothing()
    settings = {"Env": ["PATH=/usr/bin:/bin"]}
    history = [{"created_by": "a base of the tests"}]
    return Image({**empty.config, "config": settings, "history": history}, (tar_of(tree.nodes),), tree)


NEEDED = {
    "/etc/passwd": "root:x:0:0::/root:/bin/sh\n",
    "/usr/lib/script/json.lib": "json" * 300,
    "/usr/share/app/users.txt": "anna\nben\n",
    "/usr/share/app/rare.txt": "seldom seen\n",
    "/usr/share/app/data.txt": "data\n",
}
HEAVY = {f"/usr/share/doc/{number}.txt": "documentation " * 4000 for number in range(8)} | {
    "/usr/lib/script/xml.lib": "xml" * 30000
}


def world(**programs: Program) -> Store:
    store = Store({"script": script, **TOOLS, **programs})
    store.add(base({**NEEDED, **HEAVY}), FULL)
    store.add(base({**NEEDED, "/usr/lib/script/xml.lib": "xml" * 3000}), LEAN)
    store.add(base(NEEDED), TINY)
    store.add(base({}, tuple(TOOLS)), PACKER)
    return store


CommandLine = Callable[..., tuple[int, str, str]]
"""Calls unladen with arguments: exit code, stdout, stderr."""


@dataclass(frozen=True)
class Scene:
    """A project, the engine's store, and the folder of what is remembered."""

    root: Path
    store: Store
    cache: Path
    bases: frozenset[str] = field(default=frozenset())

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def rung(self, name: str, text: str) -> None:
        """The next rung of the ladder."""
        number = len(list(self.root.glob("ladder/*")))
        self.write(f"ladder/{number}-{name}.Dockerfile", text)

    def left(self) -> list[str]:
        """What is in the store beside the bases: images, containers and networks."""
        return [*(self.store.images.keys() - self.bases), *self.store.containers, *self.store.networks]


def lean(*more: str) -> str:
    """A Dockerfile from the lean base; `more` are lines before the command."""
    lines = (f"FROM {LEAN}", "WORKDIR /app", "COPY . .", "EXPOSE 8000", *more, 'CMD ["script", "app.script"]')
    return "\n".join(lines) + "\n"
