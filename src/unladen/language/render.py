"""Dockerfile templates → text. A template reads as the Dockerfile it becomes.

A language keeps its templates in `language/<name>/templates/`; what several share (`ca.j2`) is in
`language/templates/` and found after the language's own.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable
from functools import cache

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from unladen.language.interface import Dialect

CA = "/dev/ca"
"""Where the host's CA bundle is mounted: below /dev, which is no part of a layer. Over the image's own bundle it must
not be: podman 4.3 and buildah 1.28 remove a secret's target after the step, and with it the image's certificates;
and update-ca-certificates cannot replace a file that is a mount."""
CA_MOUNT = f"--mount=type=secret,id=ca,target={CA}"
"""The optional mount of it, for RUN lines that fetch over TLS. Without the secret the build works all the same."""
_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"


def with_ca(variable: str) -> str:
    """What goes in front of a command that fetches and reads its CA bundle's path from an environment variable: the
    value that is set, else the mounted bundle, else the image's own."""
    return f"{variable}=${{{variable}:-$(ls {CA} 2>/dev/null || echo {_BUNDLE})}} "


def apk_fetch(dialect: Dialect) -> tuple[str, str]:
    """The mount of a RUN that fetches with apk, on a line of its own, and what goes in front of apk there."""
    if not (dialect.mounts and dialect.ca):
        return "", ""
    return f"{CA_MOUNT} \\\n    ", with_ca("SSL_CERT_FILE")


def render(language: str, template: str, **values: object) -> str:
    """The text of `language/<language>/templates/<template>`; a value that is missing is an error.

    Templates also see the filters `exec_form` (argv → JSON array) and `shell_words`
    (argv → words quoted for sh). Runs of blank lines become one.
    """
    text = _environment(language).get_template(template).render(**values)
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"


def exec_form(argv: Iterable[str]) -> str:
    """The exec form of CMD and ENTRYPOINT: `["python", "main.py"]`."""
    return json.dumps(list(argv), ensure_ascii=False)


def shell_words(argv: Iterable[str]) -> str:
    """Words as sh reads them back."""
    return shlex.join(argv)


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=ChoiceLoader(
            [PackageLoader(f"unladen.language.{language}"), PackageLoader("unladen.language")]
        ),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # the output is a Dockerfile, not HTML
    )
    environment.filters["exec_form"] = exec_form
    environment.filters["shell_words"] = shell_words
    return environment
