"""The same versions of packages, built for another C library: what differs is meant, what is missing is not."""

from __future__ import annotations

from has_sides import Step, side_of
from keep_trees import Content, elf

from unladen.image.elf import Elves
from unladen.language.interface import Lost
from unladen.proof.has.files import files
from unladen.proof.has.interface import Intent, Pair, Side
from unladen.proof.has.packages import packages

SITE = "/usr/local/lib/python3.11/site-packages"
BASE = Step("", {"/etc/passwd": b"root:x:0:0:root:/root:/bin/sh\n"})
ALPINE = Intent(frozenset({Lost.GLIBC}))


def wheel(libc: str, files: dict[str, Content]) -> Side:
    about = f"{SITE}/numpy-1.0.dist-info"
    files = {f"{SITE}/{path}": content for path, content in files.items()}
    files |= {
        f"{about}/METADATA": b"Metadata-Version: 2.1\nName: numpy\nVersion: 1.0\n",
        f"{about}/WHEEL": f"Tag: {libc}\n".encode(),
    }
    record = "".join(f"{path.removeprefix(f'{SITE}/')},,\n" for path in files)
    files[f"{about}/RECORD"] = record.encode()
    return side_of(BASE, Step("RUN pip install numpy # buildkit", files))


GLIBC = wheel(
    "manylinux",
    {
        "numpy/__init__.py": b"",
        "numpy/__config__.py": b"gcc 10",
        "numpy/core.cpython-311-x86_64-linux-gnu.so": elf(("libc.so.6",)),
        "numpy/fast.abi3.so": elf(("libc.so.6",)),
        "numpy.libs/libblas-0123.so": elf(),
    },
)
MUSL: dict[str, Content] = {
    "numpy/__init__.py": b"",
    "numpy/__config__.py": b"gcc 9",
    "numpy/core.cpython-311-x86_64-linux-musl.so": elf(("libc.so",)),
    "numpy/fast.abi3.so": elf(("libc.so",)),
    "numpy.libs/libblas-4567.so": elf(),
}


def unexplained(rung: Side, intent: Intent = ALPINE) -> list[str]:
    return [loss.difference for loss in packages(Pair(GLIBC, rung, intent)).losses if not loss.intended]


def test_another_build_of_a_wheel_is_meant_where_the_c_library_goes() -> None:
    rung = wheel("musllinux", MUSL)
    assert unexplained(rung) == []
    assert unexplained(rung, Intent()) != []


def test_a_module_without_its_build_is_missed() -> None:
    files = {path: content for path, content in MUSL.items() if "core" not in path}
    (said,) = unexplained(wheel("musllinux", files))
    assert said == "numpy/core.cpython-311-x86_64-linux-gnu.so is gone"


def test_source_that_differs_is_told() -> None:
    (said,) = unexplained(wheel("musllinux", {**MUSL, "numpy/__init__.py": b"changed"}))
    assert said == "numpy/__init__.py is with other contents"


def test_musls_loader_is_its_c_library_whatever_asks() -> None:
    files: dict[str, Content] = {
        "/lib/ld-musl-x86_64.so.1": elf(),
        "/usr/lib/a.so": elf(("libc.so", "libc.so.6", "libpthread.so.0", "libm.so.6")),
        "/usr/lib/b.so": elf(("libcurl.so.4", "libc++.so.1")),
    }
    musl = side_of(BASE, Step("", files)).scene
    assert Elves(musl, (".so",)).unresolved("/usr/lib/a.so") == ()
    assert Elves(musl, (".so",)).unresolved("/usr/lib/b.so") == ("libcurl.so.4", "libc++.so.1")
    both = side_of(BASE, Step("", {**files, "/lib/ld-linux.so.2": elf()})).scene
    assert Elves(both, (".so",)).unresolved("/usr/lib/a.so") != ()


def test_a_module_of_the_projects_own_is_not_replaced_by_its_namesake_for_musl() -> None:
    """Nobody said that the C library goes, and nobody has compared them."""
    path = "/app/fast.cpython-311-x86_64-linux-gnu.so"
    copy = Step("COPY . /app # buildkit", {path: elf(("libc.so.6",)), "/app/main.py": b""})
    other = Step(
        "COPY . /app # buildkit", {path.replace("gnu", "musl"): elf(("libc.so",)), "/app/main.py": b""}
    )
    (loss,) = files(Pair(side_of(BASE, copy), side_of(BASE, other), Intent())).losses
    assert (loss.subject, loss.difference, loss.intended) == (path, "gone", "")
