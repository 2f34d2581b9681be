"""Loads one application and prints its routes; runs in a child, after those of `frameworks` and `reading`.

Argument: what to load, as `finding` says it. What the application prints goes nowhere. A script is imported first; its
main part runs only where that made no application, and then no further than to where it would listen.
"""

from __future__ import annotations

import ast
import asyncio
import gc
import importlib
import inspect
import json
import os
import re
import runpy
import socket
import sys
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from unladen.language.python.introspect.reading import answer, is_application, is_loaded

OUT = os.dup(1)
KEPT: list[object] = []
"""What a script made stays until its routes are read."""
_ENDS = threading.Lock()


def main() -> None:
    target = json.loads(sys.argv[1])
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    sys.path[:1] = target["paths"]
    patience = threading.Timer(
        target["limit"], report, [None, "it was not loaded within %g s" % target["limit"]]
    )
    patience.daemon = True
    patience.start()
    socket.socket.bind = bind  # type: ignore[method-assign, assignment]
    try:
        application, note = LOADERS[target["kind"]](target), ""
    except BaseException as error:  # whatever somebody's module raises, SystemExit too
        application, note = None, "importing %s fails: %s: %s" % (target["name"], type(error).__name__, error)
    report(application, note)


def report(application: object, note: str) -> NoReturn:
    """Writes what is known now and ends the process, without waiting for anything that the application started."""
    _ENDS.acquire()
    try:
        said = answer(application, gc.get_objects())
    except BaseException as error:
        said = {
            "routes": [],
            "headers": {},
            "note": "its routes cannot be read: %s: %s" % (type(error).__name__, error),
        }
    said["note"] = "" if said["routes"] else note or said["note"]
    data = json.dumps(said).encode()
    while data:
        data = data[os.write(OUT, data) :]
    os._exit(0)


_bind = socket.socket.bind


def bind(self: socket.socket, address: Any) -> None:
    """Where a program comes to listen, its application is complete; what listens before that gets another port."""
    if isinstance(address, tuple) and self.type & socket.SOCK_STREAM and address[1]:
        if not is_loaded():
            report(None, "none of the frameworks that are known was loaded when it came to listen")
        if any(is_application(each) for each in gc.get_objects()):
            report(None, "")
        address = (address[0], 0, *address[2:])
    _bind(self, address)


# What is loaded


def of_server(target: dict[str, Any]) -> object:
    """`module:object`, `module:factory()`."""
    loaded: Any = importlib.import_module(target["name"])
    for name in target["object"].split("."):
        loaded = getattr(loaded, name)
    call = target["call"]
    is_factory = inspect.isfunction(loaded) and takes_nothing(loaded)
    if call or (inspect.iscoroutinefunction(loaded) and is_factory):
        node: Any = ast.parse("f" + (call or "()"), mode="eval").body
        keywords = {each.arg: ast.literal_eval(each.value) for each in node.keywords}
        loaded = loaded(*map(ast.literal_eval, node.args), **keywords)
    elif is_factory and not is_application(loaded):
        loaded = loaded()
    elif (
        target.get("object") and inspect.isfunction(loaded) and len(inspect.signature(loaded).parameters) == 1
    ):
        loaded = loaded([])  # aiohttp's
    return asyncio.new_event_loop().run_until_complete(loaded) if inspect.isawaitable(loaded) else loaded


def takes_nothing(function: Any) -> bool:
    kinds = inspect.Parameter
    return all(
        each.default is not kinds.empty or each.kind in (kinds.VAR_POSITIONAL, kinds.VAR_KEYWORD)
        for each in inspect.signature(function).parameters.values()
    )


def of_command(target: dict[str, Any]) -> object:
    """What `flask run` serves; Quart's is made the same."""
    cli = importlib.import_module(target["kind"] + ".cli")
    if hasattr(cli, "load_dotenv"):
        cli.load_dotenv()
    told = target["name"] or os.environ.get(target["kind"].upper() + "_APP") or None
    return cli.ScriptInfo(told).load_app()


def of_settings(target: dict[str, Any]) -> object:
    """Django's applications are loaded by its settings alone."""
    file = target["name"] if os.path.isabs(target["name"]) else os.path.join(os.getcwd(), target["name"])
    if "DJANGO_SETTINGS_MODULE" not in os.environ and os.path.isfile(file):
        with open(file, encoding="utf-8", errors="replace") as opened:
            named = re.search(r"DJANGO_SETTINGS_MODULE\W+([\w.]+)", opened.read())
        if named:
            os.environ["DJANGO_SETTINGS_MODULE"] = named.group(1)
    importlib.import_module("django").setup()
    return None


def of_script(target: dict[str, Any]) -> object:
    name, argv = target["name"], target["argv"]
    module = name[3:] if name.startswith("-m ") else ""
    sys.argv = [name, *argv]
    if not module:
        sys.path.insert(0, os.path.dirname(name))
    for run_name in ("__unladen__", "__main__"):
        if module:
            kept = runpy.run_module(module, run_name=run_name, alter_sys=True)
        else:
            kept = runpy.run_path(name, run_name=run_name)
        KEPT.append(kept)
        if any(is_application(each) for each in gc.get_objects()):
            named = [kept[each] for each in ("app", "application", "api") if each in kept]
            return next((each for each in named if is_application(each)), None)
    return None


LOADERS = {
    "object": of_server,
    "flask": of_command,
    "quart": of_command,
    "django": of_settings,
    "script": of_script,
}

if __name__ == "__main__":
    main()
