"""Cases, answers and observations in short, for people."""

from __future__ import annotations

import shlex
from http import HTTPStatus
from itertools import takewhile

from unladen.proof.interface import Answer, Case, CommandCase, CommandResult, Response
from unladen.proof.observe import Key

LENGTH = 200
VALUE_LENGTH = 80
AFTER_A_RESTART = "after a restart: "


def case_text(case: Case) -> str:
    """The request or the command."""
    if isinstance(case, CommandCase):
        fed = f" < {_shown(case.stdin)}" if case.stdin else ""
        where = {"serving": "inside: ", "restarted": f"inside, {AFTER_A_RESTART}"}.get(case.inside, "")
        return clipped(f"{where}run {shlex.join(case.argv)}".rstrip() + fed)
    headers = "".join(f" [{name}: {value}]" for name, value in case.headers)
    when = {"restarted": AFTER_A_RESTART, "stopping": "while it stops: "}.get(case.when, "")
    return clipped(f"{when}{case.method} {clipped(case.path, 120)}{headers} {_shown(case.body)}".rstrip())


def answer_text(answer: Answer | None) -> str:
    match answer:
        case None:
            return "not run"
        case Response(status=0):
            return answer.error
        case Response():
            return clipped(f"{answer.code or _phrase(answer.status)} {_shown(answer.body)}".strip())
        case CommandResult():
            code = "killed, its time was up" if answer.exit_code is None else f"exit code {answer.exit_code}"
            said = _shown(answer.stdout) if answer.exit_code == 0 else _last(answer.stderr or answer.stdout)
            return clipped(f"{code} {said}".strip())


def key_text(key: Key) -> str:
    """("body", "users", 0, "name") as `body $.users[0].name`."""
    head, *parts = key
    if not parts:
        return str(head)
    if head == "file":
        path = "/".join(str(part) for part in parts[:2])
        return f"file {path}" + "".join(f" {part}" for part in parts[2:])
    if str(parts[0]).startswith("line "):
        return f"{head} {parts[0]}"
    if head == "body" or isinstance(parts[0], int):
        return f"{head} $" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return " ".join(str(part) for part in key)


def pair_text(before: object, after: object) -> tuple[str, str]:
    """Two values that differ, each cut to where they do."""
    one, other = _value_text(before), _value_text(after)
    alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    if max(len(one), len(other)) > VALUE_LENGTH and alike > VALUE_LENGTH // 2:
        one, other = (f"…{text[alike - 20 :]}" for text in (one, other))
    return clipped(one, VALUE_LENGTH), clipped(other, VALUE_LENGTH)


def _value_text(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def clipped(text: str, length: int = LENGTH) -> str:
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1] + "…"


def _shown(contents: bytes) -> str:
    text = contents[: 4 * LENGTH].decode(errors="replace")
    return "".join(
        c if c.isprintable() else " " if c in "\r\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text
    )


def _last(contents: bytes) -> str:
    lines = contents.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
