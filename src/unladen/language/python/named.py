"""What Python code names: constants given to subprocess, ctypes, zoneinfo…, and what it imports late or guardedly."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from unladen.image.packages import Package
from unladen.image.scene import Scene
from unladen.language.named import Named, NeedKind
from unladen.language.python.source import Module, parsed

_STARTS = re.compile(
    r"subprocess\.(?:run|call|check_call|check_output|Popen)|os\.(?:exec|spawn)\w+|asyncio\.create_subprocess_exec"
    r"|shutil\.which|pexpect\.spawn|sh\.Command"
)
_SHELLS = re.compile(
    r"os\.(?:system|popen)|subprocess\.(?:getoutput|getstatusoutput)|asyncio\.create_subprocess_shell"
)
_FIRST: tuple[tuple[NeedKind, re.Pattern[str]], ...] = (
    (
        "library",
        re.compile(r"ctypes\.(?:CDLL|PyDLL|util\.find_library|(?:cdll|pydll)\.LoadLibrary)|.*\bffi\.dlopen"),
    ),
    ("zone", re.compile(r"zoneinfo\.ZoneInfo|pytz\.timezone|dateutil\.tz\.gettz|pendulum\.timezone")),
    ("module", re.compile(r"importlib\.import_module|__import__|importlib\.util\.find_spec")),
    ("user", re.compile(r"pwd\.getpwnam")),
    ("group", re.compile(r"grp\.getgrnam")),
)
_WORTH = re.compile(
    rb"subprocess|os\.system|os\.popen|os\.exec|os\.spawn|shutil|find_library|CDLL|LoadLibrary|dlopen|getpwnam|getgrnam"
)
"""A file of a dependency that has none of these is not parsed."""
_LATE = re.compile(rb"^[ \t]+(?:import|from)[ \t]+([A-Za-z_]\w*)", re.MULTILINE)
"""An import within a function or a try."""
_TLS = re.compile(r"(?:ssl|urllib\.request|http\.client|aiohttp|asyncpg|smtplib|imaplib|ftplib)(?:\.|$)")
_TYPES = re.compile(rb"\bmimetypes\b")
_NOT_RUN = re.compile(
    r"/(?:tests?|testing|benchmarks?|docs?|examples?|_distutils|distutils)/|/(?:conftest|setup)\.py$"
)
_ABOUT = re.compile(r"/(?:\.git|node_modules|__pycache__|\.venv)/")
INSTALLERS = frozenset(
    ("pip", "setuptools", "wheel", "pkg_resources", "_distutils_hack", "ensurepip", "distutils")
)
_LARGEST = 1 << 20
_MOST = 2000
"""Files of the program's own that are parsed."""


def named(scene: Scene) -> tuple[Named, ...] | None:
    """Of the program and its dependencies; None where the program has no source."""
    found = list(_named(scene))
    return tuple(found) if any(not each.package for each in found) else None


def _named(scene: Scene) -> Iterator[Named]:
    types, own = False, 0
    for path in scene.tree:
        entry = scene.tree.get(path) if path.endswith(".py") else None
        if entry is None or entry.kind not in ("file", "hardlink") or entry.size > _LARGEST:
            continue
        package = scene.packages.of(path)
        if package is None and _is_the_programs(scene, path) and own < _MOST:
            own += 1
            content = scene.tree.read(path)
            if (module := parsed(Path(_short(scene, path)), content)) is not None:
                yield from _in_module(module, "")
        elif (
            package is not None
            and package.kind == "pip"
            and package.name not in INSTALLERS
            and not _NOT_RUN.search(path)
        ):
            content = scene.tree.read(path)
            yield from _late(content, _short(scene, path), str(package), package.roots)
            if _WORTH.search(content) and (module := parsed(Path(_short(scene, path)), content)) is not None:
                yield from (each for each in _in_module(module, str(package)) if each.kind != "module")
        else:
            continue
        types = types or bool(_TYPES.search(content))
    if types:
        yield from _file_types(scene)


def _counts(package: Package) -> bool:
    return package.kind == "pip" and package.name not in INSTALLERS


def module(scene: Scene, name: str) -> str:
    """Where the image has a module, "" where it has none; what is compiled into an interpreter is in no file."""
    path = name.replace(".", "/")
    return next((found for folder in _roots(scene) if (found := _module(scene, f"{folder}/{path}"))), "")


def _module(scene: Scene, stem: str) -> str:
    names = (f"{stem}.py", f"{stem}.pyc", f"{stem}/__init__.py", f"{stem}/__init__.pyc", stem)
    if found := next((each for each in names if each in scene.tree), ""):
        return found
    inside = scene.tree.children(posixpath.dirname(stem))
    return next((each for each in inside if each.startswith(f"{stem}.") and each.endswith(".so")), "")


def _roots(scene: Scene) -> Iterator[str]:
    """Folders that modules are looked for in: the program's, those of packages, the interpreters' own."""
    yield from scene.application
    for prefix in ("/usr", "/usr/local", *scene.environments):
        for library in scene.tree.children(f"{prefix}/lib"):
            if re.fullmatch(r".*/python3(?:\.\d+)?", library):
                yield from (
                    library,
                    f"{library}/lib-dynload",
                    f"{library}/site-packages",
                    f"{library}/dist-packages",
                )


def _is_the_programs(scene: Scene, path: str) -> bool:
    below = any(path.startswith(f"{folder}/") for folder in scene.application)
    elsewhere = (
        re.search(r"/(?:lib/python3[^/]*|site-packages|dist-packages)/|^/usr/(?:lib|share)/", path)
        is not None
    )
    return (
        (below or not elsewhere) and not elsewhere and not _ABOUT.search(path) and not _NOT_RUN.search(path)
    )


def _short(scene: Scene, path: str) -> str:
    """The path as the user knows it: from the application's folder, or from that of packages."""
    for folder in scene.application:
        if path.startswith(f"{folder}/"):
            return path[len(folder) + 1 :]
    return re.sub(r".*/(?:site|dist)-packages/", "", path)


def _late(content: bytes, where: str, package: str, roots: tuple[str, ...]) -> Iterator[Named]:
    own = {posixpath.basename(root) for root in roots}
    for name in {match.decode() for match in _LATE.findall(content)} - own - INSTALLERS:
        yield Named("module", name, where, package)


def _in_module(module: Module, package: str) -> Iterator[Named]:
    for name in dict.fromkeys(module.imports.values()):
        if not package and _TLS.match(name):
            yield Named("certificates", "", f"{module.path} imports {name}")
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (Named("module", each.name, _at(module, node), package) for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield Named("module", node.module, _at(module, node), package)
        elif isinstance(node, ast.Call) and (node.args or node.keywords):
            yield from _called(module, node, package)


def _called(module: Module, call: ast.Call, package: str) -> Iterator[Named]:
    function, where = module.full_name(call.func), _at(module, call)
    first = (
        call.args[0]
        if call.args
        else next((each.value for each in call.keywords if each.arg == "args"), None)
    )
    shell = any(each.arg == "shell" and getattr(each.value, "value", None) for each in call.keywords)
    if _SHELLS.fullmatch(function) or (shell and _STARTS.fullmatch(function)):
        yield Named("program", "/bin/sh", where, package)
        text = _text(first)
        if text is None:
            yield Named("commands", "", where, package)
        else:
            yield from (Named("program", word, where, package) for word in _words(text))
    elif _STARTS.fullmatch(function):
        optional = function == "shutil.which"
        items = first.elts if isinstance(first, ast.List | ast.Tuple) else [first]
        word = _text(items[0]) if items else None
        if word:
            yield Named("program", word, where, package, optional)
        elif items and module.full_name(items[0] or ast.Pass()) != "sys.executable" and not optional:
            yield Named("commands", "", where, package)
    else:
        for kind, pattern in _FIRST:
            if pattern.fullmatch(function) and (word := _text(first)):
                yield Named(kind, word, where, package)


def _words(text: str) -> Iterator[str]:
    """The programs that a shell's text begins with, behind each operator."""
    for part in re.split(r"&&|\|\|?|;|\n", text):
        words = [word for word in part.split() if not re.match(r"\w+=", word)]
        if words and re.fullmatch(r"[\w./+-]+", words[0]):
            yield words[0]


def _file_types(scene: Scene) -> Iterator[Named]:
    """The endings of the program's own files, whose types it may ask for by name."""
    for folder in scene.application:
        for ending in sorted({posixpath.splitext(path)[1].lower() for path in scene.below(folder)} - {""}):
            yield Named("file type", ending, f"files *{ending} of the project")


def _text(node: ast.AST | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _at(module: Module, node: ast.stmt | ast.expr) -> str:
    return f"{module.path}:{node.lineno}"
