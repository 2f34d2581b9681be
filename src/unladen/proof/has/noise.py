"""Files that change at each build and mean nothing to a program, each with the reason."""

from __future__ import annotations

import re

from unladen.language.registry import ecosystems

ANYWAY = (
    (r"/dev/.*|/proc/.*|/sys/.*|/\.dockerenv", "the engine mounts its own"),
    (r"/etc/(?:hosts|hostname|resolv\.conf|mtab)", "the engine writes its own into each container"),
)
"""Noise even where a COPY put it there."""
OF_COMMANDS = (
    (
        r"/tmp/.*|/var/tmp/.*|/run/.*|/var/run/.*",
        "temporary files: nothing there is meant to outlive a build",
    ),
    (r"/var/cache/.*|(?:/root|/home/[^/]+)/\.(?:cache|wget-hsts)(?:/.*)?", "caches"),
    (r"/var/log(?:/.*)?|.*/\.(?:bash|ash)_history", "logs of the build"),
    (r"/var/lib/(?:dpkg|apt|ucf|apk|rpm|dnf|yum)(?:/.*)?|/lib/apk(?:/.*)?", "books of package managers"),
    (r"/var/lib/(?:systemd|pam|dbus|misc)(?:/.*)?", "books of services that no container runs"),
    (r"/etc/(?:apt|apk|alternatives|dpkg|debconf\.conf|rc\S\.d)(?:/.*)?", "settings of package managers"),
    (
        r"/usr/share/(?:doc|man|info|locale|lintian|bug)(?:/.*)?|/usr/local/(?:share/)?man(?:/.*)?",
        "texts for people",
    ),
    (r"/usr/share/(?:mime|icons|applications|menu)(?:/.*)?", "indexes for desktops"),
    (r"/etc/ld\.so\.cache", "made from the libraries that are installed"),
    (r"/etc/machine-id", "made at the first start"),
    (r"/etc/(?:passwd|group|shadow|gshadow|sub[ug]id)-?|/etc/\.pwd\.lock", "accounts: compared line by line"),
    (r"/etc/ssl/certs(?:/.*)?|/etc/ca-certificates(?:\.conf\S*|/.*)?", "certificates: compared one by one"),
    (r"/etc/(?:mailcap|shells|environment|fstab|timezone|motd|issue\S*)", "for log-ins and machines"),
    (
        r"(?:/root|/home/[^/]+)/\.(?:bash_logout|bashrc|profile|cshrc|tcshrc)",
        "copies of /etc/skel, for log-ins",
    ),
    (
        r"/usr/lib/(?:[^/]+/)?(?:gconv/gconv-modules\.cache|locale/locale-archive)",
        "indexes of what is installed",
    ),
    (r".*/(?:loaders|giomodule|immodules|icon-theme|mimeinfo)\.cache", "indexes of what is installed"),
)
"""What commands leave behind; a file that was copied to such a place is meant."""


PASSING = re.compile(r"/(?:tmp|var/tmp|run|var/run|var/log|var/cache)/.+")
"""Where commands leave things, and where people make folders for their program."""


def is_noise(path: str, *, copied: bool) -> bool:
    """Whether a file or directory tells nothing of what a program can do. `copied`: a COPY or ADD put it there."""
    known = ecosystems()
    pattern = _ANYWAY if copied else _EITHER
    return bool(pattern.fullmatch(path) or known.is_cache(path) or known.rewritten.fullmatch(path))


def _pattern(table: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern, _ in table))


_ANYWAY = _pattern(ANYWAY)
_EITHER = _pattern((*ANYWAY, *OF_COMMANDS))
