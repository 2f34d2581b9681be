"""Node, as far as images and builds show it: there is no ladder for its projects yet."""

from __future__ import annotations

import re
from collections.abc import Sequence

from unladen.engine.hostsettings import Tools
from unladen.language.ecosystem import Ecosystem
from unladen.language.node.declared import declared
from unladen.language.node.indexes import index_files
from unladen.language.node.installing import installing
from unladen.language.node.needs import node_needs
from unladen.language.node.packages import node_packages, node_runtimes

_ERROR = re.compile(r"^(Uncaught )?(?:[A-Z]\w*)?Error(?: \[\w+\])?: .*")
_ADVICE = "Node: multi-stage with production dependencies only (145 MB in the guide)"


def failure(lines: Sequence[str], number: int) -> str:
    line = lines[number]
    if _ERROR.match(line) and number + 1 < len(lines) and lines[number + 1].startswith("    at "):
        return line
    return line.strip() if "UnhandledPromiseRejection" in line else ""


ECOSYSTEM = Ecosystem(
    name="node",
    interpreters=("node", "nodejs"),
    advice={"native": _ADVICE, "light": _ADVICE},
    tools=Tools(("NODE_EXTRA_CA_CERTS", "NPM_CONFIG_CAFILE", "YARN_HTTPS_CA_FILE_PATH"), index_files),
    installing=installing,
    kind="npm",
    packages=node_packages,
    runtimes=node_runtimes,
    nested=True,
    installers=frozenset(("npm", "corepack")),
    runtime=r"node(?:js)?",
    runtime_family=r"nodejs|libnode\d+",
    libraries=r"node_modules",
    modules_below=r"node_modules",
    modules=(".js", ".mjs", ".cjs", ".node"),
    shared_objects=(".node",),
    shared=r"node_modules",
    caches=r"(?:/root|/home/[^/]+)/\.(?:npm|node-gyp|yarn)(?:/.*)?",
    not_source=frozenset(("node_modules",)),
    needs=lambda scene: (node_needs,),
    declared=declared,
    toolchain_env=r"NODE_VERSION|YARN_VERSION",
    causes=((r"cannot find (?:module|package) '([^']+)'", "missing Node module {0}"),),
    failure=failure,
    metrics=("nodejs_",),
)
