"""What a step that failed asks for and a build of unladen's does not have, and what its user can do then."""

from __future__ import annotations

import re

_SECRET = re.compile(r"--mount=(?=\S*\btype=secret\b)(?!\S*\bid=ca\b)(?:\S*?\bid=(?P<id>[^\s,]+))?")
"""unladen's own rungs have one with the id ca, and that is passed."""
_KEY = re.compile(r"--mount=\S*\btype=ssh\b")
_NO_SECRET = re.compile(r"/run/secrets/|secret \S+: not found|secret required|no secret with id")
_NO_KEY = re.compile(
    r"permission denied \(publickey|host key verification failed|ssh agent|ssh forward key|SSH_AUTH_SOCK"
    r"|could not read (?:from remote repository|username)|connection to agent",
    re.IGNORECASE,
)
_NO_NETWORK = re.compile(
    r"could not resolve|(?:temporary failure|failure) in name resolution|name or service not known"
    r"|temporary failure resolving|network is unreachable|no route to host|connection (?:timed out|refused)"
    r"|getaddrinfo|EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ETIMEDOUT|dial tcp|i/o timeout|bad address"
    r"|failed to connect to|unable to connect to|NewConnectionError|temporary error \(try again later\)",
    re.IGNORECASE,
)
_OLD_RELEASE = re.compile(
    r"\b(?P<suite>jessie|stretch|buster|bullseye)\S* Release' (?:does not have|no longer has)"
    r"|https?://\S+ (?P<alone>jessie|stretch|buster|bullseye)\S* Release\s+404"
)


def asked_for(step: str, output: str) -> str:
    """The hint for a step (as the Dockerfile has it) that ended with this output; "" where it wants nothing that is
    known."""
    if old := _OLD_RELEASE.search(output):
        suite = old["suite"] or old["alone"]
        return f"Debian {suite} has left the mirrors: take a base on a newer release."
    if (secret := _SECRET.search(step)) and _NO_SECRET.search(f"{step}\n{output}"):
        return f"The step reads a secret: pass it with --secret id={secret['id'] or 'NAME'},src=FILE."
    if _KEY.search(step) or _NO_KEY.search(output):
        return "The step wants an SSH key: it needs --mount=type=ssh, and --ssh default passes your agent's."
    if secret and not _NO_NETWORK.search(output):
        return f"The step may lack a secret: --secret id={secret['id'] or 'NAME'},src=FILE passes it."
    if re.search(r"--network=none\b", step):
        return "The step has --network=none: what it gets has to be there before."
    if _NO_NETWORK.search(output):
        return (
            "The step asks a network that a build cannot reach from here. Behind a proxy, set HTTPS_PROXY; "
            "else build where that is, and give `unladen slim` or `unladen prove` the image."
        )
    return ""
