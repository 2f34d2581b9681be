"""Which files of a system does the program read? Told from the functions that are in its binary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from unladen.language.go.binary import GoBinary

# Not crypto/tls.Client itself: since Go 1.24 net/http's server has it too.
TLS_CLIENT = (
    "net/http.(*Transport).RoundTrip",
    "crypto/tls.dial",
    "crypto/tls.(*Dialer).DialContext",
    "net/smtp.(*Client).StartTLS",
    "crypto/x509.SystemCertPool",
)
TLS_VERIFY = (
    "crypto/x509.(*Certificate).Verify",
    "crypto/x509.systemRootsPool",
    "crypto/x509.loadSystemRoots",
)
OWN_ROOTS = "golang.org/x/crypto/x509roots/fallback"
ZONES = ("time.LoadLocation",)
OWN_ZONES = "time/tzdata"
MIME = ("mime.TypeByExtension", "mime.ExtensionsByType")
SERVICES = ("net.(*Resolver).lookupPort", "net.(*Resolver).LookupPort", "net.goLookupPort")
HOME = ("os.UserHomeDir", "os.UserConfigDir", "os.UserCacheDir", "os/user.Current")
TEMPORARY = ("os.CreateTemp", "os.MkdirTemp", "io/ioutil.TempFile", "io/ioutil.TempDir")
COMMANDS = ("os/exec.(*Cmd).Start", "os/exec.(*Cmd).Run", "os/exec.Command")


@dataclass(frozen=True)
class Needs:
    """What a small image has to bring. `notes` say why, or why not."""

    certificates: bool = True
    zones: bool = True
    mime: bool = True
    services: bool = True
    home: bool = True
    notes: tuple[str, ...] = ()


EVERYTHING = Needs()
"""Before the binary has been read."""


def needs_of(binary: GoBinary | None, env: Mapping[str, str]) -> Needs:
    """`env` are the variables that the program is started with: TZ alone makes it read time zones."""
    if binary is None or not binary.functions:
        note = "the binary's function table could not be read: everything that Go programs read is copied"
        return Needs(notes=(note,))
    certificates, why_certificates = _certificates(binary)
    zones, why_zones = _zones(binary, env)
    mime, home = binary.has(*MIME), binary.has(*HOME)
    notes = [why_certificates, why_zones]
    if mime:
        notes.append(f"MIME types copied where the builder has them: {mime} is in the binary")
    if home:
        notes.append(f"a home directory is made: {home} is in the binary")
    if temporary := binary.has(*TEMPORARY):
        notes.append(f"/tmp is there for {temporary}")
    if command := binary.has(*COMMANDS):
        notes.append(f"the program can start commands ({command} is in the binary): none is in the image")
    return Needs(
        certificates=certificates,
        zones=zones,
        mime=bool(mime),
        services=bool(binary.has(*SERVICES)),
        home=bool(home),
        notes=tuple(notes),
    )


def _certificates(binary: GoBinary) -> tuple[bool, str]:
    if binary.has_package(OWN_ROOTS):
        return False, f"no certificates: the program brings its own ({OWN_ROOTS} is in the binary)"
    if client := binary.has(*TLS_CLIENT):
        return True, f"certificates copied: the program can open TLS connections ({client} is in the binary)"
    if verify := binary.has(*TLS_VERIFY):
        return True, (
            f"certificates copied to be on the safe side: {verify} is in the binary, as in any HTTP server;"
            " no client of the standard library is"
        )
    return False, "no certificates: nothing in the binary verifies TLS (no crypto/x509.(*Certificate).Verify)"


def _zones(binary: GoBinary, env: Mapping[str, str]) -> tuple[bool, str]:
    if binary.has_package(OWN_ZONES):
        return False, f"no time zones: the program brings its own ({OWN_ZONES} is in the binary)"
    if load := binary.has(*ZONES):
        return True, f"time zones copied: {load} is in the binary"
    if env.get("TZ") and binary.has("time.initLocal"):
        return True, f"time zones copied: TZ is set to {env['TZ']}"
    return False, "no time zones: time.LoadLocation is not in the binary; setting TZ will have no effect"
