"""Links that lead nowhere, and folders that the program's user cannot get into."""

from __future__ import annotations

import pytest
from images_of_two import FILES, explained, pair, side, told
from keep_trees import Content, with_debian

from unladen.proof.has.interface import Pair
from unladen.proof.has.links import links

LINKED: dict[str, Content] = {
    **FILES,
    "/usr/bin/python3": "python",
    "/etc/localtime": "/usr/share/zoneinfo/UTC",
    "/usr/share/zoneinfo/UTC": b"TZif",
    "/etc/mtab": "/proc/mounts",
    "/etc/alternatives/awk.1.gz": "/usr/share/man/man1/mawk.1.gz",
    "/usr/share/man/man1/mawk.1.gz": b"",
    "/home/web": None,
    "/data": None,
}
BASELINE = side(files=LINKED)


def without(*gone: str) -> dict[str, Content]:
    return {path: content for path, content in LINKED.items() if path not in gone}


def test_a_rebuilt_copy_has_no_difference() -> None:
    part = links(Pair(BASELINE, side(files=LINKED)))
    assert part.losses == () and part.counted == 4


def test_a_link_whose_target_is_gone_is_a_loss_and_one_that_led_nowhere_is_none() -> None:
    rung = side(files=without("/usr/share/zoneinfo/UTC", "/usr/share/man/man1/mawk.1.gz"))
    assert told(links(Pair(BASELINE, rung))) == {
        "/etc/localtime": "leads to /usr/share/zoneinfo/UTC, which is not there"
    }


def test_what_an_installation_makes_for_a_packages_link_is_not_the_packages() -> None:
    owned = {"tzdata": ("/usr/share/zoneinfo/localtime", "/usr/share/zoneinfo/UTC")}
    both: dict[str, Content] = {
        **with_debian(LINKED, owned),
        "/usr/share/zoneinfo/localtime": "/etc/localtime",
    }
    rung = {path: content for path, content in both.items() if path != "/etc/localtime"}
    assert links(Pair(side(files=both), side(files=rung))).losses == ()


def test_the_working_directory_has_to_be_there() -> None:
    assert told(links(Pair(BASELINE, side(files=without("/app/main.py"))))) == {
        "WORKDIR /app": "is not there"
    }


@pytest.mark.parametrize(("mode", "user"), [(0o700, "web"), (0o750, "web"), (0o644, "web:media")])
def test_the_user_has_to_get_into_the_working_directory(mode: int, user: str) -> None:
    rung = side({"User": user}, LINKED, {"/app": mode})
    (problem,) = told(links(Pair(BASELINE, rung))).values()
    assert "may not enter /app, which is drwx" in problem or "which is drw-" in problem


def test_an_ancestor_counts_and_what_the_baseline_cannot_enter_either_does_not() -> None:
    deep = {"WorkingDir": "/root/app"}
    files: dict[str, Content] = {**LINKED, "/root/app/x": b""}
    closed = {"/root": 0o700}
    roots = side({**deep, "User": "root"}, files, closed)
    nobody = side({**deep, "User": "65534:65534"}, files, closed)
    assert told(links(Pair(roots, nobody)))["WORKDIR /root/app"] == (
        "65534:65534 may not enter /root, which is drwx------ of 0:0"
    )
    assert "WORKDIR /root/app" not in told(links(Pair(nobody, nobody)))


def test_a_home_that_is_gone_is_a_loss_unless_it_is_declared() -> None:
    rung = side(files=without("/home/web"))
    assert told(links(Pair(BASELINE, rung))) == {"HOME /home/web": "is not there"}
    assert explained(links(pair(BASELINE, rung, HOME="nothing asks for it"))) == {
        "HOME /home/web": "nothing asks for it"
    }
