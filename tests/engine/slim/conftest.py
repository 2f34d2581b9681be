"""Prints what became of each program, whether its test passed or not: that is what the suite is for."""

from __future__ import annotations

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [each for outcome in ("passed", "failed") for each in terminalreporter.getreports(outcome)]
    lines = [str(value) for each in reports for name, value in each.user_properties if name == "slimmed"]
    if lines:
        terminalreporter.section("programs that are hard to slim")
        for line in sorted(set(lines)):
            terminalreporter.write_line(line)
