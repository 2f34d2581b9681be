"""The `.dockerignore` unladen proposes: what no image needs, and the project's own rules after it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

COMMON: Mapping[str, Sequence[str]] = {
    "Version control": [
        "**/.git",
        "**/.gitignore",
        "**/.gitattributes",
        "**/.gitmodules",
        "**/.hg",
        "**/.svn",
    ],
    "CI": [".github", ".gitlab-ci.yml", ".travis.yml", ".circleci", "Jenkinsfile", "azure-pipelines.yml"],
    "Editors and desktops": [
        "**/.idea",
        "**/.vscode",
        "**/*.swp",
        "**/*.swo",
        "**/*~",
        "**/.DS_Store",
        "**/Thumbs.db",
        "**/.editorconfig",
    ],
    "Containers": ["Dockerfile*", ".dockerignore", "docker-compose*.y*ml", "compose*.y*ml"],
    "Settings and secrets of one machine": ["**/.env", "**/.env.*", "unladen.toml"],
    "Logs and temporary files": ["**/*.log", "**/*.tmp", "**/*.bak"],
}
"""Heading → patterns, in the syntax of https://docs.docker.com/build/concepts/context/#dockerignore-files."""


def dockerignore(own: Path, extras: Mapping[str, Sequence[str]], keep: Collection[str] = ()) -> str:
    """The proposed text for the project whose own ignore file would be at `own`.

    `extras` are a language's own sections, `keep` patterns that this project needs in its context
    (`**/.git` where the version is read from it). An existing `.dockerignore` is taken over, last: in this
    format the last rule that matches wins, so what its author wrote still holds. Proposing for a project
    that already has the proposed file changes nothing.
    """
    parts = []
    for heading, patterns in {**COMMON, **extras}.items():
        if lines := [pattern for pattern in patterns if pattern not in keep]:
            parts.append("\n".join([f"# {heading}", *lines]))
    ours = {line for part in parts for line in part.splitlines()}
    rules = _own_rules(own)
    has_exceptions = any(rule.startswith("!") for rule in rules)  # then order matters: keep every line
    if rest := [rule for rule in rules if has_exceptions or rule not in ours]:
        parts.append("\n".join([OWN, *rest]))
    return "\n\n".join(parts) + "\n"


OWN = "# The project's own rules"
"""Heading of what is taken over."""


def _own_rules(path: Path) -> list[str]:
    """Every rule of the existing file; of one that unladen wrote, only those of the project's own section."""
    if not path.is_file():
        return []
    text = path.read_text(encoding="utf-8", errors="replace")
    rules = [line.strip() for line in text.partition(OWN)[2].splitlines() or text.splitlines()]
    return [rule for rule in rules if rule and not rule.startswith("#")]
