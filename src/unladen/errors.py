"""The one error tree: every error says what happened, why, and what to try."""

from __future__ import annotations


class UnladenError(Exception):
    """What happened (`cannot <verb> <thing>: <cause>`), with an optional hint of what to try.

    `exit_code` is what the command line exits with: 2 for bad input and things that cannot be done.
    """

    exit_code = 2

    def __init__(self, what: str, *, hint: str = "", detail: str = "") -> None:
        what = shown(what)
        super().__init__(what)
        self.what = what
        self.hint = shown(hint)
        self.detail = shown(detail)  # text shown as it is below the message: last log lines, a diff

    def __str__(self) -> str:
        return self.what


def shown(text: str) -> str:
    """The text as any terminal can show it: bytes of a user's file that are no UTF-8 become a question mark."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


class BadProject(UnladenError):
    """The folder is not a project that unladen can work on."""


class BadConfig(UnladenError):
    """unladen.toml (or a flag) says something that cannot be."""


class BadDockerfile(UnladenError):
    """The user's Dockerfile cannot be parsed."""


class EngineMissing(UnladenError):
    """No container engine answers."""


class EngineFailed(UnladenError):
    """The engine refused or broke off a command."""


class DiskFull(EngineFailed):
    """The engine ran out of disk space."""


class BaseMissing(UnladenError):
    """A base image can neither be pulled nor assembled here."""


class BadImage(UnladenError):
    """An image archive or layout cannot be read."""


class BuildFailed(UnladenError):
    """A build step failed. `step` is the failing instruction, `detail` holds its last output lines."""

    def __init__(self, what: str, *, step: str = "", detail: str = "", hint: str = "") -> None:
        super().__init__(what, hint=hint, detail=detail)
        self.step = step


class NotHealthy(UnladenError):
    """The program ended or never answered its health check. `detail` holds its last log lines."""


class BadTrace(UnladenError):
    """A log of the sensor cannot be read. `line` is the number of the first line that is wrong."""

    def __init__(self, what: str, *, line: int, hint: str = "") -> None:
        super().__init__(what, hint=hint)
        self.line = line


class BadKeepList(UnladenError):
    """A keep-list cannot be read, or says what cannot be. `line` is the number of the line that is wrong."""

    def __init__(self, what: str, *, line: int = 0, hint: str = "") -> None:
        super().__init__(what, hint=hint)
        self.line = line


class SensorMissing(UnladenError):
    """There is no sensor for an image's architecture."""


class CannotTrace(UnladenError):
    """The sensor cannot trace here (ptrace is forbidden, the kernel is too old), or left no log."""


class CannotWrite(UnladenError):
    """A file cannot be written."""


class NotProved(UnladenError):
    """What was to be written is not proved to behave the same."""

    exit_code = 1


class Interrupted(UnladenError):
    """Ctrl-C or SIGTERM."""

    exit_code = 130
