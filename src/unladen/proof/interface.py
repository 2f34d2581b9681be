"""The proof's values: what is asked, what was answered, and what the comparison says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from unladen.dockerfile.compose import Named, Service
from unladen.proof.accepts import Speaks

CaseState = Literal["same", "different", "volatile", "not run", "failed alike"]
Inside = Literal["", "serving", "restarted"]
CONFIGURED = "config"
"""The origin of cases that the user's own unladen.toml names: they are always asked."""
OWN_TESTS = "the project's own tests"
"""The origin of a case that runs them."""
STARTING = frozenset({"health check", "image"})
"""Origins of cases that show no more than that the program starts."""


@dataclass(frozen=True)
class Taken:
    """A value that a request takes from the answer to an earlier case: each container makes up its own ids and tokens.

    The text `slot` ("{id}") stands for it in the request's path, header values and body, and is encoded as it must be
    there. `source` says what `name` names: a member of a JSON answer ("data.items.0.id"), a header (of "location" the
    path with its query), a field of the page's form number `number`, a meta tag, a cookie of the case's session, or, of
    links whose shape is `name` ("/items/#"), the path of number `number`. What is not there leaves the slot empty.
    """

    slot: str
    case: str
    source: Literal["json", "header", "field", "meta", "cookie", "link"]
    name: str
    number: int = 0


@dataclass(frozen=True)
class Rpc:
    """A case is a call by gRPC: its body is the message. `answers` is the type of the messages that come back
    ("shop.Item"), described in `schema`, a serialized FileDescriptorSet; `streams` says that there may be several.

    `reflection` is the path of the server's reflection: then the case's path names a service, whose description is
    asked for."""

    answers: str = ""
    schema: bytes = field(default=b"", repr=False)
    streams: bool = False
    reflection: str = ""


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
    origin: str = CONFIGURED
    apart: bool = False
    """It may destroy something (/shutdown): asked last, in a container that no other case needs."""
    session: str = ""
    """Cases of the same word share their cookies, as in a browser; "" neither sends nor keeps any."""
    takes: tuple[Taken, ...] = ()
    when: Literal["", "restarted", "stopping"] = ""
    """restarted: asked once more when its container was stopped and started again; stopping: half of its body is sent,
    then the stop signal, then the rest."""
    socket: bool = False
    """A WebSocket's handshake, and its body is sent as a text once that is through."""
    rpc: Rpc | None = None
    """It goes by gRPC; its method is "gRPC"."""


@dataclass(frozen=True)
class CommandCase:
    """One run of a program in a container of its own: stdin, files to compare, and the arguments after the image's
    entry point (after its command where it has no entry point: both forms of a Dockerfile mean the same then)."""

    id: str
    argv: tuple[str, ...]
    stdin: bytes = b""
    files: tuple[str, ...] | None = ()
    """Absolute paths whose contents after the run are compared; empty: all files that the run wrote; None: none."""
    origin: str = CONFIGURED
    own: bool = False
    """`argv` is a program of its own, run instead of the image's."""
    instead_of: tuple[str, ...] | None = None
    """The arguments that the baseline's image gives its program; `argv` stands in their place. None: it follows the
    entry point or the command as above."""
    copies: tuple[tuple[str, Path], ...] = ()
    """(path in the container, file or folder of the host) that it is given; a path that is not absolute is below the
    image's working directory. Everybody may read them."""
    apart: bool = False
    """It runs as root, with no network, whatever the image says: what it is about is code, not rights."""
    sums: bool = False
    """Of its output only what each test came to counts (`outcomes.summed`)."""
    expects_failure: bool = False
    """An exit code other than 0 is what it is about (wrong arguments)."""
    inside: Inside = ""
    """It runs in the program's own container: while it serves, after the requests, or once it was stopped and started
    again."""


Case = RequestCase | CommandCase


@dataclass(frozen=True)
class Coverage:
    """How much of the interface the corpus asks for. `known` is empty where no interface was found. `interface` says
    that something names the program's routes or commands beside the cases themselves (a document, the framework's own
    table, a help text): only then is the share that was asked a share of what the program can."""

    known: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    note: str = ""
    interface: bool = False

    @property
    def never_asked(self) -> tuple[str, ...]:
        """What is known and was not asked for."""
        return tuple(route for route in self.known if route not in self.asked)


@dataclass(frozen=True)
class Corpus:
    cases: tuple[Case, ...]
    coverage: Coverage = Coverage()
    seed: int = 0
    fills: bool = False
    """It fills gaps: of a route that an earlier corpus knows, nothing of it is asked once more."""


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
    tests: bool | tuple[str, ...] = True
    """Whether the project's own tests are run, or the words of the command that runs them."""
    crawl: bool = True
    healthy_within: float = 60.0
    stop_within: float = 10.0
    services: tuple[Service, ...] | None = None
    """What runs beside the program; None: what the compose file says that it needs."""
    composed: Named | None = None
    """The service of a compose file that the program is; None: the one that the project's own builds."""
    env: Mapping[str, str] = field(default_factory=dict)
    """What the compose file tells the program of these services."""
    notes: tuple[str, ...] = ()
    """Which services are started and which are not."""


@dataclass(frozen=True)
class Program:
    """How a program is run, the same on every rung. `port` None: it is proved by its commands, or, where it `stays`
    until it is stopped, by those that run inside its container; `health` None: any HTTP answer counts. Times in
    seconds."""

    port: int | None
    health: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    start_timeout: float = 60.0
    grace: float = 10.0
    """How long it may take to end after its stop signal."""
    command_timeout: float = 60.0
    port_source: str = ""
    """Why it is believed to listen on `port`; said when it does not answer."""
    speaks: Speaks = ""
    """What the port speaks, once the baseline has shown it: of "tcp" nothing is asked, of "http2" by gRPC."""
    services: tuple[Service, ...] = ()
    """What runs beside it, fresh for each recording (`proof.beside`)."""
    told: Mapping[str, str] = field(default_factory=dict)
    """What of `env` is about these: a case without a network is not told."""
    network: str = ""
    """Where these run now; "" while they do not."""
    stays: bool = False
    """Of a program without a port (cron, a worker of a queue): it runs until it is stopped."""

    @property
    def runs_on(self) -> bool:
        """Whether it runs until it is stopped."""
        return self.stays or self.port is not None

    @property
    def believed(self) -> str:
        """The port and why, for errors."""
        because = f" ({self.port_source})" if self.port_source else ""
        return f"port {self.port} of the container{because}"


@dataclass(frozen=True)
class BatteryProgram:
    """A program that prints what requests never show, as one JSON object {check: value}.

    It is run inside the running container by `argv` with `stdin`; a `binary` (host path) is copied in
    beforehand and run instead. `meaning` says what losing a check means, `fatal` are the checks whose loss
    disqualifies a rung, `volatile` those that are never judged, `inventory` those that list what is installed: a
    slimmed rung may lose of it what nothing used. It makes only the checks that further arguments name, if any;
    those in `anyone` are made once more as a user that the image does not know.
    """

    argv: tuple[str, ...] = ()
    stdin: bytes = b""
    binary: Path | None = None
    meaning: Mapping[str, str] = field(default_factory=dict)
    fatal: frozenset[str] = frozenset()
    volatile: frozenset[str] = frozenset()
    inventory: frozenset[str] = frozenset()
    anyone: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything to run: of a program in a language that is not known, nothing is asked."""
        return bool(self.argv or self.binary)


@dataclass(frozen=True)
class Response:
    """The answer to a RequestCase; `error` instead of a status when the connection broke.

    `cut` says why an answer was not read to its end: it went on for too long, or was too large.
    `body` is decoded from its content-encoding. `code` is gRPC's word for the status ("NOT_FOUND").
    """

    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    error: str = ""
    cut: Literal["", "time", "size"] = ""
    code: str = ""
    seconds: float = field(default=0.0, compare=False)
    """From the request to the end of the answer."""


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
    speaks: Speaks = ""
    """What its port spoke; "" where there is none."""
    files: Mapping[str, bytes | None] = field(default_factory=dict)
    """What it wrote into its container: path → contents, None where they were not read."""
    in_flight_exit_code: int | None = None
    """How it ended when it was stopped amid a request; None where it was not, or had to be killed."""


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


LossKind = Literal[
    "file",  # gone
    "contents",
    "type",
    "mode",
    "owner",
    "writable",
    "link",
    "package",
    "program",  # what it needs to run is not there
    "bytecode",
    "setting",
    "need",  # what code names is not there
]


@dataclass(frozen=True)
class Loss:
    """What a rung's image has not, or has otherwise than the baseline's. `subject` is a path, a package
    ("pip:pyyaml"), a setting ("ENV TZ"); `origin` the instruction or the package that it came with ("COPY . /app");
    `intended` why the rung changes it on purpose ("" for what nothing explains, which makes the rung Different);
    `count` how many files it stands for."""

    kind: LossKind
    subject: str
    difference: str
    origin: str = ""
    intended: str = ""
    count: int = 1


@dataclass(frozen=True)
class StaticEvidence:
    """What the rung's image has of the baseline's. `counts` is how many of each kind were compared ("files": 2310),
    `seconds` what the comparison took once both images were read, `complete` whether every check was made."""

    counts: Mapping[str, int] = field(default_factory=dict)
    losses: tuple[Loss, ...] = ()
    seconds: float = 0.0
    complete: bool = False

    @property
    def unexplained(self) -> tuple[Loss, ...]:
        return tuple(loss for loss in self.losses if not loss.intended)


@dataclass(frozen=True)
class Worth:
    """What the cases that did not differ are worth, by what the baseline answered.

    `counting` are those that it answered well, beyond its start; `starting` those that show no more than the start;
    `turned_away` those that it refused before its own code was asked (401, 403, a path that is not there). `answered`
    are the asked routes and commands of which a case counts that is no mere refusal of what it sends (400, 422).
    `serves` says whether start and stop were compared, `asked` whether its port speaks HTTP/1.1, so that requests can
    be asked, `tests` whether the project's own tests, run by a program of the image, are among the counting cases.
    `wants` are variables of the environment that the baseline complains of, `modules` how many names the battery's
    inventory holds.
    """

    counting: int = 0
    starting: int = 0
    turned_away: int = 0
    answered: tuple[str, ...] = ()
    serves: bool = False
    asked: bool = False
    tests: bool = False
    wants: tuple[str, ...] = ()
    modules: int = 0


@dataclass(frozen=True)
class Verdict:
    """The proof of one rung. `cases` = same + volatile + different + not_run + failed alike.

    `volatile` counts cases that are equal only after masking what differed between the two baseline runs.
    `failed_alike` names the cases that fail on the baseline and fail the same on the rung: no evidence.
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
    static: StaticEvidence = StaticEvidence()
    failed_alike: tuple[str, ...] = ()
    worth: Worth = Worth()
    states: Mapping[str, CaseState] = field(default_factory=dict)
    """How each case ended, by its id, with "stop" and "stderr"."""

    @property
    def holds(self) -> bool:
        """No difference: every case the same (or volatile, or failing alike), nothing gone that nothing explains, and
        nothing lost that disqualifies. How much that says is the level's (proof/level.py)."""
        if self.different or self.not_run or self.static.unexplained:
            return False
        return not any(d.fatal for d in self.environment)
