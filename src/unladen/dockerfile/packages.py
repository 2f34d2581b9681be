"""Packages that a Dockerfile's RUN lines install with apt, apk, dnf and the like."""

from __future__ import annotations

from dataclasses import dataclass

from unladen.syntax.bash import Command

_VERBS = {
    "apt": "install",
    "apt-get": "install",
    "aptitude": "install",
    "apk": "add",
    "dnf": "install",
    "microdnf": "install",
    "yum": "install",
    "tdnf": "install",
    "zypper": "install",
}
_KIND = {"apt-get": "apt", "aptitude": "apt", "microdnf": "dnf", "yum": "dnf", "tdnf": "dnf"}
_TAKES_VALUE = frozenset(
    [
        "-t",
        "-o",
        "-c",
        "-a",
        "--target-release",
        "--option",
        "--virtual",
        "-X",
        "--repository",
        "-p",
        "--arch",
        "--setopt",
        "--enablerepo",
        "--disablerepo",
        "--releasever",
        "--installroot",
        "--repo",
    ]
)
_CLEAN_UP = (
    "/var/lib/apt",
    "/var/cache/apt",
    "/var/cache/apk",
    "/var/cache/yum",
    "/var/cache/dnf",
    "/var/log/apt",
)


@dataclass(frozen=True)
class Packages:
    """One installation. `kind` is apt, apk, dnf or zypper; `names` are without versions, `words` as written;
    `flags` are the options, with their values (--virtual .build)."""

    kind: str
    names: tuple[str, ...]
    words: tuple[str, ...]
    flags: tuple[str, ...]
    line: int


def installed(command: Command, line: int) -> Packages | None:
    """What a command installs; None where it installs nothing."""
    verb = _VERBS.get(command.name)
    if verb is None or verb not in command.words:
        return None
    at = command.words.index(verb)
    flags: list[str] = []
    words: list[str] = []
    rest = iter(command.words[1:at] + command.words[at + 1 :])
    for word in rest:
        if word.startswith("-"):
            flags.append(word)
            flags += [next(rest, "")] if word in _TAKES_VALUE and "=" not in word else []
        else:
            words.append(word)
    kind = _KIND.get(command.name, command.name)
    names = (word.partition("=")[0].partition("@")[0].rstrip("<>~") for word in words)
    return Packages(kind, tuple(names), tuple(words), tuple(flags), line)


def is_of_packages(command: Command) -> bool:
    """Whether the command is about system packages: their lists, installation, removal, caches."""
    if command.name in _VERBS or command.name in ("apt-cache", "apt-mark"):
        return True
    targets = [word for word in command.words[1:] if not word.startswith("-")]
    return command.name == "rm" and bool(targets) and all(word.startswith(_CLEAN_UP) for word in targets)
