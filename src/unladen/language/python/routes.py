"""Routes of a web application, as far as its source shows them: enough to find a health check."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from unladen.language.python import servers
from unladen.language.python.source import Module

_HEALTH = ("/health", "/healthz", "/livez", "/readyz", "/ping", "/status", "/")
_ROUTE_METHODS = frozenset({"get", "route", "api_route", "head"})
_ROUTE_CALLS = ("Route", "add_get", "add_route", "add_api_route", "add_url_rule")


def health(modules: Sequence[Module]) -> tuple[str, str] | None:
    """(path, where) of the best health check: a route that answers GET and is called like one."""
    prefixed = any(_has_prefix(module) for module in modules)
    routes: dict[str, str] = {}
    for module in modules:
        for path, call, on_application in _routes(module):
            if on_application or not prefixed:
                routes.setdefault(path, module.at(call))
    for wanted in _HEALTH:
        for path in (wanted, f"{wanted}/"):
            if path in routes:
                return path, routes[path]
    return None


def _has_prefix(module: Module) -> bool:
    """Whether routers or blueprints get a prefix somewhere: a router's own paths then say too little."""
    return any(each.arg in ("prefix", "url_prefix") for call in module.calls() for each in call.keywords)


def _routes(module: Module) -> Iterator[tuple[str, ast.Call, bool]]:
    """(path, its call, whether it is on an application rather than a router)."""
    made = {each.target.split(":")[1] for each in servers.applications(module)} | {"app", "application"}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute):
                    path = _path(decorator)
                    if path and decorator.func.attr in _ROUTE_METHODS and _answers_get(decorator):
                        yield path, decorator, module.full_name(decorator.func.value).split(".")[-1] in made
        elif isinstance(node, ast.Call):
            name, path = module.full_name(node.func), _path(node)
            if path is not None and name.split(".")[-1] in _ROUTE_CALLS and _answers_get(node):
                yield path, node, True
            elif path is not None and name == "django.urls.path":
                yield f"/{path}", node, _is_root_urls(module)


def _is_root_urls(module: Module) -> bool:
    """Django's project package holds settings beside urls.py; an app's urls.py is included under a prefix."""
    return any(
        isinstance(node, ast.Attribute) and node.attr == "site" for node in ast.walk(module.tree)
    ) or any(module.full_name(call.func) == "django.urls.include" for call in module.calls())


def _path(call: ast.Call) -> str | None:
    candidates = [*call.args[:1], *(each.value for each in call.keywords if each.arg in ("path", "rule"))]
    texts = [
        each.value for each in candidates if isinstance(each, ast.Constant) and isinstance(each.value, str)
    ]
    return texts[0] if texts else None


def _answers_get(call: ast.Call) -> bool:
    methods = next((each.value for each in call.keywords if each.arg == "methods"), None)
    if not isinstance(methods, ast.List | ast.Tuple | ast.Set):
        return True
    return any(isinstance(each, ast.Constant) and str(each.value).upper() == "GET" for each in methods.elts)
