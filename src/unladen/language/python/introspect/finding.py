"""Which application runs in this container? Prints {"routes": […], "headers": {…}, "note": "…"} of it.

Arguments: the image's start command. What really runs is looked up among the processes first: entry scripts choose
programs, set variables and change folders. Imports run in a child with a time limit, which is killed with all that it
started.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    PARTS: dict[str, str] = {}
    """The texts by name, and where the processes are ("proc")."""

LIMIT = 25.0
"""Seconds for one application to be loaded in."""
CHILD = (
    "import json, sys; PARTS = json.load(sys.stdin);"
    "exec(compile(PARTS['frameworks'], 'frameworks', 'exec'));"
    "exec(compile(PARTS['reading'], 'reading', 'exec'));"
    "exec(compile(PARTS['application'], 'application', 'exec'))"
)
SERVERS = {
    "gunicorn": "application",
    "uvicorn": "",
    "hypercorn": "app",
    "daphne": "",
    "waitress-serve": "",
    "waitress": "",
    "granian": "application",
    "sanic": "app",
    "bottle": "",
    "uwsgi": "application",
    "bjoern": "",
    "pyuwsgi": "application",
    "aiohttp.web": "",
}
"""Programs that are told what to serve → the name that they take where only a module is named."""
OTHERS = frozenset(("celery", "rq", "supervisord", "circusd", "streamlit", "pip", "dramatiq", "huey"))
"""Programs without routes of their own that are not run a second time."""
FLAGS = frozenset(("--reload", "--preload", "--factory", "--call", "--proxy-headers", "--access-log", "--no-access-log",
    "--daemon", "-D", "-R", "--no-server-header", "--use-colors", "--no-use-colors", "--no-date-header", "--debug",
    "--dev", "--single-process", "--fast"))  # fmt: skip
"""Options that no value follows."""
OF_ONE_RUN = frozenset(
    ("WERKZEUG_RUN_MAIN", "WERKZEUG_SERVER_FD", "SERVER_SOFTWARE", "RUN_MAIN", "GUNICORN_FD")
)
"""Variables that tell a process that it is another one's child."""
SPEC = re.compile(r"(?P<module>[A-Za-z_][\w.]*):(?P<object>[A-Za-z_][\w.]*)(?P<call>\(.*\))?")
DOTTED = re.compile(r"[A-Za-z_][\w]*(\.[A-Za-z_]\w*)*")


def main() -> None:
    found: dict[str, Any] = {"routes": [], "headers": {}, "note": ""}
    notes = []
    for target in targets(sys.argv[1:]):
        found = load(target)
        if found["routes"]:
            break
        notes.append(found["note"])
    else:
        found["note"] = (
            "; ".join(filter(None, dict.fromkeys(notes))) or "no web application was found in what runs"
        )
    json.dump(found, sys.stdout)


def targets(start: list[str]) -> list[dict[str, Any]]:
    """What to load, each once: applications that a server was told, then scripts."""
    found = []
    for argv, env, folder in [*running(), *((each, dict(os.environ), os.getcwd()) for each in simple(start))]:
        target = target_of(argv, env, folder)
        if target is not None and target not in found:
            found.append(target)
    # a script that starts a server is that server's parent: what the server was told is surer
    return sorted(found, key=lambda target: target["kind"] == "script")[:4]


def running() -> Iterator[tuple[list[str], dict[str, str], str]]:
    """Arguments, environment and folder of every process, oldest first."""
    try:
        numbers = sorted(int(name) for name in os.listdir(PARTS["proc"]) if name.isdigit())
    except OSError:
        return
    for number in numbers:
        if number == os.getpid():
            continue
        here = "%s/%d/" % (PARTS["proc"], number)
        try:
            with open(here + "cmdline", "rb") as file:
                argv = [os.fsdecode(word) for word in file.read().split(b"\0")[:-1]]
            with open(here + "environ", "rb") as file:
                pairs = [os.fsdecode(pair).partition("=") for pair in file.read().split(b"\0") if pair]
            folder = os.readlink(here + "cwd")
        except OSError:
            continue
        if argv:
            yield argv, {name: value for name, _, value in pairs}, folder


def simple(start: list[str]) -> Iterator[list[str]]:
    """The commands of a start command; those in the text of a shell, one by one."""
    is_shell = re.search(r"(^|/)(ba|da|a|z|k)?sh$", start[0]) if start else None
    if not is_shell or len(start) < 3 or not re.match(r"-\w*c$", start[1]):
        if start:
            yield start
        return
    for text in re.split(r"&&|\|\||[;&|\n]", start[2]):
        try:
            words = shlex.split(text)
        except ValueError:
            continue
        while words and (words[0] in ("exec", "time") or re.match(r"\w+=", words[0])):
            words = words[1:]
        if words:
            yield words


def target_of(argv: list[str], env: dict[str, str], folder: str) -> dict[str, Any] | None:
    """What a process with these arguments serves, as far as they tell."""
    interpreter, words = of_interpreter(argv, env, folder)
    if not words:
        return None
    name = os.path.basename(words[0])
    target = {"interpreter": interpreter, "env": env, "folder": folder, "paths": [folder]}
    told = served(name, words[1:], env, folder)
    if told is not None:
        return dict(target, **told)
    if name in OTHERS or name in SERVERS or interpreter is None:
        return None
    if words[0].endswith(("manage.py", "django-admin")):
        return dict(
            target, kind="django", name=words[0], paths=[os.path.dirname(os.path.join(folder, words[0]))]
        )
    if words[0].startswith("-m "):
        return dict(target, kind="script", name=words[0], argv=words[1:])
    return dict(target, kind="script", name=os.path.join(folder, words[0]), argv=words[1:])


def of_interpreter(argv: list[str], env: dict[str, str], folder: str) -> tuple[str | None, list[str]]:
    """(interpreter, script and its arguments); "-m name" stands for a module. A program of another kind, which may
    have an interpreter in it, keeps its words."""
    path = env.get("PATH") or os.defpath
    program = os.path.join(folder, argv[0]) if "/" in argv[0] else shutil.which(argv[0], path=path)
    if not re.match(r"(python|pypy)[\d.]*$", os.path.basename(argv[0])):
        interpreter = of_shebang(program, path) if program else None
        return interpreter, [program or argv[0], *argv[1:]] if interpreter else argv
    words = argv[1:]
    while words and words[0].startswith("-"):
        option = words[0]
        if option == "-m" and len(words) > 1:
            known = words[1] in SERVERS or words[1] in ("flask", "quart", "fastapi", "litestar", "django")
            return program, [words[1] if known else "-m " + words[1], *words[2:]]
        if option == "-c":
            return program, []
        words = words[2:] if option in ("-W", "-X") else words[1:]
    return program, words


def of_shebang(file: str, path: str) -> str | None:
    """The interpreter that a script's first lines name."""
    try:
        with open(file, "rb") as opened:
            head = opened.read(512).decode("utf-8", "replace")
    except OSError:
        return None
    if not head.startswith("#!"):
        return None
    match = re.match(r"#!\s*(\S+)(?:[ \t]+(\S+))?(?:\n'''exec' \"?([^\s\"]+))?", head)
    words = [word for word in (match.groups() if match else ()) if word and "python" in word]
    if not words:
        return None
    return words[-1] if "/" in words[-1] else shutil.which(words[-1], path=path)


def served(name: str, words: list[str], env: dict[str, str], folder: str) -> dict[str, Any] | None:
    """What a server was told to serve; None where this is no server, or it was told nothing."""
    if name in ("flask", "quart"):
        return {"kind": name, "name": option(words, "--app", "-A") or env.get(name.upper() + "_APP", "")}
    if name in ("fastapi", "litestar"):
        told = option(words, "--app") if name == "litestar" else ""
        told = told or env.get("LITESTAR_APP", "") if name == "litestar" else ""
        match = SPEC.fullmatch(told)
        if match:
            return spec(match, words, folder)
        files = [word for word in words if word.endswith(".py")]
        files += [
            "main.py",
            "app.py",
            "api.py",
            "application.py",
            "app/main.py",
            "app/app.py",
            "app/__init__.py",
        ]
        there = [file for file in files if os.path.isfile(os.path.join(folder, file))]
        return {"kind": "script", "name": os.path.join(folder, there[0]), "argv": []} if there else None
    if name not in SERVERS:
        return None
    words = shlex.split(env.get("GUNICORN_CMD_ARGS", "")) + words if name == "gunicorn" else words
    words = with_settings(name, words, folder)
    file = option(words, "--wsgi-file", "--file")
    if name in ("uwsgi", "pyuwsgi") and file:
        return {"kind": "script", "name": os.path.join(folder, file), "argv": []}
    matches = [match for match in map(SPEC.fullmatch, words) if match and not match.group("object").isdigit()]
    if matches:
        return spec(matches[-1], words, folder)
    told = next(positional(words), "") or option(words, "--module", "-w")
    if not DOTTED.fullmatch(told) or not (SERVERS[name] or name == "bottle"):
        return None
    module, attribute = told, option(words, "--callable") or SERVERS[name]
    if name == "sanic" and "." in told:
        module, _, attribute = told.rpartition(".")
    match = SPEC.fullmatch(module + ":" + (attribute or "app"))
    return spec(match, words, folder) if match else None


def spec(match: re.Match[str], words: list[str], folder: str) -> dict[str, Any]:
    paths = [
        option(words, *names) for names in (("--chdir",), ("--app-dir",), ("--pythonpath", "--python-path"))
    ]
    called = match.group("call") or ("()" if {"--factory", "--call"} & set(words) else "")
    return {
        "kind": "object",
        "name": match.group("module"),
        "object": match.group("object"),
        "call": called,
        "paths": [os.path.join(folder, path) for path in filter(None, paths)] + [folder],
    }


def with_settings(name: str, words: list[str], folder: str) -> list[str]:
    """The words with what the server's configuration file adds of what is asked here."""
    if name == "gunicorn":
        file = option(words, "-c", "--config") or "gunicorn.conf.py"
        found = settings(
            os.path.join(folder, file.replace("file:", "")), r"(wsgi_app|chdir|pythonpath)\s*=\s*(.+)"
        )
        added = {"wsgi_app": "", "chdir": "--chdir=", "pythonpath": "--pythonpath="}
        return [added[key] + value for key, value in found] + words
    if name in ("uwsgi", "pyuwsgi"):
        file = option(words, "--ini") or next((word for word in words if word.endswith(".ini")), "")
        asked = r"(module|wsgi-file|wsgi|file|callable|chdir|pythonpath)\s*=\s*(.+)"
        return ["--%s=%s" % (key if key != "wsgi" else "module", value) for key, value in
                settings(os.path.join(folder, file), asked)] + words  # fmt: skip
    return words


def settings(file: str, pattern: str) -> list[tuple[str, str]]:
    try:
        with open(file, encoding="utf-8", errors="replace") as opened:
            lines = [re.match(pattern, line.strip()) for line in opened]
    except OSError:
        return []
    return [(line.group(1), unquoted(line.group(2).strip())) for line in lines if line]


def unquoted(value: str) -> str:
    try:
        return str(ast.literal_eval(value))
    except (SyntaxError, ValueError):
        return value


def option(words: list[str], *names: str) -> str:
    """The value of an option: `--app X`, `--app=X`."""
    for number, word in enumerate(words):
        flag, equals, value = word.partition("=")
        if flag in names:
            return value if equals else "".join(words[number + 1 : number + 2])
    return ""


def positional(words: list[str]) -> Iterator[str]:
    before = ""
    for word in words:
        takes = before.startswith("-") and "=" not in before and before not in FLAGS
        if not word.startswith("-") and not takes:
            yield word
        before = word


def load(target: dict[str, Any]) -> dict[str, Any]:
    """What a child of the target's interpreter says of it."""
    interpreter = (
        target.pop("interpreter") or shutil.which("python", path=target["env"].get("PATH")) or sys.executable
    )
    env, folder = target.pop("env"), target.pop("folder")
    env = {name: value for name, value in env.items() if name not in OF_ONE_RUN}
    child = subprocess.Popen(
        [interpreter, "-c", CHILD, json.dumps(dict(target, limit=LIMIT))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env=env,
        start_new_session=True,
    )
    try:
        said = child.communicate(json.dumps(PARTS).encode(), timeout=LIMIT + 5)[0]
    except subprocess.TimeoutExpired:
        said = b""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except OSError:
        pass
    child.kill()
    try:
        return dict(json.loads(said))
    except ValueError:
        return {"routes": [], "headers": {}, "note": "%s could not be loaded" % target["name"]}


if __name__ == "__main__":
    main()
