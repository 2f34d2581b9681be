"""The user's file with safe fixes: what is certain is mended, all else stays to the byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from unladen.dockerfile.parse import read_text
from unladen.dockerfile.stages import parse
from unladen.dockerfile.users import UsersDockerfile
from unladen.general.tidy import tidied
from unladen.language.interface import Dialect

LISTS = "rm -rf /var/lib/apt/lists/*"


def tidy(
    text: str, root: Path | None = None, *, mounts: bool = False, ignore: str = "", **wished: bool
) -> str:
    found = tidied(UsersDockerfile(parse(text)), Dialect(mounts=mounts), root, ignore, **wished)
    assert found is None or all(change.why and "\n" not in change.why for change in found.changes)
    return found.text if found else text


# system packages


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "RUN apt-get update && apt-get install -y make",
            f"RUN apt-get update && apt-get install -y --no-install-recommends make && {LISTS}",
        ),
        (
            "RUN apt-get update \\\n    # why\n    && apt-get -y install \\\n  make \\\n  g++",
            "RUN apt-get update \\\n    # why\n    && apt-get -y install --no-install-recommends \\\n  make \\\n"
            f"  g++ \\\n    && {LISTS}",
        ),
        (
            "RUN apt-get update; apt-get install -yq --no-install-recommends make; # tools",
            f"RUN apt-get update; apt-get install -yq --no-install-recommends make && {LISTS}; # tools",
        ),
        (
            "RUN apt-get update && apt-get install -y curl gcc",
            "RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates libc6-dev curl gcc"
            f" && {LISTS}",
        ),
        (
            "RUN apt-get update\n# tools\nRUN apt-get install -y make",
            f"# tools\nRUN apt-get update && apt-get install -y --no-install-recommends make && {LISTS}",
        ),
        ("RUN apk update && apk add curl", "RUN apk add --no-cache curl"),
        ("RUN apk add --virtual .b gcc && make", "RUN apk add --no-cache --virtual .b gcc && make"),
        ("RUN dnf install -y perl", "RUN dnf install -y perl && dnf clean all"),
    ],
)
def test_what_package_managers_leave_behind(before: str, after: str) -> None:
    for newline in ("\n", "\r\n"):
        for end in ("\n", ""):
            text, wanted = (f"FROM x\n{each}{end}".replace("\n", newline) for each in (before, after))
            assert tidy(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        f"RUN apt-get update && apt-get install -y --no-install-recommends make && {LISTS}",
        "RUN --mount=type=cache,target=/var/lib/apt apt-get update && apt-get install --no-install-recommends -y make",
        "RUN <<EOF\napt-get update\napt-get install -y make\nEOF",
        'RUN ["apt-get", "update"]',
        "RUN apt-get update && apt-get install -y --no-install-recommends make &",
        "RUN if true; then apk add --no-cache curl; fi",
        "RUN apk add curl && rm -rf /var/cache/apk/*",
        "RUN yum install -y perl && yum clean all",
        "ONBUILD RUN apt-get update && apt-get install -y make",
        'SHELL ["/usr/bin/env", "python"]\nRUN apt-get update && apt-get install make',
    ],
)
def test_what_is_clean_or_not_understood_stays(text: str) -> None:
    assert tidy(f"FROM x\n{text}\n") == f"FROM x\n{text}\n"


def test_lists_that_a_later_line_needs_stay() -> None:
    text = "FROM x AS a\nRUN apt-get update && make\n{}RUN apt-get install -y --no-install-recommends make\n"
    assert tidy(text.format("")) == text.format("")
    assert tidy(text.format("FROM a\n")) == text.format("FROM a\n")
    mended = tidy(text.format("FROM y\n"))
    assert mended == text.format("FROM y\n")  # what a stage that no image consists of leaves is in none


def test_pictures_want_what_is_recommended_and_so_may_a_build() -> None:
    text = "FROM x\nRUN apt-get update && apt-get install -y imagemagick && rm -rf /var/lib/apt/lists/*\n"
    assert tidy(text) == text
    text = text.replace("imagemagick", "python3-pip")
    assert tidy(text) == text
    text = text.replace("python3-pip", "make")
    assert tidy(text, recommends=True) == text


# languages' own


def test_downloads_go_to_a_cache_mount_where_the_builder_has_them() -> None:
    text = "FROM python:3\nRUN pip install flask\n"
    mounted = "FROM python:3\nRUN --mount=type=cache,target=/root/.cache/pip \\\n    pip install flask\n"
    assert tidy(text, mounts=True) == mounted
    assert tidy(mounted, mounts=True) == mounted
    assert tidy(text) == "FROM python:3\nRUN pip install --no-cache-dir flask\n"
    assert tidy("# escape=`\n" + text, mounts=True) == "# escape=`\n" + mounted.replace(" \\\n", " `\n")


def test_the_store_of_pnpm_is_where_it_puts_it(tmp_path: Path) -> None:
    text = "FROM node:20\nWORKDIR /app\nCOPY . .\nRUN pnpm install --frozen-lockfile\n"
    run = (
        "RUN --mount=type=cache,target=/root/.local/share/pnpm/store \\\n    pnpm install --frozen-lockfile\n"
    )
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "pnpm-lock.yaml").write_text("")
    moved = f"FROM node:20\nWORKDIR /app\nCOPY package.json pnpm-lock.yaml ./\n{run}COPY . .\n"
    assert tidy(text, tmp_path, mounts=True) == moved
    (tmp_path / "pnpm-workspace.yaml").write_text("packages: [a]\n")
    assert tidy(text, tmp_path, mounts=True) == text.replace("RUN pnpm install --frozen-lockfile\n", run)
    (tmp_path / ".npmrc").write_text("store-dir=/srv/store\n")
    assert tidy(text, tmp_path, mounts=True) == text


def test_a_here_document_gets_its_mount_on_its_own_line() -> None:
    text = "FROM node:20\nRUN <<EOF\nnpm ci\nEOF\n"
    assert tidy(text, mounts=True) == text.replace("RUN ", "RUN --mount=type=cache,target=/root/.npm ")


@pytest.mark.parametrize(
    "text",
    [
        "USER web\nRUN pip install flask",
        "ENV HOME=/tmp\nRUN pip install flask",
        "ENV PIP_NO_CACHE_DIR=1\nRUN pip install flask",
        "RUN pip install flask && rm -rf ~/.cache",
        "RUN npm ci && npm cache clean --force",
        "ENV npm_config_cache=/tmp/npm\nRUN npm ci",
        "ENV PNPM_HOME=/pnpm\nRUN pnpm install",
        "RUN pnpm fetch\nRUN pnpm install --offline",
        "RUN npm ci --prefer-offline",
        "RUN poetry install",
    ],
)
def test_caches_that_are_somebody_elses_or_seen_to_stay(text: str) -> None:
    assert tidy(f"FROM x\n{text}\n", mounts=True) == f"FROM x\n{text}\n"


# what starts


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("CMD python app.py --port 80", 'CMD ["python", "app.py", "--port", "80"]'),
        ("CMD exec gunicorn 'my app:app'", 'CMD ["gunicorn", "my app:app"]'),
        ("cmd python \\\n  app.py", 'CMD ["python", "app.py"]'),
        ("ENTRYPOINT ./run -x", 'ENTRYPOINT ["./run", "-x"]'),
    ],
)
def test_one_plain_program_needs_no_shell(before: str, after: str) -> None:
    assert tidy(f"FROM python:3\n{before}") == f"FROM python:3\n{after}"


@pytest.mark.parametrize(
    "text",
    [
        "FROM python:3\nCMD python app.py $PORT",
        "FROM python:3\nCMD a && b",
        "FROM python:3\nCMD cd /srv",
        "FROM python:3\nCMD python \\\n# the program\n  app.py",
        'FROM python:3\nSHELL ["/bin/bash", "-c"]\nCMD python app.py',
        'FROM python:3\nENTRYPOINT ["/start.sh"]\nCMD python app.py',
        "FROM python:3\nENTRYPOINT python app.py\nCMD ignored",
        "FROM corp/base:1\nCMD python app.py",
    ],
)
def test_a_shell_that_does_more_stays_and_so_does_a_base_that_may_read_the_command(text: str) -> None:
    assert tidy(text) == text


# order

COPY_ALL = "FROM python:3\nWORKDIR /app\n# all of it\nCOPY --chown=web . .\nRUN pip install --no-cache-dir -r r.txt\n"
ORDERED = (
    "FROM python:3\nWORKDIR /app\n# all of it\nCOPY --chown=web r.txt ./\n"
    "RUN pip install --no-cache-dir -r r.txt\nCOPY --chown=web . .\n"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "r.txt").write_text("flask\n-i https://example.org/simple\n")
    return tmp_path


def test_the_manifest_is_copied_first(root: Path) -> None:
    assert tidy(COPY_ALL, root) == ORDERED
    assert tidy(ORDERED, root) == ORDERED
    crlf = COPY_ALL.replace("\n", "\r\n")
    assert tidy(crlf, root) == ORDERED.replace("\n", "\r\n")
    mounted = COPY_ALL.replace(" --no-cache-dir", "")
    assert "COPY --chown=web r.txt ./\nRUN --mount=type=cache" in tidy(mounted, root, mounts=True)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (". .", ". /srv"),
        (". .", "src ."),
        ("COPY", "ADD"),
        ("\nRUN", "\nENV A=1\nRUN"),
        ("r.txt\n", "r.txt && make\n"),
        ("-r r.txt", "-r r.txt ."),
        ("-r r.txt", "-r gone.txt"),
        ("-r r.txt", "-e ."),
        ("RUN pip", "RUN --mount=type=secret,id=a pip"),
    ],
)
def test_only_a_line_that_installs_and_nothing_else_goes_first(root: Path, old: str, new: str) -> None:
    text = COPY_ALL.replace(old, new)
    assert tidy(text, root) == text


def test_manifests_that_lead_on_or_are_not_in_the_context_decide_nothing(root: Path) -> None:
    assert tidy(COPY_ALL, root, ignore="*.txt\n") == COPY_ALL
    (root / "r.txt").write_text("-e .\n")
    assert tidy(COPY_ALL, root) == COPY_ALL


def test_an_installation_that_runs_the_projects_own_scripts_needs_its_source(tmp_path: Path) -> None:
    text = "FROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm ci --cache /tmp/npm || true\n"
    assert tidy(text, tmp_path) == text
    text = "FROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"
    (tmp_path / "package-lock.json").write_text("{}")
    (tmp_path / "package.json").write_text(json.dumps({"scripts": {"postinstall": "node build"}}))
    assert tidy(text, tmp_path) == text
    (tmp_path / "package.json").write_text(json.dumps({"scripts": {"test": "x"}, "dependencies": {"a": "1"}}))
    moved = "COPY package.json package-lock.json ./\nRUN npm ci\nCOPY . .\n"
    assert tidy(text, tmp_path).endswith(moved)
    (tmp_path / "node_modules").mkdir()  # which would be copied over what was installed
    assert tidy(text, tmp_path) == text
    assert tidy(text, tmp_path, ignore="node_modules\n").endswith(moved)


# whatever the text


def test_every_byte_that_is_no_edits_survives(tmp_path: Path) -> None:
    data = b'\xef\xbb\xbf# caf\xe9 (Latin-1)\r\nFROM python:3\r\nLABEL a="caf\xe9"\t\r\n\r\nCMD python app.py'
    (tmp_path / "Dockerfile").write_bytes(data)
    made = tidy(read_text(tmp_path / "Dockerfile"))
    assert made.encode("utf-8", "surrogateescape") == data.replace(
        b"CMD python app.py", b'CMD ["python", "app.py"]'
    )


def test_it_is_tidy_then(root: Path) -> None:
    text = (
        "FROM python:3\nRUN apt-get update\nRUN apt-get install -y curl\nWORKDIR /app\nCOPY . .\n"
        "RUN pip install -r r.txt\nCMD python app.py\n"
    )
    for mounts in (True, False):
        once = tidy(text, root, mounts=mounts)
        assert once != text and tidy(once, root, mounts=mounts) == once
