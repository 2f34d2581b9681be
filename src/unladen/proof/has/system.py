"""What the system brings, and libraries and programs read by name: settings below /etc, time zones, certificates."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from unladen.image.packages import read_text
from unladen.image.scene import Scene
from unladen.language.registry import ecosystems
from unladen.proof.has.gathered import gathered
from unladen.proof.has.intended import Intended
from unladen.proof.has.interface import Pair, Part, Side
from unladen.proof.has.noise import is_noise
from unladen.proof.interface import Loss

ZONES, BUNDLE = "/usr/share/zoneinfo", "/etc/ssl/certs/ca-certificates.crt"
NSSWITCH, UNSAID = "/etc/nsswitch.conf", "hosts: files dns"
_NO_SERVICE = re.compile(
    r"/etc/(?:shells|securetty|inputrc|login\.defs|profile(?:\.d/.*)?|bash\.bashrc|skel/.*|pam\.(?:d/.*|conf)|security/.*"
    r"|networks|rpc|ethers|bindresvport\.blacklist|crypttab|adduser\.conf|deluser\.conf|cron\S*|init\.d/.*|default/.*"
    r"|logrotate\.d/.*|kernel/.*|terminfo/.*|ld\.so\.conf(?:\.d/.*)?|localtime|X11/.*)"
)
"""Read by log-ins, by services that no container runs, and by nobody: networks and rpc name what is not looked up."""
_READ_BY = (
    (r"/etc/ssl/openssl\.cnf", r"libcrypto\.so[^/]*"),
    (r"/etc/fonts/fonts\.conf", r"libfontconfig\.so[^/]*"),
    (r"/etc/ImageMagick-\d/(?:policy|delegates|type)\.xml", r"libMagickCore[^/]*"),
)
"""Settings that are read by names which libraries put together: file → who reads it."""
_ETC = re.compile(rb"/etc/[\w.-]+(?:/[\w.-]+)*")
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
_NO_ZONES = re.compile(
    r"(?:right|posix)/.*|.*\.(?:tab|list|zi)|leap\S*|posixrules|localtime|SECURITY|\+VERSION"
)
NAMED = 3


def system(pair: Pair) -> Part:
    intended = Intended(pair)
    settings = list(_settings(pair.baseline))
    losses = [
        *gathered(_lost_settings(pair, settings, intended)),
        *_name_service(pair),
        *_zones(pair, intended),
        *_certificates(pair, intended),
    ]
    return Part("system files", len(settings) + len(_zone_names(pair.baseline.scene)), tuple(losses))


@dataclass(frozen=True)
class _Setting:
    path: str
    origin: str


def _settings(side: Side) -> Iterator[_Setting]:
    """Files below /etc that say anything. What an instruction of the project's put there is compared in files.py."""
    scene = side.scene
    for path in scene.below("/etc"):
        entry = scene.tree.get(path)
        if (
            entry is None
            or entry.kind == "dir"
            or is_noise(path, copied=False)
            or _NO_SERVICE.fullmatch(path)
        ):
            continue
        package = scene.packages.of(path)
        if (package is None and not side.origins.is_base(entry.layer)) or not scene.real(path):
            continue
        yield _Setting(path, str(package) if package else side.origins.of(entry.layer))


def _says(text: str) -> list[str]:
    """The lines that say something, blanks evened out."""
    lines = (" ".join(line.split("#")[0].split()) for line in text.splitlines())
    return [line for line in lines if line]


def _lost_settings(pair: Pair, settings: list[_Setting], intended: Intended) -> Iterator[Loss]:
    gone = [each for each in settings if not pair.rung.scene.real(each.path)]
    gone = [each for each in gone if _says(read_text(pair.baseline.scene.tree, each.path))]
    if not gone:
        return
    named = _named(pair.rung.scene)
    for each in gone:
        reader = next((program for text, program in named.items() if each.path in text), "")
        reader = reader or _by_table(pair.rung.scene, each.path)
        if reader:
            why = intended.gone(each.path)
            yield Loss("file", each.path, f"gone, and {reader} reads it", each.origin, why)


def _named(scene: Scene) -> dict[str, str]:
    """Paths below /etc that programs and libraries name, each with one that does."""
    found: dict[str, str] = {}
    for path in scene.tree:
        entry = scene.tree.get(path)
        if entry is None or entry.kind != "file" or not (entry.mode & 0o111 or ".so" in path):
            continue
        if scene.tree.part(path, 0, 4) == b"\x7fELF":
            for name in _paths(scene.tree.read(path)):
                found.setdefault(name, path)
    return found


def _paths(data: bytes) -> Iterator[str]:
    """Finding the few places first is thirty times as fast as the expression alone."""
    at = data.find(b"/etc/")
    while at >= 0:
        match = _ETC.match(data, at)
        if match:
            yield match[0].decode()
        at = data.find(b"/etc/", match.end() if match else at + 1)


def _by_table(scene: Scene, setting: str) -> str:
    for language in ecosystems().each:
        for name in language.interpreters if setting in language.reads else ():
            if program := scene.program(name):
                return program
    readers = [reader for path, reader in _READ_BY if re.fullmatch(path, setting)]
    return next((path for reader in readers for path in scene.tree if re.search(f"/{reader}$", path)), "")


def _name_service(pair: Pair) -> Iterator[Loss]:
    """How names are looked up, where the rung says it; where the baseline does not, files come first, then DNS."""
    one, two = (_says(read_text(side.scene.tree, NSSWITCH)) for side in (pair.baseline, pair.rung))
    unsaid, one = not one, one or [UNSAID]
    hosts = [[line for line in lines if line.startswith("hosts:")] for lines in (one, two)]
    lost = set(" ".join(hosts[0]).split()) - set(" ".join(hosts[1]).split())
    if two and hosts[0] != hosts[1] and (lost or not unsaid):
        said = f"{' '.join(hosts[0]) or 'no hosts'} → {' '.join(hosts[1]) or 'no hosts'}"
        entry = pair.baseline.scene.tree.get(NSSWITCH)
        origin = pair.baseline.origins.of(entry.layer) if entry else ""
        yield Loss("contents", NSSWITCH, said, origin)


def _zone_names(scene: Scene) -> set[str]:
    """Names of time zones, in files or (Go reads it) in an archive that ZONEINFO names."""
    found = {
        path[len(ZONES) + 1 :] for path in scene.below(scene.real(ZONES) or ZONES) if not scene.is_dir(path)
    }
    archive = scene.settings.env.get("ZONEINFO", "")
    if archive.endswith(".zip") and scene.real(archive):
        try:
            with zipfile.ZipFile(io.BytesIO(scene.tree.read(archive))) as file:
                found |= set(file.namelist())
        except zipfile.BadZipFile:
            pass
    return {name for name in found if not name.endswith("/") and not _NO_ZONES.fullmatch(name)}


def _zones(pair: Pair, intended: Intended) -> Iterator[Loss]:
    before, after = _zone_names(pair.baseline.scene), _zone_names(pair.rung.scene)
    gone = sorted(before - after)
    if not gone:
        return
    names = ", ".join(gone[:NAMED]) + (f" and {len(gone) - NAMED} more" if len(gone) > NAMED else "")
    said = f"time zones are gone: {names}" if after else f"all {len(gone)} time zones are gone"
    yield Loss("file", f"{ZONES}/", said, "the time zones", intended.gone(ZONES), len(gone))


def _certificates(pair: Pair, intended: Intended) -> Iterator[Loss]:
    """Certificates that the baseline's own instructions added; and all of them, where none is left."""
    before, base, after = (
        set(_CERTIFICATE.findall(read_text(tree, BUNDLE)))
        for tree in (pair.baseline.scene.tree, pair.baseline.base, pair.rung.scene.tree)
    )
    added = before - base if pair.baseline.origins.base else set()
    entry = pair.baseline.scene.tree.get(BUNDLE)
    origin = pair.baseline.origins.of(entry.layer) if entry else ""
    if before and not after:
        said = f"all {len(before)} certificate authorities are gone"
        yield Loss("file", BUNDLE, said, origin, intended.why(BUNDLE), len(before))
    elif base and (lost := added - after):
        said = f"{len(lost)} certificate authorities that were added are gone"
        yield Loss("contents", BUNDLE, said, origin, intended.why(BUNDLE), len(lost))
