"""What an image has: the files that the project and its Dockerfile's instructions put there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from has_sides import Step, side_of
from keep_trees import with_debian

from unladen.language.interface import Lost
from unladen.proof.has.files import files
from unladen.proof.has.interface import Intent, Pair, Side
from unladen.proof.has.origins import read_instruction
from unladen.proof.interface import Loss

NOTHING = Intent()
PASSWD = b"root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1000::/home/web:/bin/sh\nnobody:x:65534:65534::/nonexistent:/x\n"
BASE = Step("", {"/etc/passwd": PASSWD, "/etc/group": b"root:x:0:\n", "/usr/bin/tool": b"tool", "/tmp": None})
COPY = Step("COPY . /app # buildkit", {"/app/main.py": b"print()\n", "/app/run.sh": b"#!/bin/sh\n"})


def losses(baseline: Side, rung: Side, intent: Intent = NOTHING) -> list[Loss]:
    return list(files(Pair(baseline, rung, intent)).losses)


@pytest.mark.parametrize(
    ("created_by", "shown"),
    [
        ("COPY . /app # buildkit", "COPY . /app"),
        ("RUN /bin/sh -c useradd web # buildkit", "RUN useradd web"),
        ("RUN |2 A=b c SSL=/x /bin/sh -c useradd web # buildkit", "RUN useradd web"),
        ("RUN /bin/bash -eo pipefail -c make all # buildkit", "RUN make all"),
        ("/bin/sh -c #(nop) COPY dir:0123456789abcdef in /app ", "COPY dir:… /app"),
        ("|1 A=b /bin/sh -c make all", "RUN make all"),
        ("/bin/sh -c make all", "RUN make all"),
        ('/bin/sh -c #(nop)  CMD ["python3"]', 'CMD ["python3"]'),
    ],
)
def test_instructions_are_shown_as_people_write_them(created_by: str, shown: str) -> None:
    assert str(read_instruction(created_by)) == shown


def test_without_a_known_base_its_layers_end_at_the_last_command_that_others_build_on() -> None:
    side = side_of(
        Step("/bin/sh -c #(nop) ADD file:0123456789ab in / ", {"/etc/os-release": b"x"}),
        Step('CMD ["python3"]'),
        Step("RUN /bin/sh -c make # buildkit", {"/made": b""}),
        base=0,
    )
    found = side.origins
    assert (found.base, found.of(0), found.of(2)) == (2, "the base image", "RUN make")


def test_an_image_against_itself_has_no_difference() -> None:
    assert losses(side_of(BASE, COPY), side_of(BASE, COPY)) == []


def test_a_file_that_is_gone_is_named_with_its_instruction() -> None:
    [loss] = losses(side_of(BASE, COPY), side_of(BASE, replace(COPY, files={"/app/main.py": b"print()\n"})))
    assert loss == Loss("file", "/app/run.sh", "gone", "COPY . /app")


def test_assets_of_a_step_that_was_dropped() -> None:
    """L1: `RUN SECRET_KEY=dummy python build_assets.py` was taken for unladen's own business."""
    assets = {f"/app/static/{name}.css": b"body {}" for name in "abcdef"}
    step = Step("RUN |1 A=b /bin/sh -c SECRET_KEY=dummy python build_assets.py # buildkit", assets)
    [loss] = losses(side_of(BASE, COPY, step), side_of(BASE, COPY))
    assert (loss.subject, loss.count) == ("/app/static/", 6)
    assert loss.origin == "RUN SECRET_KEY=dummy python build_assets.py"


def test_a_folder_that_was_made_for_the_user() -> None:
    """L1: `mkdir /data && chown web /data` was dropped."""
    step = Step(
        "RUN /bin/sh -c mkdir /data && chown web /data", {"/data": None}, {"/data": (0o755, 1000, 1000)}
    )
    baseline = side_of(BASE, COPY, step, User="web")
    [gone] = losses(baseline, side_of(BASE, COPY, User="65534"))
    assert (gone.subject, gone.difference) == ("/data", "the directory is gone")
    assert gone.origin == "RUN mkdir /data && chown web /data"
    roots = replace(step, rights={})
    [owner, writable] = losses(baseline, side_of(BASE, COPY, roots, User="65534"))
    assert (owner.kind, writable.kind) == ("owner", "writable")
    mapped = replace(step, rights={"/data": (0o755, 65534, 65534)})
    assert losses(baseline, side_of(BASE, COPY, mapped, User="65534")) == []


@pytest.mark.parametrize(
    ("was", "now", "user", "rungs", "difference"),
    [
        (
            (0, 0),
            (1000, 1000),
            "web",
            "web",
            "belonged to root, belongs to web",
        ),  # it may overwrite itself now
        ((0, 0), (1001, 0), "", "", "belonged to root, belongs to user 1001"),
        ((1000, 1000), (1000, 0), "web", "web", "belonged to group 1000, belongs to root"),
        ((0, 0), (65534, 65534), "", "65534:65534", ""),
        ((1000, 1000), (65534, 65534), "1000:1000", "65534:65534", ""),
    ],
)
def test_owners_and_groups_follow_the_rungs_user_alone(
    was: tuple[int, int], now: tuple[int, int], user: str, rungs: str, difference: str
) -> None:
    one, two = (replace(COPY, rights={"/app/main.py": (0o644, *ids)}) for ids in (was, now))
    found = losses(side_of(BASE, one, User=user), side_of(BASE, two, User=rungs))
    said = [loss.difference for loss in found if loss.kind == "owner"]
    assert said[:1] == ([difference] if difference else [])


def test_the_home_of_a_user_whom_the_rung_replaces_on_purpose() -> None:
    home = Step("RUN /bin/sh -c useradd -m web", {"/home/web": None}, {"/home/web": (0o755, 1000, 1000)})
    baseline, rung = side_of(BASE, home, User="web"), side_of(BASE, User="65534:65534")
    [loss] = losses(baseline, rung, Intent(settings={"USER=65534:65534": "another user"}))
    assert (loss.subject, loss.intended) == ("/home/web", "another user")


def test_what_a_builder_stage_made() -> None:
    """L2: `COPY --from=builder /opt/app /opt/app`."""
    step = Step("COPY /opt/app /opt/app # buildkit", {"/opt/app/index.bin": b"\0x", "/opt/app/app.py": b""})
    rung = side_of(BASE, replace(step, files={"/opt/app/app.py": b""}))
    [loss] = losses(side_of(BASE, step), rung)
    assert (loss.subject, loss.origin) == ("/opt/app/index.bin", "COPY /opt/app /opt/app")


def test_the_users_own_file_below_srv() -> None:
    """L14: /srv counted as the system's. What no case used may go from a slim image, the project's own files not."""
    copy = Step("COPY . /srv # buildkit", {"/srv/index.php": b"x", "/srv/lib/Lazy.php": b"y"})
    slimmed = replace(copy, files={"/srv/index.php": b"x"})
    [loss] = losses(side_of(BASE, copy), side_of(BASE, slimmed), Intent(frozenset({Lost.UNUSED})))
    assert (loss.subject, loss.intended) == ("/srv/lib/Lazy.php", "")


@pytest.mark.parametrize(
    ("created_by", "workdir", "intended"),
    [
        ("RUN /bin/sh -c make # buildkit", "", str(Lost.UNUSED)),
        ("RUN /bin/sh -c make # buildkit", "/opt", str(Lost.UNUSED)),
        ("COPY unused /opt/unused # buildkit", "", str(Lost.UNUSED)),
        ("/bin/sh -c #(nop) COPY file:0123456789ab in /opt/unused", "", str(Lost.UNUSED)),
        ("COPY unused ./unused # buildkit", "/opt", ""),
        ("COPY ./ /opt # buildkit", "", ""),
        ("/bin/sh -c #(nop) COPY dir:0123456789ab in /opt", "", ""),
    ],
)
def test_what_nothing_used_may_go_from_a_slimmed_image_but_not_from_the_application(
    created_by: str, workdir: str, intended: str
) -> None:
    made = Step(created_by, {"/opt/unused": b"x"})
    rung = side_of(BASE, WorkingDir=workdir)
    [loss] = losses(side_of(BASE, made, WorkingDir=workdir), rung, Intent(frozenset({Lost.UNUSED})))
    assert (loss.subject, loss.intended) == ("/opt/unused", intended)
    [loss] = losses(side_of(BASE, made, WorkingDir=workdir), rung)
    assert loss.intended == ""


def test_what_is_there_has_no_excuse_in_a_slimmed_image() -> None:
    made = Step("RUN /bin/sh -c make # buildkit", {"/opt/made": b"x"})
    rung = side_of(BASE, replace(made, files={"/opt/made": b"y"}, mtime=made.mtime))
    [loss] = losses(side_of(BASE, made), rung, Intent(frozenset({Lost.UNUSED})))
    assert (loss.kind, loss.intended) == ("contents", "")


@pytest.mark.parametrize(
    ("change", "kind", "difference"),
    [
        (
            {"files": {**COPY.files, "/app/run.sh": b"#!/bin/bas"}},
            "contents",
            "other contents (as many bytes)",
        ),
        ({"files": {**COPY.files, "/app/run.sh": b""}}, "contents", "other contents (10 bytes, now 0)"),
        ({"files": {**COPY.files, "/app/run.sh": None}}, "type", "was a file, is a directory"),
        ({"files": {**COPY.files, "/app/run.sh": "main.py"}}, "type", "was a file, is a link"),
        ({"rights": {"/app/run.sh": (0o600, 0, 0)}}, "mode", "mode was 0644, is 0600"),
    ],
)
def test_what_else_can_become_of_a_file(change: dict[str, object], kind: str, difference: str) -> None:
    found = losses(side_of(BASE, COPY), side_of(BASE, replace(COPY, **change)))  # type: ignore[arg-type]
    assert ("/app/run.sh", kind, difference) in {(each.subject, each.kind, each.difference) for each in found}


def test_a_link_that_leads_elsewhere() -> None:
    link = Step("RUN /bin/sh -c ln -s v1 /srv/now", {"/srv/now": "v1"})
    [loss] = losses(side_of(BASE, link), side_of(BASE, replace(link, files={"/srv/now": "v2"})))
    assert (loss.kind, loss.difference) == ("link", "led to v1, leads to v2")


def test_what_the_rungs_user_cannot_read() -> None:
    secret = replace(COPY, rights={"/app/run.sh": (0o600, 0, 0)})
    [loss] = losses(side_of(BASE, secret), side_of(BASE, secret, User="65534"))
    assert loss.difference == "cannot be read by the rung's user 65534"


def test_what_each_build_makes_anew() -> None:
    """Times, numbers and keys in a text differ between two builds; the text itself does not."""
    made = Step(
        "RUN /bin/sh -c date > /app/stamp", {"/app/stamp": b"built 2026-01-01 10:00 key=9f86d081884c7d65"}
    )
    again = replace(
        made, files={"/app/stamp": b"built 2026-02-03 11:22 key=0a1b2c3d4e5f6a7b"}, mtime=1_700_000_000
    )
    assert losses(side_of(BASE, made), side_of(BASE, again)) == []
    other = replace(again, files={"/app/stamp": b"no stamp at all"})
    [loss] = losses(side_of(BASE, made), side_of(BASE, other))
    assert loss.kind == "contents"
    fault = Step(
        "RUN /bin/sh -c true",
        {"/app/stamp": b"built 2026-01-01 10:00 key=0000000000000000"},
        mtime=1_700_000_000,
    )
    [loss] = losses(side_of(BASE, made), side_of(BASE, made, fault))
    assert loss.kind == "contents"


def test_source_that_was_copied_is_made_anew_by_nobody() -> None:
    """A number in a program is no time of a build."""
    source = Step("COPY . /app # buildkit", {"/app/main.py": b"LIMIT = 10\n"})
    other = replace(source, files={"/app/main.py": b"LIMIT = 99\n"}, mtime=1_700_000_000)
    [loss] = losses(side_of(BASE, source), side_of(BASE, other))
    assert (loss.kind, loss.subject) == ("contents", "/app/main.py")


def test_noise_of_a_build_tells_nothing() -> None:
    noise = (
        "/etc/ld.so.cache",
        "/etc/machine-id",
        "/var/log/apt/term.log",
        "/var/lib/dpkg/status-old",
        "/tmp/x",
    )
    noise += ("/var/cache/debconf/config.dat", "/root/.cache/pip/x", "/app/__pycache__/main.cpython-311.pyc")
    step = Step("RUN /bin/sh -c apt-get install x", dict.fromkeys(noise, b"1"))
    again = replace(step, files=dict.fromkeys(noise, b"22"), mtime=1_700_000_000)
    assert losses(side_of(BASE, step), side_of(BASE, again)) == []
    assert losses(side_of(BASE, step), side_of(BASE)) == []


def test_bytecode_that_stands_for_itself_is_the_program() -> None:
    step = Step("COPY dist /app # buildkit", {"/app/main.pyc": b"\0\0"})
    [loss] = losses(side_of(BASE, step), side_of(BASE))
    assert loss.subject in ("/app/main.pyc", "/app")


def test_what_dockerignore_keeps_out_is_said() -> None:
    copy = replace(COPY, files={**COPY.files, "/app/Dockerfile": b"FROM x", "/app/.git/HEAD": b"x"})
    found = losses(side_of(BASE, copy), side_of(BASE, COPY), Intent(left_out="Dockerfile*\n**/.git\n"))
    assert {loss.subject: loss.intended for loss in found} == {
        "/app/Dockerfile": "kept out by .dockerignore",
        "/app/.git/HEAD": "kept out by .dockerignore",
    }


def test_a_program_that_is_built_anew_must_be_there_and_run() -> None:
    source = {"/app/main.go": b'package main\nfunc main() { open("hello.txt") }', "/app/go.mod": b"module x"}
    copy = Step("COPY . . # buildkit", source | {"/app/hello.txt": b"hi", "/app/notes.md": b"x"})
    build = Step("RUN /bin/sh -c go build -o main", {"/app/main": b"\x7fELF1"}, {"/app/main": (0o755, 0, 0)})
    intent = Intent(frozenset({Lost.SOURCE}), rebuilt={"/app/main": "/app/main"})
    program = Step("COPY /out/main /app/main", {"/app/main": b"\x7fELF22"}, {"/app/main": (0o755, 0, 0)})
    baseline = side_of(BASE, copy, build)
    found = losses(baseline, side_of(BASE, program, User="65534"), intent)
    assert [loss.subject for loss in found if not loss.intended] == ["/app/hello.txt"]  # its source names it
    assert {loss.intended for loss in found if loss.intended} == {"source code"}
    locked = replace(program, rights={"/app/main": (0o700, 0, 0)})
    assert any(
        loss.kind == "program" and "cannot be run" in loss.difference
        for loss in losses(baseline, side_of(BASE, locked, User="65534"), intent)
    )
    assert any("is not there" in loss.difference for loss in losses(baseline, side_of(BASE), intent))


LOGS = Step(
    "RUN /bin/sh -c mkdir -p /var/log/web && touch /var/log/web/err.log # buildkit",
    {"/var/log/web/err.log": b"", "/var/log/dpkg.log": b"1"},
)
GIVEN = Step(
    "RUN /bin/sh -c chown -R web:web /var/log/web # buildkit",
    {"/var/log/web": None, "/var/log/web/err.log": b""},
    rights={"/var/log/web": (0o755, 1000, 1000), "/var/log/web/err.log": (0o644, 1000, 1000)},
)


def test_a_folder_that_was_made_by_name_is_meant_wherever_it_lies() -> None:
    baseline = side_of(BASE, LOGS, GIVEN, User="web")
    told = {(loss.subject, loss.kind) for loss in losses(baseline, side_of(BASE, LOGS, User="web"))}
    assert {("/var/log/web", "writable"), ("/var/log/web/err.log", "writable")} <= told
    assert {loss.subject for loss in losses(baseline, side_of(BASE, User="web"))} == {"/var/log/web/err.log"}
    script = replace(GIVEN, created_by="RUN /bin/sh -c ./set-up.sh # buildkit")
    assert losses(side_of(BASE, LOGS, script, User="web"), side_of(BASE, LOGS, User="web"))
    again = replace(LOGS, files={"/var/log/web/err.log": b"started\n", "/var/log/dpkg.log": b"2"})
    assert losses(baseline, side_of(BASE, again, GIVEN, User="web")) == []


def test_empty_folders_of_a_package_are_the_packages() -> None:
    folder = "/etc/gss/mech.d"
    files = {**with_debian({}, {"libgssapi": ("/etc/gss", folder)}), folder: None}
    install = Step("RUN /bin/sh -c apt-get install -y libgssapi # buildkit", files)
    assert losses(side_of(BASE, install), side_of(BASE)) == []
    given = replace(install, rights={folder: (0o755, 1000, 1000)})
    assert [loss.subject for loss in losses(side_of(BASE, given), side_of(BASE))] == [folder]


def test_a_program_below_a_link_is_found_where_there_is_none() -> None:
    base = replace(BASE, files={**BASE.files, "/bin": "usr/bin"})
    program = Step("COPY /made /bin/ # buildkit", {"/usr/bin/made": b"\x7fELF1"})
    scratch = replace(program, files={"/bin/made": b"\x7fELF1"})
    assert losses(side_of(base, program), side_of(BASE, scratch)) == []
    changed = replace(program, files={"/bin/made": b"\x7fELF2"})
    assert [loss.kind for loss in losses(side_of(base, program), side_of(BASE, changed))] == ["contents"]
