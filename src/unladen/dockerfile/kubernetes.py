"""What Kubernetes manifests of a project start in its image: commands, probes and hooks of containers.

Format: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Container. Templates (Helm) are
no YAML before they are filled in, and are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from unladen.dockerfile.choose import DEPTH, folders

MOST = 200
"""Files that are read."""
LONGEST = 1 << 20
"""Bytes of a file that is read."""
_HOLDS = re.compile(r"^kind:.*^\s*(?:-\s+)?(?:init)?containers:", re.MULTILINE | re.DOTALL | re.IGNORECASE)
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_HOOKS = ("postStart", "preStop")


def started_by_kubernetes(
    project: Path, elsewhere: frozenset[str] = frozenset()
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Command lines, each with the place that says so ("k8s/web.yaml: readinessProbe of web"). An image is the
    project's where its name has all words of the folder's. `elsewhere` are names of folders that hold nothing of the
    project's own."""
    project = project.resolve()
    root = _repository(project)
    for file in islice(_manifests(root, elsewhere), MOST):
        for container in _containers(file):
            if _is_of(project.name, str(container.get("image") or "")):
                place = f"{file.relative_to(root)}: {{}} of {container.get('name') or container['image']}"
                yield from ((place.format(what), line) for what, line in _lines(container) if line)


def _repository(project: Path) -> Path:
    """The folder that its repository begins in, where that is not far above."""
    found = (folder for folder in (project, *project.parents[:DEPTH]) if (folder / ".git").exists())
    return next(found, project)


def _manifests(folder: Path, elsewhere: frozenset[str], depth: int = DEPTH) -> Iterator[Path]:
    for path in sorted(folder.glob("*.y*ml")):
        if path.suffix in (".yaml", ".yml") and path.is_file() and path.stat().st_size <= LONGEST:
            yield path
    for inner in sorted(folders(folder, elsewhere)) if depth else ():
        yield from _manifests(inner, elsewhere, depth - 1)


def _containers(file: Path) -> list[dict[str, Any]]:
    text = file.read_text(encoding="utf-8", errors="replace")
    if not _HOLDS.search(text):
        return []
    try:
        return [each for document in yaml.safe_load_all(text) for each in _within(document)]
    except (yaml.YAMLError, RecursionError, ValueError):
        return []  # a template, or kubectl's to refuse


def _within(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("containers", "initContainers") and isinstance(inner, list):
                yield from (each for each in inner if isinstance(each, dict))
            else:
                yield from _within(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _within(inner)


def _is_of(name: str, image: str) -> bool:
    repository = re.sub(r"(?::[^/]*)?(?:@.*)?$", "", image).rpartition("/")[2]
    words, own = (set(re.split(r"[-_.]", each.lower())) - {""} for each in (repository, name))
    return bool(own) and own <= words


def _lines(container: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "command", _words(container.get("command"))
    for key in _PROBES:
        yield key, _executed(container.get(key))
    lifecycle = container.get("lifecycle")
    hooks = lifecycle if isinstance(lifecycle, dict) else {}
    for key in _HOOKS:
        yield key, _executed(hooks.get(key))


def _executed(action: Any) -> tuple[str, ...]:
    execute = action.get("exec") if isinstance(action, dict) else None
    return _words(execute.get("command")) if isinstance(execute, dict) else ()


def _words(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()
