"""What a Go rung changes of the image's configuration on purpose, and why."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from unladen.dockerfile.stages import SHELL
from unladen.image.settings import is_root
from unladen.language.go import images
from unladen.language.go.details import Details
from unladen.language.go.needs import Needs
from unladen.language.go.values import USER, env, shared
from unladen.language.interface import Dialect, Project

CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
ZONES, NSSWITCH = "/usr/share/zoneinfo", "/etc/nsswitch.conf"


def intended(
    project: Project[Details],
    dialect: Dialect,
    *,
    base: str = "",
    zone_file: str = "",
    nonroot: bool = True,
    home: str = "",
) -> Mapping[str, str]:
    """`base` is the image that the rung's last stage starts from; `zone_file` and `home` are what ZONEINFO and HOME
    name, "" where they are not set. See `Proposal.intends` for what is given back."""
    users, values = project.details.users, shared(project, dialect)
    found = {}
    if nonroot and (users is None or is_root(users.final.scope.user)):
        found[f"USER={USER}"] = "the program needs no rights of root"
    if base in (images.GLIBC_RUNTIME, images.STATIC_RUNTIME):
        found[f"ENV SSL_CERT_FILE={CERTIFICATES}"] = "the base's certificates are there"
    if home:
        found[f"ENV HOME={home}"] = f"the user {USER} has no home folder of its own"
    else:
        found["HOME=/nonexistent" if base else "HOME=/"] = "nothing in the binary asks for a home folder"
    if zone_file:
        found[f"ENV ZONEINFO={zone_file}"] = "the program's time zones are there"
    if project.port.value is not None:
        found[f"EXPOSE {project.port.value}/tcp=exposed"] = "the program listens there"
    for name, value in env(project).items():
        if users is None or name not in users.env:
            found[f"ENV {name}={value}"] = "the program reads its port there, and has no other"
    if users and tuple(users.final.scope.shell) != SHELL and not users.start.needs_shell:
        found[f"SHELL={_words(SHELL)}"] = "neither the start nor the health check goes through a shell"
    if why := _started(project):
        entrypoint, cmd = values["entrypoint"], values["cmd"]
        assert isinstance(entrypoint, tuple) and isinstance(cmd, tuple)
        found[f"CMD={_words([*entrypoint, *cmd])}"] = why
        found[f"arguments=take the place of {_words(cmd) if entrypoint else 'the whole command'}"] = why
    return found


def left_out(needs: Needs, *, is_bare: bool) -> Mapping[str, str]:
    """Files that Go's packages read by name, and that a rung may do without; `is_bare`: it has no base."""
    found = {"/etc/protocols": "Go knows the common protocols itself"}
    if is_bare:
        found[NSSWITCH] = "without it Go asks files, then DNS"
    if not needs.zones:
        found[ZONES] = "the binary brings its own time zones, or loads none"
    if not needs.mime:
        found["/etc/mime.types"] = "nothing in the binary asks for media types"
    if not needs.services:
        found["/etc/services"] = "nothing in the binary asks for ports by name"
    if not needs.certificates:
        found[CERTIFICATES] = "the binary brings its own certificates, or verifies none"
    return found


def _started(project: Project[Details]) -> str:
    """Why the start command is another than the baseline's; nothing where it is taken over."""
    users = project.details.users
    if users is None:
        return ""
    start = users.start
    if project.start.source == "unladen.toml" or not (start.entrypoint or start.cmd):
        return f"it starts as is believed: {project.start.source}"
    written = [word for each in (users.final.entrypoint, users.final.cmd) if each for word in each.argv]
    if [*start.entrypoint, *start.cmd] == written:
        return ""
    return start.dropped[0] if start.dropped else "the program is built, and not run from its source"


def _words(argv: Sequence[str]) -> str:
    return json.dumps(list(argv), ensure_ascii=False)
