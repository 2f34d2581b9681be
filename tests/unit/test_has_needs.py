"""What code names, in the program and its dependencies: what the baseline has of it the rung must have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from images_of_two import FILES, explained, pair, side, told
from keep_trees import Content, distribution, elf

from unladen.language.go.named import named_in_source
from unladen.language.go.source import GoFile
from unladen.language.interface import Lost
from unladen.language.named import Named
from unladen.proof.has.examine import examine
from unladen.proof.has.interface import Intent, Pair, Side
from unladen.proof.has.needs import needs
from unladen.proof.has.programs import programs
from unladen.proving.intent import WHY, intent_of

LIBRARY, SITE = "/usr/lib/python3.11", "/usr/lib/python3.11/site-packages"
CODE = b"""\
import ctypes.util, grp, mimetypes, os, pwd, shutil, ssl, subprocess, sys
from subprocess import run as go
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")

def pages(name):
    import importlib
    try:
        import brotli
    except ImportError:
        brotli = None
    importlib.import_module("site_plugin")
    go(["pdftoppm", name])
    subprocess.check_output("A=1 exiftool x | jq .", shell=True)
    os.system("convert a b")
    subprocess.run([sys.executable, "-c", ""])
    shutil.which("tesseract")
    ctypes.CDLL("libmagic.so.1"), ctypes.util.find_library("zbar")
    pwd.getpwnam("web"), grp.getgrnam("media")
"""
RUN = [f"/usr/bin/{name}" for name in ("pdftoppm", "exiftool", "jq", "convert", "tesseract", "python", "git")]
RUN += ["/bin/sh", "/bin/bash", "/app/scripts/echo.sh"]
WHOLE: dict[str, Content] = {
    **dict.fromkeys(RUN, elf()),
    **FILES,
    **distribution(SITE, "brotli", "1.1", ("brotli.py",)),
    **distribution(SITE, "dulwich", "1.0", ("dulwich/porcelain.py",)),
    f"{SITE}/dulwich/porcelain.py": b"import subprocess\ndef f():\n    import yaml\n    subprocess.run(['git'])\n",
    f"{SITE}/yaml/__init__.py": b"",
    "/usr/bin/python": elf(),
    "/app/main.py": CODE,
    "/app/site_plugin.py": b"",
    "/app/static/book.epub": b"{}",
    "/app/scripts/echo.sh": b"#!/bin/bash\n",
    "/etc/mime.types": b"application/epub+zip\t\tepub\n",
    "/etc/ssl/certs/ca-certificates.crt": b"-----BEGIN CERTIFICATE-----",
    "/usr/share/zoneinfo/Europe/Berlin": b"TZif",
    "/usr/lib/libmagic.so.1": elf(),
    "/usr/lib/libzbar.so.0.3": elf(),
}
MODES = dict.fromkeys(RUN, 0o755)


def of(*gone: str, changed: Mapping[str, Content] | None = None) -> Side:
    files = {path: content for path, content in {**WHOLE, **(changed or {})}.items() if path not in gone}
    return side({"Healthcheck": None, "Shell": None}, files, MODES)


BASELINE = of()


def test_a_rebuilt_copy_has_no_difference() -> None:
    part = needs(Pair(BASELINE, of()))
    assert part.losses == () and part.counted > 10


@pytest.mark.parametrize(
    ("gone", "subject"),
    [
        ("/usr/bin/pdftoppm", "program pdftoppm"),
        ("/usr/bin/exiftool", "program exiftool"),
        ("/usr/bin/jq", "program jq"),
        ("/usr/bin/convert", "program convert"),
        ("/usr/bin/tesseract", "program tesseract"),
        ("/bin/sh", "program /bin/sh"),
        ("/usr/lib/libmagic.so.1", "library libmagic.so.1"),
        ("/usr/lib/libzbar.so.0.3", "library zbar"),
        (f"{SITE}/brotli.py", "module brotli"),
        ("/app/site_plugin.py", "module site_plugin"),
        (f"{SITE}/yaml/__init__.py", "module yaml"),
        ("/usr/share/zoneinfo/Europe/Berlin", "zone Europe/Berlin"),
        ("/etc/ssl/certs/ca-certificates.crt", "certificates"),
        ("/etc/mime.types", "file type .epub"),
    ],
)
def test_what_code_names_and_is_gone_is_a_loss(gone: str, subject: str) -> None:
    assert told(needs(Pair(BASELINE, of(gone))))[subject].endswith(" names it)")


def test_the_place_that_names_it_is_said() -> None:
    (loss,) = needs(Pair(BASELINE, of("/usr/bin/pdftoppm"))).losses
    assert loss.difference == "is not there (main.py:14 names it)"


def test_users_and_groups_that_code_names_have_to_be_known() -> None:
    rung = of(changed={"/etc/group": b"root:x:0:\nweb:x:1000:\n"})
    assert told(needs(Pair(BASELINE, rung))) == {"group media": "is not there (main.py:20 names it)"}


def test_what_the_baseline_lacks_too_is_no_loss() -> None:
    assert needs(Pair(of("/usr/bin/jq"), of("/usr/bin/jq"))).losses == ()


def test_a_program_of_the_bases_that_a_dependency_alone_names_is_explained() -> None:
    part = needs(Pair(BASELINE, of("/usr/bin/git")))
    assert told(part) == {} and "only the Python package dulwich names it" in explained(part)["program git"]


def test_what_no_case_used_may_go_from_a_slimmed_image() -> None:
    assert told(needs(pair(BASELINE, of("/usr/bin/jq"), Lost.UNUSED))) == {}


def test_what_is_declared_by_its_name_is_meant() -> None:
    rung, intent = of("/usr/bin/jq"), Intent(settings={"program jq": "the new image has another"})
    [loss] = [each for each in examine(BASELINE, rung, intent).losses if each.subject == "program jq"]
    assert loss.intended == "the new image has another"
    assert intent_of(["program jq"]).settings == {"program jq": WHY}


# A program that starts a shell script (L11)


GO = b"""\
package main

import "os/exec"

func hook(name string) {
    exec.Command("scripts/echo.sh").Run()
    exec.CommandContext(ctx, "pdftoppm", name)
    exec.LookPath("jq")
    exec.Command(name)
}
"""


def test_a_go_programs_source_names_programs() -> None:
    found = named_in_source([GoFile(Path("/p/main.go"), GO.decode())], Path("/p"))
    assert [(each.kind, each.name, each.where, each.optional) for each in found] == [
        ("program", "scripts/echo.sh", "main.go:6", False),
        ("program", "pdftoppm", "main.go:7", False),
        ("program", "jq", "main.go:8", True),
    ]


def test_a_script_that_the_program_starts_needs_its_shell() -> None:
    """L11: a server of webhooks on scratch, where every hook failed."""
    source = (Named("program", "scripts/echo.sh", "main.go:6"),)
    baseline = replace(of("/app/main.py"), source=source)
    scratch = of("/app/main.py", "/bin/bash", "/bin/sh")
    found = told(needs(pair(baseline, scratch, Lost.SHELL)))
    assert found == {"program scripts/echo.sh": "needs /bin/bash, which is not there (main.go:6 names it)"}


def test_a_script_that_came_by_copy_needs_its_shell_where_the_program_starts_commands() -> None:
    dynamic = (Named("commands", "", "main.go:9"),)
    baseline, scratch = of("/app/main.py"), of("/app/main.py", "/bin/bash")
    lost = {"/app/scripts/echo.sh": "needs /bin/bash, which is not there"}
    assert told(programs(pair(replace(baseline, source=dynamic), scratch, Lost.SHELL))) == lost
    assert told(programs(pair(baseline, scratch, Lost.SHELL))) == lost  # nothing is known of the program
    quiet = of(changed={"/app/main.py": b"import os\n"})
    without = of("/bin/bash", changed={"/app/main.py": b"import os\n"})
    assert explained(programs(pair(quiet, without))) == {
        "/app/scripts/echo.sh": "nothing in the program starts a command"
    }
