"""What is kept whatever the trace says, because losing it breaks silently.

Each was found by comparing programs in slim images with the full one: no exception, no failing status, another
answer. A path with "/" at its end is a directory with all below it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from unladen.image.scene import Scene


@dataclass(frozen=True)
class Always:
    """`paths` as they may be spelled in an image (those that are not there do not count), and what losing them
    does."""

    why: str
    paths: tuple[str, ...]


ALWAYS = (
    Always(
        "the names of users and groups; without them a home directory is /", ("/etc/passwd", "/etc/group")
    ),
    Always(
        "how names are looked up",
        ("/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf", "/etc/services", "/etc/protocols"),
    ),
    Always(
        "certificates; without them a TLS client trusts nobody",
        (
            "/etc/ssl/certs/ca-certificates.crt",
            "/etc/ssl/cert.pem",
            "/etc/ssl/openssl.cnf",
            "/usr/lib/ssl/cert.pem",
            "/usr/lib/ssl/certs",
            "/usr/lib/ssl/openssl.cnf",
            "/etc/pki/tls/certs/ca-bundle.crt",
            "/etc/pki/tls/cert.pem",
            "/etc/ca-certificates/extracted/tls-ca-bundle.pem",
        ),
    ),
    Always("time zones", ("/usr/share/zoneinfo/", "/etc/localtime", "/etc/timezone")),
    Always(
        "the locale C.UTF-8",
        ("/usr/lib/locale/C.utf8/", "/usr/lib/locale/C.UTF-8/", "/usr/share/locale/locale.alias"),
    ),
    Always("types of files by their names", ("/etc/mime.types", "/usr/share/mime-types/mime.types")),
    Always("which system this is, for scanners and for people", ("/etc/os-release", "/etc/debian_version")),
    Always("where the dynamic loader looks", ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d/")),
    Always("where temporary files go", ("/tmp", "/var/tmp", "/run", "/var/run")),
    Always("where the engine mounts its own", ("/dev", "/proc", "/sys")),
)


def always_kept(scene: Scene) -> Iterator[tuple[str, str]]:
    """Path (of a file or directory that is there, spelled as above; "/" at the end means all below) and why."""
    for each in ALWAYS:
        for path in each.paths:
            if scene.real(path):
                yield path, each.why
    workdir = scene.settings.workdir.rstrip("/")
    if workdir and scene.real(workdir):
        yield workdir, "where the program starts"
    if home := _home(scene):
        yield home, "the user's home directory"
    for volume in scene.settings.volumes:
        if scene.real(volume):
            yield volume.rstrip("/") + "/", "what a volume starts with"


def _home(scene: Scene) -> str:
    """The home directory of the user that the image runs as, where it is one of its own."""
    user = scene.settings.user.partition(":")[0] or "0"
    try:
        lines = scene.tree.read("/etc/passwd").decode("utf-8", "replace").splitlines()
    except KeyError:
        return ""
    for line in lines:
        fields = line.split(":")
        if len(fields) >= 6 and user in (fields[0], fields[2]):
            return fields[5] if scene.is_dir(fields[5]) and fields[5] != "/" else ""
    return ""
