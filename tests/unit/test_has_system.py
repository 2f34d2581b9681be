"""What an image has: the runtime's library, time zones, settings of the system, and what shared layers hold."""

from __future__ import annotations

from dataclasses import replace

import pytest
from has_sides import Step, side_of
from keep_trees import Content, elf, with_debian

from unladen.language.interface import Lost
from unladen.proof.has.examine import examine
from unladen.proof.has.interface import Check, Intent, Pair, Side
from unladen.proof.has.library import library
from unladen.proof.has.shared import shared
from unladen.proof.has.system import system
from unladen.proof.interface import Loss
from unladen.proving.intent import intent_of

LIB = "/usr/local/lib/python3.11"
TOKYO = "/usr/share/zoneinfo/Asia/Tokyo"
LIBC, LIBCRYPTO = "/usr/lib/x86_64-linux-gnu/libc.so.6", "/usr/lib/x86_64-linux-gnu/libcrypto.so.3"
SYSTEM: dict[str, Content] = with_debian(
    {
        "/usr/local/bin/python3.11": elf(),
        "/usr/local/bin/python3": "python3.11",
        **{f"{LIB}/{name}.py": b"x" for name in ("os", "smtplib", "cgi", "wsgiref/util")},
        **{f"{LIB}/{name}.py": b"x" for name in ("idlelib/run", "distutils/core")},
        f"{LIB}/lib-dynload/_ssl.cpython-311-x86_64-linux-gnu.so": elf(),
        "/usr/share/zoneinfo/Europe/Berlin": b"TZif",
        TOKYO: b"TZif",
        "/usr/share/zoneinfo/right/Asia/Tokyo": b"TZif",
        "/etc/nsswitch.conf": b"# how names are looked up\nhosts: files dns\n",
        "/etc/gai.conf": b"# nothing but comments\n",
        "/etc/shells": b"/bin/sh\n",
        "/etc/ssl/openssl.cnf": b"[req]\n",
        "/etc/ssl/certs/ca-certificates.crt": b"-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n",
        LIBC: elf(extra=b"/etc/nsswitch.conf\0/etc/gai.conf\0/etc/shells"),
        LIBCRYPTO: elf(),
    },
    {"libssl3": (LIBCRYPTO, "/etc/ssl/openssl.cnf")},
)  # fmt: skip
BASE = Step("", SYSTEM)


def without(*gone: str) -> Side:
    return side_of(replace(BASE, files={p: c for p, c in SYSTEM.items() if not p.startswith(gone)}))


def found(check: Check, rung: Side, intent: Intent | None = None) -> list[Loss]:
    return list(check(Pair(side_of(BASE), rung, intent or Intent())).losses)


@pytest.mark.parametrize("check", [library, system, shared])
def test_an_image_against_itself_has_no_difference(check: Check) -> None:
    assert found(check, side_of(BASE)) == []


@pytest.mark.parametrize(
    ("path", "subject"),
    [
        (f"{LIB}/smtplib.py", "module smtplib"),
        (f"{LIB}/cgi.py", "module cgi"),
        (f"{LIB}/wsgiref/", "module wsgiref"),
        (f"{LIB}/lib-dynload/_ssl", "module lib-dynload/_ssl"),
    ],
)
def test_a_module_of_the_standard_library_that_is_gone(path: str, subject: str) -> None:
    [loss] = found(library, without(path))
    assert (loss.subject, loss.intended) == (subject, "")
    [loss] = found(library, without(path), Intent(frozenset({Lost.UNUSED})))
    assert loss.intended == str(Lost.UNUSED)


def test_the_library_may_lie_elsewhere_and_in_bytecode_alone() -> None:
    moved = {
        path.replace("/usr/local/", "/usr/").replace(".py", ".pyc")
        if path.startswith(LIB)
        else path.replace("/usr/local/bin", "/usr/bin"): content
        for path, content in SYSTEM.items()
        if "lib-dynload" not in path
    }
    assert found(library, side_of(replace(BASE, files=moved))) == []


def test_what_only_people_and_builds_use_may_go_unless_the_project_imports_it() -> None:
    assert found(library, without(f"{LIB}/idlelib/", f"{LIB}/distutils/")) == []
    app = Step("COPY . /app", {"/app/main.py": b"from distutils.version import LooseVersion\n"})
    rung = without(f"{LIB}/distutils/")
    [loss] = library(Pair(side_of(BASE, app, WorkingDir="/app"), rung)).losses
    assert loss.subject == "module distutils"


def test_a_runtime_that_the_base_happened_to_have_is_not_missed() -> None:
    assert found(library, without("/usr/local/")) == []


def test_time_zones() -> None:
    [loss] = found(system, without("/usr/share/zoneinfo/Europe/Berlin"))
    assert (loss.difference, loss.count) == ("time zones are gone: Europe/Berlin", 1)
    [loss] = found(system, without("/usr/share/zoneinfo"))
    assert loss.difference == "all 2 time zones are gone"
    [loss] = found(
        system, without("/usr/share/zoneinfo"), Intent(settings={"/usr/share/zoneinfo": "loads none"})
    )
    assert loss.intended == "loads none"
    assert found(system, without("/usr/share/zoneinfo/right")) == []


def test_settings_that_a_remaining_library_reads() -> None:
    [loss] = found(system, without("/etc/nsswitch.conf"))
    assert (loss.subject, loss.difference) == ("/etc/nsswitch.conf", f"gone, and {LIBC} reads it")
    [loss] = found(system, without("/etc/ssl/openssl.cnf"))
    assert (loss.difference, loss.origin) == (f"gone, and {LIBCRYPTO} reads it", "the Debian package libssl3")
    assert found(system, without("/etc/ssl/openssl.cnf", LIBCRYPTO)) == []
    assert found(system, without("/etc/gai.conf")) == []  # it says nothing
    assert found(system, without("/etc/shells")) == []  # of log-ins


def test_how_names_are_looked_up() -> None:
    other = replace(BASE, files={**SYSTEM, "/etc/nsswitch.conf": b"hosts:   files\n"})
    [loss] = found(system, side_of(other))
    assert loss.difference == "hosts: files dns → hosts: files"
    meant = Intent(settings={"/etc/nsswitch.conf": "without it, DNS is asked"})
    [loss] = found(system, side_of(other), meant)
    assert not loss.intended  # it is there, and says otherwise
    assert loss in examine(side_of(BASE), side_of(other), meant).unexplained
    told = examine(side_of(BASE), side_of(other), intent_of(["/etc/nsswitch.conf"])).losses
    [loss] = [each for each in told if each.subject == "/etc/nsswitch.conf"]
    assert loss.intended
    unsaid = side_of(replace(BASE, files={**SYSTEM, "/etc/nsswitch.conf": b""}))
    [loss] = system(Pair(unsaid, side_of(other))).losses
    assert loss.difference == "hosts: files dns → hosts: files"
    assert system(Pair(unsaid, side_of(BASE))).losses == ()


def test_certificates() -> None:
    [loss] = found(system, without("/etc/ssl/certs"))
    assert loss.difference == "all 1 certificate authorities are gone"
    bundle = "/etc/ssl/certs/ca-certificates.crt"
    own = b"-----BEGIN CERTIFICATE-----\nOURS\n-----END CERTIFICATE-----\n"
    there = SYSTEM[bundle]
    assert isinstance(there, bytes)
    added = Step("RUN /bin/sh -c update-ca-certificates", {bundle: there + own})
    [loss] = system(Pair(side_of(BASE, added), side_of(BASE))).losses
    assert (loss.difference, loss.origin) == (
        "1 certificate authorities that were added are gone",
        "RUN update-ca-certificates",
    )


@pytest.mark.parametrize(
    ("step", "subject", "kind", "origin"),
    [
        (Step("RUN x", gone=[LIBCRYPTO]), LIBCRYPTO, "file", "the Debian package libssl3"),
        (Step("RUN x", {LIBC: elf(extra=b"other")}), LIBC, "contents", "the base image"),
        (Step("RUN x", {LIBC: SYSTEM[LIBC]}, {LIBC: (0o600, 0, 0)}), LIBC, "mode", "the base image"),
        (Step("RUN x", gone=[f"{LIB}/cgi.py"]), f"{LIB}/cgi.py", "file", "the runtime python3.11"),
        (Step("RUN x", gone=[TOKYO]), TOKYO, "file", "the base image"),
    ],
)  # fmt: skip
def test_whatever_a_layer_that_both_have_holds(step: Step, subject: str, kind: str, origin: str) -> None:
    losses = found(shared, side_of(BASE, step))
    assert [(loss.subject, loss.kind, loss.origin) for loss in losses] == [(subject, kind, origin)]


def test_what_is_the_same_though_a_later_layer_has_it_again() -> None:
    assert found(shared, side_of(BASE, Step("RUN x", {LIBC: SYSTEM[LIBC]}))) == []
    assert found(shared, side_of(BASE, Step("RUN x", {"/etc/ld.so.cache": b"new"}))) == []
