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

CA_MOUNT = "--mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt"
"""The optional mount of the host's CA bundle, for RUN lines that fetch over TLS (`ca_mount` in templates).

Without the secret the build works all the same. Never on a RUN whose apt-get may run
update-ca-certificates: that program replaces the file, and a mounted file cannot be replaced.
"""


def render(language: str, template: str, **values: object) -> str:
    """The text of `language/<language>/templates/<template>`; a value that is missing is an error.

    Templates also see `ca_mount` and the filters `exec_form` (argv → JSON array) and `shell_words`
    (argv → words quoted for sh). Runs of blank lines become one.
    """
    text = _environment(language).get_template(template).render(ca_mount=CA_MOUNT, **values)
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
