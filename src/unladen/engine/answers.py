"""What an engine's complaint means, as an error of unladen's tree."""

from __future__ import annotations

import re

from unladen.engine.parts import missing_part
from unladen.errors import BaseMissing, DiskFull, EngineFailed, EngineMissing, UnladenError

DISK_FULL = re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE)
NO_DAEMON = re.compile(
    r"cannot connect to the docker daemon|is the docker daemon running|permission denied.*docker.*sock",
    re.IGNORECASE,
)
NO_IMAGE = re.compile(
    r"no such image|image not known|manifest unknown|pull access denied|repository does not exist"
    r"|did not resolve to an alias|no such host|name resolution|server misbehaving|i/o timeout"
    r"|connection refused|network is unreachable|no route to host|unable to pull|error pulling image"
    r"|requested access to the resource is denied|failed to resolve source metadata|tls handshake timeout"
    r"|unexpected status code .*manifest|initializing source docker://|x509: certificate signed by unknown",
    re.IGNORECASE,
)

SAYS_NOTHING = re.compile(r"^(Error: failed to start containers: \w+|-+|> \[.*)$")
PREAMBLE = re.compile(
    r"^(?:(?:Error response from daemon|error|failed to [a-z ]+(?:with frontend \S+|LLB definition)?"
    r"|building at STEP \".*?\"|creating build container|parsing main Dockerfile: \S+"
    r"|unable to start container \"?\w+\"?): )+",
    re.IGNORECASE,
)
"""What clients say before they come to the point."""

DISK_HINT = "Free some space where the engine keeps its images (`docker system df`, `podman system df`)."


def refused(what: str, complaint: str) -> UnladenError:
    """The error for a call that failed: `what` cannot be done, `complaint` is what the client printed."""
    cause = last_line(complaint)
    message = f"cannot {what}: {cause}"
    if DISK_FULL.search(complaint):
        return DiskFull(message, hint=DISK_HINT)
    if NO_DAEMON.search(complaint):
        return EngineMissing(message, hint="Start the docker daemon, or use podman, which needs none.")
    part = missing_part(complaint)
    return EngineFailed(
        message, hint=part.hint if part else "", detail=complaint if "\n" in complaint else ""
    )


def missing_base(reference: str, complaint: str) -> BaseMissing:
    """The error for an image that is not here and cannot be pulled."""
    return BaseMissing(
        f"cannot pull {reference}: {last_line(complaint)}",
        hint="Check the registry, or assemble the base from Debian packages: unladen bases build",
    )


def last_line(complaint: str) -> str:
    """The line that says it: clients print warnings first and the error last."""
    lines = [line.strip() for line in complaint.splitlines() if line.strip()]
    lines = [line for line in lines if not SAYS_NOTHING.match(line)] or lines
    errors = [line for line in lines if line.lower().startswith("error")]
    line = (errors or lines or ["no reason given"])[-1]
    return PREAMBLE.sub("", line)
