"""The slim stages of a Dockerfile: pack what the keep-list lists, and start from nothing with it.

The user's stages stay as they are, but for the last one's name. The pack stage copies the whole full image once,
so that it works for images without a shell; measured on the legacy builder, BuildKit 20.10, podman 4.3 and
buildah 1.28, COPY --from keeps owners, modes, setuid, capabilities, links, hard links, empty directories and
times (BuildKit leaves named pipes out; the contents of /dev are left to the engine).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from unladen.dockerfile import edit
from unladen.dockerfile.parse import Dockerfile, Instruction, parse
from unladen.errors import BadDockerfile
from unladen.image.settings import settings
from unladen.keep import reasons
from unladen.keep.keeplist import FILE_NAME, SECTIONS, KeepList
from unladen.keep.settings import instructions

MARKER = "# ---- unladen slim ----"
"""The line that begins what unladen wrote; all below it is replaced when it is written again."""
FULL = "unladen-full"
PACKER = "debian:bookworm-slim"
"""The pack stage needs bash and GNU's find, sed, sort and tar. The result is the same whichever image has them."""


def slim_dockerfile(
    dockerfile: str,
    config: Mapping[str, Any],
    keep: KeepList,
    *,
    packer: str = PACKER,
    keep_file: str = FILE_NAME,
    clamp: bool = True,
    stripper: str = "",
    mounted: bool = False,
) -> str:
    """The Dockerfile with slim stages at its end, those of an earlier time replaced.

    `config` is the full image's configuration (`Image.config`), `keep_file` where the list lies in the build
    context. With `clamp`, a build with SOURCE_DATE_EPOCH takes no file to be younger than that; it must be off
    where a program compares the times of sources with those in what was compiled from them (see `expand.keeps_times`).
    `stripper` is the full image's own strip(1), used where the list strips files; without one the pack stage installs
    it. With `mounted` the pack stage mounts the full image (RUN --mount, which the legacy builder does not know) and
    does not copy it. Raises BadDockerfile.
    """
    own = without_slim(dockerfile)
    parsed = parse(own)
    stages = list(parsed.stages())
    if not stages:
        raise BadDockerfile("cannot add slim stages: the Dockerfile has no FROM")
    name, text = _named(parsed, stages[-1][0])
    wanted = settings(config)
    check = () if wanted.healthcheck else _written_healthcheck(stages[-1][1])
    block = _template().render(
        marker=MARKER,
        full=name,
        packer=packer,
        keep_file=keep_file,
        dpkg=any(rule.reason == reasons.DPKG for rule in keep.rules),
        clamp=clamp,
        strip=bool(keep.strip),
        stripper=stripper,
        mounted=mounted,
        sections=_layers(keep),
        instructions=(*instructions(wanted, escape=parsed.escape), *check),
    )
    if parsed.escape != "\\":
        block = re.sub(r"\\$", lambda _: parsed.escape, block, flags=re.MULTILINE)
    return f"{text.rstrip()}\n\n{block.strip()}\n"


def without_slim(dockerfile: str) -> str:
    """The Dockerfile as its author wrote it, the name that its last stage got taken back."""
    before, marker, _ = dockerfile.partition(f"\n{MARKER}")
    if not marker:
        return dockerfile
    return re.sub(rf"(?m)^(\s*FROM\b.*?)[ \t]+AS[ \t]+{FULL}[ \t]*$", r"\1", before.rstrip() + "\n")


def admitting(dockerignore: str, keep_file: str = FILE_NAME) -> str:
    """A `.dockerignore` that lets the keep-list into the build context, whatever its other rules say."""
    exception = f"!{keep_file}"
    rules = [line.strip() for line in dockerignore.splitlines()]
    if rules and rules[-1] == exception:
        return dockerignore
    return f"{dockerignore.rstrip()}\n{exception}\n".lstrip()


def _layers(keep: KeepList) -> tuple[str, ...]:
    """The sections that get a COPY: all that are in use. The legacy builder fails at the COPY after one that
    copied nothing (github.com/moby/moby/issues/37965). What is later listed in another goes into the first."""
    used = {rule.section for rule in keep.rules if not rule.drops}
    return tuple(section for section in SECTIONS if section in used) or SECTIONS[:1]


def _written_healthcheck(stage: tuple[Instruction, ...]) -> tuple[str, ...]:
    """The HEALTHCHECK as written: the configuration of an image in OCI's format does not have it."""
    return tuple(f"HEALTHCHECK {each.text}" for each in stage if each.keyword == "HEALTHCHECK")[-1:]


def _named(parsed: Dockerfile, last: Instruction) -> tuple[str, str]:
    """The last stage's name and the Dockerfile in which it has one."""
    if name := _stage_name(last):
        return name, parsed.text
    if FULL in (_stage_name(stage) for stage, _ in parsed.stages()):
        raise BadDockerfile(f"cannot add slim stages: a stage is named {FULL}", hint="Rename that stage.")
    end = last.offset(len(last.logical.rstrip()) - 1) + 1
    return FULL, edit.apply(parsed, [edit.insert(end, f" AS {FULL}")])


def _stage_name(start: Instruction) -> str:
    """The name that a FROM gives, in lower case."""
    words = start.values
    return words[2].lower() if len(words) == 3 and words[1].upper() == "AS" else ""


@cache
def _template() -> Any:
    environment = Environment(
        loader=PackageLoader("unladen.keep"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        comment_start_string="{##",  # bash's ${#name} is no comment
        autoescape=False,  # the output is a Dockerfile, not HTML
    )
    return environment.get_template("slim.Dockerfile.j2")
