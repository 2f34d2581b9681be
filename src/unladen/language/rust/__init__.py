"""Rust, as far as builds and logs show it: there is no ladder for its projects yet."""

from __future__ import annotations

import re
from collections.abc import Sequence

from unladen.engine.hostsettings import Tools
from unladen.language.ecosystem import Ecosystem

_PANIC = re.compile(r"^thread '[^']*' (\(\d+\) )?panicked at")


def failure(lines: Sequence[str], number: int) -> str:
    return lines[number].strip() if _PANIC.match(lines[number]) else ""


ECOSYSTEM = Ecosystem(
    name="rust",
    tools=Tools(ca_variables=("CARGO_HTTP_CAINFO",)),
    toolchain_env=r"RUST_VERSION|(?:RUSTUP|CARGO)_HOME",
    failure=failure,
)
