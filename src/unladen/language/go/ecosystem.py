"""Go in images and at builds: a program is one file, so there is little to know."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from unladen.engine.hostsettings import HostFile, Tools, read_text
from unladen.engine.local_url import is_local
from unladen.language.ecosystem import Ecosystem
from unladen.language.go.named import named
from unladen.language.go.routes import routes
from unladen.language.go.taken import takes
from unladen.language.go.tests import tests
from unladen.language.go.versions import content

SETTINGS = ("GOPROXY", "GOSUMDB", "GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GOINSECURE")
"""Where modules come from ("go help environment"). GOFLAGS is not among them: it says how to build."""

TOOLCHAIN_ENV = (
    r"GOLANG_VERSION|GO(?:TOOLCHAIN|PATH|ROOT|BIN|CACHE|MODCACHE|OS|ARCH|ARM|AMD64|FLAGS|PROXY|SUMDB|PRIVATE|NOPROXY"
    r"|NOSUMDB|INSECURE|VCS|WORK|TMPDIR|ENV|111MODULE|EXPERIMENT)|CGO_\w+"
)
"""Of the build alone; GOMAXPROCS, GODEBUG and the like are read while a program runs."""

_LOGGED = re.compile(r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d(?:\.\d+)? ")
"""What Go's log package puts before a line."""
_RECOVERED = re.compile(r"http: panic serving \S+: (.*)")  # net/http goes on after one


def index_files(environ: Mapping[str, str], home: Path, root: Path) -> Mapping[str, HostFile]:
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    file = Path(environ.get("GOENV") or config / "go/env")
    settings = dict(line.partition("=")[::2] for line in read_text(file).splitlines() if "=" in line)
    settings.update({name: environ[name] for name in SETTINGS if environ.get(name)})
    kept = {name: settings[name] for name in SETTINGS if settings.get(name)}
    if any(is_local(url) for url in re.split(r"[,|]", kept.get("GOPROXY", ""))):
        kept["GOPROXY"] = ",".join(url for url in re.split(r"[,|]", kept["GOPROXY"]) if not is_local(url))
    text = "".join(f"{name}={value}\n" for name, value in kept.items() if value)
    return {"goenv": HostFile(text, "GOENV")}


def failure(lines: Sequence[str], number: int) -> str:
    line = lines[number]
    if match := _RECOVERED.search(line):
        return f"panic: {match[1]}"
    return bare.strip() if (bare := _LOGGED.sub("", line)).startswith(("panic: ", "fatal error: ")) else ""


ECOSYSTEM = Ecosystem(
    name="go",
    advice={
        "native": "Go with C libraries: a small base with a C library (the guide reached about 30 MB)",
        "light": "Go without C libraries: scratch (the guide reached about 15 MB)",
    },
    tools=Tools(files=index_files),
    content=content,
    workdirs=("/go", "/go/src"),
    routes=routes,
    tests=tests,
    toolchain_env=TOOLCHAIN_ENV,
    named=named,
    takes=takes,
    caches=r"(?:/root|/home/[^/]+)/\.config/go(?:/.*)?",
    read_at_start=r"\.env|config\.(?:ya?ml|toml|json)",  # godotenv; viper's documented way
    causes=(
        (
            r"x509: certificate signed by unknown authority|x509: failed to load system roots",
            "missing certificates",
        ),
    ),
    failure=failure,
    metrics=("go_", "promhttp_"),
)
