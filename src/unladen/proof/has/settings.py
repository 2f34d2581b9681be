"""An image's configuration is a contract with who runs it: what it sets, opens, stores and starts."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from unladen.image.accounts import account
from unladen.image.scene import Scene
from unladen.image.settings import DEFAULT_PATH, SHELL_FORM, without_a_shell
from unladen.language.registry import ecosystems
from unladen.proof.has.interface import Pair, Part, Side
from unladen.proof.interface import Loss

PATH = "ENV PATH"
_SECOND = 1_000_000_000
_TIMES = (
    ("interval", "Interval"),
    ("timeout", "Timeout"),
    ("start-period", "StartPeriod"),
    ("start-interval", "StartInterval"),
)
_SIGNALS = {"": "SIGTERM", "15": "SIGTERM", "TERM": "SIGTERM"}
_NO_SHELL = "the same program and words: no shell starts it, so that signals reach it"
_NO_FIELD = "podman's OCI format has no field for it: build with --format docker"


def settings(pair: Pair) -> Part:
    """What the baseline sets and the rung sets otherwise, or not, and what the rung sets in addition."""
    before, after = _contract(pair.baseline), _contract(pair.rung)
    names = [*before, *(name for name in after if name not in before)]
    differ = [name for name in names if before.get(name) != after.get(name)]
    losses = [_loss(pair, name, before.get(name), after.get(name)) for name in differ]
    return Part(
        "settings", len(before) + 1, (*losses, *_not_kept(pair, before["USER"], after["USER"]), *_path(pair))
    )


def _not_kept(pair: Pair, before: str, after: str) -> Iterator[Loss]:
    """The baseline's user, where the rung declares another."""
    declared = [name for name in pair.intent.settings if name.startswith("USER=")]
    if declared and before == after and f"USER={after}" not in declared:
        yield Loss("setting", "USER", f"{after}, and the rung declares {declared[0]}")


def _loss(pair: Pair, name: str, before: str | None, after: str | None) -> Loss:
    dropped = (
        name.split()[0] in ("HEALTHCHECK", "SHELL")
        and not _has_field(pair.rung)
        and _has_field(pair.baseline)
    )
    why = _NO_FIELD if dropped else pair.intent.why(name, after or "")
    if name == "CMD" and without_a_shell(_command(pair.baseline)) == _command(pair.rung):
        why = why or _NO_SHELL
    return Loss("setting", name, f"{_shown(before)} → {_shown(after)}", intended=why)


def _command(side: Side) -> tuple[str, ...]:
    return side.scene.settings.command


def _shown(value: str | None) -> str:
    return "not set" if value is None else value or '""'


def _contract(side: Side) -> dict[str, str]:
    """Every setting but PATH; where nothing is set, what an engine takes then. "arguments" are those that are given
    behind an image's name."""
    found = side.scene.settings
    toolchain = ecosystems().toolchain_env
    env = {f"ENV {name}": value for name, value in found.env.items() if not toolchain.fullmatch(name)}
    env.pop(PATH, None)
    labels = {name: value for name, value in found.labels.items() if side.base_labels.get(name) != value}
    user = account(side.scene.tree, found.user)
    return {
        **env,
        **{f"EXPOSE {port if '/' in port else f'{port}/tcp'}": "exposed" for port in found.ports},
        **{f"VOLUME {volume.rstrip('/') or '/'}": "a volume" for volume in found.volumes},
        **{f"LABEL {name}": value for name, value in labels.items()},
        **dict(_healthcheck(found.healthcheck)),
        "STOPSIGNAL": _SIGNALS.get(found.stop_signal, found.stop_signal),
        "SHELL": _words(found.shell or SHELL_FORM),
        "USER": str(user) if user else f"{found.user}, whom the image does not know",
        "WORKDIR": posixpath.normpath(f"/{found.workdir.lstrip('/')}"),
        "CMD": _words(found.command),
        "arguments": f"take the place of {_words(found.cmd) if found.entrypoint else 'the whole command'}",
    }


def _healthcheck(check: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Durations are in nanoseconds in the configuration; 0 is the engine's default."""
    test = tuple(check.get("Test") or ())
    if test[:1] not in ((), ("NONE",)):
        yield "HEALTHCHECK", _words([" ".join(each.split()) for each in test])
        for name, key in _TIMES:
            if check.get(key):
                yield f"HEALTHCHECK --{name}", f"{check[key] / _SECOND:g}s"
        if check.get("Retries"):
            yield "HEALTHCHECK --retries", str(check["Retries"])


def _words(argv: Iterable[str]) -> str:
    return json.dumps(list(argv), ensure_ascii=False)


def _has_field(side: Side) -> bool:
    """Whether the image's format can hold a health check and a shell: what buildah writes in OCI format cannot, and
    shows nothing but its own label."""
    inner: Any = side.image.config.get("config") or {}
    labels = inner.get("Labels") or {}
    return "io.buildah.version" not in labels or bool(inner.get("Healthcheck") or inner.get("Shell"))


def _path(pair: Pair) -> Iterator[Loss]:
    """PATH by what it finds. A folder that is not in the rung's image finds nothing there, whoever lists it; those
    that programs take for granted stay listed."""
    old, new = _folders(pair.baseline.scene), _folders(pair.rung.scene)
    if "PATH" in pair.baseline.scene.settings.env and "PATH" not in pair.rung.scene.settings.env:
        told = f"{':'.join(old)} → not set, so that each engine takes its own"
        yield Loss("setting", PATH, told, intended=pair.intent.settings.get(PATH, ""))
    if old == new:
        return
    difference = f"{':'.join(old)} → {':'.join(new)}"
    lost = [each for each in old if each not in new]
    needless = [each for each in lost if each not in DEFAULT_PATH and not pair.rung.scene.real(each)]
    allowed = dict(_declared(pair))
    added = [each for each in new if each not in old]
    unexplained = [f"{each} is not searched" for each in lost if each not in needless]
    unexplained += [f"{each} is searched in addition" for each in added if each not in allowed]
    unexplained += _found_elsewhere(pair, old, frozenset(allowed))
    loss = Loss("setting", PATH, difference)
    if unexplained:
        more = f" and {len(unexplained) - 3} more" if len(unexplained) > 3 else ""
        why = pair.intent.settings.get(PATH, "")
        yield replace(loss, difference=f"{difference}: {'; '.join(unexplained[:3])}{more}", intended=why)
    elif reasons := [allowed[each] for each in added]:
        yield replace(loss, intended=reasons[0])
    elif needless:
        yield replace(loss, intended=f"not in the image: {', '.join(needless)}")


def _folders(scene: Scene) -> tuple[str, ...]:
    return tuple(dict.fromkeys(posixpath.normpath(each) for each in scene.settings.search_path))


def _declared(pair: Pair) -> Iterator[tuple[str, str]]:
    """Folders that the rung searches on purpose, with the reason."""
    for setting, why in pair.intent.settings.items():
        name, equals, value = setting.partition("=")
        if name == PATH and equals:
            yield from ((posixpath.normpath(each), why) for each in value.split(":") if each.startswith("/"))


def _found_elsewhere(pair: Pair, old: tuple[str, ...], allowed: frozenset[str]) -> Iterator[str]:
    """Programs of the baseline that are in the rung as well, where their name means another one now."""
    here, there = pair.baseline.scene, pair.rung.scene
    seen: set[str] = set()
    for folder in old:
        for path in here.tree.children(here.real(folder) or "/nowhere"):
            name = posixpath.basename(path)
            if name in seen:
                continue
            seen.add(name)
            before = there.real(f"{folder}/{name}")
            after = there.program(name) if before else ""
            if after and there.real(after) != before and posixpath.dirname(after) not in allowed:
                yield f"{name} is {after}, no longer {folder}/{name}"
