"""What the C library loads by name: look-ups of users and hosts (NSS), character sets (gconv), and the unwinder."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

from unladen.image.elf import Elves
from unladen.image.packages import read_text
from unladen.image.scene import Scene

NSSWITCH = "/etc/nsswitch.conf"
_LIBC = re.compile(r"libc(?:\.so\.6|-2\.\d+\.so)")
GCONV = (
    "gconv-modules",
    "gconv-modules.cache",
    "gconv-modules.d/",
    "UTF-16.so",
    "UTF-32.so",
    "UTF-7.so",
    "UNICODE.so",
    "ISO8859-1.so",
    "ISO8859-15.so",
    "CP1252.so",
)
"""Of the 250 character sets, those that are common today. A program that was seen to use another has it in its
trace, and policy `package` keeps them all with libc6."""
UNWINDER = "libgcc_s.so.1"
"""Loaded by pthread_exit and pthread_cancel, which abort the program where it is missing: a thread that is left
running when its program ends may come to that at one run and not at the next."""


class Nss:
    """`elves` is shared: it has read the files already."""

    def __init__(self, elves: Elves) -> None:
        self._elves = elves

    def __call__(self, path: str, scene: Scene, used: bool) -> Iterable[str]:
        folder, _, name = path.rpartition("/")
        if _LIBC.fullmatch(name):
            yield f"{folder}/{UNWINDER}"
            for service in _services(read_text(scene.tree, NSSWITCH)):
                yield f"{folder}/libnss_{service}.so.2"
        elif used and (elf := self._elves.read(path)) and elf.iconv:
            libraries = (
                posixpath.dirname(real) for lib in self._elves(path, scene, used) if (real := scene.real(lib))
            )
            for library in dict.fromkeys(libraries):
                if scene.is_dir(f"{library}/gconv"):
                    yield from (f"{library}/gconv/{each}" for each in GCONV)


def _services(nsswitch: str) -> Iterable[str]:
    """The modules that nsswitch.conf names: `hosts: files [!UNAVAIL=return] dns`."""
    found = {"files", "dns"}
    for line in nsswitch.splitlines():
        _, colon, services = line.partition("#")[0].partition(":")
        if colon:
            found.update(re.findall(r"[a-z0-9_]+", re.sub(r"\[.*?\]", "", services)))
    return sorted(found)
