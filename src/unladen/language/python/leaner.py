"""The lean rungs of Python on top of the user's own stages: what no program reads is taken away by commands that name
it, and on distroless the interpreter is the base's."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from unladen.image.packages import read_text
from unladen.image.scene import Scene
from unladen.image.settings import is_root
from unladen.language.interface import Impossible, Lost, Project, Proposal
from unladen.language.leaner import LIGHTER, PLAIN, Leaner, Trim
from unladen.language.python import native
from unladen.language.python.details import Details
from unladen.language.python.intends import CERTIFICATES
from unladen.language.python.rungs import DISTROLESS, DISTROLESS_VERSION, REMOVE_SOURCES
from unladen.language.python.sitepackages import COMPILE, Site
from unladen.language.python.taken import USER
from unladen.language.render import exec_form

_GENERAL = ("slim", "multi-stage")
"""Rungs that are `lighter-base` and `split` where there is a Dockerfile."""
_BYTECODE = "distroless with bytecode alone for the standard library and, compressed, for dependencies"
_ON_ALPINE = "your Dockerfile on a base of a few megabytes, with musl for a C library"
_PYTHON = re.compile(r"python(?::(?!.*alpine)[\w.-]+)?")
"""Docker Hub's images of Python that are Debian's."""
_BARE = (Lost.COMPILERS, Lost.ROOT, Lost.SHELL, Lost.PACKAGE_MANAGER, Lost.PIP, Lost.DEPENDENCY_EXTRAS)
_SITE = re.compile(r".*/lib/python3\.\d+/(?:site|dist)-packages")
_OWN_INTERPRETER = re.compile(r"/usr/local/bin/python3\.\d+")
_PKG_RESOURCES = re.compile(r"^(?:from|import) pkg_resources\b", re.M)
_OF_SETUPTOOLS = ("setuptools", "pkg_resources", "_distutils_hack", "distutils-precedence.pth")


def offered(
    made: tuple[Proposal | Impossible, ...], project: Project[Details]
) -> tuple[Proposal | Impossible, ...]:
    """The rungs of a project with a Dockerfile of its own: its stages stay, and what the general ladder does already
    is not done again."""
    if project.users is None or project.users.path is None:
        return made
    found: list[Proposal | Impossible] = []
    for each in made:
        if each.name == "lean":
            found.append(Proposal(each.name, each.why, "", (), (Lost.DEPENDENCY_EXTRAS,), onto=LIGHTER))
        elif each.name == "distroless" and project.version.value == DISTROLESS_VERSION:
            found.append(Proposal(each.name, each.why, "", (), _BARE, onto=DISTROLESS))
        elif each.name == "sourceless" and project.version.value == DISTROLESS_VERSION:
            lost = (*_BARE, Lost.SOURCE_LINES, Lost.READABLE_BYTECODE)
            found.append(Proposal(each.name, _BYTECODE, "", (), lost, "smallest", onto=DISTROLESS))
        elif each.name == "alpine" and isinstance(each, Proposal):
            found.append(_alpine(each, project))
        elif each.name not in _GENERAL:
            found.append(each)
    return tuple(found)


def _alpine(rung: Proposal, project: Project[Details]) -> Proposal | Impossible:
    """The bases of the user's file that are Python's, by their Alpine."""
    assert project.users is not None
    needed = {
        *native.alpine(project.details.apt_packages),
        *native.alpine_compilers(project.details.dependencies.wanted),
    }
    if needed:
        names = ", ".join(sorted(needed))
        return Impossible(
            rung.name,
            rung.why,
            f"on Alpine its dependencies want {names}, which your Dockerfile does not install",
        )
    own = (each for each in dict.fromkeys(project.users.staged.bases) if _PYTHON.fullmatch(each))
    alpine = f"python:{project.version.value}-alpine"
    lost = (Lost.COMPILERS, Lost.APT, Lost.GLIBC, Lost.BASH)
    return Proposal(rung.name, _ON_ALPINE, "", (), lost, instead=dict.fromkeys(own, alpine))


def leaner(rung: Proposal, full: Scene, light: Scene) -> Leaner | Impossible:
    """`full` is the baseline's image, `light` the base of the new last stage."""
    if rung.onto != DISTROLESS:
        return lean(full, _sites(full)) if rung.name == "lean" else PLAIN
    sites = _sites(full)
    made = distroless(rung, full, light, sites)
    if rung.name == "sourceless" and isinstance(made, Leaner):
        return sourceless(made, light, sites)
    return made


def lean(full: Scene, sites: tuple[Site, ...], leftover: Iterable[str] = ()) -> Leaner:
    """Dependencies without tests, stubs, headers and symbols, and without what is `leftover` (paths of packages)."""
    left = tuple(leftover)
    gone = {path for site in sites for path in site.gone}
    gone |= {path for each in left for path in (each, *full.below(each))}
    return Leaner(
        trims=tuple(
            trim
            for site in sites
            for trim in site.trim(
                tuple(p[len(site.path) + 1 :] for p in left if posixpath.dirname(p) == site.path)
            )
        ),
        gone=frozenset(gone),
    )


def distroless(rung: Proposal, full: Scene, light: Scene, sites: tuple[Site, ...]) -> Leaner | Impossible:
    """The same on the interpreter of `light`, which is at another place, and as nobody where the user says nothing."""
    needed, interpreter = _setuptools(full, sites), light.real("/usr/bin/python3")
    own = next((path for path in full.tree if _OWN_INTERPRETER.fullmatch(path)), "")
    links: dict[str, str] = {}
    moved: dict[str, str] = {}
    if own:
        wanted, offered = posixpath.basename(own), posixpath.basename(interpreter)
        if wanted != offered:
            return Impossible(rung.name, rung.why, f"{rung.onto} has {offered}, and your image {wanted}")
        links = {
            own: interpreter,
            "/usr/local/bin/python3": interpreter,
            "/usr/local/bin/python": interpreter,
        }
        site = f"/usr/local/lib/{wanted}"
        moved = {f"{site}/site-packages": f"{site}/dist-packages"}
    unused = ("pip", *(() if needed else ("setuptools", "pkg_resources")))
    there = (f"{old}/{each}" for old in moved for each in unused if f"{old}/{each}" in full.tree)
    made = lean(full, sites, there)
    library = f"/usr/lib/{posixpath.basename(interpreter)}"
    compiled = (
        "The base has no bytecode: without it a start takes twice as long.",
        f'RUN ["{interpreter}", "-m", "compileall", "-q", "{library}"]',
    )
    return Leaner(
        trims=(*made.trims, *_environments(full, interpreter)),
        gone=made.gone,
        needed=needed,
        links=links,
        moved=moved,
        after=() if light.is_dir(f"{library}/__pycache__") else (compiled,),
        user=USER if is_root(full.settings.user) else "",
        intends={f"ENV SSL_CERT_FILE={CERTIFICATES}": "the base's certificates are there"},
    )


def sourceless(made: Leaner, light: Scene, sites: tuple[Site, ...]) -> Leaner:
    """What distroless has, with bytecode where sources were. It lacks the columns, which point into their lines."""
    interpreter = light.real("/usr/bin/python3")
    library = f"/usr/lib/{posixpath.basename(interpreter)}"
    compiled = tuple(
        (site, trim) for site in sites if (trim := site.compiled(posixpath.basename(interpreter))) is not None
    )
    alone = exec_form((interpreter, *COMPILE, library))
    gone = exec_form((interpreter, "-c", REMOVE_SOURCES, library))
    return replace(
        made,
        trims=(*made.trims, *(trim for _, trim in compiled)),
        whole=tuple(site.path for site, _ in compiled),
        after=(
            ("Bytecode alone for the standard library, by its own interpreter.", f"RUN {alone}"),
            ("Its sources go, and the bytecode that lies apart from them.", f"RUN {gone}"),
        ),
        is_squashed=True,
    )


def _sites(full: Scene) -> tuple[Site, ...]:
    """Folders of dependencies, of the interpreter and of environments."""
    found = {posixpath.dirname(path) for path in full.tree if path.endswith((".dist-info", ".egg-info"))}
    return tuple(Site(full, path) for path in sorted(found) if _SITE.fullmatch(path))


def _environments(full: Scene, interpreter: str) -> Iterator[Trim]:
    """An environment says which interpreter it was made with."""
    own = (folder for folder in full.environments if folder != "/usr/local")
    files = [f"{folder}/pyvenv.cfg" for folder in own if f"{folder}/pyvenv.cfg" in full.tree]
    if files:
        text = f"sed -i 's|^home = .*|home = {posixpath.dirname(interpreter)}|' {' '.join(files)}"
        yield Trim("The environment's interpreter is the one of the last stage.", text)


def _setuptools(full: Scene, sites: tuple[Site, ...]) -> Mapping[str, str]:
    """What the base's setuptools bring, where a dependency imports it without saying so."""
    for site in (each.path for each in sites):
        for path in full.below(site):
            name = path[len(site) + 1 :].partition("/")[0]
            if not path.endswith(".py") or name in (*_OF_SETUPTOOLS, "pip", "wheel"):
                continue
            if _PKG_RESOURCES.search(read_text(full.tree, path)):
                roots = (f"{site}/{each}" for each in _OF_SETUPTOOLS if f"{site}/{each}" in full.tree)
                files = (
                    each for root in roots for each in (root, *full.below(root)) if not full.is_dir(each)
                )
                return dict.fromkeys(files, f"{path} imports pkg_resources")
    return {}
