"""What a rung lacks, as Debian's packages; and the line that installs them."""

from __future__ import annotations

from collections.abc import Mapping

from images_of_two import side
from keep_trees import Content, elf, with_debian

from unladen.dockerfile import edit
from unladen.dockerfile.stages import parse
from unladen.dockerfile.users import UsersDockerfile
from unladen.general.missing import packages_for, with_packages
from unladen.proof.has.interface import Pair
from unladen.proof.interface import Loss

LIB = "/usr/lib/x86_64-linux-gnu"
FILES: Mapping[str, Content] = {
    "/usr/bin/apt-get": b"",
    "/usr/bin/git": b"",
    f"{LIB}/libpq.so.5": "libpq.so.5.15",
    f"{LIB}/libpq.so.5.15": elf(),
    "/etc/services": b"http 80/tcp\n",
    "/etc/mime.types": b"application/epub+zip epub\n",
    "/usr/share/zoneinfo/UTC": b"",
    "/etc/ssl/certs/ca-certificates.crt": b"-----BEGIN CERTIFICATE-----",
    "/usr/bin/perl": b"",
    "/app/run": b"#!/usr/bin/perl\n",
    "/app/ext.so": elf(("libpq.so.5",)),
    "/app/own": b"",
}
OWNED = {
    "apt": ("/usr/bin/apt-get",),
    "git": ("/usr/bin/git",),
    "libpq5": (f"{LIB}/libpq.so.5", f"{LIB}/libpq.so.5.15"),
    "netbase": ("/etc/services",),
    "media-types": ("/etc/mime.types",),
    "tzdata": ("/usr/share/zoneinfo/UTC",),
    "perl-base": ("/usr/bin/perl",),
}
KEPT = ("/usr/bin/apt-get", "/app/run", "/app/ext.so")
BASELINE = side({}, with_debian(FILES, OWNED), {path: 0o755 for path in FILES if "/bin/" in path})
RUNG = side(
    {},
    with_debian({path: FILES[path] for path in KEPT}, {"apt": OWNED["apt"]}),
    dict.fromkeys(KEPT, 493),
)


def found(*losses: Loss) -> tuple[str, ...]:
    return packages_for(losses, Pair(BASELINE, RUNG))


def test_each_kind_of_loss_leads_to_the_package_that_has_it() -> None:
    assert found(Loss("need", "program git", "")) == ("git",)
    assert (
        found(Loss("need", "library libpq.so.5", "")) == found(Loss("need", "library pq", "")) == ("libpq5",)
    )
    assert found(Loss("need", "services", "")) == ("netbase",)
    assert found(Loss("need", "file type .epub", "")) == ("media-types",)
    assert (
        found(Loss("need", "zone UTC", "")) == found(Loss("file", "/usr/share/zoneinfo/", "")) == ("tzdata",)
    )
    assert found(Loss("need", "certificates", "")) == ("ca-certificates",)
    assert found(Loss("file", "/etc/ssl/certs/ca-certificates.crt", "")) == ("ca-certificates",)
    assert found(Loss("file", "/etc/mime.types", "")) == ("media-types",)
    assert found(Loss("program", "/app/ext.so", "needs libpq.so.5, which is not there")) == ("libpq5",)
    assert found(Loss("program", "/app/run", "needs /usr/bin/perl, which is not there")) == ("perl-base",)
    assert found(Loss("program", "git", "is not there", "the start command")) == ("git",)


def test_what_is_meant_or_nobodys_or_cannot_be_installed_gives_none() -> None:
    assert found(Loss("need", "program git", "", intended="on purpose")) == ()
    assert found(Loss("file", "/app/own", "gone"), Loss("setting", "USER", "")) == ()
    assert found(Loss("need", "module json", "")) == found(Loss("need", "user web", "")) == ()
    bare = side({}, {"/app/run": b""})
    assert packages_for([Loss("need", "program git", "")], Pair(BASELINE, bare)) == ()


def test_on_alpine_they_have_its_names_and_none_is_guessed() -> None:
    alpine = Pair(BASELINE, side({}, {"/sbin/apk": b""}, {"/sbin/apk": 0o755}))
    lost = [
        Loss("need", name, "")
        for name in ("program git", "file type .epub", "zone UTC", "library libpq.so.5")
    ]
    assert packages_for(lost, alpine) == ("git", "libpq", "mailcap", "tzdata")
    assert packages_for([Loss("need", "services", "")], alpine) == ()


def added(text: str, *names: str, on_alpine: bool = False) -> str:
    users = UsersDockerfile(parse(text))
    return edit.apply(users.staged.source, [with_packages(users, names, "why", on_alpine=on_alpine).edit])


def test_they_are_installed_behind_the_from_of_the_image() -> None:
    text = "FROM a AS b\nFROM debian:12 AS c # d\nFROM c\nRUN x\n"
    assert added("FROM debian:12", "git", "libpq5") == (
        "FROM debian:12\n# why\nRUN apt-get update \\\n"
        "    && apt-get install -y --no-install-recommends \\\n        git libpq5 \\\n"
        "    && rm -rf /var/lib/apt/lists/*\n"
    )
    assert "DEBIAN_FRONTEND=noninteractive apt-get install" in added("FROM debian:12\r\nRUN x\r\n", "tzdata")
    assert "\n\n" not in added("FROM debian:12\r\nRUN x\r\n", "tzdata").replace("\r\n", "\n")
    many = added(text.replace(" # d", ""), *(f"lib-of-some-length-{number}" for number in range(20)))
    assert max(map(len, many.splitlines())) < 120
    assert many.index("FROM debian") < many.index("RUN apt-get") < many.index("FROM c\n")
    assert parse(many).bases == ("a", "debian:12")


def test_apk_adds_them_on_alpine() -> None:
    text = "FROM python:3.11-alpine AS a\nRUN x\n"
    assert added(text, "mailcap", "tzdata", on_alpine=True) == (
        "FROM python:3.11-alpine AS a\n# why\nRUN apk add --no-cache mailcap tzdata\nRUN x\n"
    )
