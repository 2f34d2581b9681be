"""The routes of an application, as its framework keeps them; run behind `frameworks` and before `application`.

A route is {"method", "path", "origin", "parameters", "examples"}. "path" is a list of parts: texts with {parameters},
and {"regex": …} where only an expression is known. A method "WEBSOCKET" is a handshake's. No framework is imported
here: one whose module is not loaded has no application.
"""

from __future__ import annotations

import inspect
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from unladen.language.python.introspect.frameworks import FRAMEWORKS, django, django_is_ready

    Route = dict[str, Any]
    Path = tuple[Any, ...]

MOST = 2000
SHOWN = 6
"""Files of a folder that is served."""
DEEPEST = 6
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
BY_ITSELF = frozenset(("HEAD", "OPTIONS", "TRACE", "CONNECT"))
"""What frameworks answer where nobody registered it."""


def answer(application: object, alive: Iterable[object]) -> dict[str, Any]:
    """Routes of the application; where it is of no framework that is known, of what it wraps; else of those that
    are `alive` and that no other of them mounts."""
    roots = [application] if is_application(application) else wrapped(application)
    if not roots and django_is_ready():
        return django()
    if not roots:
        found = [each for each in alive if is_application(each)]
        mounted: list[object] = []
        everything = [list(routes_of(each, (), mounted)) for each in found]
        below = {id(each) for each in mounted}
        several = [routes for each, routes in zip(found, everything) if id(each) not in below and routes]
        return said([max(several, key=len)] if several else [], len(several) > 1)
    return said([list(routes_of(each, prefix, [])) for prefix, each in map(placed, roots)], False)


def placed(root: Any) -> tuple[Path, object]:
    return root if isinstance(root, tuple) else ((), root)


def said(several: list[list[Route]], others: bool) -> dict[str, Any]:
    routes = [route for each in several for route in each][:MOST]
    note = "" if routes else "no application of a framework that is known was found"
    return {"routes": routes, "headers": {}, "note": note, "others": others}


def route(method: str, path: Path, origin: str, parameters: Any = None, examples: Any = None) -> Route:
    return {
        "method": method.upper(),
        "path": list(path),
        "origin": origin,
        "parameters": parameters or {},
        "examples": examples or {},
    }


def routes_of(application: object, prefix: Path, mounted: list[object]) -> Iterator[Route]:
    """Routes of an application and of those that it mounts, which are noted in `mounted`."""
    if len(prefix) > DEEPEST:
        return
    for reader in readers(application):
        yield from reader(application, prefix, mounted)
        return
    for inner in wrapped(application):
        where, inner = placed(inner)
        mounted.append(inner)
        yield from routes_of(inner, prefix + where, mounted)


def is_application(thing: object) -> bool:
    return next(readers(thing), None) is not None


def is_loaded() -> bool:
    """Whether there may be an application: a framework was imported."""
    return any(module.partition(".")[0] in sys.modules for module, _, _ in FRAMEWORKS)


def readers(thing: object) -> Iterator[Callable[[Any, Path, list[object]], Iterator[Route]]]:
    for module, name, reader in FRAMEWORKS:
        known = getattr(sys.modules.get(module), name, None)
        if isinstance(known, type) and issubclass(type(thing), known):  # isinstance would ask proxies
            yield reader


def wrapped(thing: Any) -> list[Any]:
    """The applications inside a middleware or any other object, nearest first; (prefix, application) where it has
    several by their paths."""
    level, seen = [thing], {id(thing)}
    for _ in range(DEEPEST):
        following = []
        for each in level:
            mounts = getattr(each, "mounts", None)
            if isinstance(mounts, dict) and hasattr(each, "app"):
                places = [((path.rstrip("/"),), inner) for path, inner in mounts.items()]
                return [*places, ((), each.app)]
            following += [inner for inner in parts(each) if id(inner) not in seen]
            seen.update(map(id, following))
        found = [each for each in following if is_application(each)]
        if found:
            return found
        level = following
    return []


def parts(thing: Any) -> Iterator[object]:
    """What an object of no known kind holds: attributes, what a method is bound to, what a function closes over."""
    if inspect.ismethod(thing):
        yield thing.__self__
    yield from closed_over(thing)
    values = getattr(thing, "__dict__", None)
    if isinstance(values, dict) and not inspect.ismodule(thing) and not inspect.isclass(thing):
        for value in list(values.values()):
            yield from value if isinstance(value, (list, tuple)) and len(value) < 20 else (value,)


def closed_over(function: Any) -> Iterator[object]:
    for cell in getattr(function, "__closure__", None) or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not yet filled
            pass


def served_files(folder: Any) -> tuple[str, ...]:
    """Some files below a folder, relative to it, in a fixed order."""
    found = []
    try:
        for here, folders, names in os.walk(str(folder)):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            found += [os.path.relpath(os.path.join(here, name), str(folder)) for name in sorted(names)]
            if len(found) >= SHOWN:
                break
    except (OSError, ValueError):
        pass
    return tuple(found[:SHOWN])


def overridden(handler: Any, base: Any, methods: Iterable[str] = METHODS) -> list[str]:
    """The methods that a handler's class has functions of its own for."""
    named = [(method, method.lower()) for method in methods]
    return [method for method, name in named if getattr(handler, name, None) is not getattr(base, name, None)]
