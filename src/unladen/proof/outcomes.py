"""What tests came to, read from what they print: exit code and outcomes are compared, times and the like are not."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from unladen.proof.interface import CommandResult

_LINES = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<name>\S+::.+?) (?P<outcome>PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)\b.*",
        r"(?P<outcome>PASSED|FAILED|ERROR|XFAIL|XPASS) (?P<name>\S+::.+?)(?: - .*)?",
        r".*?--- (?P<outcome>PASS|FAIL|SKIP): (?P<name>\S+) \(.*",
        r"(?P<name>test\w* \([\w.]+\)).* \.\.\. (?P<outcome>ok|FAIL|ERROR|skipped)\b.*",
        r"test (?P<name>\S+)(?: - should panic)? \.\.\. (?P<outcome>ok|FAILED|ignored)\b.*",
        r"(?P<outcome>ok|not ok) \d+(?: -)? (?P<name>.+?)(?: # (?:time=|duration).*)?",
        r"(?P<outcome>[✓✔√✕✗✘×]) (?P<name>.+?)(?: \(?\d+(?:\.\d+)? ?m?s\)?)?",
    )
)
"""Verbose output of common runners, and the Test Anything Protocol (https://testanything.org)."""
_PASSED = frozenset({"PASSED", "PASS", "ok", "XFAIL", "XPASS", "✓", "✔", "√"})
_SKIPPED = frozenset({"SKIPPED", "SKIP", "skipped", "ignored"})
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_RANKS = ("passed", "skipped", "failed")


def outcomes_in(output: str) -> Mapping[str, str]:
    """ "passed", "failed" or "skipped" by the names of tests; the worst counts where one is told of twice."""
    found: dict[str, str] = {}
    for line in _COLOUR.sub("", output).splitlines():
        told = next((match for each in _LINES if (match := each.fullmatch(line.strip()))), None)
        if told:
            word, name = told["outcome"], told["name"]
            outcome = "passed" if word in _PASSED else "skipped" if word in _SKIPPED else "failed"
            if re.search(r"# (?:skip|todo)\b", name, re.IGNORECASE):
                outcome = "skipped"
            found[name] = max(outcome, found.get(name, "passed"), key=_RANKS.index)
    return found


def summed(result: CommandResult) -> CommandResult:
    """The result with outcomes in place of what was printed; what a failing run complains of stays."""
    both = (result.stdout + b"\n" + result.stderr).decode(errors="replace")
    told = json.dumps({"tests": outcomes_in(both)}).encode()
    return CommandResult(
        result.exit_code, told, b"" if result.exit_code == 0 else both.strip().encode()[-4000:]
    )
