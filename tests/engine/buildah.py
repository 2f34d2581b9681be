"""Buildah, which builds and does nothing else: its images land where podman sees them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping

from unladen.engine.building import Builds, common_options, ignore_line, materials
from unladen.engine.client import Client
from unladen.engine.endings import end_from_below
from unladen.engine.interface import BuildRequest, Built
from unladen.engine.podman import HYBRID_CGROUPS, PodmanEngine, build_options
from unladen.errors import EngineMissing


class BuildahBuilder:
    """`buildah bud`. `beside` is the podman that runs, owns and removes what it builds."""

    def __init__(self, beside: PodmanEngine, environ: Mapping[str, str] = os.environ) -> None:
        path = shutil.which("buildah", path=environ.get("PATH"))
        if path is None:
            raise EngineMissing(
                "cannot build with buildah: it is not on PATH", hint="sudo apt-get install -y buildah"
            )
        self._beside = beside
        self._isolation = isolation(environ)
        self._builds = Builds(Client((path,), environ, beside.calls), "buildah", end_from_below)

    def build(self, request: BuildRequest, on_line: Callable[[str], None] = ignore_line) -> Built:
        """As Builder.build."""
        with materials(request, mounts=True) as made:
            options = (*common_options(request, made, self._beside.session), *build_options(made))
            self._beside.silent.append(options[options.index("--tag") + 1])
            arguments = ("bud", *self._isolation, *options, str(request.context))
            return self._builds.run(arguments, made, self._beside.watch_steps(on_line))


def isolation(environ: Mapping[str, str]) -> tuple[str, ...]:
    """How RUN steps are kept apart: with an OCI runtime where one works here, else in a chroot."""
    if not HYBRID_CGROUPS.is_dir():
        return ()
    if runc := shutil.which("runc", path=environ.get("PATH")):
        return ("--isolation", "oci", "--runtime", runc)
    return ("--isolation", "chroot")
