"""From what a program says to what its image lacks: a guess in words."""

from __future__ import annotations

import re
from collections.abc import Iterable

from unladen.language.registry import ecosystems
from unladen.proof.observe import mask_numbers

LOADER: tuple[tuple[str, str], ...] = (
    # what the loader does not find
    (r"ELF load command address/offset not page-aligned", "stripping broke a shared library"),
    (r"error while loading shared libraries: ([^\s:]+)", "missing library {0}"),
    (r"([^\s:'\"]+): cannot open shared object file", "missing library {0}"),
    (r"error loading shared library ([^\s:]+)", "missing library {0}"),  # musl
    (r"error relocating .*?: ([\w@.]+): symbol not found", "a library of another libc lacks {0}"),
    (r"version [`']([^'`]+)' not found", "a library or libc older than the program was built for ({0})"),
    (r"undefined symbol: (\S+)", "a library of another version lacks {0}"),
    (r"illegal instruction", "built for another processor"),
    (r"exec format error", "built for another architecture"),
)
PATTERNS: tuple[tuple[str, str], ...] = (
    # certificates
    (r"certificate verify failed|unable to get local issuer", "missing certificates"),
    (r"no such file or directory.*(?:ca-certificates|ca-bundle|cert\.pem)", "missing certificates"),
    (r"(?:ca-certificates|ca-bundle|cert\.pem)\S*:? no such file or directory", "missing certificates"),
    # time zones, names, encodings
    (r"unknown time ?zone|no time zone found", "missing zone data"),
    (r"unknown user ?id|getpwuid|no matching entries in passwd", "missing user entry"),
    (r"unsupported locale setting|cannot change locale", "missing locale"),
    (
        r"temporary failure in name resolution|name or service not known|no such host",
        "names are not resolved",
    ),
    # the shell, and what may be written
    (r"exec: \"?(?:/bin/)?(?:ba)?sh\"?:", "missing shell"),
    (
        r"(?:no such file|not found).*['\"/ ](?:ba)?sh\b|\bsh['\"]?: (?:no such file|not found)",
        "missing shell",
    ),
    (r"exec: \"([^\"]+)\":", "missing program {0}"),
    (r"no usable temporary directory", "no temporary directory that can be written"),
    (r"read-only file system|\bEROFS\b", "read-only file system"),
    (r"permission denied|\bEACCES\b|operation not permitted", "not allowed to the user it runs as"),
    (r"no space left on device", "no space left"),
    (r"cannot allocate memory|out of memory", "out of memory"),
    (r"no such file or directory:? ?'?([^\s']*)", "missing file {0}"),
)
"""What is logged (any case) → what is behind it, the more telling first; {0} is the text in the group. What
ecosystems add comes between the two."""


def guess_cause(answer: str, log: Iterable[str] = (), baseline_log: Iterable[str] = ()) -> str:
    """What may be behind a rung's different `answer`, or "".

    The answer's own text is looked at before the lines that the rung logged; lines that the baseline logged
    as well (but for numbers) explain nothing.
    """
    known = {mask_numbers(line) for line in baseline_log}
    return _cause(answer) or _cause("\n".join(line for line in log if mask_numbers(line) not in known))


def _cause(text: str) -> str:
    for pattern, cause in (*LOADER, *ecosystems().causes, *PATTERNS):
        if match := re.search(pattern, text, re.IGNORECASE):
            named = next((group for group in match.groups() if group), "")
            return cause.format(named.strip(" '\"")).strip()
    return ""
