"""The configuration of the user's last stage, said once more in a stage that starts from another base.

Instructions are carried over as they stand, in their order; what they took from the old base and the lighter one does
not say is added.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from unladen.dockerfile.parse import Instruction
from unladen.dockerfile.users import Reading
from unladen.general.added import CannotCarry
from unladen.image.settings import DEFAULT_PATH, Settings
from unladen.language.registry import ecosystems
from unladen.proof.has.interface import Side

_EACH = frozenset(("ENV", "EXPOSE", "LABEL", "MAINTAINER", "ONBUILD", "VOLUME"))
"""Every one counts."""
_LAST = frozenset(("CMD", "ENTRYPOINT", "HEALTHCHECK", "SHELL", "STOPSIGNAL", "USER"))
"""The last one counts."""


def carried(
    full: Side,
    light: Side,
    reading: Reading,
    instructions: tuple[Instruction, ...],
    rewritten: Mapping[int, str] = MappingProxyType({}),
) -> tuple[str, ...]:
    """`instructions` are those of the stage and of the stages that it builds on, `rewritten` the text that takes the
    place of some, by where they begin. Raises CannotCarry."""
    inner = light.image.config.get("config")
    if isinstance(inner, dict) and inner.get("OnBuild"):
        raise CannotCarry("the lighter base has ONBUILD instructions, which would run a second time")
    kept = tuple(_kept(reading, instructions))
    return (
        *_of_the_base(full.scene.settings, light.scene.settings, kept),
        *(rewritten.get(each.start, each.source) for each in kept),
    )


def _kept(reading: Reading, instructions: tuple[Instruction, ...]) -> Iterator[Instruction]:
    last = {each.keyword: each for each in instructions if each.keyword in _LAST}
    if reading.cmd is None:
        last.pop("CMD", None)
    folders = _folders(instructions)
    chosen = [
        each
        for each in instructions
        if each.keyword in _EACH or each is last.get(each.keyword) or each in folders
    ]
    names = {name for each in chosen for name in re.findall(r"\$\{?(\w+)", each.source)}
    for each in instructions:
        if each in chosen or (
            each.keyword == "ARG" and names & {word.partition("=")[0] for word in each.values}
        ):
            yield each


def _folders(instructions: tuple[Instruction, ...]) -> tuple[Instruction, ...]:
    """The WORKDIR lines from the last on that says where it is by itself."""
    found: tuple[Instruction, ...] = ()
    for each in (each for each in instructions if each.keyword == "WORKDIR"):
        found = (each,) if each.arguments.strip("\"'").startswith("/") else (*found, each)
    return found


def _of_the_base(full: Settings, light: Settings, kept: tuple[Instruction, ...]) -> Iterator[str]:
    """What the image has of its old base alone."""
    said = {each.keyword for each in kept}
    own = {name for each in kept if each.keyword == "ENV" for name, _ in each.pairs}
    toolchain = ecosystems().toolchain_env
    for name, value in full.env.items():
        if name not in own and name not in light.env and not toolchain.fullmatch(name):
            yield f"ENV {name}={quoted(value if name != 'PATH' else _usual(value))}"
    if "WORKDIR" not in said and full.workdir.rstrip("/") != light.workdir.rstrip("/"):
        yield f"WORKDIR {full.workdir or '/'}"
    if "USER" not in said and _user(full) != _user(light):
        yield f"USER {full.user or '0'}"
    if "STOPSIGNAL" not in said and full.stop_signal != light.stop_signal:
        yield f"STOPSIGNAL {full.stop_signal or 'SIGTERM'}"
    if "SHELL" not in said and full.shell and full.shell != light.shell:
        yield f"SHELL {json.dumps(list(full.shell))}"
    if not said & {"EXPOSE"}:
        yield from (f"EXPOSE {port}" for port in full.ports if port not in light.ports)
    if not said & {"VOLUME"}:
        yield from (f"VOLUME {json.dumps([each])}" for each in full.volumes if each not in light.volumes)
    yield from _start(full, light, said)
    if "HEALTHCHECK" not in said and _checks(full) != _checks(light):
        if _checks(full):
            raise CannotCarry("its health check is the base image's, and the lighter one has another")
        yield "HEALTHCHECK NONE"


def _usual(path: str) -> str:
    """A search path without the folders of a toolchain, where it has all the usual ones."""
    return ":".join(DEFAULT_PATH) if set(DEFAULT_PATH) <= set(path.split(":")) else path


def _start(full: Settings, light: Settings, said: set[str]) -> Iterator[str]:
    """ENTRYPOINT and CMD of the old base. Another ENTRYPOINT takes an inherited CMD away."""
    entry = "ENTRYPOINT" not in said and full.entrypoint != light.entrypoint
    if entry:
        yield f"ENTRYPOINT {json.dumps(list(full.entrypoint))}"
    inherited = () if entry or "ENTRYPOINT" in said else light.cmd
    if "CMD" not in said and full.cmd != inherited:
        yield f"CMD {json.dumps(list(full.cmd))}"


def _user(settings: Settings) -> str:
    return "" if settings.user in ("0", "root", "0:0", "root:root") else settings.user


def _checks(settings: Settings) -> Mapping[str, object]:
    return {} if list(settings.healthcheck.get("Test") or ["NONE"]) == ["NONE"] else settings.healthcheck


def quoted(value: str) -> str:
    """The value of an ENV."""
    escaped = re.sub(r'([\\"$])', r"\\\1", value)
    return escaped if re.fullmatch(r"[\w./:@%+,=-]+", value) else f'"{escaped}"'
