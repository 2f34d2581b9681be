"""Why a build failed, read from what each builder printed (recorded from docker 20.10, podman 4.3, buildah)."""

from __future__ import annotations

import pytest

from unladen.engine.buildlog import FrontendMissing, StepImages, failure
from unladen.engine.docker import HERE_DOCUMENTS, NEWER_FLAG, explained
from unladen.engine.with_host import original_step
from unladen.errors import BadDockerfile, BaseMissing, BuildFailed, DiskFull, EngineFailed, EngineMissing

LOADED = """\
#1 [internal] load build definition from Dockerfile
#1 sha256:06514387bf78c9820adebad2515150872e26693354b2210cdf3076a85ccab7d7
#1 transferring dockerfile: 875B done
#1 DONE 0.0s
"""

BUILDKIT_STEP = (
    LOADED
    + """
#5 [build 2/3] RUN echo "[a]"
#5 sha256:47320b49ebba1f82f6408b206c9e4cf7b2b83ff968f803d8647ebe8eeed97804
#5 CACHED

#6 [stage-1 2/4] RUN --mount=type=secret,id=unladen-ca,target=/dev/.unladen/ca,mode=0444 pip install x
#6 sha256:a340c792c6e279ce57f057c4b4ca74c1f4029661b8b00e55d106b144c87d83a5
#7 [build 3/3] RUN sleep 9
#7 sha256:b340c792c6e279ce57f057c4b4ca74c1f4029661b8b00e55d106b144c87d83a5
#7 0.200 of another step
#6 0.162 Collecting x
#6 0.190
#6 0.200 ERROR: No matching distribution found for x
#6 ERROR: executor failed running [/bin/sh -c pip install x]: exit code: 1
#7 ERROR: executor failed running [/bin/sh -c sleep 9]: context canceled: context canceled
------
 > [stage-1 2/4] RUN --mount=type=secret,id=unladen-ca,target=/dev/.unladen/ca,mode=0444 pip install x:
------
executor failed running [/bin/sh -c pip install x]: exit code: 1"""
)

BUILDX_STEP = """\
#8 [2/2] RUN exit 3
#8 0.101 out
#8 ERROR: process "/bin/sh -c exit 3" did not complete successfully: exit code: 3
------
 > [2/2] RUN exit 3:
0.101 out
------
Dockerfile:2
--------------------
   1 |     FROM a
   2 | >>> RUN exit 3
--------------------
ERROR: failed to build: failed to solve: process "/bin/sh -c exit 3" did not complete successfully: exit code: 3"""

LEGACY_STEP = """\
Sending build context to Docker daemon  3.631kB
Step 1/3 : FROM tiny
 ---> a1b9f7f954c4
Step 2/3 : RUN echo a
 ---> Using cache
 ---> c64b4e003021
Step 3/3 : RUN echo b; exit 3
 ---> Running in 1677da27fa8e
b
Removing intermediate container 1677da27fa8e
The command '/bin/sh -c echo b; exit 3' returned a non-zero code: 3"""

PODMAN_STEP = """\
[1/2] STEP 1/2: FROM tiny AS one
[1/2] STEP 2/2: RUN echo a
--> Using cache 660d8ed5c1e0cbf8e6410b81d297a22fcc85b51d69c1afde6efe46f2291541b3
--> 660d8ed5c1e
[2/2] STEP 1/2: FROM tiny
[2/2] STEP 2/2: RUN echo b; exit 3
b
Error: building at STEP "RUN echo b; exit 3": while running runtime: exit status 3"""


@pytest.mark.parametrize(
    ("builder", "log", "step", "shown", "cause"),
    [
        (
            "buildkit",
            BUILDKIT_STEP,
            "RUN pip install x",
            ["Collecting x", "", "ERROR: No matching distribution found for x"],
            "exit code: 1",
        ),
        ("buildkit", BUILDX_STEP, "RUN exit 3", ["out"], "exit code: 3"),
        ("legacy", LEGACY_STEP, "RUN echo b; exit 3", ["b"], "returned a non-zero code: 3"),
        ("podman", PODMAN_STEP, "RUN echo b; exit 3", ["b"], "exit status 3"),
        ("buildah", PODMAN_STEP, "RUN echo b; exit 3", ["b"], "exit status 3"),
    ],
)
def test_the_failing_step(builder: str, log: str, step: str, shown: list[str], cause: str) -> None:
    error = failure(builder, log, original_step)  # type: ignore[arg-type]
    assert isinstance(error, BuildFailed)
    assert error.step == step
    assert error.detail.splitlines()[: len(shown)] == shown
    assert "another step" not in error.detail
    assert str(error).startswith(f"cannot build: {step}: ") and str(error).endswith(cause)


@pytest.mark.parametrize(("builder", "log"), [("legacy", LEGACY_STEP), ("podman", PODMAN_STEP)])
def test_a_program_that_complains_of_its_own_syntax(builder: str, log: str) -> None:
    log = log.replace("\nb\n", "\nunknown flag: --frozen\nerror: unknown instruction: X\n")
    assert isinstance(failure(builder, log), BuildFailed)  # type: ignore[arg-type]


def test_only_the_last_lines_are_shown() -> None:
    noise = "\n".join(f"line {number}" for number in range(1000))
    log = PODMAN_STEP.replace("\nb\n", f"\n{noise}\n")
    detail = failure("podman", log).detail.splitlines()
    assert len(detail) == 20 and detail[-2] == "line 999"


@pytest.mark.parametrize(
    ("builder", "closing", "said"),
    [
        (
            "buildkit",
            "failed to solve with frontend dockerfile.v0: failed to create LLB definition: "
            "dockerfile parse error line 4: unknown instruction: RUNN",
            "line 2: unknown instruction: RUNN",
        ),
        (
            "buildkit",
            "ERROR: failed to build: failed to solve: dockerfile parse error on line 4: unknown flag: x",
            "line 2: unknown flag: x",
        ),
        (
            "buildkit",
            "failed to solve with frontend dockerfile.v0: failed to create LLB definition: "
            "ENV must have two arguments",
            "ENV must have two arguments",
        ),
        (
            "legacy",
            "Error response from daemon: dockerfile parse error line 4: unknown instruction: RUNN",
            "line 2: unknown instruction: RUNN",
        ),
        (
            "podman",
            'STEP 2/2: RUNN x\nError: building at STEP "RUNN ": Build error: Unknown instruction: "RUNN" '
            '&imagebuilder.Step{Env:[]string{"PATH=/bin"}}',
            'Unknown instruction: "RUNN"',
        ),
        (
            "podman",
            "Error: parsing main Dockerfile: /tmp/x/Dockerfile: ENV must have two arguments",
            "ENV must have two arguments",
        ),
    ],
)
def test_what_is_no_dockerfile(builder: str, closing: str, said: str) -> None:
    log = LOADED + closing if builder == "buildkit" else closing
    error = failure(builder, log, line_of=lambda line: line - 2)  # type: ignore[arg-type]
    assert isinstance(error, BadDockerfile)
    assert str(error) == f"cannot read the Dockerfile: {said}"


NO_HOST = "dial tcp: lookup registry-1.docker.io: no such host"
HEAD = f'failed to do request: Head "https://registry-1.docker.io/v2/x/manifests/1": {NO_HOST}'


@pytest.mark.parametrize(
    ("builder", "log"),
    [
        (
            "buildkit",
            f"#3 [internal] load metadata for docker.io/library/x:1\n#3 ERROR: {HEAD}\n------\n{HEAD}",
        ),
        ("buildkit", f"#3 FROM docker.io/library/x:1\n#3 sha256:00\n#3 ERROR: {HEAD}\n------\n{HEAD}"),
        ("legacy", f'Step 1/2 : FROM x:1\nGet "https://registry-1.docker.io/v2/": {NO_HOST}'),
        ("legacy", "Step 1/2 : FROM --platform=linux/amd64 x:1\npull access denied for x"),
        (
            "podman",
            'STEP 1/2: FROM x:1\nError: creating build container: short-name "x:1" did not resolve to an alias '
            "and no unqualified-search registries are defined",
        ),
        (
            "podman",
            'STEP 1/2: FROM x:1\nTrying to pull docker.io/library/x:1...\ntime="…" level=warning msg="failed, '
            'retrying"\nError: creating build container: initializing source docker://x:1: pinging container '
            f"registry: {NO_HOST}",
        ),
        (
            "podman",
            "STEP 3/3: COPY --from=x:1 /a /b\nError: COPY --from=x:1: no stage or image found with that name",
        ),
    ],
)
def test_a_base_that_cannot_be_had(builder: str, log: str) -> None:
    error = failure(builder, log)  # type: ignore[arg-type]
    assert isinstance(error, BaseMissing)
    assert str(error).startswith("cannot pull x:1: ") and "unladen bases" in error.hint


def test_a_frontend_that_cannot_be_had_is_told_apart() -> None:
    log = f"#2 resolve image config for docker.io/docker/dockerfile:1\n#2 sha256:00\n#2 ERROR: {HEAD}\n{HEAD}"
    assert isinstance(failure("buildkit", log), FrontendMissing)


@pytest.mark.parametrize("builder", ["buildkit", "legacy", "podman"])
def test_a_full_disk(builder: str) -> None:
    log = "Error: writing blob: storing blob to file: write /var/tmp/x: no space left on device"
    error = failure(builder, log)  # type: ignore[arg-type]
    assert isinstance(error, DiskFull) and error.hint


def test_an_engine_that_went_away() -> None:
    log = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
    assert isinstance(failure("legacy", log), EngineMissing)
    assert isinstance(failure("legacy", "Error: something else"), EngineFailed)


@pytest.mark.parametrize(
    ("log", "made"),
    [
        (LEGACY_STEP, []),
        (LEGACY_STEP.replace(" ---> Using cache\n", " ---> Running in 75da280408de\n"), ["c64b4e003021"]),
        (PODMAN_STEP, []),
        ("STEP 2/2: RUN x\n--> 660d8ed5c1e\nCOMMIT\n--> d5c2f231d84", ["660d8ed5c1e", "d5c2f231d84"]),
    ],
)
def test_images_that_steps_left(log: str, made: list[str]) -> None:
    found: list[str] = []
    steps = StepImages(found.append)
    for line in log.splitlines():
        steps.see(line)
    assert found == made


def test_a_builder_that_does_not_know_here_documents_is_named() -> None:
    error = BadDockerfile("cannot read the Dockerfile: line 3: unknown instruction: APK")
    assert explained(error, "FROM a\nRUN <<EOF\napk add git\nEOF\n").hint == HERE_DOCUMENTS
    assert explained(error, "FROM a\n\nAPK add git\n") is error
    flag = BadDockerfile("cannot read the Dockerfile: line 2: Unknown flag: start-interval")
    assert explained(flag, "FROM a\nHEALTHCHECK --start-interval=1s CMD x\n").hint == NEWER_FLAG


def test_a_step_is_said_once() -> None:
    log = "#5 [2/2] RUN make\n#5 0.1 no rule\n#5 ERROR: executor failed running [/bin/sh -c make]: exit code: 2\n"
    log += "failed to solve: executor failed running [/bin/sh -c make]: exit code: 2\n"
    assert str(failure("buildkit", log)) == "cannot build: RUN make: exit code: 2"
