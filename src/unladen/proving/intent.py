"""What the author of a candidate says that he meant to change (--intend), as an Intent."""

from __future__ import annotations

import re
from collections.abc import Iterable

from unladen.errors import BadConfig
from unladen.language.interface import Lost
from unladen.proof.has.interface import Intent

WHY = "declared with --intend"
_NAMED = re.compile(r"(?i)(ENV|LABEL|EXPOSE|VOLUME) +(\S+)")
_NEEDED = re.compile(
    "(?:HOME|WORKDIR) /.*|certificates|(?:program|library|module|zone|user|group|file type) .+"
)
"""As the report names it."""
_TIMES = tuple(
    f"HEALTHCHECK --{each}" for each in ("interval", "timeout", "start-period", "start-interval", "retries")
)
_ALONE = {
    "USER": ("USER",),
    "WORKDIR": ("WORKDIR",),
    "SHELL": ("SHELL",),
    "STOPSIGNAL": ("STOPSIGNAL",),
    "CMD": ("CMD", "arguments"),
    "ENTRYPOINT": ("CMD", "arguments"),
    "HEALTHCHECK": ("HEALTHCHECK", *_TIMES),
    "ARGUMENTS": ("arguments",),
    **{each.upper(): (each,) for each in _TIMES},
}
_CLASSES = {str(lost): lost for lost in Lost if lost is not Lost.UNUSED}


def intent_of(words: Iterable[str]) -> Intent:
    """ "shell" and the like are things that went; "USER", "ENV PATH", "label maintainer" settings; "/path" files.

    Raises BadConfig.
    """
    takes_away: set[Lost] = set()
    settings: dict[str, str] = {}
    for word in (" ".join(each.split()) for each in words):
        if word in _CLASSES:
            takes_away.add(_CLASSES[word])
        elif word.upper() in _ALONE:
            settings |= dict.fromkeys(_ALONE[word.upper()], WHY)
        elif named := _NAMED.fullmatch(word):
            settings[f"{named[1].upper()} {_port(named[1], named[2])}"] = WHY
        elif _NEEDED.fullmatch(word):
            settings[word] = WHY
        elif word.startswith("/"):
            path = word.rstrip("/") or "/"
            settings |= {path: WHY, f"contents {path}": WHY}
        else:
            raise BadConfig(f"cannot tell what --intend {word!r} means", hint=_HINT)
    return Intent(frozenset(takes_away), settings)


def takes(word: str) -> bool:
    """Whether `intent_of` knows what it means."""
    try:
        return bool(intent_of([word]))
    except BadConfig:
        return False


def _port(keyword: str, name: str) -> str:
    return f"{name}/tcp" if keyword.upper() == "EXPOSE" and "/" not in name else name


_HINT = (
    "A setting: USER, WORKDIR, SHELL, STOPSIGNAL, CMD, ENTRYPOINT, HEALTHCHECK, ENV NAME, "
    "LABEL NAME, EXPOSE PORT, VOLUME PATH; a path (/usr/share/doc); what code names (program git, module yaml); "
    f"or what went: {'; '.join(_CLASSES)}."
)
