"""The rung `split`: what the instructions added is copied onto a lighter base, or the reason why not is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from has_sides import Step, side_of
from keep_trees import Content, elf

from unladen.dockerfile.stages import parse
from unladen.dockerfile.users import UsersDockerfile
from unladen.general.added import CannotCarry
from unladen.general.interface import Edited
from unladen.general.split import SPLIT, WHY
from unladen.general.split import split as with_a_stage
from unladen.language.interface import Proposal
from unladen.proof.has.interface import Side

RELEASE = b'ID=debian\nVERSION_ID="12"\n'
PASSWD, GROUP = b"root:x:0:0:root:/root:/bin/sh\n", b"root:x:0:\n"
PROGRAMS: Mapping[str, Content] = {
    f"/usr/bin/{name}": b"" for name in ("sh", "apt-get", "useradd", "install")
}
LIGHT: Mapping[str, Content] = {
    "/etc/os-release": RELEASE,
    "/etc/passwd": PASSWD,
    "/etc/group": GROUP,
    "/bin": "usr/bin",
    "/tmp": None,
    "/srv": None,
    "/home": None,
    **PROGRAMS,
}
INTERPRETER = "/lib64/ld-linux-x86-64.so.2"


def debian(*packages: tuple[str, str, Sequence[str]]) -> Mapping[str, Content]:
    """Files of (name, section, paths) and dpkg's books of them."""
    status = "\n\n".join(
        f"Package: {name}\nStatus: install ok installed\nSection: {section}\nVersion: 1"
        for name, section, _ in packages
    )
    lists = {
        f"/var/lib/dpkg/info/{name}.list": "\n".join(paths).encode() + b"\n" for name, _, paths in packages
    }
    return {"/var/lib/dpkg/status": status.encode() + b"\n", **lists}


BASICS = ("libc6", "libs", [INTERPRETER])
LIBC: Mapping[str, Content] = {INTERPRETER: elf()}
FULL = Step("", {**LIGHT, **LIBC, **debian(BASICS), "/usr/bin/make": b"make"})
THIN = side_of(Step("", {**LIGHT, **LIBC, **debian(BASICS)}), base=1)


def made(text: str, *steps: Step, light: Side = THIN, base: Step = FULL, **config: Any) -> str:
    """The new last stage; the user's lines above it are looked at on the way."""
    result = split(users(text), side_of(base, *steps, **config), light, "small")
    assert isinstance(result, Edited), result
    above, mark, below = result.text.partition("\n# What runs: ")
    assert mark and above.replace(" AS build", "") == text.replace(" AS build", "")
    return below.partition("\n")[2]


def refused(text: str, *steps: Step, light: Side = THIN, base: Step = FULL, **config: Any) -> str:
    result = split(users(text), side_of(base, *steps, **config), light, "small")
    assert isinstance(result, str), result.text
    return result


def split(of: UsersDockerfile, full: Side, light: Side, reference: str, ignore: str = "") -> Edited | str:
    """The new file, or why there is none."""
    rung = Proposal(SPLIT, WHY, "", (reference,), dockerignore=ignore, onto=reference)
    try:
        return with_a_stage(of, full, light, rung)
    except CannotCarry as reason:
        return str(reason)


def users(text: str) -> UsersDockerfile:
    return UsersDockerfile(parse(text))


COPY = Step("COPY . /app # buildkit", {"/app/main.py": b"print()\n", "/app/sub/data": b"x"})


def test_the_last_stage_copies_what_the_instructions_added_and_says_the_configuration_again() -> None:
    text = 'FROM big\n# mine\nWORKDIR /app\nCOPY . .\nENV A=1\nEXPOSE 80\nUSER 1000\nCMD ["main"]\n'
    assert made(text, COPY, User="1000", Cmd=["main"], Env=["A=1"]) == (
        'FROM small\nCOPY --from=build /app /app\nWORKDIR /app\nENV A=1\nEXPOSE 80\nUSER 1000\nCMD ["main"]\n'
    )


def test_a_stage_with_a_name_keeps_it_and_what_a_parent_stage_says_is_carried_too() -> None:
    text = "FROM big AS base\nENV A=1\nFROM base AS final\nCOPY . /app\n"
    assert made(text, COPY, Env=["A=1"]) == "FROM small\nCOPY --from=final /app /app\nENV A=1\n"


def test_an_argument_comes_along_where_something_carried_over_names_it() -> None:
    text = "ARG V=1\nFROM big\nARG V\nARG JOBS=2\nRUN make -j$JOBS\nCOPY . /app\nLABEL v=$V\n"
    assert made(text, COPY).endswith("/app /app\nARG V\nLABEL v=$V\n")


def test_what_builds_leave_behind_stays_behind() -> None:
    run = Step(
        "RUN /bin/sh -c make # buildkit",
        {
            "/app/made": b"x",
            "/root/.cache/pip/a": b"x" * 9,
            "/var/cache/a": b"x",
            "/tmp/b": b"x",
            "/var/log/c": b"x",
        },
    )
    assert made("FROM big\nRUN make\n", run) == "FROM small\nCOPY --from=build /app /app\n"


def test_folders_that_were_given_away_are_made_with_their_rights_before_anything_is_copied_there() -> None:
    run = Step(
        "RUN /bin/sh -c mkdir /data && chown 1000 /data # buildkit",
        {"/data": None},
        rights={"/data": (0o2770, 1000, 1000)},
    )
    owned = replace(COPY, rights={"/app": (0o755, 1000, 1000)})
    below = made("FROM big\nRUN mkdir /data\nCOPY . /app\n", run, owned, User="1000")
    assert below.splitlines()[1:4] == [
        "RUN install -d -m 0755 -o 1000 -g 1000 /app",
        "RUN install -d -m 2770 -o 1000 -g 1000 /data",
        "COPY --from=build /app /app",
    ]


def test_a_folder_that_the_lighter_base_has_too_is_copied_whole_where_little_is_there_twice() -> None:
    there: Mapping[str, Content] = {"/usr/local/lib/kept": b"x" * 10}
    big = replace(FULL, files={**FULL.files, **there})
    light = side_of(Step("", {**LIGHT, **LIBC, **there, **debian(BASICS)}), base=1)
    run = Step("RUN /bin/sh -c make # buildkit", {f"/usr/local/lib/p{n}/a": b"x" for n in range(3)})
    assert "COPY --from=build /usr/local /usr/local\n" in made(
        "FROM big\nRUN make\n", run, base=big, light=light
    )


def test_a_folder_with_much_that_is_there_already_is_not() -> None:
    there: Mapping[str, Content] = {"/usr/local/lib/kept": b"x" * 2_000_000}
    big = replace(FULL, files={**FULL.files, **there})
    light = side_of(Step("", {**LIGHT, **LIBC, **there, **debian(BASICS)}), base=1)
    run = Step("RUN /bin/sh -c make # buildkit", {"/usr/local/lib/p/a": b"x", "/usr/local/lib/p/b": b"y"})
    below = made("FROM big\nRUN make\n", run, base=big, light=light)
    assert "COPY --from=build /usr/local/lib/p /usr/local/lib/p\n" in below


def test_large_things_that_are_there_already_are_taken_out_of_a_folder_before_it_is_copied() -> None:
    there: Mapping[str, Content] = {"/usr/local/lib/kept/large": b"x" * 2_000_000}
    programs: Mapping[str, Content] = {**FULL.files, "/usr/bin/rm": b""}
    light = side_of(Step("", {**LIGHT, **LIBC, **there, **debian(BASICS)}), base=1)
    run = Step("RUN /bin/sh -c make # buildkit", {f"/usr/local/lib/p{n}/a": b"x" for n in range(9)})
    result = split(
        users("FROM big\nRUN make\n"),
        side_of(Step("", {**programs, **there}), run),
        light,
        "small",
    )
    assert isinstance(result, Edited) and result.text == (
        "FROM big AS build\nRUN make\n\n"
        "# What small has already, or only the build needs, is not copied.\n"
        "FROM build AS added\nRUN rm -rf /usr/local/lib/kept\n\n"
        "# What runs: small, and what the instructions above added to their base.\n"
        "FROM small\nCOPY --from=added /usr/local /usr/local\n"
    )


# Packages

GCC = ("gcc", "devel", ["/usr/bin/gcc"])
PQ = ("libpq5", "libs", ["/usr/lib/libpq.so.5"])
TOOL = ("toolbox", "utils", ["/usr/bin/toolbox"])
CURL = ("curl", "web", ["/usr/bin/curl"])
APT = Step(
    "RUN /bin/sh -c apt-get update && apt-get install -y gcc libpq-dev toolbox curl # buildkit",
    {
        "/usr/bin/gcc": b"gcc",
        "/usr/lib/libpq.so.5": elf(),
        "/usr/bin/toolbox": b"t",
        "/usr/bin/curl": b"c",
        "/usr/lib/gcc/made-by-a-script": b"x",
        **debian(BASICS, GCC, PQ, TOOL, CURL, ("libpq-dev", "libdevel", [])),
    },
)
NATIVE = Step(
    "RUN /bin/sh -c curl x && make # buildkit", {"/app/native.so": elf(("libpq.so.5",)), "/app/main": b"x"}
)
WITH_APT = (
    "FROM big\nRUN apt-get update && apt-get install -y gcc libpq-dev toolbox curl\nRUN curl x && make\n"
)


def test_packages_are_sorted_by_what_the_added_files_need() -> None:
    below = made(WITH_APT, APT, NATIVE)
    assert "# libpq5: native.so loads libpq.so.5\n" in below
    assert "# toolbox: the Dockerfile asks for it\n" in below
    assert "apt-get install -y --no-install-recommends toolbox libpq5 \\\n" in below
    assert "gcc" not in below and "curl" not in below


def test_a_program_that_the_start_command_runs_is_installed_though_the_build_used_it() -> None:
    assert "# curl: the start command runs curl\n" in made(
        WITH_APT + 'CMD ["curl"]\n', APT, NATIVE, Cmd=["curl"], Env=["PATH=/usr/bin"]
    )


def test_a_library_of_the_full_base_that_the_lighter_one_has_not_is_installed() -> None:
    big = replace(FULL, files={**FULL.files, "/usr/lib/libpq.so.5": elf(), **debian(BASICS, PQ)})
    assert "--no-install-recommends libpq5" in made("FROM big\nRUN make\n", NATIVE, base=big)


def test_a_changed_setting_of_a_package_brings_the_package() -> None:
    web = ("web", "httpd", ["/usr/bin/web", "/etc/web.conf"])
    apt = Step(
        "RUN /bin/sh -c apt-get install -y web # buildkit",
        {"/usr/bin/web": b"w", "/etc/web.conf": b"a", **debian(BASICS, web)},
    )
    conf = Step("COPY web.conf /etc/web.conf # buildkit", {"/etc/web.conf": b"b"})
    below = made("FROM big\nRUN apt-get install -y web\nCOPY web.conf /etc/web.conf\n", apt, conf)
    assert below.index("install -y --no-install-recommends web") < below.index("/etc/web.conf /etc/web.conf")


# Accounts

USERADD = Step(
    "RUN /bin/sh -c useradd web # buildkit",
    {
        "/etc/passwd": PASSWD + b"web:x:1000:1000::/home/web:/bin/sh\n",
        "/etc/group": GROUP + b"web:x:1000:\n",
        "/etc/shadow": b"",
    },
)


def test_lines_that_make_accounts_alone_are_carried_over() -> None:
    below = made(
        "FROM big\nRUN useradd web\nCOPY . /app\nUSER web\n", USERADD, COPY, Env=["PATH=/usr/bin"], User="web"
    )
    assert below.splitlines()[1] == "RUN useradd web" and "/etc/passwd" not in below


def test_other_services_of_the_full_base_do_not_matter_to_a_person() -> None:
    service = b"messagebus:x:100:101::/x:/bin/false\n"
    big = replace(FULL, files={**FULL.files, "/etc/passwd": PASSWD + service})
    step = replace(USERADD, files={"/etc/passwd": PASSWD + service + b"web:x:1000:1000::/home/web:/bin/sh\n"})
    text = "FROM big\nRUN useradd web\n"
    assert made(text, step, base=big) == "FROM small\nRUN useradd web\n"
    taken = replace(step, files={"/etc/passwd": PASSWD + service + b"web:x:999:999::/home/web:/bin/sh\n"})
    assert "COPY --from=build /etc/passwd" in made(text, taken, base=big)


def test_a_home_folder_that_these_lines_make_is_not_made_twice() -> None:
    home = replace(
        USERADD,
        created_by="RUN /bin/sh -c useradd -m web # buildkit",
        files={**USERADD.files, "/home/web": None, "/home/web/.bashrc": b"x"},
        rights={"/home/web": (0o700, 1000, 1000)},
    )
    assert made("FROM big\nRUN useradd -m web\n", home) == "FROM small\nRUN useradd -m web\n"


def test_accounts_that_a_line_makes_beside_other_things_come_with_their_books() -> None:
    step = replace(
        USERADD,
        created_by="RUN /bin/sh -c useradd web && mkdir /x # buildkit",
        files={**USERADD.files, "/x": None},
    )
    below = made("FROM big\nRUN useradd web && mkdir /x\n", step)
    assert "COPY --from=build /etc/passwd /etc/group /etc/shadow /etc/\n" in below
    assert "RUN install -d -m 0755 /x\n" in below


# What the lighter base has differently


def test_what_was_taken_away_is_taken_away_from_the_lighter_base() -> None:
    files: Mapping[str, Content] = {"/opt/site/default.conf": b"x", "/opt/site/kept": b"y"}
    big = replace(FULL, files={**FULL.files, **files})
    light = side_of(Step("", {**LIGHT, **LIBC, **files, **debian(BASICS)}), base=1)
    run = Step("RUN /bin/sh -c rm /opt/site/default.conf # buildkit", gone=["/opt/site/default.conf"])
    text = "FROM big\nRUN rm /opt/site/default.conf\nCOPY . /app\n"
    assert "RUN rm -rf /opt/site/default.conf\n" in made(text, run, COPY, base=big, light=light)


def test_links_are_made_as_they_were() -> None:
    run = Step("RUN /bin/sh -c ln -s /app/main /usr/bin/main # buildkit", {"/usr/bin/main": "/app/main"})
    assert "RUN ln -sfn /app/main /usr/bin/main\n" in made(
        "FROM big\nRUN ln -s /app/main /usr/bin/main\n", run
    )


def test_a_link_to_a_folder_copies_no_folder() -> None:
    run = Step(
        "RUN /bin/sh -c mkdir /data && chown 5 /data && ln -s /data /srv/seen # buildkit",
        {"/data": None, "/srv/seen": "/data"},
        rights={"/data": (0o755, 5, 5)},
    )
    assert made("FROM big\nRUN ln -s /data /srv/seen\n", run) == (
        "FROM small\nRUN install -d -m 0755 -o 5 -g 5 /data\nCOPY --from=build /srv /srv\n"
    )


def test_what_the_old_base_alone_says_is_said() -> None:
    below = made(
        "FROM big\nCOPY . /app\n",
        COPY,
        Env=["HOME_OF=a b"],
        Entrypoint=["/bin/sh"],
        Cmd=["-c", "x"],
        User="7",
    )
    assert below.endswith('ENV HOME_OF="a b"\nUSER 7\nENTRYPOINT ["/bin/sh"]\nCMD ["-c", "x"]\n')


# Impossible


def test_a_changed_file_of_the_base_that_the_lighter_one_has_otherwise() -> None:
    big = replace(FULL, files={**FULL.files, "/etc/app.ini": b"a"})
    light = side_of(Step("", {**LIGHT, **LIBC, "/etc/app.ini": b"other", **debian(BASICS)}), base=1)
    run = Step("RUN /bin/sh -c sed -i s/a/b/ /etc/app.ini # buildkit", {"/etc/app.ini": b"b"})
    assert refused("FROM big\nRUN sed -i s/a/b/ /etc/app.ini\n", run, base=big, light=light) == (
        "it changes /etc/app.ini of the base image, and the lighter one has another "
        "(RUN sed -i s/a/b/ /etc/app.ini)"
    )


def test_a_last_stage_without_a_shell_in_which_something_has_to_be_made() -> None:
    bare = {path: content for path, content in FULL.files.items() if path != "/usr/bin/sh"}
    base = side_of(Step("", {path: what for path, what in bare.items() if path != "/usr/bin/make"}), base=1)
    linked = replace(COPY, files={**COPY.files, "/usr/bin/main": "/app/main.py"})
    said = refused("FROM big\nCOPY . /app\n", linked, light=base, base=replace(FULL, files=bare))
    assert said.startswith("your last stage has no shell")


@pytest.mark.parametrize(
    ("text", "steps", "reason"),
    [
        ("FROM big\nRUN apk add x\nCOPY . /app\n", (COPY,), "line 2 installs packages with apk"),
        ("FROM big\nRUN apt-get install -y ./x.deb\nCOPY . /app\n", (COPY,), "a package's file"),
    ],
)
def test_packages_that_cannot_be_sorted(text: str, steps: tuple[Step, ...], reason: str) -> None:
    assert reason in refused(text, *steps)


@pytest.mark.parametrize(
    ("command", "files", "reason"),
    [
        ("update-alternatives --set vi /x", {}, "what update-alternatives does cannot be copied"),
        (
            "dpkg -i /x.deb",
            {"/usr/bin/toolbox": b"t", **debian(BASICS, TOOL)},
            "the package toolbox was installed from a file",
        ),
    ],
)
def test_what_is_in_no_file(command: str, files: Mapping[str, Content], reason: str) -> None:
    run = Step(f"RUN /bin/sh -c {command} # buildkit", files)
    assert reason in refused(f"FROM big\nRUN {command}\n", run)


def test_another_release_of_the_system() -> None:
    light = side_of(Step("", {"/etc/os-release": b'ID=alpine\nVERSION_ID="3.20"\n'}), base=1)
    said = refused("FROM big\nCOPY . /app\n", COPY, light=light)
    assert said == "small is alpine 3.20, and your base is debian 12"


def test_a_target_that_is_not_the_last_stage() -> None:
    parsed = parse("FROM big AS prod\nCOPY . /app\nFROM prod AS dev\nRUN x\n", target="prod")
    assert split(UsersDockerfile(parsed), side_of(FULL, COPY), THIN, "small") == (
        "the stage prod is not the last one"
    )


def test_layers_without_a_known_base() -> None:
    side = replace(side_of(FULL, COPY), base_layers=())
    assert split(users("FROM big\nCOPY . /app\n"), side, THIN, "small") == (
        "which of the image's layers are its base's is not known"
    )


def test_on_the_same_base_compilers_stay_behind_where_that_is_worth_a_stage() -> None:
    base = replace(FULL, files={**LIGHT, **LIBC, **debian(BASICS)})
    heavy = replace(APT, files={**APT.files, "/usr/bin/gcc": b"x" * 6_000_000})
    text = WITH_APT.replace("FROM big", "FROM small")
    assert "FROM small\n# " in made(text, heavy, NATIVE, base=base)
    said = split(users(text), side_of(base, APT, NATIVE), THIN, "small")
    assert said == "no lighter base is known, and nothing in the image served the build alone"


def test_what_the_ignore_file_leaves_out_is_not_asked_of_the_build() -> None:
    copy = Step("COPY . / # buildkit", {"/main.py": b"x", "/notes.md": b"y"})
    result = split(users("FROM big\nCOPY . /\n"), side_of(FULL, copy), THIN, "small", "*.md\n")
    assert isinstance(result, Edited) and "/main.py" in result.text and "notes.md" not in result.text
