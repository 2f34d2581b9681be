"""What an image has: folders that can be written, and the users who write."""

from __future__ import annotations

from dataclasses import replace

import pytest
from has_sides import Step, side_of

from unladen.proof.has.interface import Intent, Pair, Side
from unladen.proof.has.places import places
from unladen.proof.has.users import users
from unladen.proof.interface import Loss

PASSWD = b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n"
GROUP = b"root:x:0:\nnogroup:x:65534:\n"
BASE = Step(
    "",
    {"/etc/passwd": PASSWD, "/etc/group": GROUP, "/tmp": None, "/var/tmp": None, "/root": None},
    {"/tmp": (0o1777, 0, 0), "/var/tmp": (0o1777, 0, 0), "/root": (0o700, 0, 0)},
)
WEB = PASSWD + b"web:x:1000:1000::/home/web:/bin/sh\n"
USERADD = Step(
    "RUN /bin/sh -c useradd web",
    {"/etc/passwd": WEB, "/etc/group": GROUP + b"web:x:1000:\n", "/home/web": None},
    {"/home/web": (0o755, 1000, 1000)},
)
NOBODY = {"User": "65534:65534", "Env": ["HOME=/tmp"]}


def lost(baseline: Side, rung: Side, intent: Intent | None = None) -> list[Loss]:
    return list(places(Pair(baseline, rung, intent or Intent())).losses)


def without(*paths: str) -> Step:
    files = {path: content for path, content in BASE.files.items() if path not in paths}
    return replace(BASE, files=files)


def test_temporary_folders_stay() -> None:
    assert lost(side_of(BASE), side_of(BASE, **NOBODY)) == []
    [loss] = lost(side_of(BASE), side_of(without("/var/tmp"), **NOBODY))
    assert loss == Loss("writable", "/var/tmp", "the folder is gone", "the base image")
    [sticky] = lost(side_of(BASE), side_of(replace(BASE, rights={**BASE.rights, "/tmp": (0o777, 0, 0)})))
    assert "sticky" in sticky.difference
    closed = replace(BASE, rights={**BASE.rights, "/var/tmp": (0o755, 0, 0)})
    [loss] = lost(side_of(BASE), side_of(closed, **NOBODY))
    assert loss.difference == "/var/tmp cannot be written by the rung's user 65534"


@pytest.mark.parametrize(("rights", "difference"), [
    (None, "the folder is gone"),
    ((0o755, 0, 0), "/data cannot be written by the rung's user 65534"),
    ((0o755, 65534, 65534), ""),
])  # fmt: skip
def test_a_volume_can_be_written_also_when_it_is_mounted_fresh(
    rights: tuple[int, int, int] | None, difference: str
) -> None:
    """L2: VOLUME's folder. A fresh volume takes over the folder's owner and mode."""
    steps = [] if rights is None else [Step("RUN x", {"/data": None}, {"/data": rights})]
    baseline = side_of(BASE, Step("RUN /bin/sh -c mkdir /data", {"/data": None}), Volumes={"/data": {}})
    found = lost(baseline, side_of(BASE, *steps, **NOBODY, Volumes={"/data": {}}))
    assert [loss.difference for loss in found] == ([difference] if difference else [])


def test_what_roots_instruction_made_for_somebody() -> None:
    made = Step("RUN /bin/sh -c install -d -m 777 /srv/up", {"/srv/up": None}, {"/srv/up": (0o777, 0, 0)})
    [loss] = lost(side_of(BASE, made), side_of(BASE, replace(made, rights={}), **NOBODY))
    assert (loss.subject, loss.origin) == ("/srv/up", "RUN install -d -m 777 /srv/up")


def test_the_home_folder() -> None:
    [loss] = lost(side_of(BASE), side_of(BASE, User="65534", Env=["HOME=/"]))
    assert (loss.subject, loss.difference) == ("/root", "/ cannot be written by the rung's user 65534")
    intent = Intent(settings={"HOME=/": "nothing asks for it"})
    [loss] = lost(side_of(BASE), side_of(BASE, User="65534", Env=["HOME=/"]), intent)
    assert loss.intended == "nothing asks for it"


def found_users(baseline: Side, rung: Side, intent: Intent | None = None) -> list[Loss]:
    return list(users(Pair(baseline, rung, intent or Intent())).losses)


def test_users_that_an_instruction_made() -> None:
    baseline = side_of(BASE, USERADD, User="web")
    assert found_users(baseline, side_of(BASE, USERADD, User="web")) == []
    gone = found_users(baseline, side_of(BASE, **NOBODY))
    assert [(loss.subject, loss.difference, loss.origin) for loss in gone] == [
        ("/etc/passwd", "the user web (1000) is gone", "RUN useradd web"),
        ("/etc/group", "the group web (1000) is gone", "RUN useradd web"),
    ]
    on_purpose = Intent(settings={"USER=65534:65534": "another user"})
    assert {loss.intended for loss in found_users(baseline, side_of(BASE, **NOBODY), on_purpose)} == {
        "another user"
    }


def test_files_of_users_that_are_gone_or_changed() -> None:
    gone = found_users(side_of(BASE), side_of(without("/etc/passwd")))
    assert {loss.difference for loss in gone} == {
        "the user root (0) is gone",
        "the user nobody (65534) is gone",
    }
    gone = found_users(side_of(BASE), side_of(without("/etc/group")))
    assert {loss.subject for loss in gone} == {"/etc/group"}
    moved = replace(
        USERADD,
        files={**USERADD.files, "/etc/passwd": WEB.replace(b":1000:1000::/home/web", b":1001:1000::/srv")},
    )
    [loss] = found_users(side_of(BASE, USERADD), side_of(BASE, moved))
    assert loss.difference == "the user web was 1000, is 1001"


def test_where_the_base_is_not_known_people_count_and_services_do_not() -> None:
    files = {"/etc/passwd": WEB + b"mail:x:8:8::/var/mail:/x\n", "/etc/group": GROUP}
    baseline = side_of(Step("COPY / /", files), base=0)
    assert [loss.difference for loss in found_users(baseline, side_of(BASE))] == [
        "the user web (1000) is gone"
    ]


def test_the_account_of_a_packages_service_goes_with_the_package() -> None:
    status = b"Package: openssh-client\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n"
    group = GROUP + b"_ssh:x:101:\nown:x:102:\n"
    files = {
        "/etc/group": group,
        "/usr/bin/ssh": b"",
        "/var/lib/dpkg/status": status,
        "/var/lib/dpkg/info/openssh-client.list": b"/usr/bin/ssh\n",
        "/var/lib/dpkg/info/openssh-client.postinst": b"# own\naddgroup --quiet --system _ssh\n",
    }
    installs = Step("RUN apt-get install -y git", files)
    losses = found_users(side_of(BASE, installs), side_of(BASE))
    assert {loss.difference: loss.intended for loss in losses} == {
        "the group _ssh (101) is gone": "the Debian package openssh-client, whose account it is, is gone too",
        "the group own (102) is gone": "",
    }
    still = replace(installs, files={**files, "/etc/group": GROUP})
    assert all(not loss.intended for loss in found_users(side_of(BASE, installs), side_of(BASE, still)))
