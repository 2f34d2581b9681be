"""Where this host's pip and uv get packages from: pip's "Configuration", uv's "Configuration files"."""

from __future__ import annotations

import configparser
import json
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from unladen.engine.hostsettings import ROOM, HostFile, read_text
from unladen.engine.local_url import remote


def index_files(environ: Mapping[str, str], home: Path, root: Path) -> Mapping[str, HostFile]:
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    pip = _pip(environ, (root / "etc/pip.conf", home / ".pip/pip.conf", config / "pip/pip.conf"))
    uv = _uv(environ, (root / "etc/uv/uv.toml", config / "uv/uv.toml"))
    return {
        "pip.conf": HostFile(pip, "PIP_CONFIG_FILE"),
        # a system-wide file, not UV_CONFIG_FILE: that one switches off the project's own settings
        "uv.toml": HostFile(uv, "XDG_CONFIG_DIRS", "xdg/uv/uv.toml", f"{ROOM}/xdg:/etc/xdg"),
    }


def _pip(environ: Mapping[str, str], files: Iterable[Path]) -> str:
    """Later files win over earlier ones, variables over files, [install] over [global]."""
    settings: dict[str, str] = {}
    own = environ.get("PIP_CONFIG_FILE")
    for file in (*files, *((Path(own),) if own else ())):
        parser = configparser.RawConfigParser()
        try:
            parser.read_string(read_text(file))
        except configparser.Error:
            continue
        for section in ("global", "install"):
            if parser.has_section(section):
                settings.update(parser.items(section))
    for name in ("index-url", "extra-index-url", "trusted-host"):
        if value := environ.get(f"PIP_{name.upper().replace('-', '_')}"):
            settings[name] = value
    kept = {
        "index-url": remote(settings.get("index-url", "")),
        "extra-index-url": remote(settings.get("extra-index-url", "")),
    }
    if any(kept.values()):
        kept["trusted-host"] = settings.get("trusted-host", "").split()
    lines = [_pip_line(name, values) for name, values in kept.items() if values]
    return "\n".join(["[global]", *lines, ""]) if lines else ""


def _pip_line(name: str, values: list[str]) -> str:
    return f"{name} = {values[0]}" if len(values) == 1 else "\n    ".join([f"{name} =", *values])


def _uv(environ: Mapping[str, str], files: Iterable[Path]) -> str:
    settings: dict[str, Any] = {}
    for file in files:
        try:
            settings.update(tomllib.loads(read_text(file)))
        except tomllib.TOMLDecodeError:
            continue
    indexes = [index for index in settings.get("index", ()) if remote(str(index.get("url", "")))]
    default = environ.get("UV_DEFAULT_INDEX") or environ.get("UV_INDEX_URL") or settings.get("index-url", "")
    extra = environ.get("UV_INDEX") or environ.get("UV_EXTRA_INDEX_URL")
    if extra is None:
        extra = " ".join(settings.get("extra-index-url", ()))
    lines = [f"index-url = {json.dumps(url)}" for url in remote(_bare(default))]
    if urls := [url for word in extra.split() for url in remote(_bare(word))]:
        lines.append(f"extra-index-url = {json.dumps(urls)}")
    for index in indexes:
        lines += ["", "[[index]]", *(f"{name} = {json.dumps(value)}" for name, value in index.items())]
    return "\n".join([*lines, ""]) if lines else ""


def _bare(index: str) -> str:
    """uv's variables take NAME=URL too."""
    name, equals, url = index.partition("=")
    return url if equals and "/" not in name else index
