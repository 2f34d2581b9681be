"""What the health checks of a Dockerfile and of a compose file ask the program over HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from unladen.dockerfile.builds import composed, filled, values
from unladen.dockerfile.choose import builds
from unladen.dockerfile.users import UsersDockerfile

_URL = re.compile(
    r"(?:https?://)(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]|\$\{?HOST(?:NAME)?\}?|\$\(hostname\))"
    r"(?::(?P<port>[\w${}:-]+))?(?P<path>/[^\s\"'`),;|&<>\\]*)?"
    r"|(?:^|[\s\"'])(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\])(?::(?P<port2>[\w${}:-]+))?(?P<path2>/[^\s\"'`),;|&<>\\]*)"
)
_CALL = re.compile(r"[\"'](?:GET|HEAD)[\"'],\s*[\"'](/[^\"'\s]*)[\"']")


@dataclass(frozen=True)
class HealthCheck:
    """`path` is asked on `port` (None where no number is written); `source` is "Dockerfile:9 HEALTHCHECK"."""

    path: str
    port: int | None
    source: str


def health_checks(root: Path, users: UsersDockerfile | None) -> tuple[HealthCheck, ...]:
    """The Dockerfile's, and then those of the compose file's services that build this folder. A check that asks
    nothing over HTTP (`pg_isready`, a script of the image's) is none."""
    return (*_of_dockerfile(users), *_of_compose(root))


def health_path(root: Path, users: UsersDockerfile | None, port: int | None) -> HealthCheck | None:
    """The first check of the program's own port."""
    checks = health_checks(root, users) if port is not None else ()
    return next((each for each in checks if each.port in (None, port)), None)


def _of_dockerfile(users: UsersDockerfile | None) -> Iterator[HealthCheck]:
    check = users.final.healthcheck if users else None
    if users and check:
        name = users.path.name if users.path else "Dockerfile"
        text = users.final.scope.fill(check.arguments) if "$" in check.arguments else check.arguments
        yield from asked(text, f"{name}:{check.line} HEALTHCHECK")


def _of_compose(root: Path) -> Iterator[HealthCheck]:
    file, services = composed(root)
    for name, service in services.items():
        check = service.get("healthcheck")
        if isinstance(check, dict) and not check.get("disable") and builds(root, service):
            test = check.get("test")
            words = test if isinstance(test, list) else [test]
            text = filled(" ".join(str(word) for word in words if word).replace("$$", "\0"), values(root))
            yield from asked(text.replace("\0", "$"), f"{file} healthcheck of {name}")


def asked(command: str, source: str) -> Iterator[HealthCheck]:
    """What a health check's command asks of its own machine: a URL, or the method and the path of a call."""
    found = _URL.search(command)
    path = (found["path"] or found["path2"] or "/") if found else ""
    if found and not re.search(r"[$<>{}]", path):
        port = found["port"] or found["port2"] or ""
        yield HealthCheck(path.partition("#")[0], int(port) if port.isdecimal() else None, source)
    elif not found and (call := _CALL.search(command)):
        yield HealthCheck(call[1], None, source)
