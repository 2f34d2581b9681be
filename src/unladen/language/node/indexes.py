"""Where this host's npm gets packages from: npm's "npmrc"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from unladen.engine.hostsettings import HostFile, read_text
from unladen.engine.local_url import remote


def index_files(environ: Mapping[str, str], home: Path, root: Path) -> Mapping[str, HostFile]:
    text = _npm(environ, (root / "etc/npmrc", home / ".npmrc"))
    return {"npmrc": HostFile(text, "NPM_CONFIG_USERCONFIG")}


def _npm(environ: Mapping[str, str], files: Iterable[Path]) -> str:
    """Registries, and the credentials of these registries alone."""
    settings: dict[str, str] = {}
    for file in files:
        for line in read_text(file).splitlines():
            name, equals, value = line.partition("=")
            if equals and not line.lstrip().startswith(("#", ";")):
                settings[name.strip()] = _expanded(value.strip().strip("\"'"), environ)
    for variable, value in environ.items():
        if variable.lower() == "npm_config_registry" and value:
            settings["registry"] = value
    registries = {
        name: value
        for name, value in settings.items()
        if (name == "registry" or name.endswith(":registry")) and remote(value)
    }
    hosts = {urlsplit(value).netloc for value in registries.values()}
    secrets = {n: v for n, v in settings.items() if n.startswith("//") and urlsplit(n).netloc in hosts}
    return "".join(f"{name}={value}\n" for name, value in {**registries, **secrets}.items())


def _expanded(value: str, environ: Mapping[str, str]) -> str:
    """npm replaces ${NAME}; the variable is not there during the build."""
    return re.sub(r"\$\{([^}]+)\}", lambda match: environ.get(match[1], match[0]), value)
