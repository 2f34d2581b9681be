"""What may not be asked amid the rest: it would end the program, the session, or what other cases are about."""

from __future__ import annotations

import re

_DESTROYS = re.compile(
    r"(?:^|[^a-z])(?:log[-_]?(?:out|off)|sign[-_]?(?:out|off)|deletes?|delete[-_]?all|remove|destroy|erase|shut[-_]?down"
    r"|reset|restart|reboot|quit|exit|clear|drop|purge|truncate|kill|stop|terminate|flush|wipe|revoke|disable|deactivate"
    r"|cancel|abort|panic|uninstall|unsubscribe|crash|halt)(?:[^a-z]|$)"
)
_PARAMETER = re.compile(r"\{[^}]*\}")


def destroys(path: str) -> bool:
    """Whether a path, or a template of one, sounds as if asking for it destroyed something, ended the program or the
    session."""
    plain = _PARAMETER.sub("", path)
    return _DESTROYS.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "-", plain).lower()) is not None
