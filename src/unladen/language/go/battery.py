"""The environment battery of Go: what requests never show, asked by a small Go program (`battery.go.txt`)."""

from __future__ import annotations

from importlib import resources

from unladen.language.go.details import Details
from unladen.language.interface import Battery, Project
from unladen.language.render import render

BINARY = "/unladen-battery"

MEANING = {
    "users and groups": "users or groups are not found by name or number (/etc/passwd, /etc/group): os/user fails",
    "/var/tmp": "/var/tmp, which the program names, is missing or cannot be written to",
    "environment": "environment variables are missing or have other values",
    "certificates": "fewer certificate authorities: HTTPS requests of the program fail",
    "time zones": "time.LoadLocation fails, or answers another offset",
    "local time zone": "times are printed in another zone",
    "temporary directory": "os.CreateTemp and uploads that are larger than memory allows fail",
    "localhost": "localhost does not resolve to the same addresses",
    "own host name": "the container's own host name does not resolve",
    "DNS servers": "no name server is configured: host names do not resolve",
    "service names": "ports cannot be given by these names (net.Dial, net.LookupPort)",
    "MIME types": "files are served with another Content-Type",
    "user": "the program runs as another user",
    "home": "the home directory is another one",
    "working directory": "the working directory is another one",
    "writable working directory": "the program can no longer write to its working directory",
    "shell": "no shell: os/exec finds no command, and nobody can exec into the container",
    "signals": "SIGTERM does not reach the program",
}
"""Only what the program's binary can use is asked for (see the Go source), so these hold for every program."""

ANYONE = ("temporary directory", "writable working directory")
MEANING |= {
    f"any user: {check}": f"as a user whom the image does not know (OpenShift, --user): {MEANING[check]}"
    for check in ANYONE
}

FATAL = frozenset(MEANING) - {
    *("environment", "home", "MIME types", "own host name", "service names", "shell", "user"),
    *("working directory", "writable working directory"),
}


def battery(project: Project[Details]) -> Battery:
    """Built in the ladder's own golang image, without the network; its static binary runs in every image."""
    script = resources.files(__package__).joinpath("battery.go.txt").read_text(encoding="utf-8")
    text = render(
        "go",
        "battery.Dockerfile.j2",
        builder=project.details.program.image.debian,
        program=project.details.program.binary.value,
    )
    return Battery(
        script=script,
        source="main.go",
        dockerfile=text,
        binary=BINARY,
        meaning=MEANING,
        fatal=FATAL,
        anyone=ANYONE,
    )
