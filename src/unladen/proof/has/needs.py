"""What code names and only its image can give: programs, libraries, modules, zones, certificates, types of files."""

from __future__ import annotations

import mimetypes
import posixpath
import re
from collections.abc import Callable, Mapping

from unladen.image.accounts import account
from unladen.image.packages import read_text
from unladen.language.interface import Lost
from unladen.language.named import Named, NeedKind
from unladen.language.registry import ecosystems
from unladen.proof.has.interface import Pair, Part, Side
from unladen.proof.has.programs import problem
from unladen.proof.interface import Loss

BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/cert.pem",
    "/usr/lib/ssl/cert.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
)
"""Where TLS libraries look for the authorities that they trust."""
TYPES = (
    "/etc/mime.types",
    "/etc/apache2/mime.types",
    "/usr/share/mime-types/mime.types",
    "/etc/nginx/mime.types",
)
ZONES = ("/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo")
GONE = "is not there"


def needs(pair: Pair) -> Part:
    """What the baseline has of all that its program's code and its dependencies' names, and the rung has not."""
    named = [each for each in pair.baseline.named if not _missing(pair.baseline, each)]
    losses = [
        Loss("need", _subject(each), f"{why} ({each.where} names it)", each.package, _why(pair, each))
        for each in named
        if (why := _missing(pair.rung, each))
    ]
    return Part("needs", len(named), tuple(losses))


def _subject(need: Named) -> str:
    return f"{need.kind} {need.name}".strip()


def _why(pair: Pair, need: Named) -> str:
    """Why a rung may be without it. What a dependency alone names, and came with the base image, nobody asked for."""
    if Lost.UNUSED in pair.intent.takes_away:
        return str(Lost.UNUSED)
    if not need.package or need.kind != "program":
        return ""
    path = pair.baseline.scene.program(need.name)
    own = pair.baseline.base_layers and path and pair.baseline.scene.real(path) not in pair.baseline.base
    return "" if own else f"the base image brought it, and only {need.package} names it"


def _missing(side: Side, need: Named) -> str:
    """What is in the way of a need; "" where the image fulfils it."""
    return _KINDS[need.kind](side, need.name)


def _program(side: Side, name: str) -> str:
    user = account(side.scene.tree, side.scene.settings.user)
    return problem(side, name, user) if user else ""  # else said as another USER


def _library(side: Side, name: str) -> str:
    if "/" in name:
        return "" if side.scene.real(name) else GONE
    wanted = re.compile(rf"{re.escape(name)}|lib{re.escape(name)}\.so(?:\.\d+)*")
    return "" if any(map(wanted.fullmatch, side.libraries)) else GONE


def _module(side: Side, name: str) -> str:
    return "" if any(each.module(side.scene, name) for each in ecosystems().each) else GONE


def _zone(side: Side, name: str) -> str:
    if any(side.scene.real(posixpath.join(folder, name)) for folder in (*ZONES, *side.zone_folders)):
        return ""
    archive = side.scene.settings.env.get("ZONEINFO", "")
    return (
        ""
        if archive and side.scene.real(archive) and name.encode() in side.scene.tree.read(archive)
        else GONE
    )


def _certificates(side: Side, name: str) -> str:
    files = (*BUNDLES, side.scene.settings.env.get("SSL_CERT_FILE", ""))
    return "" if any(read_text(side.scene.tree, path) for path in files if path) else "are not there"


def _file_type(side: Side, ending: str) -> str:
    if ending in mimetypes.MimeTypes().types_map[True]:  # what Python knows without any file
        return ""
    word = re.compile(rf"(?m)^[^#\n]*\s{re.escape(ending[1:])}(?:\s|$)")
    return "" if any(word.search(read_text(side.scene.tree, path)) for path in TYPES) else "is not known"


def _services(side: Side, name: str) -> str:
    return "" if read_text(side.scene.tree, "/etc/services") else "are not there"


def _user(side: Side, name: str) -> str:
    return "" if _has_line(side, "/etc/passwd", name) else GONE


def _group(side: Side, name: str) -> str:
    return "" if _has_line(side, "/etc/group", name) else GONE


def _has_line(side: Side, path: str, name: str) -> bool:
    return any(line.startswith(f"{name}:") for line in read_text(side.scene.tree, path).splitlines())


def _commands(side: Side, name: str) -> str:
    return ""  # which ones only a run would tell; scripts of the project's own are looked at in `programs`


_KINDS: Mapping[NeedKind, Callable[[Side, str], str]] = {
    "program": _program,
    "commands": _commands,
    "library": _library,
    "module": _module,
    "zone": _zone,
    "certificates": _certificates,
    "file type": _file_type,
    "services": _services,
    "user": _user,
    "group": _group,
}
