"""Programs without a port: what is asked of them, found from their own help and the project's documents."""

from __future__ import annotations

import argparse
import contextlib
import io
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from scripted import base

from in_memory.build import configured
from in_memory.engine import MemoryEngine
from in_memory.process import Process, executable
from in_memory.store import Store
from unladen.engine.interface import ImageFacts
from unladen.proof.command import Invocation, argv_for, invocation
from unladen.proof.interface import BatteryProgram, CommandCase, Corpus, Program, ProofPlan
from unladen.proof.sources.every import described
from unladen.proof.sources.helptext import commands, is_help
from unladen.proof.sources.interface import Surroundings
from unladen.proof.sources.programs import called, written_examples
from unladen.trial.ground import survey


def facts(entrypoint: tuple[str, ...], cmd: tuple[str, ...]) -> ImageFacts:
    return ImageFacts("sha256:1", 0, (), "amd64", {}, entrypoint, cmd, "", "", (), "", {}, ())


@pytest.mark.parametrize(
    ("entrypoint", "cmd", "words", "fixed", "given"),
    [
        (("tool",), (), ("tool",), (), ()),
        (("/usr/bin/tool",), ("--help",), ("/usr/bin/tool",), (), ("--help",)),
        (("tool", "sub"), ("x",), ("tool",), ("sub",), ("x",)),
        ((), ("tool", "serve", "--fast"), ("tool",), (), ("serve", "--fast")),
        ((), ("python", "-m", "tool", "run"), ("python", "-m", "tool"), (), ("run",)),
        ((), ("python3.11", "tool.py"), ("python3.11", "tool.py"), (), ()),
        (("/usr/bin/python3",), ("tool.py", "run"), ("/usr/bin/python3", "tool.py"), (), ("run",)),
        (("docker-entrypoint.sh",), ("tool", "run"), ("tool",), (), ("run",)),
        (("tini", "--"), ("tool", "run"), ("tool",), (), ("run",)),
        ((), ("/bin/sh", "-c", "exec tool run 'a b'"), ("tool",), (), ("run", "a b")),
    ],
)
def test_how_a_program_is_called(
    entrypoint: tuple[str, ...], cmd: tuple[str, ...], words: object, fixed: object, given: object
) -> None:
    call = invocation(facts(entrypoint, cmd))
    assert call is not None
    assert (call.words, call.fixed, call.given) == (words, fixed, given)
    case = CommandCase("c", ("--version",), instead_of=call.given)
    run, arguments = argv_for(facts(entrypoint, cmd), case)
    whole = (*(entrypoint if run is None else run), *(cmd if arguments is None else arguments))
    if whole[:2] == ("/bin/sh", "-c"):
        assert whole == (
            "/bin/sh",
            "-c",
            "exec tool run 'a b' \"$@\"".replace(" run 'a b'", ""),
            "sh",
            "--version",
        )
    else:
        assert whole == (*(entrypoint + cmd)[: len(entrypoint + cmd) - len(call.given)], "--version")


@pytest.mark.parametrize(
    "cmd", [(), ("/bin/sh", "-c", "migrate && tool"), ("/bin/sh", "-c", 'tool "'), ("sh",)]
)
def test_what_is_no_single_program(cmd: tuple[str, ...]) -> None:
    call = invocation(facts((), cmd))
    assert call is None or call.words == ("sh",)


ARGPARSE = """usage: tool [-h] [--level {low,high}] {build,run-it,clean} ...

positional arguments:
  {build,run-it,clean}
    build               Builds it
    clean               Cleans, which takes a
                        second line

options:
  -h, --help            show
"""
PLACE = """usage: tool [-h] [--kind KIND [KIND ...]]
            COMMAND ...

positional arguments:
  COMMAND
    show         print it, on
                 two lines
    sum

options:
  -h, --help  show this
"""
CLICK = """Usage: tool [OPTIONS] COMMAND [ARGS]...

  Does commands:

Options:
  --help     Show this

Commands:
  initdb  Creates it
          and more
  serve   Serves
"""
TYPER = """
 Usage: main.py [OPTIONS] COMMAND [ARGS]...

╭─ Options ──────────────────────────────────────╮
│ --install-completion          Install          │
╰────────────────────────────────────────────────╯
╭─ Commands ─────────────────────────────────────╮
│ hello     Say hello                            │
│ goodbye   Say bye to somebody with a           │
│           long name                            │
╰────────────────────────────────────────────────╯
"""
COBRA = """A tool

Usage:
  tool [command]

Available Commands:
  completion  Generate
  help        Help about any command
  serve       Serve

Flags:
  -h, --help   help for tool

Use "tool [command] --help" for more information about a command.
"""
GH = "USAGE\n  gh <command>\n\nCORE COMMANDS\n  auth:  Log in\n\nMORE COMMANDS\n  alias:  Create\n\nFLAGS\n  --help\n"
URFAVE = """NAME:
   tool - does

USAGE:
   tool [global options] command

COMMANDS:
   add, a       add a task
   complete, c  complete
   help, h      Shows a list

GLOBAL OPTIONS:
   --help, -h  show help
"""
CLAP = "Usage: tool <COMMAND>\n\nCommands:\n  new    Makes\n  help   Print\n\nOptions:\n  -h, --help  Print help\n"
GO = "Go is a tool\n\nUsage:\n\n\tgo <command>\n\nThe commands are:\n\n\tbug    report\n\tbuild  compile\n\nUse\n"
DJANGO = "Type 'x help <subcommand>'.\n\nAvailable subcommands:\n\n[auth]\n    createsuperuser\n\n[django]\n    check\n"
COLOURS = "\x1b[1mUsage:\x1b[0m tool\n\n\x1b[1mCommands:\x1b[0m\n  \x1b[32mnew\x1b[0m   Makes\n"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (ARGPARSE, ("build", "run-it", "clean")),
        (PLACE, ("show", "sum")),
        (CLICK, ("initdb", "serve")),
        (TYPER, ("hello", "goodbye")),
        (COBRA, ("completion", "serve")),
        (GH, ("auth", "alias")),
        (URFAVE, ("add", "complete")),
        (CLAP, ("new",)),
        (GO, ("bug", "build")),
        (DJANGO, ("createsuperuser", "check")),
        (COLOURS, ("new",)),
        ("usage: tool [-h] [--mode {a,b}] file\n\noptions:\n  --mode {a,b}\n", ()),
        (
            "usage: tool\n\nCommands:\n" + "".join(f"  c{n}  does\n" for n in range(90)),
            tuple(f"c{n}" for n in range(40)),
        ),
    ],
)
def test_commands_are_read_from_a_help_text(text: str, names: tuple[str, ...]) -> None:
    assert is_help(text)
    assert commands(text) == names


@pytest.mark.parametrize(
    "text", ["", "3 rows written\n", "Traceback (most recent call last):\n  usage = 3\n"]
)
def test_what_is_no_help(text: str) -> None:
    assert not is_help(text)


@pytest.mark.parametrize(
    ("entrypoint", "arguments"),
    [(True, [("count", "a.txt"), ("wait",)]), (False, [("count",)])],
)
def test_examples_that_an_engine_runs(
    tmp_path: Path, entrypoint: bool, arguments: list[tuple[str, ...]]
) -> None:
    lines = ["docker run --rm -i acme/tool:2 count a.txt", "podman run tool wait", "docker run other wait"]
    lines += ["docker run --rm tool tool count", "docker build -t tool ."]
    (tmp_path / "README.md").write_text("".join(f"    {line}\n" for line in lines))
    found = written_examples(tmp_path, Invocation(("tool",), "tool", (), ()), entrypoint)
    assert [each.argv for each in found][: len(arguments)] == arguments


# A tool in containers


def tool(process: Process) -> int:
    parser = argparse.ArgumentParser("tool")
    parser.add_argument("--version", action="version", version="tool 1.0")
    below = parser.add_subparsers(dest="command")
    below.add_parser("count").add_argument("file", nargs="?")
    below.add_parser("wait")
    out, err = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            told = parser.parse_args(process.argv[1:])
            code = 0
    except SystemExit as end:
        told, code = None, int(end.code or 0)
    process.stdout(out.getvalue().encode())
    process.stderr(err.getvalue().encode())
    if told and told.command == "wait":
        time.sleep(0.3)
    elif told and told.command == "count" and told.file:
        if not process.exists(told.file):
            process.complain(f"no such file: {told.file}")
            return 1
        process.say(len(process.read(told.file)))
    elif told:
        process.say(len(process.stdin.read()))
    return code


def deaf(process: Process) -> int:
    """Does its work, whatever it is told."""
    process.say("3 rows written")
    return 0


def endless(process: Process) -> int:
    while not process.machine.killed:
        time.sleep(0.02)
    return 0


README = """# tool

```console
$ tool count /data.txt
$ tool count missing.txt
$ tool count < /data.txt
$ tool count <file>
$ python -m tool count
tool wait   # takes a while
```

tool count /bin/sh is a sentence, and no example.
"""
PROGRAMS = {"tool": tool, "deaf": deaf, "endless": endless}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[MemoryEngine]:
    engine = MemoryEngine(Store(programs=PROGRAMS), tmp_path / "state")
    yield engine
    engine.close()


def surroundings(
    engine: MemoryEngine, setting: str, root: Path | None = None, port: int | None = None
) -> Surroundings:
    image = configured(base({"/data.txt": "12345"}, tuple(PROGRAMS)), setting)
    facts = engine.inspect(engine.store.add(image, f"image:{len(engine.store.images)}"))
    return Surroundings(Program(port), ProofPlan(), facts, engine=engine, root=root)


def ids(corpus: Corpus) -> list[str]:
    return [case.id for case in corpus.cases]


@pytest.mark.parametrize("setting", ['ENTRYPOINT ["tool"]', 'CMD ["tool"]', 'CMD ["tool", "wait"]'])
def test_a_program_is_asked_for_all_that_it_says_of_itself(
    engine: MemoryEngine, tmp_path: Path, setting: str
) -> None:
    (tmp_path / "README.md").write_text(README)
    corpus = called(surroundings(engine, setting, tmp_path))
    assert ids(corpus) == [
        "tool --help",
        "tool count --help",
        "tool wait --help",
        "tool --version",
        "tool",
        "tool < a line of text",
        "tool < JSON",
        "tool --unladen-no-such-option",
        "tool unladen-no-such-command",
        "tool /unladen/no-such-file",
        "tool count /data.txt",
        "tool wait",
    ]
    assert corpus.coverage.known == corpus.coverage.asked == ("tool count", "tool wait")
    assert corpus.coverage.interface
    assert (
        corpus.coverage.note
        == "12 runs of tool, 2 commands in its help, 1 of the documents' examples left out (they fail here)"
    )
    assert {case.origin for case in corpus.cases if "data" in case.id} == {"README.md:4"}
    expected = [case.id for case in corpus.cases if isinstance(case, CommandCase) and case.expects_failure]
    assert expected == ids(corpus)[7:10]


def test_a_command_whose_help_alone_was_asked_for_is_not_asked(engine: MemoryEngine) -> None:
    corpus = called(surroundings(engine, 'ENTRYPOINT ["tool"]'))
    assert (corpus.coverage.known, corpus.coverage.asked) == (("tool count", "tool wait"), ())


def test_a_program_that_takes_no_arguments_has_no_cases(engine: MemoryEngine, tmp_path: Path) -> None:
    assert called(surroundings(engine, 'CMD ["deaf"]', tmp_path)).cases == ()


def test_a_program_that_does_not_end_has_none(engine: MemoryEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unladen.proof.sources.programs.PROBE", 0.2)
    assert called(surroundings(engine, 'CMD ["endless"]')).cases == ()


def test_a_server_is_not_asked_for_its_help(engine: MemoryEngine) -> None:
    assert called(surroundings(engine, 'CMD ["tool"]', port=8000)).cases == ()


def test_an_image_whose_program_is_gone_says_so(engine: MemoryEngine) -> None:
    corpus = called(surroundings(engine, 'CMD ["nothing-here"]'))
    assert corpus.cases == () and "the program's help was not read" in corpus.coverage.note


# L12: arguments that are a program of their own


def own(engine: MemoryEngine, setting: str, argv: tuple[str, ...], port: int | None = 6379) -> bool:
    around = surroundings(engine, setting, port=port)
    around = replace(around, plan=ProofPlan(commands=[CommandCase("c", argv)]))
    (case,) = described(around).cases
    assert isinstance(case, CommandCase)
    return case.own


def test_arguments_that_begin_with_a_program_of_the_image_are_that_program(engine: MemoryEngine) -> None:
    assert own(engine, 'CMD ["endless", "--port", "6379"]', ("tool", "--version"))
    assert own(engine, 'CMD ["endless"]', ("/usr/bin/tool", "--version"))
    assert not own(engine, 'CMD ["endless"]', ("--version",))
    assert not own(engine, 'CMD ["endless"]', ("no-program", "--version"))
    assert not own(engine, 'ENTRYPOINT ["endless"]', ("tool", "--version"))


def test_a_command_of_the_images_own_program_stays_one(engine: MemoryEngine) -> None:
    around = surroundings(engine, 'CMD ["tool"]')
    image = configured(base({"/usr/bin/count": executable("deaf")}, tuple(PROGRAMS)), 'CMD ["tool"]')
    around = replace(around, facts=engine.inspect(engine.store.add(image, "with:count")))
    around = replace(around, plan=ProofPlan(commands=[CommandCase("c", ("count", "x"))]))
    (case,) = described(around).cases
    assert isinstance(case, CommandCase) and not case.own


def terminal(process: Process) -> int:
    """Without arguments it wants a terminal; with them it works."""
    if "--help" in process.argv:
        process.say("Usage: terminal [FILE]\n\nOptions:\n  --help  Show this")
        return 0
    process.complain("could not open a new TTY")
    return 1


def test_a_program_that_wants_a_terminal_is_not_judged_by_that_alone(engine: MemoryEngine) -> None:
    """L8: its only case failed on both sides."""
    engine.store.programs["deaf"] = terminal
    around = surroundings(engine, 'ENTRYPOINT ["deaf"]')
    found = survey(engine, around.facts.id, Program(None), ProofPlan(), BatteryProgram())
    assert len(found.own.failed_alike) == 1
    assert found.own.worth.counting >= 1
    assert "deaf --help" in ids(found.corpus)


def test_a_program_that_ends_at_once_has_no_case_that_counts(engine: MemoryEngine) -> None:
    """L6: it serves nothing, and says nothing of itself."""
    around = surroundings(engine, 'CMD ["deaf"]')
    found = survey(engine, around.facts.id, Program(None), ProofPlan(), BatteryProgram())
    assert ids(found.corpus) == ["run"]
    assert (found.own.worth.counting, found.own.worth.starting) == (0, 1)
