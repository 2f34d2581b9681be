"""Which of two processes runs a test (pytest -n 2): those of one engine stay in one, so that they never meet there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from processes import group

if TYPE_CHECKING:
    from xdist.scheduler import LoadScopeScheduling


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Not `--dist loadgroup`: xdist 3.8 does not see its own marks under pytest 9."""
    from xdist.scheduler import LoadScopeScheduling

    class ByEngine(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group(nodeid)

    return ByEngine(config, log)
