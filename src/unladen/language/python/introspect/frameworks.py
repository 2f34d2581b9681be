"""How each framework keeps its routes. Names that are not here are of `reading`, whose text is run behind this one."""

from __future__ import annotations

import importlib
import inspect
import re
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from unladen.language.python.introspect.reading import (
        BY_ITSELF,
        METHODS,
        MOST,
        Path,
        Route,
        closed_over,
        is_application,
        overridden,
        route,
        routes_of,
        served_files,
    )

# Werkzeug: Flask and Quart

_CONVERTERS = {
    "IntegerConverter": "int",
    "FloatConverter": "float",
    "UUIDConverter": "uuid",
    "PathConverter": "path",
    "UnicodeConverter": "str",
}


def flask(application: Any, prefix: Path, mounted: list[object]) -> Iterator[Route]:
    served = getattr(application, "wsgi_app", None)
    dispatcher = getattr(sys.modules.get("werkzeug.middleware.dispatcher"), "DispatcherMiddleware", None)
    if dispatcher and isinstance(served, dispatcher):
        for path, inner in served.mounts.items():
            mounted.append(inner)
            yield from routes_of(inner, (*prefix, path.rstrip("/")), mounted)
    names = [base.__name__ for base in type(application).__mro__]
    origin = "Quart's url_map" if "Quart" in names else "Flask's url_map"
    for rule in application.url_map.iter_rules():
        yield from of_rule(application, rule, prefix, origin)


def of_rule(application: Any, rule: Any, prefix: Path, origin: str) -> Iterator[Route]:
    parameters, examples = {}, {}
    for name, converter in rule._converters.items():
        kinds = [_CONVERTERS.get(base.__name__) for base in type(converter).__mro__]
        parameters[name] = next(filter(None, kinds), "") if type(converter).__name__ in _CONVERTERS else ""
        if not parameters[name]:
            parameters[name] = converter.regex
    if rule.endpoint.rpartition(".")[2] == "static" and "filename" in parameters:
        owner = application.blueprints.get(rule.endpoint.rpartition(".")[0], application)
        examples["filename"] = served_files(owner.static_folder)
    text = re.sub(r"<(?:[^:<>(]+(?:\(.*?\))?:)?([^<>]+)>", r"{\1}", rule.rule)
    methods = ["WEBSOCKET"] if getattr(rule, "websocket", False) else sorted(rule.methods or METHODS[:1])
    for method in methods:
        if method not in BY_ITSELF or len(methods) == 1:
            yield route(method, (*prefix, text), origin, parameters, examples)


# Starlette and FastAPI


def starlette(application: Any, prefix: Path, mounted: list[object]) -> Iterator[Route]:
    names = [base.__name__ for base in type(application).__mro__]
    origin = "FastAPI's routes" if "FastAPI" in names else "Starlette's routes"
    yield from of_starlette(application.routes, prefix, mounted, origin)


def of_starlette(routes: Any, prefix: Path, mounted: list[object], origin: str) -> Iterator[Route]:
    for each in included(routes):
        kind = [base.__name__ for base in type(each).__mro__]
        if "Host" in kind:
            continue
        path = re.sub(r":\w+(?=\})", "", getattr(each, "path", ""))
        if "Mount" in kind:
            mounted.append(each.app)
            inner = each.app
            folder = getattr(inner, "directory", None)
            if hasattr(inner, "all_directories"):
                folders = list(inner.all_directories)
                files = {"path": served_files(folder or folders[0] if folder or folders else "")}
                yield route("GET", (*prefix, path, "/{path}"), origin, {"path": "path"}, files)
            elif not is_application(inner) and getattr(each, "routes", None):
                yield from of_starlette(each.routes, (*prefix, path), mounted, origin)
            else:
                yield from routes_of(inner, (*prefix, path), mounted)
            continue
        if not path:
            continue
        parameters = {name: convertor_kind(each, name) for name in getattr(each, "param_convertors", {})}
        if "WebSocketRoute" in kind:
            yield route("WEBSOCKET", (*prefix, path), origin, parameters)
            continue
        methods = sorted(getattr(each, "methods", None) or ())
        if not methods:  # a class of handlers, or any ASGI application
            methods = [
                name for name in METHODS if hasattr(getattr(each, "endpoint", None), name.lower())
            ] or ["GET"]
        for method in methods:
            if method not in BY_ITSELF or "GET" not in methods:
                yield route(method, (*prefix, path), origin, parameters)


def included(routes: Any) -> Iterator[Any]:
    """Newer FastAPI puts an included router's routes together when they are first asked for."""
    for each in routes:
        if hasattr(each, "effective_candidates"):
            yield from included(each.effective_candidates())
        else:
            yield getattr(each, "starlette_route", None) or each


def convertor_kind(each: Any, name: str) -> str:
    """A convertor's, or what FastAPI knows of the function's parameter."""
    kinds = {
        "IntegerConvertor": "int",
        "FloatConvertor": "float",
        "UUIDConvertor": "uuid",
        "PathConvertor": "path",
    }
    convertor = each.param_convertors[name]
    kind = kinds.get(type(convertor).__name__)
    if kind:
        return kind
    if type(convertor).__name__ != "StringConvertor":
        return str(convertor.regex)
    for field in getattr(getattr(each, "dependant", None), "path_params", ()):
        if getattr(field, "alias", field.name) == name:
            wanted = getattr(field, "type_", None) or getattr(
                getattr(field, "field_info", None), "annotation", None
            )
            return kind_of_type(wanted)
    return "str"


def kind_of_type(wanted: Any) -> str:
    named = {"int": "int", "float": "float", "UUID": "uuid", "Path": "path"}
    return named.get(getattr(wanted, "__name__", ""), "str")


# Django


def django_is_ready() -> bool:
    settings = getattr(sys.modules.get("django.conf"), "settings", None)
    return settings is not None and settings.configured and "django.apps" in sys.modules


def of_handler(application: Any, prefix: Path, mounted: list[object]) -> Iterator[Route]:
    yield from django()["routes"]


def django() -> dict[str, Any]:
    settings = importlib.import_module("django.conf").settings
    importlib.import_module("django.utils.translation").activate(settings.LANGUAGE_CODE)
    get_resolver = importlib.import_module("django.urls").get_resolver
    routes = list(
        of_urlconf(get_resolver().url_patterns, (getattr(settings, "FORCE_SCRIPT_NAME", None) or "", "/"))
    )
    routes += django_static(settings)
    return {"routes": routes[:MOST], "headers": django_headers(settings), "note": "its urlconf is empty"}


def django_headers(settings: Any) -> dict[str, str]:
    """Headers without which every request is refused or redirected."""
    headers = {}
    hosts = list(settings.ALLOWED_HOSTS)
    if hosts and not {"*", "localhost", ".localhost"} & set(hosts):
        headers["Host"] = hosts[0].lstrip(".")
    secure = getattr(settings, "SECURE_PROXY_SSL_HEADER", None)
    if settings.SECURE_SSL_REDIRECT and secure:
        headers[secure[0][5:].replace("_", "-").title()] = secure[1]
    return headers


def django_static(settings: Any) -> Iterator[Route]:
    """What no urlconf names: files that WhiteNoise or the development server serves."""
    if not any("whitenoise" in each.lower() for each in settings.MIDDLEWARE) or not settings.STATIC_ROOT:
        return
    prefix = "/" + settings.STATIC_URL.lstrip("/") if "//" not in settings.STATIC_URL else "/static/"
    examples = {"path": served_files(settings.STATIC_ROOT)}
    yield route("GET", (prefix, "{path}"), "WhiteNoise's files", {"path": "path"}, examples)


def of_urlconf(patterns: Any, prefix: Path, parameters: Any = None) -> Iterator[Route]:
    for each in patterns:
        part, known = of_pattern(each.pattern)
        path, known = (*prefix, part), dict(parameters or {}, **known)
        if hasattr(each, "url_patterns"):
            yield from of_urlconf(each.url_patterns, path, known)
        elif "(?P<format>" not in str(each.pattern) and "drf_format_suffix" not in str(each.pattern):
            examples = {}
            folder = (each.default_args or {}).get("document_root")
            if folder and "path" in str(each.pattern):
                examples["path"] = served_files(folder)
            for method in django_methods(each.callback):
                yield route(method, path, "Django's urlconf", known, examples)


def of_pattern(pattern: Any) -> tuple[Any, dict[str, str]]:
    kinds = {"IntConverter": "int", "UUIDConverter": "uuid", "PathConverter": "path", "SlugConverter": "slug"}
    if hasattr(pattern, "language_prefix"):
        return pattern.language_prefix, {}
    if hasattr(pattern, "_route"):
        known = {
            name: kinds.get(type(converter).__name__) or ("str" if "StringConverter" in str(type(converter)) else
            converter.regex) for name, converter in pattern.converters.items()}  # fmt: skip
        return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", str(pattern._route)), known
    return {"regex": str(getattr(pattern, "_regex", pattern))}, {}


def django_methods(view: Any) -> list[str]:
    """The methods that a view answers: its class's functions, those of a viewset, those that a decorator names, or
    what a function's source looks at."""
    actions = getattr(view, "actions", None)
    if actions:
        return [method for method in METHODS if method.lower() in actions and method != "HEAD"] or ["GET"]
    made_of = getattr(view, "view_class", None) or getattr(view, "cls", None)
    if made_of is not None:
        allowed = [name.upper() for name in getattr(made_of, "http_method_names", ())]
        has = [m for m in METHODS if m in allowed and hasattr(made_of, m.lower()) and m not in BY_ITSELF]
        return has or ["GET"]
    for value in closed_over(view):
        if isinstance(value, (list, tuple)) and value and set(map(str, value)) <= set(METHODS):
            return [method for method in METHODS if method in value and method not in BY_ITSELF] or ["GET"]
    try:
        source = inspect.getsource(inspect.unwrap(view))
    except (OSError, TypeError, ValueError):
        source = ""
    return ["GET", "POST"] if re.search(r"\.POST\b|[\"']POST[\"']", source) else ["GET"]


# aiohttp


def aiohttp(application: Any, prefix: Path, mounted: list[object]) -> Iterator[Route]:
    mounted += list(getattr(application, "_subapps", ()))
    for resource in application.router.resources():
        for each in resource:
            info = each.resource.get_info() if each.resource is not None else {}
            if "directory" in info:
                if each.method == "GET":
                    files = {"filename": served_files(info["directory"])}
                    path = (*prefix, info["prefix"], "/{filename}")
                    yield route("GET", path, "aiohttp's router", {"filename": "path"}, files)
                continue
            text = info.get("path") or info.get("formatter")
            if text is None:
                continue
            groups = re.findall(r"\(\?P<(\w+)>(.*?)\)", getattr(info.get("pattern"), "pattern", ""))
            parameters = {name: "str" if kind == "[^{}/]+" else kind for name, kind in groups}
            for method in aiohttp_methods(each):
                yield route(method, (*prefix, text), "aiohttp's router", parameters)


def aiohttp_methods(each: Any) -> list[str]:
    try:
        if "WebSocketResponse" in inspect.getsource(each.handler):
            return ["WEBSOCKET"]
    except (OSError, TypeError):
        pass
    if each.method != "*":
        return [] if each.method in BY_ITSELF else [each.method]
    return [method for method in METHODS if hasattr(each.handler, method.lower())] or ["GET"]


# Tornado


def tornado(application: Any, prefix: Path, mounted: list[object]) -> Iterator[Route]:
    yield from of_rules(application.default_router.rules, prefix, mounted)


def of_rules(rules: Any, prefix: Path, mounted: list[object]) -> Iterator[Route]:
    web, websocket = sys.modules["tornado.web"], importlib.import_module("tornado.websocket")
    for rule in rules:
        regex = getattr(rule.matcher, "regex", None)
        inner = getattr(rule.target, "rules", None)
        if is_application(rule.target):
            mounted.append(rule.target)
            yield from routes_of(rule.target, prefix, mounted)
        elif inner is not None:
            yield from of_rules(inner, prefix, mounted)
        elif regex is not None and inspect.isclass(rule.target):
            handler, examples = rule.target, {}
            if issubclass(handler, web.StaticFileHandler):
                examples["arg1"] = served_files(rule.target_kwargs.get("path", ""))
            is_socket = issubclass(handler, websocket.WebSocketHandler)
            methods = ["WEBSOCKET"] if is_socket else overridden(handler, web.RequestHandler)
            for method in methods:
                if method not in BY_ITSELF:
                    path = (*prefix, {"regex": regex.pattern})
                    yield route(method, path, "Tornado's rules", None, examples)


# bottle


def bottle(application: Any, prefix: Path, mounted: list[object]) -> Iterator[Route]:
    for each in application.routes:
        inner = each.config.get("mountpoint.target") or (each.config.get("mountpoint") or {}).get("target")
        if inner is not None:
            if inner not in mounted:
                mounted.append(inner)
                at = each.config.get("mountpoint.prefix") or each.config["mountpoint"]["prefix"]
                yield from routes_of(inner, (*prefix, at.rstrip("/")), mounted)
            continue
        parameters = {}
        for name, kind, expression in re.findall(
            r"<([a-zA-Z_]\w*)(?::(\w+)(?::((?:\\.|[^\\>])+))?)?>", each.rule
        ):
            known = {"": "str", "int": "int", "float": "float", "path": "path"}
            parameters[name] = expression or known.get(kind, "str")
        path = re.sub(r"<([a-zA-Z_]\w*)(?::(?:\\.|[^\\>])+)?>", r"{\1}", each.rule)
        path = re.sub(r"(?<!\\):([a-zA-Z_]\w*)", r"{\1}", path)
        method = "GET" if each.method == "ANY" else each.method
        yield route(method, (*prefix, path), "bottle's routes", parameters)


# Litestar, Falcon, Sanic


def litestar(application: Any, prefix: Path, mounted: list[object]) -> Iterator[Route]:
    for each in application.routes:
        kind = type(each).__name__
        known = {
            part.name: kind_of_type(part.type) for part in each.path_components if not isinstance(part, str)
        }
        path = re.sub(r":\w+(?=\})", "", each.path)
        if (
            kind == "ASGIRoute" or getattr(each.route_handlers[0], "is_static", False)
            if kind != "WebSocketRoute"
            else 0
        ):
            yield route("GET", (*prefix, path.rstrip("/"), "/{path}"), "Litestar's routes", {"path": "path"})
            continue
        methods = ["WEBSOCKET"] if kind == "WebSocketRoute" else sorted(each.methods)
        for method in methods:
            if method not in BY_ITSELF:
                yield route(method, (*prefix, path), "Litestar's routes", known)


def falcon(application: Any, prefix: Path, mounted: list[object]) -> Iterator[Route]:
    inspected = importlib.import_module("falcon.inspect")
    for each in inspected.inspect_routes(application):
        kinds = re.findall(r"\{(\w+)(?::(\w+))?[^{}]*\}", each.path)
        known = {name: {"int": "int", "float": "float", "uuid": "uuid", "path": "path"}.get(kind, "str")
                 for name, kind in kinds}  # fmt: skip
        path = re.sub(r"\{(\w+)[^{}]*\}", r"{\1}", each.path)
        methods = ["WEBSOCKET" if method.method == "WEBSOCKET" else method.method
                   for method in each.methods if not method.internal]  # fmt: skip
        for method in sorted(methods):
            yield route(method, (*prefix, path), "Falcon's router", known)
    for served in inspected.inspect_static_routes(application):
        files = {"path": served_files(served.directory)}
        yield route(
            "GET", (*prefix, served.prefix.rstrip("/"), "/{path}"), "Falcon's router", {"path": "path"}, files
        )


def sanic(application: Any, prefix: Path, mounted: list[object]) -> Iterator[Route]:
    for each in application.router.routes_all.values() if hasattr(application.router, "routes_all") else ():
        kinds = {"int": "int", "float": "float", "uuid": "uuid", "path": "path"}
        known = {
            name: kinds.get(kind, "str") for name, kind in re.findall(r"<([^:<>]+):?([^<>]*)>", each.path)
        }
        path = "/" + re.sub(r"<([^:<>]+)[^<>]*>", r"{\1}", each.path).lstrip("/")
        is_socket = bool(getattr(each.extra, "websocket", False))
        for method in ["WEBSOCKET"] if is_socket else sorted(each.methods):
            if method not in BY_ITSELF:
                yield route(method, (*prefix, path), "Sanic's router", known)


FRAMEWORKS: tuple[tuple[str, str, Callable[..., Iterator[Route]]], ...] = (
    ("flask", "Flask", flask),
    ("quart", "Quart", flask),
    ("starlette.applications", "Starlette", starlette),
    ("django.core.handlers.base", "BaseHandler", of_handler),
    ("aiohttp.web", "Application", aiohttp),
    ("tornado.web", "Application", tornado),
    ("bottle", "Bottle", bottle),
    ("litestar", "Litestar", litestar),
    ("falcon", "App", falcon),
    ("sanic", "Sanic", sanic),
)
