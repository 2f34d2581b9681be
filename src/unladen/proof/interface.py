"""The proof's values: what is asked, what was answered, and what the comparison says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

CaseState = Literal["same", "different", "volatile", "not run"]


@dataclass(frozen=True)
class RequestCase:
    """One HTTP request, replayed the same to every rung. `route` groups cases ("POST /predict")."""

    id: str
    route: str
    method: str
    path: str
    """Path with query string, as sent on the wire (already percent-encoded)."""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    kind: Literal["valid", "invalid", "given"] = "given"
    origin: str = "config"


@dataclass(frozen=True)
class CommandCase:
    """One run of a program in a container of its own: stdin, files to compare, and the arguments after the image's
    entry point (after its command where it has no entry point: both forms of a Dockerfile mean the same then)."""

    id: str
    argv: tuple[str, ...]
    stdin: bytes = b""
    files: tuple[str, ...] = ()
    """Absolute paths whose contents after the run are compared; empty: all files that the run wrote."""
    origin: str = "config"
    own: bool = False
    """`argv` is a program of its own, run instead of the image's."""


Case = RequestCase | CommandCase


@dataclass(frozen=True)
class Coverage:
    """How much of the interface the corpus asks for. `known` is empty where no interface was found."""

    known: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    note: str = ""

    @property
    def never_asked(self) -> tuple[str, ...]:
        """What is known and was not asked for."""
        return tuple(route for route in self.known if route not in self.asked)


@dataclass(frozen=True)
class Corpus:
    cases: tuple[Case, ...]
    coverage: Coverage = Coverage()
    seed: int = 0


NO_CASES = Corpus(())


@dataclass(frozen=True)
class ProofPlan:
    """What the user says about the proof (unladen.toml's [verify]). Times in seconds. `learned` are cases that
    production showed (--learn)."""

    requests: Sequence[RequestCase] = ()
    commands: Sequence[CommandCase] = ()
    learned: Corpus = NO_CASES
    seed: int = 0
    cases: int = 60
    openapi: bool = True
    healthy_within: float = 60.0
    stop_within: float = 10.0


@dataclass(frozen=True)
class Program:
    """How a program is run, the same on every rung. `port` None: it is proved by its commands;
    `health` None: any HTTP answer counts. Times in seconds."""

    port: int | None
    health: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    start_timeout: float = 60.0
    grace: float = 10.0
    """How long it may take to end after its stop signal."""
    command_timeout: float = 60.0
    port_source: str = ""
    """Why it is believed to listen on `port`; said when it does not answer."""


@dataclass(frozen=True)
class BatteryProgram:
    """A program that prints what requests never show, as one JSON object {check: value}.

    It is run inside the running container by `argv` with `stdin`; a `binary` (host path) is copied in
    beforehand and run instead. `meaning` says what losing a check means, `fatal` are the checks whose loss
    disqualifies a rung, `volatile` those that are never judged, `inventory` those that list what is installed: a
    slimmed rung may lose of it what nothing used. Run by `argv`, it makes only the checks that further arguments name.
    """

    argv: tuple[str, ...] = ()
    stdin: bytes = b""
    binary: Path | None = None
    meaning: Mapping[str, str] = field(default_factory=dict)
    fatal: frozenset[str] = frozenset()
    volatile: frozenset[str] = frozenset()
    inventory: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        """Whether there is anything to run: of a program in a language that is not known, nothing is asked."""
        return bool(self.argv or self.binary)


@dataclass(frozen=True)
class Response:
    """The answer to a RequestCase; `error` instead of a status when the connection broke.

    `cut` says why an answer was not read to its end: it went on for too long, or was too large.
    `body` is decoded from its content-encoding.
    """

    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    error: str = ""
    cut: Literal["", "time", "size"] = ""


@dataclass(frozen=True)
class CommandResult:
    exit_code: int | None
    stdout: bytes
    stderr: bytes
    files: Mapping[str, bytes] = field(default_factory=dict)


Answer = Response | CommandResult


@dataclass(frozen=True)
class Recording:
    """Everything one container showed: answers by case id, the battery's values, and how it ended."""

    answers: Mapping[str, Answer]
    battery: Mapping[str, object] = field(default_factory=dict)
    battery_error: str = ""
    stop_exit_code: int | None = None
    stop_seconds: float = 0.0
    tracebacks: tuple[str, ...] = ()
    """First lines of tracebacks, panics and fatal errors on stderr."""
    log: str = ""
    """The last lines that the program logged: where causes are looked for."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mismatch:
    """One difference that counts: the request (or check), both answers in short, and a guess at the cause."""

    case: str
    request: str
    baseline: str
    rung: str
    difference: str
    cause: str = ""


@dataclass(frozen=True)
class BatteryDifference:
    check: str
    baseline: object
    rung: object
    meaning: str
    fatal: bool


@dataclass(frozen=True)
class Verdict:
    """The proof of one rung. `cases` = same + volatile + different + not_run.

    `volatile` counts cases that are equal only after masking what differed between the two baseline runs.
    """

    cases: int
    same: int
    volatile: int
    different: int
    not_run: int
    mismatches: tuple[Mismatch, ...] = ()
    environment: tuple[BatteryDifference, ...] = ()
    environment_checks: int = 0
    coverage: Coverage = Coverage()
    warnings: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Every case the same (or volatile), and nothing lost that disqualifies."""
        return self.different == 0 and self.not_run == 0 and not any(d.fatal for d in self.environment)
