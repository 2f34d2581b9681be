"""What a Python rung changes of the image's configuration on purpose, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from unladen.dockerfile.stages import SHELL
from unladen.dockerfile.users import UsersDockerfile
from unladen.image.settings import is_root
from unladen.language.interface import Project
from unladen.language.python.details import Details
from unladen.language.python.taken import USER

CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"


def intended(
    project: Project[Details],
    start: tuple[Sequence[str], Sequence[str]],
    told: Sequence[str],
    *,
    check: Sequence[str],
    venv: bool,
    shell: bool,
) -> Mapping[str, str]:
    """`start` is the rung's ENTRYPOINT and CMD, `told` what the user is told of it, `check` the health check that takes
    the place of a shell's; `venv`: the dependencies are in an environment of their own; `shell`: there is one. See
    `Proposal.intends` for what is given back."""
    values, users = project.details, project.users
    own = users.staged.env if users else {}
    found = {f"EXPOSE {port}/tcp=exposed": "the program listens there" for port in values.ports}
    found["ENV PYTHONDONTWRITEBYTECODE=1"] = (
        "a running container writes no bytecode: it is there, or not kept"
    )
    if "HOME" not in own:
        found["ENV HOME=/tmp"] = f"the user {USER} has no home folder of its own"
    if _is_roots(users):
        found[f"USER={USER}"] = "the program needs no rights of root"
    if venv or values.installer in ("uv", "poetry"):
        found["ENV PATH=/opt/venv/bin:$PATH"] = (
            "the dependencies are in an environment of their own, /opt/venv"
        )
        for name in ("VIRTUAL_ENV", "PYTHONUSERBASE"):
            found[f"ENV {name}="] = "the environment is /opt/venv, whose own interpreter finds it"
    if not shell:
        found[f"ENV SSL_CERT_FILE={CERTIFICATES}"] = "the base's certificates are there"
    if users and "python" not in users.final.base:
        found["ENV LANG=C.UTF-8"] = "the base sets it; without it, Python takes UTF-8 all the same (PEP 538)"
    if "PORT" not in own and "PORT" in dict(values.env):
        found[f"ENV PORT={dict(values.env)['PORT']}"] = "the start command asks for it"
    if users and tuple(users.final.scope.shell) != SHELL and not shell:
        found[f"SHELL={_words(SHELL)}"] = "there is no shell"
    if check:
        found[f"HEALTHCHECK={_words(['CMD', *(' '.join(each.split()) for each in check)])}"] = (
            "there is no shell: Python starts it"
        )
    for why in _started(values, told):
        found[f"CMD={_words([*start[0], *start[1]])}"] = why
        instead = _words(start[1]) if start[0] else "the whole command"
        found[f"arguments=take the place of {instead}"] = why
    return found


def _words(argv: Sequence[str]) -> str:
    return json.dumps(list(argv), ensure_ascii=False)


def _is_roots(users: UsersDockerfile | None) -> bool:
    """Whether the baseline's program runs as root, as far as its Dockerfile tells."""
    return users is None or is_root(users.final.scope.user)


def _started(values: Details, told: Sequence[str]) -> Iterator[str]:
    """Why the start command is another than the baseline's; nothing where it is taken over."""
    if told:
        yield told[0]
    elif not values.start.source.startswith("Dockerfile"):
        yield f"it starts as {values.start.source} says"
    elif "base's interpreter" in values.start.source:
        yield values.start.source
