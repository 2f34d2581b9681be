"""The host's package index settings, as the files that HostSettings.files names.

Sources: pip ("Configuration"), uv ("Configuration files"), npm ("npmrc"), go ("go help environment"), apt
("apt.conf(5)"). Each file holds what says where packages come from, and nothing else.
"""

from __future__ import annotations

import configparser
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from unladen.engine.local_url import is_local

GO_SETTINGS = ("GOPROXY", "GOSUMDB", "GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GOINSECURE")
"""GOFLAGS is not among them: it says how to build, not where modules come from."""

APT_PROXY = re.compile(r'^\s*(Acquire::https?::Proxy(?:::[\w.-]+)?)\s+"([^"]+)"\s*;', re.MULTILINE | re.I)


def index_files(environ: Mapping[str, str], home: Path, root: Path) -> dict[str, str]:
    """File name → text, for the tools that somebody has told where their packages come from."""
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    found = {
        "pip.conf": _pip(environ, (root / "etc/pip.conf", home / ".pip/pip.conf", config / "pip/pip.conf")),
        "uv.toml": _uv(environ, (root / "etc/uv/uv.toml", config / "uv/uv.toml")),
        "npmrc": _npm(environ, (root / "etc/npmrc", home / ".npmrc")),
        "goenv": _go(environ, Path(environ.get("GOENV") or config / "go/env")),
        "apt.conf": _apt((root / "etc/apt/apt.conf", *sorted((root / "etc/apt/apt.conf.d").glob("*")))),
    }
    return {name: text for name, text in found.items() if text}


def _pip(environ: Mapping[str, str], files: Iterable[Path]) -> str:
    """Later files win over earlier ones, variables over files, [install] over [global]."""
    settings: dict[str, str] = {}
    own = environ.get("PIP_CONFIG_FILE")
    for file in (*files, *((Path(own),) if own else ())):
        parser = configparser.RawConfigParser()
        try:
            parser.read_string(_text(file))
        except configparser.Error:
            continue
        for section in ("global", "install"):
            if parser.has_section(section):
                settings.update(parser.items(section))
    for name in ("index-url", "extra-index-url", "trusted-host"):
        if value := environ.get(f"PIP_{name.upper().replace('-', '_')}"):
            settings[name] = value
    kept = {
        "index-url": _remote(settings.get("index-url", "")),
        "extra-index-url": _remote(settings.get("extra-index-url", "")),
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
            settings.update(tomllib.loads(_text(file)))
        except tomllib.TOMLDecodeError:
            continue
    indexes = [index for index in settings.get("index", ()) if _remote(str(index.get("url", "")))]
    default = environ.get("UV_DEFAULT_INDEX") or environ.get("UV_INDEX_URL") or settings.get("index-url", "")
    extra = environ.get("UV_INDEX") or environ.get("UV_EXTRA_INDEX_URL")
    if extra is None:
        extra = " ".join(settings.get("extra-index-url", ()))
    lines = [f"index-url = {json.dumps(url)}" for url in _remote(_bare(default))]
    if urls := [url for word in extra.split() for url in _remote(_bare(word))]:
        lines.append(f"extra-index-url = {json.dumps(urls)}")
    for index in indexes:
        lines += ["", "[[index]]", *(f"{name} = {json.dumps(value)}" for name, value in index.items())]
    return "\n".join([*lines, ""]) if lines else ""


def _bare(index: str) -> str:
    """uv's variables take NAME=URL too."""
    name, equals, url = index.partition("=")
    return url if equals and "/" not in name else index


def _npm(environ: Mapping[str, str], files: Iterable[Path]) -> str:
    """Registries, and the credentials of these registries alone."""
    settings: dict[str, str] = {}
    for file in files:
        for line in _text(file).splitlines():
            name, equals, value = line.partition("=")
            if equals and not line.lstrip().startswith(("#", ";")):
                settings[name.strip()] = _expanded(value.strip().strip("\"'"), environ)
    for variable, value in environ.items():
        if variable.lower() == "npm_config_registry" and value:
            settings["registry"] = value
    registries = {
        name: value
        for name, value in settings.items()
        if (name == "registry" or name.endswith(":registry")) and _remote(value)
    }
    hosts = {urlsplit(value).netloc for value in registries.values()}
    secrets = {n: v for n, v in settings.items() if n.startswith("//") and urlsplit(n).netloc in hosts}
    return "".join(f"{name}={value}\n" for name, value in {**registries, **secrets}.items())


def _expanded(value: str, environ: Mapping[str, str]) -> str:
    """npm replaces ${NAME}; the variable is not there during the build."""
    return re.sub(r"\$\{([^}]+)\}", lambda match: environ.get(match[1], match[0]), value)


def _go(environ: Mapping[str, str], file: Path) -> str:
    settings = dict(line.partition("=")[::2] for line in _text(file).splitlines() if "=" in line)
    settings.update({name: environ[name] for name in GO_SETTINGS if environ.get(name)})
    kept = {name: settings[name] for name in GO_SETTINGS if settings.get(name)}
    if any(is_local(url) for url in re.split(r"[,|]", kept.get("GOPROXY", ""))):
        kept["GOPROXY"] = ",".join(url for url in re.split(r"[,|]", kept["GOPROXY"]) if not is_local(url))
    return "".join(f"{name}={value}\n" for name, value in kept.items() if value)


def _apt(files: Iterable[Path]) -> str:
    found = {name: url for file in files for name, url in APT_PROXY.findall(_text(file))}
    return "".join(
        f'{name} "{url}";\n' for name, url in found.items() if url == "DIRECT" or not is_local(url)
    )


def _remote(urls: str) -> list[str]:
    """Those of the (white-space separated) URLs that a container can reach."""
    return [url for url in urls.split() if not is_local(url)]


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace") if file.is_file() else ""
    except OSError:
        return ""
