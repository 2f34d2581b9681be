"""A corpus from a GraphQL schema: its introspection, each field with no or plain required arguments, wrong queries."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from unladen.proof.corpus import numbered
from unladen.proof.interface import NO_CASES, Corpus, Coverage, RequestCase
from unladen.proof.sources.interface import Surroundings

PATHS = ("/graphql", "/graphql/", "/api/graphql", "/query")
AT_MOST = 60
JSON = (("Content-Type", "application/json"),)
_TYPE = "kind name ofType { kind name ofType { kind name ofType { kind name } } }"
INTROSPECTION = (
    "{ __schema { queryType { name } mutationType { name } types { kind name enumValues { name } fields { name"
    f" args {{ name defaultValue type {{ {_TYPE} }} }} type {{ {_TYPE} }} }} }} }} }}"
)
_VALUES = {"Int": "1", "Float": "1.5", "String": '"unladen"', "ID": '"1"', "Boolean": "true"}

Object = Mapping[str, Any]


def queried(around: Surroundings) -> Corpus:
    """What the first path that speaks GraphQL offers. Queries come before mutations."""
    if around.live is None:
        return NO_CASES
    named = [route.path for route in around.known.routes if route.path.rstrip("/").endswith("graphql")]
    for path in dict.fromkeys((*named, *PATHS)):
        answer = around.live.ask(_case(path, "{ __typename }", "", around.known.headers))
        said = _json(answer.body)
        if isinstance(said, dict) and "__typename" in (_member(said, "data") or {}):
            schema = _json(around.live.ask(_case(path, INTROSPECTION, "", around.known.headers)).body)
            return _corpus(path, schema, around.known.headers)
    return NO_CASES


def _corpus(path: str, said: object, headers: Mapping[str, str]) -> Corpus:
    always = [("__typename", "{ __typename }"), ("", "{ no_such_field_at_all }"), ("", "{ broken")]
    schema = (_member(said, "data") or {}).get("__schema") if isinstance(said, dict) else None
    if not schema:
        cases = numbered(_case(path, text, name, headers) for name, text in always)
        return Corpus(cases, Coverage(note=f"GraphQL at {path}, whose schema cannot be asked for"))
    fields = list(_fields(schema))
    asked = [(name, text) for name, text in fields if text][:AT_MOST]
    every = [*always, ("__schema", INTROSPECTION), *asked]
    known = tuple(_label(path, name) for name, _ in fields)
    names = tuple(_label(path, name) for name, _ in asked)
    note = f"{len(asked)} of {len(fields)} fields of the GraphQL schema at {path}"
    cases = numbered(_case(path, text, name, headers) for name, text in every)
    return Corpus(cases, Coverage(known, names, note, interface=True))


def _case(path: str, query: str, name: str, headers: Mapping[str, str]) -> RequestCase:
    body = json.dumps({"query": query}).encode()
    return RequestCase(
        id="",
        route=_label(path, name),
        method="POST",
        path=path,
        headers=(*headers.items(), *JSON),
        body=body,
        kind="valid" if name else "invalid",
        origin="GraphQL",
    )


def _label(path: str, name: str) -> str:
    return f"POST {path} {name}".rstrip()


def _fields(schema: Object) -> Iterator[tuple[str, str]]:
    """(name, query) of every field of queries, then mutations; no query where an argument cannot be made up."""
    types = {each["name"]: each for each in schema["types"]}
    for operation in ("query", "mutation"):
        root = types.get((schema.get(f"{operation}Type") or {}).get("name"), {})
        for field in root.get("fields") or ():
            arguments = list(_arguments(field["args"], types))
            name = f"{operation} {field['name']}"
            if None in arguments:
                yield name, ""
                continue
            given = f"({', '.join(filter(None, arguments))})" if any(arguments) else ""
            yield name, f"{operation} {{ {field['name']}{given}{_selection(field['type'], types)} }}"


def _arguments(arguments: Iterable[Object], types: Mapping[str, Object]) -> Iterator[str | None]:
    """`name: value` of what is required; None for what has no plain value."""
    for each in arguments:
        if each["type"]["kind"] != "NON_NULL" or each.get("defaultValue") is not None:
            continue
        inner = each["type"]["ofType"]
        if inner["kind"] == "LIST":
            yield f"{each['name']}: []"
        elif inner["kind"] == "ENUM" and (values := types[inner["name"]].get("enumValues")):
            yield f"{each['name']}: {values[0]['name']}"
        else:
            value = _VALUES.get(inner["name"] or "")
            yield f"{each['name']}: {value}" if value else None


def _selection(of: Object, types: Mapping[str, Object]) -> str:
    """Every plain field of an object; nothing where the type is plain itself."""
    while of.get("ofType"):
        of = of["ofType"]
    if of["kind"] not in ("OBJECT", "INTERFACE", "UNION"):
        return ""
    fields = [field["name"] for field in types[of["name"]].get("fields") or () if _is_plain(field)]
    return f" {{ {' '.join(['__typename', *fields])} }}"


def _is_plain(field: Object) -> bool:
    of = field["type"]
    while of.get("ofType"):
        of = of["ofType"]
    required = [a for a in field["args"] if a["type"]["kind"] == "NON_NULL" and a.get("defaultValue") is None]
    return of["kind"] in ("SCALAR", "ENUM") and not required


def _member(said: Object, name: str) -> Object | None:
    value = said.get(name)
    return value if isinstance(value, dict) else None


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return None
