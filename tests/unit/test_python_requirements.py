"""requirements.txt as pip reads it."""

from __future__ import annotations

from pathlib import Path

import pytest
from python_projects import write

from unladen.errors import BadProject
from unladen.language.python import requirements
from unladen.language.python.requirements import Wanted, read


def names(root: Path, file: str = "requirements.txt") -> set[str]:
    return {each.name for each in read(root, Path(file)).wanted}


def test_pins_extras_markers_hashes_and_comments(tmp_path: Path) -> None:
    text = """\
# the web
uvicorn[standard]==0.24.0   # served by
Flask_Login >= 1 ; python_version < "3.12"
numpy==1.26.0 \\
    --hash=sha256:aaaa \\
    --hash=sha256:bbbb
--index-url https://example.com/simple
django==5.*
"""
    write(tmp_path, {"requirements.txt": text})
    assert read(tmp_path, Path("requirements.txt")).wanted == (
        Wanted("uvicorn", "0.24.0", frozenset({"standard"})),
        Wanted("flask-login"),
        Wanted("numpy", "1.26.0"),
        Wanted("django"),
    )


def test_includes_are_followed_and_constraints_install_nothing(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "requirements.txt": "-r requirements/web.txt\n--constraint=constraints.txt\n",
            "requirements/web.txt": "flask\n-r base.txt\n",
            "requirements/base.txt": "httpx\n-r web.txt\n",
            "constraints.txt": "urllib3<2\n",
        },
    )
    found = read(tmp_path, Path("requirements.txt"))
    assert {each.name for each in found.wanted} == {"flask", "httpx"}
    assert {str(path) for path in found.files} == {
        "requirements.txt",
        "requirements/web.txt",
        "requirements/base.txt",
        "constraints.txt",
    }


def test_local_editable_and_version_control_entries(tmp_path: Path) -> None:
    text = "-e .\n./libs/shared\nwheels/x-1.0-py3-none-any.whl\ngit+https://example.com/a.git@v1#egg=Some.Thing\nb @ https://example.com/b.zip\n"
    write(tmp_path, {"requirements.txt": text})
    found = read(tmp_path, Path("requirements.txt"))
    assert {str(path) for path in found.local} == {".", "libs/shared", "wheels/x-1.0-py3-none-any.whl"}
    assert found.vcs == ("git",)
    assert {each.name for each in found.wanted} == {"some-thing", "b"}


def test_a_file_that_powershell_wrote(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_bytes("\ufefffastapi\r\n".encode("utf-16-le"))
    assert names(tmp_path) == {"fastapi"}


@pytest.mark.parametrize("line", ["-r missing.txt", "-r ../outside.txt", "-e ../elsewhere"])
def test_files_out_of_reach_are_named(tmp_path: Path, line: str) -> None:
    write(tmp_path, {"project/requirements.txt": line, "outside.txt": "x"})
    with pytest.raises(BadProject) as caught:
        read(tmp_path / "project", Path("requirements.txt"))
    assert line.split("/")[-1].split()[-1] in str(caught.value)


def test_nonsense_is_left_to_pip() -> None:
    assert requirements.wanted("this is no requirement!") is None
