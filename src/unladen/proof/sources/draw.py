"""Runs the worker that draws requests from an OpenAPI document: processes of its own, the same everywhere."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from unladen import temporary
from unladen.errors import BadProject

WORKER = "unladen.proof.sources.openapi_worker"
BATCH = 50
"""Operations for one process: what is drawn from stays in its memory, a megabyte and more for each of them."""
TIMEOUT = 300.0

_UNWANTED = re.compile(
    r"^(CI|TF_BUILD|.*_CI|GITHUB_.*|BUILDKITE.*|.*TEAMCITY.*|HYPOTHESIS_.*|SCHEMATHESIS_.*)$"
)
"""Environment that changes what Hypothesis and schemathesis do."""
_HINT = "describe requests in unladen.toml instead: [[verify.request]], and openapi = false under [verify]"


def draw(document: Mapping[str, Any], seed: int, *, operations: int, each: int) -> list[dict[str, Any]]:
    """The first so many operations of the document as the worker describes them (see there), with up to `each`
    requests of every step. Raises BadProject when the document cannot be read."""
    found = []
    for first in range(0, max(operations, 1), BATCH):
        count = min(BATCH, operations - first)
        task = {"document": document, "seed": seed, "first": first, "count": count, "each": each}
        found += _run(json.dumps(task, default=str))["operations"]
    return found


def _run(task: str) -> dict[str, Any]:
    env = {name: value for name, value in os.environ.items() if not _UNWANTED.match(name)}
    with temporary.folder() as folder:
        try:
            ran = subprocess.run(
                [sys.executable, "-P", "-m", WORKER],
                input=task,
                capture_output=True,
                text=True,
                encoding="utf-8",
                timeout=TIMEOUT,
                cwd=folder,  # no configuration file of schemathesis, no example database of Hypothesis
                env=env | {"PYTHONHASHSEED": "0", "PYTHONUTF8": "1"},
            )
        except subprocess.TimeoutExpired as error:
            what = f"cannot draw requests from the OpenAPI document: not done after {TIMEOUT:g} s"
            raise BadProject(what, hint=_HINT) from error
    if ran.returncode != 0:
        said = ran.stderr.strip().splitlines()
        cause = said[-1] if said else f"exit code {ran.returncode}"
        raise BadProject(f"cannot read the OpenAPI document: {cause}", hint=_HINT)
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer
