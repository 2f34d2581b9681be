"""What the rung sourceless does to dependencies, run on some by this very interpreter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from python_projects import FASTAPI, write

from unladen.dockerfile import stages as dockerfile
from unladen.language.interface import Dialect, Overrides
from unladen.language.python import LANGUAGE
from unladen.language.python.rungs import ladder

SITE = "/opt/venv/lib/python3.11/site-packages"
INFO = "pack-1.dist-info"
DEPENDENCIES = {
    "pack/__init__.py": '"""About pack."""\nfrom pack.inner import fail\n',
    "pack/inner.py": "def fail():\n    return 1 / 0\n",
    "pack/words.txt": "one two\n",
    "pack/templates/page.py": "{% not python %}\n",
    "single.py": "import os, pkgutil, pack\nnames = [m.name for m in pkgutil.iter_modules(pack.__path__)]\n",
    "numba/__init__.py": "import inspect, sys\nsource = inspect.getsource(sys.modules[__name__])\n",
    f"{INFO}/METADATA": "Metadata-Version: 2.1\nName: pack\nVersion: 1\n",
    f"{INFO}/RECORD": f"pack/__init__.py,,\npack/inner.py,,\n{INFO}/METADATA,,\n{INFO}/RECORD,,\n",
}
"""By path below site-packages; numba reads its own source."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """site-packages after the steps of the rung that concern bytecode."""
    root = tmp_path_factory.mktemp("sourceless")
    project = write(root / "project", {"requirements.txt": "numba\nfastapi\nuvicorn", "main.py": FASTAPI})
    rungs = ladder(LANGUAGE.detect(project, Overrides()), Dialect())
    text = next(rung.dockerfile for rung in rungs if rung.name == "sourceless")
    builder = dockerfile.parse(text).stages[0]
    steps = [each.text for each in builder.instructions if each.keyword == "RUN"]
    folder, tools = root / "site", root / "tools"
    write(folder, DEPENDENCIES)
    tools.mkdir()
    (tools / "python").symlink_to(sys.executable)
    marks = ("record.py", "compileall", "compressed_bytecode.py")
    for step in (each for each in steps if any(mark in each for mark in marks)):
        script = (
            step.replace("/tmp/", f"{tools}/").replace(SITE, str(folder)).replace("/opt/venv", str(folder))
        )
        subprocess.run(["/bin/sh", "-ec", script], env={"PATH": f"{tools}:/usr/bin:/bin"}, check=True)
    return folder


def python(site: Path, code: str, *options: str) -> str:
    """What code prints where the folder is a site-packages; -S leaves out this interpreter's own."""
    text = f"import site; site.addsitedir({str(site)!r}); {code}"
    argv = [sys.executable, "-S", "-B", *options, "-c", text]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_bytecode_alone_is_left_and_takes_less_room(site: Path) -> None:
    left = {str(path.relative_to(site)) for path in site.rglob("*") if path.is_file()}
    assert left == {
        "0_compressed_bytecode.pth",
        "compressed_bytecode.py",
        "numba/__init__.py",
        f"numba/__pycache__/__init__.{sys.implementation.cache_tag}.pyc",
        "pack/__init__.pyc",
        "pack/inner.pyc",
        "pack/templates/page.py",
        "pack/words.txt",
        f"{INFO}/METADATA",
        f"{INFO}/RECORD",
        "single.pyc",
    }
    assert (site / "pack/inner.pyc").read_bytes()[:1] == b"\x78"


def test_it_is_imported_and_found_like_any_other(site: Path) -> None:
    assert python(site, "import pack; print(pack.__doc__)") == "About pack."
    assert python(site, "import single; print(single.names)") == "['inner']"
    assert python(site, "import runpy; print(runpy.run_module('single')['names'])") == "['inner']"
    assert python(site, "import numba; print(numba.source.split()[1])") == "inspect,"
    read = "import importlib.resources as r; print(r.files('pack').joinpath('words.txt').read_text())"
    assert python(site, read) == "one two"
    files = "import importlib.metadata as m; print([f.name for f in m.files('pack') if f.locate().exists()])"
    assert python(site, files) == "['__init__.pyc', 'inner.pyc', 'METADATA', 'RECORD']"


def test_a_traceback_names_the_line_as_ever(site: Path) -> None:
    code = """
import pack, traceback
try: pack.fail()
except ZeroDivisionError as error:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    print(frame.filename.rpartition('/')[2], frame.lineno, frame.name)
"""
    assert python(site, code) == "inner.py 2 fail"
