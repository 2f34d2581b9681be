"""npm, pnpm and yarn that install, in a Dockerfile: the cache that they keep, the files that they read."""

from __future__ import annotations

import json
import re
from pathlib import Path

from unladen.language.installing import Installing
from unladen.syntax.bash import Command

_SCRIPTS = ("preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare")
"""What is run by an installation of the project's own: https://docs.npmjs.com/cli/using-npm/scripts#life-cycle-scripts."""
_NPM = ("package.json", "package-lock.json", "npm-shrinkwrap.json", ".npmrc")
_PNPM = ("package.json", "pnpm-lock.yaml", ".npmrc")
_STORE = "/root/.local/share/pnpm/store"
"""Where pnpm keeps what it downloads: https://pnpm.io/settings#storedir."""
_STORE_MOVES = ("PNPM_HOME", "XDG_DATA_HOME", "NPM_CONFIG_STORE_DIR")
_YARN = ("package.json", "yarn.lock", ".npmrc", ".yarnrc")


def installing(command: Command, root: Path | None) -> Installing | None:
    """`root` is the project's folder, None where that is not known."""
    words = (command.name, *command.words[1:])
    if any(word.startswith(("--prefix", "--cache", "--cwd", "-C", "--dir", "--store-dir")) for word in words):
        return None
    if any(word in ("--offline", "--prefer-offline") for word in words):
        return None  # it reads what an earlier line downloaded
    names = [word for word in words[1:] if not word.startswith("-")]
    is_global = "-g" in words or "--global" in words
    if words[0] == "npm" and names[:1] in (["ci"], ["install"], ["i"]):
        reads = () if is_global and len(names) > 1 else _manifests(root if len(names) == 1 else None, _NPM)
        return Installing("/root/.npm", names[0], manifests=reads)
    if words[0] == "pnpm" and names in (["install"], ["i"]) and not is_global:
        return _pnpm(names[0], root)
    if words[0] == "yarn" and names in ([], ["install"]) and "--version" not in words:
        return Installing("/usr/local/share/.cache", "", manifests=_manifests(root, _YARN))
    return None


def _pnpm(verb: str, root: Path | None) -> Installing | None:
    """Settings of the project may put the store elsewhere, or forbid to copy out of it."""
    settings = root / ".npmrc" if root else None
    if (
        settings
        and settings.is_file()
        and re.search(r"store|import-method", settings.read_text(errors="replace"))
    ):
        return None
    others = root is None or any((root / name).exists() for name in ("pnpm-workspace.yaml", ".pnpmfile.cjs"))
    reads = None if others else _manifests(root, _PNPM)
    return Installing(_STORE, verb, manifests=reads, moved_by=_STORE_MOVES)


def _manifests(root: Path | None, known: tuple[str, ...]) -> tuple[str, ...] | None:
    """The files, where the installation runs nothing of the project's and takes no folder of it."""
    try:
        said = json.loads((root / "package.json").read_text(encoding="utf-8")) if root else {}
    except (OSError, ValueError):
        return None
    patched = isinstance(said, dict) and "patchedDependencies" in str(said.get("pnpm"))
    if (
        not isinstance(said, dict)
        or "workspaces" in said
        or patched
        or root is None
        or (root / ".yarnrc.yml").exists()
    ):
        return None
    local = any(
        str(version).startswith(("file:", "link:", "portal:", "workspace:", ".", "/"))
        for kind in ("dependencies", "devDependencies", "optionalDependencies")
        for version in dict(said.get(kind) or {}).values()
    )
    runs = any(name in dict(said.get("scripts") or {}) for name in _SCRIPTS)
    return None if local or runs else tuple(name for name in known if (root / name).is_file())
