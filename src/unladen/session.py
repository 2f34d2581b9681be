"""What all work needs of this machine and user: an engine, closed whatever happens; the cache; the host's settings."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import platformdirs

from unladen import temporary
from unladen.dockerfile.choose import Choice
from unladen.engine.detect_host import detect_host_settings
from unladen.engine.find import EngineChoice, find_engine
from unladen.engine.hostsettings import HostSettings
from unladen.engine.interface import Engine
from unladen.language.registry import ecosystems


def cache_folder() -> Path:
    """Where bases, layer sizes and outcomes are kept: $UNLADEN_CACHE, else the user's cache folder."""
    return Path(os.environ.get("UNLADEN_CACHE") or platformdirs.user_cache_dir("unladen"))


@contextmanager
def engine(choice: EngineChoice) -> Iterator[Engine]:
    """An engine that removes everything it started, on success, failure, Ctrl-C and SIGTERM; first of all what
    an earlier session of this user's left that was killed.

    Raises EngineMissing; CannotWrite where there is no room for temporary files.
    """
    temporary.sweep()
    temporary.ready()
    found = find_engine(choice)
    try:
        found.remove_orphans()
        yield found
    finally:
        found.close()


def host_settings(choice: Choice | None = None) -> HostSettings:
    """Those of this host, and the secrets and keys that the user hands to builds."""
    found = detect_host_settings(os.environ, Path.home(), tools=(each.tools for each in ecosystems().each))
    return replace(found, secrets=choice.secrets, keys=choice.keys) if choice else found
