"""Host settings reach a build through text: what `derive` adds to a Dockerfile, and what it leaves alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from unladen.engine.building import build_args
from unladen.engine.detect_host import detect_host_settings
from unladen.engine.hostsettings import HostFile, HostSettings
from unladen.engine.interface import BuildRequest
from unladen.engine.with_host import derive, original_line, original_step
from unladen.language.registry import ecosystems

TOOLS = [each.tools for each in ecosystems().each]
CA = replace(detect_host_settings({}, Path("/gone"), Path("/gone"), TOOLS), ca_bundle=Path("/host/ca.pem"))
PIP_CONF = HostFile("[global]\nindex-url = https://u:p@pypi.corp/simple\n", "PIP_CONFIG_FILE")
PIP = HostSettings(files={"pip.conf": PIP_CONF})
PIP_MOUNT = "--mount=type=secret,id=unladen-pip.conf,target=/dev/.unladen/pip.conf,mode=0444"
PIP_ARG = "ARG PIP_CONFIG_FILE=/dev/.unladen/pip.conf"


def test_nothing_to_pass_leaves_the_text_as_it_is() -> None:
    text = "FROM a\r\nRUN  b  # odd spacing stays\n\n"
    for host in (None, HostSettings(), HostSettings(proxies={"HTTP_PROXY": "http://proxy:3128"})):
        assert derive(text, host).dockerfile == text


def test_every_run_gets_the_mount_and_its_stage_the_argument() -> None:
    derived = derive("FROM a AS build\nRUN one\nRUN two\nFROM scratch\nCOPY --from=build /x /x\n", PIP)
    assert derived.dockerfile.splitlines() == [
        "FROM a AS build",
        PIP_ARG,
        f"RUN {PIP_MOUNT} one",
        f"RUN {PIP_MOUNT} two",
        "FROM scratch",  # nothing runs here: nothing is added
        "COPY --from=build /x /x",
    ]


def test_secrets_are_passed_beside_the_text_and_never_in_it() -> None:
    derived = derive("FROM a\nRUN b\n", PIP)
    assert derived.secrets == {"unladen-pip.conf": PIP_CONF.text}
    assert "u:p@" not in derived.dockerfile


def test_a_ca_bundle_is_named_to_every_tool_and_to_apt() -> None:
    derived = derive("FROM a\nRUN b\n", CA)
    argument = derived.dockerfile.splitlines()[1]
    for name in ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        assert f" {name}=/dev/.unladen/ca" in argument
    for name in ("NODE_EXTRA_CA_CERTS", "NPM_CONFIG_CAFILE", "CARGO_HTTP_CAINFO", "GIT_SSL_CAINFO"):
        assert f" {name}=/dev/.unladen/ca" in argument
    assert derived.secrets["unladen-ca"] == Path("/host/ca.pem")
    assert derived.secrets["unladen-apt.conf"] == 'Acquire::https::CAInfo "/dev/.unladen/ca";\n'
    assert " APT_CONFIG=/dev/.unladen/apt.conf" in argument


def test_the_hosts_apt_proxy_and_its_ca_share_one_file() -> None:
    apt = HostFile('Acquire::http::Proxy "http://apt.corp:3142";\n', "APT_CONFIG")
    host = HostSettings(Path("/ca"), files={"apt.conf": apt})
    text = derive("FROM a\nRUN b\n", host).secrets["unladen-apt.conf"]
    assert text == (
        'Acquire::http::Proxy "http://apt.corp:3142";\nAcquire::https::CAInfo "/dev/.unladen/ca";\n'
    )


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("run lower", "run {} lower"),
        ("  RUN indented", "  RUN {} indented"),
        ('RUN ["exec", "form"]', 'RUN {} ["exec", "form"]'),
        ("RUN --mount=type=cache,target=/c x", "RUN {} --mount=type=cache,target=/c x"),
        ("RUN --network=none x", "RUN {} --network=none x"),
        ("RUN one && \\\n    # why\n\n    RUN two", "RUN {} one && \\\n    # why\n\n    RUN two"),
        ("RUN \\\n  one", "RUN {} \\\n  one"),
        ("RUN <<EOF\nRUN inside\nFROM inside\nEOF", "RUN {} <<EOF\nRUN inside\nFROM inside\nEOF"),
        ("RUN cat <<-'A' <<B\nx\n\tA\nRUN y\nB", "RUN {} cat <<-'A' <<B\nx\n\tA\nRUN y\nB"),
        ("RUN cat <<<word\nRUN two", "RUN {} cat <<<word\nRUN {} two"),
        ("RUN echo $((1<<4))\nRUN two", "RUN {} echo $((1<<4))\nRUN {} two"),
        ("ONBUILD RUN later\nRUN now", "ONBUILD RUN later\nRUN {} now"),
        ("ENV RUN=1\nLABEL a=\\\nRUN\nRUN now", "ENV RUN=1\nLABEL a=\\\nRUN\nRUN {} now"),
    ],
)
def test_run_in_every_form(run: str, expected: str) -> None:
    derived = derive(f"FROM a\n{run}\n", PIP).dockerfile
    assert derived == f"FROM a\n{PIP_ARG}\n{expected.replace('{}', PIP_MOUNT)}\n"


def test_directives_comments_and_arguments_before_from_stay_first() -> None:
    text = "# syntax=docker/dockerfile:1\n# escape=`\n\nARG V=1\n# base\nFROM a:`\n$V\nRUN c:\\ `\n  d\n"
    assert derive(text, PIP).dockerfile == (
        "# syntax=docker/dockerfile:1\n# escape=`\n\nARG V=1\n# base\nFROM a:`\n$V\n"
        f"{PIP_ARG}\nRUN {PIP_MOUNT} c:\\ `\n  d\n"
    )


def test_a_dockerfiles_own_ca_secret_gets_the_bundle() -> None:
    text = "FROM a\nRUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt x\n"
    assert derive(text, CA).secrets["ca"] == Path("/host/ca.pem")
    assert "ca" not in derive(text, PIP).secrets
    assert "ca" not in derive(text.replace("id=ca,", "id=cache,"), CA).secrets


def test_what_is_no_dockerfile_is_left_to_the_engine() -> None:
    assert derive("RUN true\n", PIP).dockerfile == "RUN true\n"
    assert derive("", PIP).dockerfile.strip() == ""


def test_errors_lead_back_to_the_users_own_lines_and_words() -> None:
    text = "FROM a\nRUN one\nFROM b\nRUN two\nRUNN three\n"
    derived = derive(text, CA)
    there = derived.dockerfile.splitlines().index("RUNN three") + 1
    assert original_line(there, derived.added) == 5
    assert original_line(1, derived.added) == 1
    step = next(line for line in derived.dockerfile.splitlines() if line.endswith("two"))
    assert original_step(step) == "RUN two"


def test_proxies_are_build_arguments_and_the_users_own_win() -> None:
    host = HostSettings(proxies={"HTTP_PROXY": "http://proxy:3128", "NO_PROXY": "corp"})
    request = BuildRequest(Path(), "FROM a", build_args={"NO_PROXY": "mine", "X": "1"}, host=host)
    assert dict(build_args(request)) == {"HTTP_PROXY": "http://proxy:3128", "NO_PROXY": "mine", "X": "1"}


def test_builds_are_kept_apart_by_an_argument_of_their_own() -> None:
    dockerfile = "FROM one AS builder\nRUN make\nFROM two\nCOPY --from=builder /out /out\n"
    derived = derive(dockerfile, None, "slim")
    assert derived.dockerfile.splitlines() == [
        "FROM one AS builder",
        "ARG UNLADEN_BUILD=slim",
        "RUN make",
        "FROM two",
        "COPY --from=builder /out /out",
    ]
    assert derive(dockerfile, None).dockerfile == dockerfile


def test_packages_for_apk_are_mounted_and_leave_nothing() -> None:
    """Without an ARG, where nothing else is passed: the user's own steps are the cache's."""
    text = "FROM alpine:3.23 AS a\nRUN apk add --no-cache tzdata\nFROM a\nUSER 1\n"
    derived = derive(text, None, apk="docker.io/unladen/apk:3.23")
    mount = "--mount=type=bind,from=docker.io/unladen/apk:3.23,source=/apk,target=/dev/.unladen/apk"
    step = f"RUN {mount} apk add --no-cache tzdata"
    assert derived.dockerfile == text.replace("RUN apk add --no-cache tzdata", step)
    assert (derived.secrets, derived.added) == ({}, ())
    assert original_step(step) == "RUN apk add --no-cache tzdata"
    both = derive(text, CA, apk="docker.io/unladen/apk:3.23").dockerfile
    assert (
        original_step(next(line for line in both.splitlines() if line.startswith("RUN")))
        == text.splitlines()[1]
    )
