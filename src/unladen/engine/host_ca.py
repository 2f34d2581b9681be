"""The host's CA bundle, when it holds authorities that the public does not know."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

VARIABLES = ("SSL_CERT_FILE", "NIX_SSL_CERT_FILE", "AWS_CA_BUNDLE")
"""Variables that name a bundle on a host, beside those that are handed to builds."""
SYSTEM_BUNDLES = (
    "etc/ssl/certs/ca-certificates.crt",  # Debian, Alpine, Arch
    "etc/pki/tls/certs/ca-bundle.crt",  # Fedora
    "etc/ssl/ca-bundle.pem",  # openSUSE
)
PUBLIC = "usr/share/ca-certificates/mozilla"
"""Where Debian's ca-certificates package keeps what it ships, one authority a file."""

WHOLE = 50
"""A bundle with fewer authorities than this does not hold the public ones."""

CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)


def own_bundle(
    environ: Mapping[str, str], home: Path, root: Path = Path("/"), variables: Iterable[str] = ()
) -> Path | None:
    """A PEM file with the public authorities and the host's own, or None where it has none of its own.

    Own is what the distribution's ca-certificates package does not ship. Where that package cannot be read, a
    bundle that a variable (of VARIABLES or `variables`) names counts as own. Whole bundles come first; one of own
    authorities alone is joined with the system's in a file in the user's cache folder.
    """
    public = _fingerprints(sorted((root / PUBLIC).glob("*.crt")))
    system = next((root / name for name in SYSTEM_BUNDLES if (root / name).is_file()), None)
    asked = dict.fromkeys((*VARIABLES, *variables))
    named = [path for name in asked if (path := _file(environ.get(name, ""))) is not None]
    named.sort(key=lambda path: not _is_whole(path))
    candidates = [*named, system] if public and system else named
    for bundle in candidates:
        if bundle is None:
            continue
        inside = _fingerprints([bundle])
        if not inside - public:
            continue
        if len(inside) >= WHOLE or system is None or not _is_whole(system):
            return bundle.resolve()
        return _joined(system, bundle, environ, home)
    return None


def _is_whole(bundle: Path) -> bool:
    return len(_fingerprints([bundle])) >= WHOLE


def _joined(system: Path, own: Path, environ: Mapping[str, str], home: Path) -> Path:
    text = f"{_text(system).rstrip()}\n{_text(own).strip()}\n"
    folder = Path(environ.get("XDG_CACHE_HOME") or home / ".cache") / "unladen"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"ca-{hashlib.sha256(text.encode()).hexdigest()[:16]}.pem"
    if not path.exists():
        path.write_text(text)
    return path


def _file(value: str) -> Path | None:
    path = Path(value).expanduser() if value else None
    return path if path is not None and path.is_file() else None


def _fingerprints(files: Iterable[Path]) -> set[str]:
    """SHA-256 of each certificate's DER: the same in every file, whatever the line lengths and comments."""
    found: set[str] = set()
    for file in files:
        for body in CERTIFICATE.findall(_text(file)):
            try:
                found.add(hashlib.sha256(base64.b64decode("".join(body.split()))).hexdigest())
            except binascii.Error:
                continue  # no certificate: nobody could use it
    return found


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace")
    except OSError:
        return ""
