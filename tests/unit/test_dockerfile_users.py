"""What a user's Dockerfile says: read once for every language, nothing dropped in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from unladen.dockerfile.stages import parse, platform_args
from unladen.dockerfile.users import Reading, Step, UsersDockerfile, read_users
from unladen.errors import BadDockerfile
from unladen.syntax.bash import Command


def final(text: str, **options: str) -> Reading:
    return UsersDockerfile(parse(text, **options)).final  # type: ignore[arg-type]


def takes(command: Command) -> bool:
    return command.name == "pip"


def steps(text: str) -> list[str]:
    return [each.text for each in final("FROM a\n" + text).own_steps(takes)]


def test_a_stage_name_shadows_an_image_only_after_it_is_defined() -> None:
    assert parse("FROM golang AS golang\nRUN x\n").final_base == "golang"
    assert parse("FROM golang AS golang\nFROM golang\n").bases == ("golang",)


@pytest.mark.parametrize(
    ("base", "image"),
    [
        ("a:${V:-1}", "a:1"),
        ("a${S:+-x}", "a-x"),
        ("a${U:+-x}", "a"),
        ("${P#pre}", "fix"),
        ("${P%fix}", "pre"),
        ("${P/fix/-b}", "pre-b"),
        ("${P//e/i}x", "prifixx"),
        ('"a:$S"', "a:set"),
    ],
)
def test_variables_of_from(base: str, image: str) -> None:
    assert parse(f"ARG S=set\nARG P=prefix\nARG U\nFROM {base}\n").final_base == image


def test_build_arguments_target_and_platform_decide() -> None:
    text = "ARG V=1\nFROM a:$V AS amd64\nFROM b AS arm64\nFROM ${TARGETARCH} AS c\nFROM d\n"
    assert parse(text, build_args={"V": "2"}, target="AMD64").final_base == "a:2"
    assert parse(text, target="c", machine="linux/arm64").final_base == "b"
    assert parse(text, target="1").final_base == "b"
    assert parse(text).final_base == "d"
    with pytest.raises(BadDockerfile, match="no such stage") as caught:
        parse(text, target="x")
    assert "amd64, arm64, c" in caught.value.hint
    assert platform_args("linux/arm/v7")["TARGETVARIANT"] == "v7"


def test_an_argument_without_value_is_asked_for() -> None:
    with pytest.raises(BadDockerfile) as caught:
        parse("ARG VERSION\nFROM a:$VERSION\n")
    assert "line 2: FROM a:$VERSION: a variable in it has no value" in str(caught.value)
    assert "--build-arg VERSION=VALUE" in caught.value.hint


def test_what_holds_at_each_instruction() -> None:
    read = final(
        "ARG G=g\nFROM a AS one\nARG G\nENV H=/h OLD='q'\nWORKDIR $H/$G\nFROM one\nENV FLAGS=a,\\\nb P=/bin:$PATH\n"
        'ENV H=/i J=$H\nARG H=/no\nUSER "u:g"\nSHELL ["/bin/bash", "-c"]\nWORKDIR ../k\nRUN x\nWORKDIR $H\n'
    )
    (run,) = read.runs
    assert run.scope.env == {"H": "/i", "OLD": "q", "FLAGS": "a,b", "P": "/bin:$PATH", "J": "/h"}
    assert (run.scope.workdir, run.scope.user, run.scope.shell) == ("/h/k", "u:g", ("/bin/bash", "-c"))
    assert run.scope.args["G"] == "g"
    assert read.scope.workdir == "/i"


def test_packages_with_flags_variables_and_loops() -> None:
    read = final(
        "FROM a\nARG V=2\nRUN apt-get update && apt-get install -y --no-install-recommends -t sid b=1.0 lib$V && x\n"
        "RUN if y; then apk add --no-cache --virtual .build gcc~=12; fi\nRUN dnf -y install c\n"
    )
    assert read.names("apt") == ("b", "lib2")
    assert read.names("apk") == ("gcc",)
    assert read.names("dnf") == ("c",)
    assert read.packages[0].flags == ("-y", "--no-install-recommends", "-t", "sid")
    assert read.packages[1].flags == ("--no-cache", "--virtual", ".build")
    assert [each.line for each in read.packages] == [3, 4, 5]


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("RUN cd sub && python make.py", ["cd sub && python make.py"]),
        ("RUN export A=1 && pip install x && python two.py", ["export A=1 && python two.py"]),
        ("RUN A=1 python two.py", ["A=1 python two.py"]),
        ("RUN source x && [[ -f y ]]", ["source x && [[ -f y ]]"]),
        ("RUN sed -i 's/\\r$//g' $H/e.sh && chmod +x e", ["sed -i 's/\\r$//g' $H/e.sh && chmod +x e"]),
        ("RUN apt-get update && apt-get install -y b && rm -rf /var/lib/apt/lists/*", []),
        ("RUN set -e; pip install x; cd y", []),
        ("RUN (cd y && pip install .)", []),
        ("RUN pip install x || make", ["pip install x || make"]),
        ("RUN pip install x | tee log", ["pip install x | tee log"]),
        ("RUN echo a > b", ["echo a > b"]),
        ("RUN <<E\npip install x\nmake a\nE", ["make a"]),
        ("RUN <<E\n#!/usr/bin/env python\nprint()\nE", ["#!/usr/bin/env python\nprint()\n"]),
        ('RUN ["make", "a b"]', ["make 'a b'"]),
        ('SHELL ["pwsh", "-c"]\nRUN pip install x', ["pip install x"]),
        ("RUN make && (", ["make && ("]),
    ],
)
def test_own_steps_keep_what_they_need(run: str, expected: list[str]) -> None:
    assert steps(run + "\n") == expected


def test_own_steps_know_their_place() -> None:
    text = "FROM a\nRUN pip install x && \\\n  # why\n  make all\n"
    (step,) = final(text).own_steps(takes)
    assert isinstance(step, Step)
    assert text[step.start : step.end] == "make all"
    assert not step.is_whole


def test_copies_from_the_context_from_stages_and_from_images() -> None:
    read = final(
        "FROM a AS build\nFROM b\nWORKDIR /app\nENV D=/d\nCOPY --chown=1:1 x y ./\nCOPY --from=build /o $D/p\n"
        'COPY --from=c:1 ["q r", "/s"]\nCOPY <<t.txt u /v/\nhello\nt.txt\nADD https://w/x /y\n'
    )
    one, two, three, four, five = read.copies
    assert (one.sources, one.target, one.into_folder, one.flags) == (
        ("x", "y"),
        "/app",
        True,
        {"chown": "1:1"},
    )
    assert two.stage is not None
    assert (two.stage.base, two.target, two.into_folder) == ("a", "/d/p", False)
    assert (three.origin, three.stage, three.sources) == ("c:1", None, ("q r",))
    assert (four.sources, four.heredocs[0].text, four.target) == (("u",), "hello\n", "/v")
    assert five.urls == ("https://w/x",)


def test_start_ports_health_volumes_labels_and_the_rest() -> None:
    read = final(
        'FROM a AS b\nCMD ["old"]\nHEALTHCHECK CMD x\nFROM b\nENV P=80\nEXPOSE $P 53/udp 90/tcp\nENTRYPOINT ["e"]\n'
        'VOLUME ["/v"]\nSTOPSIGNAL SIGINT\nLABEL l="m n"\nONBUILD RUN z\nMAINTAINER me\n'
    )
    assert read.entrypoint is not None
    assert (read.entrypoint.argv, read.cmd) == (("e",), None)  # the entry point takes the CMD of below away
    assert read.ports == ((80, 6), (90, 6))
    assert read.healthcheck is not None
    assert (read.volumes, read.stop_signal, read.labels) == (("/v",), "SIGINT", {"l": "m n"})
    assert [each.keyword for each in read.unread] == ["EXPOSE", "ONBUILD", "MAINTAINER"]


def test_no_file_no_reading(tmp_path: Path) -> None:
    assert read_users(None) is None
    assert read_users(tmp_path / "Dockerfile") is None


def test_the_stage_that_calls_a_compiler() -> None:
    users = UsersDockerfile(parse("FROM g AS deps\nRUN x\nFROM deps AS build\nRUN go build\nFROM s\n"))
    stage = users.stage_where(lambda command: command.words[:2] == ("go", "build"))
    assert stage is not None
    assert stage.name == "build"
