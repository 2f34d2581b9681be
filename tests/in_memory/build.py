"""A builder: a small, honest subset of Dockerfiles. What it does not know it refuses."""

from __future__ import annotations

import fnmatch
import hashlib
import json
import posixpath
import re
import shlex
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from in_memory.container import of_host
from in_memory.files import SHM, Tree, file, layer_of
from in_memory.process import PATH, Machine, Process
from in_memory.store import Image, Store, nothing
from unladen.dockerfile.parse import Dockerfile, Instruction, parse
from unladen.engine.answers import DISK_FULL, DISK_HINT, missing_base
from unladen.engine.building import Materials, build_args, materials
from unladen.engine.ignore import parse_ignore
from unladen.engine.interface import BUILD_LABEL, BuildRequest, Built
from unladen.engine.owned import Session
from unladen.engine.wants import asked_for
from unladen.engine.with_host import original_line, original_step
from unladen.errors import BadDockerfile, BuildFailed, DiskFull, Interrupted

KNOWN = frozenset(
    ("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL")
)
KNOWN |= frozenset(("MAINTAINER", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"))
VARIABLE = re.compile(r"\\(\$)|\$(?:(\w+)|\{(\w+)(?:(:?[-+])([^}]*))?\})")
SHOWN = 20


@dataclass
class Stage:
    """A stage as far as it is built. `arguments` are its ARGs."""

    image: Image
    arguments: dict[str, str] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        own = dict(entry.partition("=")[::2] for entry in self.image.settings.get("Env") or ())
        return {**self.arguments, **own}

    @property
    def folder(self) -> str:
        return self.image.settings.get("WorkingDir") or "/"


class Building:
    """One build, which `end` breaks off."""

    def __init__(
        self, store: Store, request: BuildRequest, session: Session, on_line: Callable[[str], None]
    ) -> None:
        self._store = store
        self._request = request
        self._session = session
        self._on_line = on_line
        self._log: list[str] = []
        self._broken_off = False
        self._machine: Machine | None = None
        self._stages: dict[str, Stage] = {}

    def end(self) -> None:
        self._broken_off = True
        if self._machine is not None:
            self._machine.kill()

    def run(self) -> Built:
        begin = time.perf_counter()
        with materials(self._request, mounts=True) as made:
            self._made = made
            self._parsed = _checked(made)
            self._context = _context(self._request, made)
            stages = list(self._parsed.stages())
            names = [_name(start) or str(number) for number, (start, _) in enumerate(stages)]
            wanted = (self._request.target or names[-1]).lower()
            if wanted not in names:
                raise BadDockerfile(f"cannot build: there is no stage {wanted}")
            self._bodies = dict(zip(names, stages, strict=True))
            stage = self._stage(wanted)
            name = self._session.image()
            labels = {**(stage.image.settings.get("Labels") or {}), BUILD_LABEL: name}
            image = _with(stage.image, {"Labels": labels}, "")
            if self._broken_off:
                raise Interrupted("the engine was closed")
            id = self._store.add(image, name)
            if self._request.tag is not None:
                self._session.write("image", self._request.tag)
                self._store.add(image, self._request.tag)
        return Built(id, time.perf_counter() - begin, "\n".join(self._log) + "\n", "buildkit")

    def _say(self, line: str) -> None:
        self._log.append(line)
        self._on_line(line)

    def _stage(self, name: str) -> Stage:
        """A stage of the Dockerfile, built when first asked for."""
        if name not in self._stages:
            start, body = self._bodies[name]
            shared: dict[str, str] = {}
            for each in self._parsed.instructions[: self._parsed.instructions.index(start)]:
                if each.keyword == "FROM":
                    break
                self._argument(each, shared, shared)
            stage = Stage(self._base(start, shared))
            for each in body:
                self._step(stage, each, shared)
            self._stages[name] = stage
        return self._stages[name]

    def _base(self, start: Instruction, arguments: Mapping[str, str]) -> Image:
        words = [word for word in start.text.split() if not word.startswith("--")]
        reference = _expand(words[0], arguments)
        self._say(f"FROM {reference}")
        return self._image(reference)

    def _image(self, reference: str) -> Image:
        if reference.lower() in self._bodies and reference.lower() != "scratch":
            return self._stage(reference.lower()).image
        if reference == "scratch":
            return nothing()
        found = self._store.find(reference) or self._store.registry.get(reference)
        if found is None:
            raise missing_base(reference, f"{reference}: no such image in the registry")
        return found

    def _argument(self, each: Instruction, into: dict[str, str], known: Mapping[str, str]) -> None:
        given = dict(build_args(self._request))
        for word in shlex.split(each.text):
            name, has, value = word.partition("=")
            if name in given:
                into[name] = given[name]
            elif has or name in known:
                into[name] = _expand(value, into) if has else known[name]

    def _step(self, stage: Stage, each: Instruction, shared: Mapping[str, str]) -> None:
        text = original_step(f"{each.keyword} {each.text}")
        self._say(f"STEP {text}")
        if self._broken_off:
            raise Interrupted("the engine was closed")
        if each.keyword == "ARG":
            self._argument(each, stage.arguments, shared)
        elif each.keyword in ("COPY", "ADD"):
            stage.image = self._copy(stage, each, text)
        elif each.keyword == "RUN":
            stage.image = self._run(stage, each, text)
        else:
            stage.image = configured(stage.image, _expanded(each, stage.env))

    # COPY

    def _copy(self, stage: Stage, each: Instruction, text: str) -> Image:
        flags, words = _flags(each.text)
        sources, target = _sources(words)
        target = posixpath.join(stage.folder, _expand(target, stage.env))
        into_folder = target.endswith("/") or len(sources) > 1
        tree = stage.image.tree.copy()
        origin = self._image(flags["from"][0]).tree if "from" in flags else self._context
        inline = dict(zip(_inline(words), each.heredocs, strict=True))
        begun = dict(stage.image.tree.nodes)
        tree.room = self._store.room
        try:
            for source in sources:
                if source in inline:
                    end = posixpath.join(target, inline[source].name) if into_folder else target
                    tree.put(posixpath.normpath(end), file(inline[source].text))
                    continue
                found = _found(origin, _expand(source, stage.env))
                if not found:
                    raise BuildFailed(f'cannot build: {text}: "{source}" not found', step=text, detail=source)
                for path in found:
                    _put(origin, path, tree, target, into_folder or len(found) > 1)
        except OSError as error:
            raise DiskFull(f"cannot build: {text}: {error.strerror}".lower(), hint=DISK_HINT) from error
        if modes := flags.get("chmod"):
            for path, node in tree.nodes.items():
                if begun.get(path) is not node and node.kind == "file":
                    tree.nodes[path] = replace(node, mode=int(modes[0], 8))
        return self._committed(stage.image, tree, text, repr(layer_of(stage.image.tree, tree)))

    def _known(self, image: Image, text: str, what: str) -> tuple[str, Image | None]:
        """The step's key, and what it made in an earlier build if that counts."""
        key = hashlib.sha256(repr((image.id, self._request.apart, text, what)).encode()).hexdigest()
        return key, self._store.steps.get(key) if self._request.cache else None

    def _committed(self, image: Image, tree: Tree, text: str, what: str) -> Image:
        """An image with one more layer. Like a real one it has the time at which it was made in it, so that only a
        step that was cached gives the same image again."""
        key, known = self._known(image, text, what)
        if known is None:
            history = [*image.config["history"], {"created_by": text}]
            config = {**image.config, "history": history, "created": str(time.time_ns())}
            known = Image(config, (*image.layers, layer_of(image.tree, tree)), tree)
            self._store.steps[key] = known
        return known

    # RUN

    def _run(self, stage: Stage, each: Instruction, text: str) -> Image:
        flags, words = _flags(each.text)
        mounts = [
            dict(part.partition("=")[::2] for part in each.split(",")) for each in flags.get("mount", ())
        ]
        argv = self._argv(stage, each, words)
        what = repr(sorted(stage.arguments.items()))
        _, known = self._known(stage.image, text, what)
        if known is not None:
            self._say("CACHED")
            return known
        tree = stage.image.tree.copy()
        tree.room = self._store.room
        machine = self._machine = Machine(tree, self._store.programs, self._store.contents)
        targets = [target for mount in mounts if (target := self._mount(machine, mount))]
        output = _Lines(self._say)
        env = {"PATH": PATH, "HOME": "/root", **dict(build_args(self._request)), **stage.env}
        user = stage.image.settings.get("User") or ""
        process = Process(machine, argv, env, stage.folder, user, stdout=output.write, stderr=output.write)
        try:
            code = process.started()()
            why = f"the command returned exit code {code}"
        except OSError as error:
            code, why = 127, f"{argv[0]}: {error.strerror}"
        output.close()
        if self._broken_off:
            raise Interrupted("the engine was closed")
        if code != 0:
            detail = "\n".join([*output.lines, why][-SHOWN:])
            if DISK_FULL.search(detail):
                raise DiskFull(
                    f"cannot build: {text}: no space left on device", hint=DISK_HINT, detail=detail
                )
            raise BuildFailed(
                f"cannot build: {text}: {why}", step=text, detail=detail, hint=asked_for(text, detail)
            )
        for target in targets:
            for path in [target, *tree.below(target)]:
                tree.nodes.pop(path, None)
                if path in stage.image.tree.nodes:
                    tree.nodes[path] = stage.image.tree.nodes[path]
        for path in [path for path in tree.nodes if path.startswith(f"{SHM}/")]:
            del tree.nodes[path]
        return self._committed(stage.image, tree, text, what)

    def _argv(self, stage: Stage, each: Instruction, words: str) -> tuple[str, ...]:
        if words.startswith("["):
            return tuple(json.loads(words))
        if words.startswith("<<"):
            words = each.script or ""
        return (*(stage.image.settings.get("Shell") or ("/bin/sh", "-c")), words)

    def _mount(self, machine: Machine, mount: Mapping[str, str]) -> str:
        """Where something is for this step alone; a secret is the kernel's, so that no tree has it."""
        target = mount.get("target") or mount.get("dst") or f"/run/secrets/{mount.get('id', '')}"
        kind = mount.get("type", "bind")
        if kind == "secret":
            theirs = self._request.host.secrets if self._request.host else ()
            given = [dict(part.partition("=")[::2] for part in word.split(",")) for word in theirs]
            for id, path in (*self._made.secrets, *((each["id"], Path(each["src"])) for each in given)):
                if id == mount["id"]:
                    machine.kernel[target] = path.read_bytes
            return ""
        machine.tree.make_folders(target)
        if kind == "bind":
            origin = self._image(mount["from"]).tree if "from" in mount else self._context
            source = "/" + mount.get("source", "").strip("/")
            for each in origin.below(source):
                machine.tree.nodes[target.rstrip("/") + each.removeprefix(source.rstrip("/"))] = origin.nodes[
                    each
                ]
        return target


class _Lines:
    """Bytes of a step, handed on as lines."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._rest = b""
        self.lines: list[str] = []

    def write(self, data: bytes) -> None:
        *whole, self._rest = (self._rest + data).split(b"\n")
        for each in whole:
            self.lines.append(each.decode(errors="replace"))
            self._say(self.lines[-1])

    def close(self) -> None:
        if self._rest:
            self.write(b"\n")


# reading


def _checked(made: Materials) -> Dockerfile:
    parsed = parse(made.derived.dockerfile)
    for each in parsed.instructions:
        if each.keyword not in KNOWN:
            line = original_line(each.line, made.derived.added)
            raise BadDockerfile(
                f"cannot read the Dockerfile: line {line}: unknown instruction: {each.keyword}"
            )
    begun = False
    for each in parsed.instructions:
        begun = begun or each.keyword == "FROM"
        if not begun and each.keyword != "ARG":
            raise BadDockerfile("cannot read the Dockerfile: no build stage in current context")
    if not begun:
        raise BadDockerfile("cannot read the Dockerfile: it has no FROM")
    return parsed


def _name(start: Instruction) -> str:
    words = start.text.split()
    return words[-1].lower() if len(words) > 2 and words[-2].upper() == "AS" else ""


def _context(request: BuildRequest, made: Materials) -> Tree:
    """The context's files as root's, without what .dockerignore leaves out."""
    own = request.context / ".dockerignore"
    text = request.dockerignore
    if text is None:
        text = own.read_text() if own.is_file() else ""
    rules = parse_ignore(text)
    tree = Tree()
    for path in sorted(request.context.rglob("*")):
        inside = path.relative_to(request.context).as_posix()
        if not rules.excludes(inside) and (path.is_symlink() or path.is_file() or path.is_dir()):
            tree.make_folders(posixpath.dirname(f"/{inside}"))
            tree.nodes[f"/{inside}"] = of_host(path)
    return tree


def _flags(arguments: str) -> tuple[dict[str, list[str]], str]:
    """(the flags by name, the rest)."""
    flags: dict[str, list[str]] = {}
    while match := re.match(r"--([\w-]+)(?:=(\S*))?\s+", arguments):
        flags.setdefault(match[1], []).append(match[2] or "")
        arguments = arguments[match.end() :]
    return flags, arguments


def _sources(words: str) -> tuple[list[str], str]:
    *sources, target = json.loads(words) if words.startswith("[") else words.split()
    return sources, target


def _inline(words: str) -> list[str]:
    """The words that stand for here-documents."""
    return [word for word in words.split() if "<<" in word]


def _found(origin: Tree, source: str) -> list[str]:
    path = posixpath.normpath("/" + source.lstrip("/"))
    if "*" in path or "?" in path:
        depth = path.count("/")
        return [
            each for each in sorted(origin.nodes) if each.count("/") == depth and fnmatch.fnmatch(each, path)
        ]
    return [path] if origin.exists(path) else []


def _put(origin: Tree, path: str, tree: Tree, target: str, into_folder: bool) -> None:
    """A folder's contents go into the target; a file becomes it, or goes into it."""
    node = origin.node(path)
    end = posixpath.normpath(target)
    if node.kind == "dir":
        top = origin.real(path)
        if end != "/":
            tree.make_folders(end)
        for each in origin.below(top):
            there = posixpath.join(end, each[len(top) :].lstrip("/"))
            if not (origin.nodes[each].kind == "dir" and tree.exists(there)):
                tree.put(there, origin.nodes[each])
        return
    existing = tree.get(tree.real(end)) if tree.exists(end) else None
    if into_folder or (existing and existing.kind == "dir"):
        end = posixpath.join(end, posixpath.basename(path))
    tree.put(end, node)


def _expand(text: str, values: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        if match[1]:
            return "$"
        known = values.get(match[2] or match[3], "")
        if not match[4]:
            return known
        return (match[5] if known else "") if match[4].endswith("+") else known or match[5]

    return VARIABLE.sub(value, text)


def _expanded(each: Instruction, values: Mapping[str, str]) -> str:
    if each.keyword in ("CMD", "ENTRYPOINT", "HEALTHCHECK", "SHELL"):
        return f"{each.keyword} {each.text}"
    return f"{each.keyword} {_expand(each.text, values)}"


# the configuration


def _with(image: Image, changes: Mapping[str, Any], text: str) -> Image:
    history = [*image.config["history"], *([{"created_by": text, "empty_layer": True}] if text else [])]
    settings = {**image.settings, **changes}
    return replace(image, config={**image.config, "config": settings, "history": history})


def configured(image: Image, text: str) -> Image:
    """The image after an instruction that changes no file but a WORKDIR's."""
    name, _, arguments = text.partition(" ")
    settings, arguments = image.settings, arguments.strip()
    match name.upper():
        case "ENV":
            env = dict(entry.partition("=")[::2] for entry in settings.get("Env") or ())
            env |= _pairs(arguments)
            return _with(image, {"Env": [f"{key}={value}" for key, value in env.items()]}, text)
        case "LABEL":
            return _with(image, {"Labels": {**(settings.get("Labels") or {}), **_pairs(arguments)}}, text)
        case "EXPOSE":
            ports: dict[str, dict[str, str]] = {
                port if "/" in port else f"{port}/tcp": {} for port in arguments.split()
            }
            return _with(image, {"ExposedPorts": {**(settings.get("ExposedPorts") or {}), **ports}}, text)
        case "VOLUME":
            paths = json.loads(arguments) if arguments.startswith("[") else arguments.split()
            return _with(image, {"Volumes": {path: {} for path in paths}}, text)
        case "WORKDIR":
            folder = posixpath.normpath(
                posixpath.join(settings.get("WorkingDir") or "/", shlex.split(arguments)[0])
            )
            changed = _with(image, {"WorkingDir": folder}, text)
            if changed.tree.exists(folder):
                return changed
            tree = changed.tree.copy()
            tree.make_folders(folder)
            *before, step = changed.config["history"]
            config = {**changed.config, "history": [*before, {"created_by": step["created_by"]}]}
            layers = (*changed.layers, layer_of(image.tree, tree))
            return replace(changed, config=config, tree=tree, layers=layers)
        case "USER":
            return _with(image, {"User": arguments}, text)
        case "STOPSIGNAL":
            return _with(image, {"StopSignal": arguments}, text)
        case "SHELL":
            return _with(image, {"Shell": json.loads(arguments)}, text)
        case "CMD":
            return _with(image, {"Cmd": _command(arguments)}, text)
        case "ENTRYPOINT":
            return _with(image, {"Entrypoint": _command(arguments), "Cmd": None}, text)
        case "HEALTHCHECK":
            return _with(image, {"Healthcheck": _health(arguments)}, text)
        case "MAINTAINER":
            return image
    raise BadDockerfile(f"cannot build: {text}: this builder does not know it")


def _pairs(arguments: str) -> dict[str, str]:
    words = shlex.split(arguments)
    if words and "=" not in words[0]:
        return {words[0]: arguments.partition(" ")[2].strip()}
    return dict(word.partition("=")[::2] for word in words)


def _command(arguments: str) -> list[str]:
    return list(json.loads(arguments)) if arguments.startswith("[") else ["/bin/sh", "-c", arguments]


def _health(arguments: str) -> dict[str, Any]:
    flags, rest = _flags(arguments)
    if rest == "NONE":
        return {"Test": ["NONE"]}
    command = rest.removeprefix("CMD").strip()
    test = ["CMD", *json.loads(command)] if command.startswith("[") else ["CMD-SHELL", command]
    seconds = {"interval": "Interval", "timeout": "Timeout", "start-period": "StartPeriod"}
    named = {seconds[key]: int(float(flags[key][0].rstrip("s")) * 1e9) for key in seconds if key in flags}
    return {"Test": test, **named, **({"Retries": int(flags["retries"][0])} if "retries" in flags else {})}
