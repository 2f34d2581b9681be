"""Java, as far as images hold it: there is no ladder for its projects yet."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from unladen.image.interface import FileTree
from unladen.image.packages import Package, files_below, read_text
from unladen.image.scene import Scene
from unladen.language.ecosystem import Ecosystem

_LIBRARY = re.compile(r"(.*)/lib/(?:modules|rt\.jar)")
_MODULES = re.compile(r"(.*)/lib/modules")
_BY_NAME = ("lib/tzdb.dat", "lib/security/", "conf/")
"""Below Java's home, whose class library is one file: what that opens by name, time zones, certificates, settings."""


def runtimes(tree: FileTree, owned: Callable[[str], bool]) -> Iterator[Package]:
    for path in tree:
        match = _LIBRARY.fullmatch(path) if path.endswith(("/lib/modules", "/lib/rt.jar")) else None
        if match is None or owned(path) or f"{match[1]}/bin/java" not in tree:
            continue
        said = re.search(r'JAVA_VERSION="([^"]+)"', read_text(tree, f"{match[1]}/release"))
        files = tuple(files_below(tree, match[1]))
        yield Package("runtime", "java", said[1] if said else "", files, roots=(match[1],), word="runtime")


def data_needs(path: str, scene: Scene, used: bool) -> Iterable[str]:
    match = _MODULES.fullmatch(path) if used else None
    return (f"{match[1]}/{name}" for name in _BY_NAME) if match else ()


def failure(lines: Sequence[str], number: int) -> str:
    return lines[number].strip() if lines[number].startswith("Exception in thread ") else ""


ECOSYSTEM = Ecosystem(
    name="java",
    interpreters=("java",),
    runtimes=runtimes,
    runtime=r"java|openjdk-\d+-jre-headless",
    runtime_family=r"openjdk-\d+-.*|default-jre.*",
    needs=lambda scene: (data_needs,),
    toolchain_env=r"JAVA_VERSION",
    causes=(
        (r"ClassNotFoundException: (\S+)|NoClassDefFoundError: (\S+)", "missing Java class {0}"),
        (r"PKIX path building failed", "missing certificates"),
    ),
    failure=failure,
    metrics=("jvm_",),
)
