"""Servers and applications: what serves, how it is called, and where it listens."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from unladen.language.python.source import Module

APPLICATIONS = {
    "fastapi.FastAPI": "asgi",
    "fastapi.applications.FastAPI": "asgi",
    "starlette.applications.Starlette": "asgi",
    "quart.Quart": "asgi",
    "litestar.Litestar": "asgi",
    "blacksheep.Application": "asgi",
    "falcon.asgi.App": "asgi",
    "django.core.asgi.get_asgi_application": "asgi",
    "sanic.Sanic": "asgi",
    "flask.Flask": "wsgi",
    "bottle.Bottle": "wsgi",
    "falcon.App": "wsgi",
    "django.core.wsgi.get_wsgi_application": "wsgi",
}
"""Constructor → the interface that its objects offer to a server."""

PORT_VARIABLES = ("PORT", "APP_PORT", "SERVER_PORT", "HTTP_PORT", "UVICORN_PORT", "API_PORT", "LISTEN_PORT")

_COMMANDS = {
    "uvicorn": 8000,
    "gunicorn": 8000,
    "hypercorn": 8000,
    "daphne": 8000,
    "fastapi": 8000,
    "sanic": 8000,
    "flask": 5000,
    "waitress-serve": 8080,
    "streamlit": 8501,
    "runserver": 8000,
    "litestar": 8000,
    "granian": 8000,
}
"""Programs that serve → the port they take when none is said."""

_CALLS = {
    "uvicorn.run": 8000,
    "aiohttp.web.run_app": 8080,
    "waitress.serve": 8080,
    "bottle.run": 8080,
    "hypercorn.asyncio.serve": 8000,
    "werkzeug.serving.run_simple": None,
    "wsgiref.simple_server.make_server": None,
}
"""Functions that serve → the port they take when none is said."""

_SERVER_CLASSES = ("HTTPServer", "ThreadingHTTPServer", "TCPServer", "ThreadingTCPServer", "WSGIServer")
_LISTENS_EVERYWHERE = ("aiohttp.web.run_app",)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Application:
    """An object that a server can serve: `target` as servers take it ("app.main:app"), asgi or wsgi."""

    target: str
    interface: str
    framework: str
    source: str


def applications(module: Module) -> tuple[Application, ...]:
    """Applications made at the module's top level, and factories (`def create_app()`), called as `create_app()`."""
    found = []
    for node in module.tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Call):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            made_by = module.full_name(node.value.func)
            if isinstance(target, ast.Name) and made_by in APPLICATIONS:
                found.append(_application(module, target.id, made_by, node.lineno))
        elif (
            isinstance(node, ast.FunctionDef)
            and node.name in ("create_app", "make_app")
            and len(node.args.posonlyargs + node.args.args) <= len(node.args.defaults)
            and None not in node.args.kw_defaults
        ):
            made = [module.full_name(call.func) for call in ast.walk(node) if isinstance(call, ast.Call)]
            if known := [name for name in made if name in APPLICATIONS]:
                found.append(_application(module, f"{node.name}()", known[0], node.lineno))
    return tuple(found)


def _application(module: Module, name: str, made_by: str, line: int) -> Application:
    framework = made_by.split(".")[0]
    source = f"{module.path}:{line} {name} is a {framework} application"
    return Application(f"{module.name}:{name}", APPLICATIONS[made_by], framework, source)


def main_guard(module: Module) -> ast.If | None:
    """`if __name__ == "__main__":`"""
    for node in module.tree.body:
        if isinstance(node, ast.If) and isinstance(node.test, ast.Compare):
            sides = [node.test.left, *node.test.comparators]
            names = {each.id for each in sides if isinstance(each, ast.Name)}
            texts = {each.value for each in sides if isinstance(each, ast.Constant)}
            if "__name__" in names and "__main__" in texts:
                return node
    return None


def serves_the_network(module: Module) -> ast.Call | None:
    """A call that serves on more than the loopback interface, which is where a container can be reached."""
    for call in module.calls():
        if (address := _address(module, call)) is not None:
            host = address.elts[0]
            if not (isinstance(host, ast.Constant) and host.value in _LOOPBACK):
                return call
        if not _serves(module, call):
            continue
        host_given = next((each.value for each in call.keywords if each.arg == "host"), None)
        if host_given is None and module.full_name(call.func) not in _LISTENS_EVERYWHERE:
            continue
        if not (isinstance(host_given, ast.Constant) and host_given.value in _LOOPBACK):
            return call
    return None


def port_from_environment(module: Module) -> tuple[str, int | None, str] | None:
    """(variable, its default, where) of the port's look-up: `os.environ.get("PORT", 8000)`, `os.getenv`,
    `os.environ["PORT"]`."""
    for node in ast.walk(module.tree):
        name: ast.expr | None = None
        default: ast.expr | None = None
        if isinstance(node, ast.Call) and node.args:
            if module.full_name(node.func) not in ("os.environ.get", "os.getenv", "os.environ.setdefault"):
                continue
            name, default = node.args[0], (node.args[1] if len(node.args) > 1 else None)
        elif isinstance(node, ast.Subscript) and module.full_name(node.value) == "os.environ":
            name = node.slice
        if isinstance(name, ast.Constant) and name.value in PORT_VARIABLES:
            return str(name.value), _number(module, default), module.at(node)
    return None


def port_of_call(module: Module) -> tuple[int, str] | None:
    """(port, where) of a call that serves: `port=8000`, `HTTPServer(("", 8000), …)`, or the function's default."""
    for call in module.calls():
        candidates: list[ast.expr] = []
        if _serves(module, call):
            candidates += [each.value for each in call.keywords if each.arg == "port"]
        if (address := _address(module, call)) is not None:
            candidates.append(address.elts[-1])
        for candidate in candidates:
            if (number := _number(module, candidate)) is not None:
                return number, module.at(call)
        default = _CALLS.get(module.full_name(call.func))
        if default is not None and not candidates:
            return default, f"{module.at(call)}, which takes {default} by default"
    return None


def port_argument(words: Sequence[str]) -> int | None:
    """The port that a command line names: --port 8000, --bind 0.0.0.0:8000, runserver 0.0.0.0:8000."""
    flags = ("--port", "-p", "--bind", "-b", "--server.port", "--http", "--listen", "--http-port")
    serving = of_arguments(words) is not None
    for index, word in enumerate(words):
        flag, _, value = word.partition("=")
        value = value or (words[index + 1] if index + 1 < len(words) else "")
        if (
            flag in flags
            and (flag.startswith("--") or serving)
            and (match := re.search(r"(?:^|:)(\d+)$", value))
        ):
            return int(match[1])
        if serving and re.fullmatch(r"[\w.\[\]:]*:\d+", word) and not re.search(r":[A-Za-z_]", word):
            return int(word.rpartition(":")[2])
    return None


def gunicorn_bind(modules: Sequence[Module], words: Sequence[str]) -> tuple[int, str] | None:
    """The port in gunicorn's configuration file: the one that its command line names, else gunicorn.conf.py."""
    if (serving := of_arguments(words)) is None or serving[0] != "gunicorn":
        return None
    named = _option(words, ("-c", "--config")) or "gunicorn.conf.py"
    file = named.removeprefix("file:").removeprefix("./")
    for module in modules:
        if str(module.path) != file:
            continue
        for node in module.tree.body:
            if isinstance(node, ast.Assign) and "bind" in (getattr(each, "id", "") for each in node.targets):
                if match := re.search(r":(\d+)['\"\]]*$", ast.unparse(node.value)):
                    return int(match[1]), module.at(node)
                if (read := port_from_environment(module)) is not None and read[1] is not None:
                    return read[1], read[2]
    return None


def _option(words: Sequence[str], names: tuple[str, ...]) -> str:
    """The value of an option of a command line: `-c FILE`, `--config=FILE`."""
    for index, word in enumerate(words):
        flag, equals, value = word.partition("=")
        if flag in names:
            return value if equals else (words[index + 1] if index + 1 < len(words) else "")
    return ""


def of_arguments(words: Sequence[str]) -> tuple[str, int] | None:
    """(program, its default port) where the command line runs a server."""
    for word in words:
        name = word.rpartition("/")[2]
        if name in _COMMANDS:
            return name, _COMMANDS[name]
    return None


def _serves(module: Module, call: ast.Call) -> bool:
    """uvicorn.run(…), or a method `run` that is given a host or a port (Flask, Dash, Sanic, Quart)."""
    if module.full_name(call.func) in _CALLS:
        return True
    is_run = isinstance(call.func, ast.Attribute) and call.func.attr in (
        "run",
        "run_server",
        "serve",
        "launch",
    )
    return is_run and any(each.arg in ("host", "port") for each in call.keywords)


def _address(module: Module, call: ast.Call) -> ast.Tuple | None:
    """The ("", 8000) of HTTPServer and its like."""
    is_class = module.full_name(call.func).split(".")[-1] in _SERVER_CLASSES
    return call.args[0] if is_class and call.args and isinstance(call.args[0], ast.Tuple) else None


def _number(module: Module, node: ast.expr | None) -> int | None:
    """A whole number: 8000, "8000", int(…) of one, a constant of the module."""
    if isinstance(node, ast.Constant) and str(node.value).isdigit():
        return int(str(node.value))
    if isinstance(node, ast.Call) and module.full_name(node.func) in ("int", "str") and node.args:
        return _number(module, node.args[0])
    if isinstance(node, ast.Name):
        for each in module.tree.body:
            targets = each.targets if isinstance(each, ast.Assign) else []
            names = {target.id for target in targets if isinstance(target, ast.Name)}
            if isinstance(each, ast.Assign) and node.id in names and not isinstance(each.value, ast.Name):
                return _number(module, each.value)
    return None
