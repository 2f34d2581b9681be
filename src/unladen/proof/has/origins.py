"""Which instruction of a Dockerfile put a path into an image.

`history` of the image's configuration lists the instructions, oldest first; those without `empty_layer` made the
layers, in order (https://github.com/opencontainers/image-spec/blob/main/config.md). Each builder writes it in its own
way: BuildKit "COPY . /app # buildkit" and "RUN |1 A=b /bin/sh -c make # buildkit", the legacy builder and Podman
"/bin/sh -c #(nop) COPY dir:… in /app" and "|1 A=b /bin/sh -c make".
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unladen.image.interface import Image

BASE = "the base image"
SHOWN = 90
"""Characters of an instruction that are shown."""
_NOP = re.compile(r"(?:/\S+(?: -\S+)* )?#\(nop\)\s+")
_SHELL = re.compile(r"(?:^|(?<= ))/\S+(?: -\S+| pipefail)*? -\w*c (.*)", re.DOTALL)
_HASHED = re.compile(r"((?:file|dir|multi):)[0-9a-f]{6,} in (.*)")
_KEYWORDS = re.compile(
    r"ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR"
)
_ENDS = re.compile(r"[;&|\n]+")
_MAKERS = frozenset(("chgrp", "chmod", "chown", "install", "mkdir", "mkfifo", "touch"))
_STARTS = frozenset(("CMD", "ENTRYPOINT"))


@dataclass(frozen=True)
class Instruction:
    """`text` is what follows the keyword; `workdir` holds where it ran. An unknown one has no keyword."""

    keyword: str = ""
    text: str = ""
    workdir: str = "/"

    @property
    def copies(self) -> bool:
        """Whether it puts files there that the build was given, or another stage made."""
        return self.keyword in ("COPY", "ADD")

    @property
    def copies_whole(self) -> bool:
        """Whether it copies all that the build was given; of a folder whose name the builder left out it may be so."""
        words = [word.strip('[]",') for word in self.text.split()[:-1]] if self.copies else []
        return any(word.startswith("dir:") or posixpath.normpath(word) == "." for word in words)

    def makes(self, path: str) -> bool:
        """Whether a RUN makes the path, or gives it away, by name: `mkdir -p /var/log/web && chown web /var/log/web`.
        What lies below a folder that is given away is given away, too."""
        if self.keyword != "RUN":
            return False
        for command in _ENDS.split(self.text):
            words = command.split()
            named = {
                posixpath.normpath(posixpath.join(self.workdir, word.strip("\"'"))) for word in words[1:]
            }
            if (
                words
                and words[0] in _MAKERS
                and any(path == each or path.startswith(f"{each}/") for each in named)
            ):
                return True
        return False

    @property
    def target(self) -> str:
        """Where a COPY or ADD puts things, as an absolute path; "" for other instructions."""
        words = self.text.rstrip("]").split() if self.copies else []
        return posixpath.normpath(posixpath.join(self.workdir, words[-1].strip('",'))) if words else ""

    def __str__(self) -> str:
        shown = " ".join(f"{self.keyword} {self.text}".split())
        return shown if len(shown) <= SHOWN else f"{shown[: SHOWN - 1]}…"


@dataclass(frozen=True)
class Origins:
    """The instruction of each layer, as far as it is known, and how many of the layers, from the lowest up, are the
    base image's."""

    layers: tuple[Instruction, ...]
    base: int

    def is_base(self, layer: int) -> bool:
        return layer < self.base

    def of(self, layer: int) -> str:
        """The layer's instruction as people write it."""
        if self.is_base(layer):
            return BASE
        known = self.layers[layer] if layer < len(self.layers) else Instruction()
        return str(known) if known.keyword else f"layer {layer + 1} of the image"


def origins(image: Image, base: tuple[str, ...]) -> Origins:
    """`base` are the diff ids of the base image's layers; empty where they are not known."""
    history: Any = image.config.get("history")
    entries = [each for each in history or () if isinstance(each, dict)]
    read = list(_read(entries))
    made = [each for each, entry in zip(read, entries, strict=True) if not entry.get("empty_layer")]
    layers = len(image.layers)
    known = tuple(made) if len(made) == layers else (Instruction(),) * layers
    return Origins(known, _known_base(image, base) or _guessed_base(entries, read, layers))


def read_instruction(created_by: str, workdir: str = "/") -> Instruction:
    """`created_by` as any builder writes it. One without text is unknown."""
    text = created_by.strip().removesuffix("# buildkit").rstrip()
    if match := _NOP.match(text):
        text = text[match.end() :]
    keyword, _, rest = text.partition(" ")
    if _KEYWORDS.fullmatch(keyword):
        return Instruction(keyword, _HASHED.sub(r"\1… \2", rest.strip()), workdir)
    if not text:
        return Instruction()
    text = text.removeprefix("RUN ")
    shell = _SHELL.search(text) if text.startswith(("/", "|")) else None
    return Instruction("RUN", (shell[1] if shell else text).strip(), workdir)


def _read(entries: Sequence[Mapping[str, Any]]) -> Iterator[Instruction]:
    workdir = "/"
    for entry in entries:
        found = read_instruction(str(entry.get("created_by") or ""), workdir)
        if found.keyword == "WORKDIR":
            workdir = posixpath.normpath(posixpath.join(workdir, found.text))
        yield found


def _known_base(image: Image, base: tuple[str, ...]) -> int:
    """How many of the image's layers are those of the base with these diff ids; 0 where they are not below it."""
    own = tuple(layer.diff_id for layer in image.layers)
    return len(base) if own[: len(base)] == base else 0


def _guessed_base(entries: Sequence[Mapping[str, Any]], read: Sequence[Instruction], layers: int) -> int:
    """Images that others build on end with the command that they run: what follows a CMD or ENTRYPOINT and makes a
    layer is another Dockerfile's. Without such a sign the first layer that no COPY made is the base's."""
    made, base = 0, 0
    for entry, instruction in zip(entries, read, strict=True):
        made += not entry.get("empty_layer")
        if instruction.keyword in _STARTS and made < layers:
            base = made
    first = read[0] if read else Instruction()
    is_system = first.keyword in ("", "RUN") or (first.keyword == "ADD" and first.target == "/")
    return base or (1 if layers > 1 and is_system else 0)
