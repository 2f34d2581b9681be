"""unladen.toml (or [tool.unladen] in pyproject.toml) → plain values for the rooms."""

from __future__ import annotations

import json
import shlex
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from unladen.dockerfile.choose import Choice, is_reference
from unladen.dockerfile.compose import Service
from unladen.errors import BadConfig
from unladen.language.interface import Overrides
from unladen.proof.command import command_words
from unladen.proof.interface import CommandCase, Inside, ProofPlan, RequestCase

FILE = "unladen.toml"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _words(value: object) -> object:
    return tuple(shlex.split(value)) if isinstance(value, str) else value


class ProjectSection(_Strict):
    """[project]: what unladen should believe instead of finding out."""

    language: str | None = None
    version: str | None = None
    start: tuple[str, ...] | None = None
    port: int | None = Field(default=None, ge=1, le=65535)
    health: str | None = None
    system_packages: tuple[str, ...] | None = None
    env: dict[str, str] = Field(default_factory=dict)
    dockerfile: str = ""
    target: str = ""
    build_args: dict[str, str] = Field(default_factory=dict)

    _split = field_validator("start", mode="before")(_words)

    @field_validator("health")
    @classmethod
    def _path(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith("/"):
            raise ValueError('a health path starts with "/"')
        return value


class RequestSection(_Strict):
    """[[verify.request]]: one request to replay."""

    method: str = "GET"
    path: str
    headers: dict[str, str] = Field(default_factory=dict)
    body: str | None = None
    json_: Any = Field(default=None, alias="json")
    name: str | None = None

    @field_validator("path")
    @classmethod
    def _path(cls, value: str) -> str:
        if not value.startswith("/"):
            raise ValueError('a request path starts with "/"')
        return value

    @model_validator(mode="after")
    def _one_body(self) -> RequestSection:
        if self.body is not None and self.json_ is not None:
            raise ValueError("give body or json, not both")
        return self

    def case(self, number: int) -> RequestCase:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = (self.body or "").encode()
        if self.json_ is not None:
            body = json.dumps(self.json_).encode()
            headers.setdefault("content-type", "application/json")
        method = self.method.upper()
        return RequestCase(
            id=self.name or f"request {number}",
            route=f"{method} {self.path.partition('?')[0]}",
            method=method,
            path=self.path,
            headers=tuple(sorted(headers.items())),
            body=body,
        )


class CommandSection(_Strict):
    """[[verify.command]]: one run of a program without a port, or of one inside the container of a server."""

    args: tuple[str, ...] = ()
    stdin: str = ""
    files: tuple[str, ...] = ()
    fails: bool = False
    inside: bool = False
    restarted: bool = False
    name: str | None = None

    @model_validator(mode="after")
    def _inside(self) -> CommandSection:
        if (self.inside or self.restarted) and not self.args:
            raise ValueError("a command that runs inside the container needs args: a program of the image's")
        if (self.inside or self.restarted) and self.files:
            raise ValueError("files are not compared of a command that runs inside the container")
        return self

    def case(self, number: int) -> CommandCase:
        inside: Inside = "restarted" if self.restarted else "serving" if self.inside else ""
        return CommandCase(
            id=self.name or f"command {number}",
            argv=self.args,
            stdin=self.stdin.encode(),
            files=None if inside else self.files,
            expects_failure=self.fails,
            inside=inside,
            own=bool(inside),
        )


class VerifySection(_Strict):
    """[verify]: the proof."""

    request: tuple[RequestSection, ...] = ()
    command: tuple[CommandSection, ...] = ()
    seed: int = 0
    cases: int = Field(default=60, ge=1, le=1000)
    openapi: bool = True
    tests: bool | tuple[str, ...] = True
    crawl: bool = True
    healthy_within: float = Field(default=60.0, gt=0, le=600)
    stop_within: float = Field(default=10.0, gt=0, le=120)

    @field_validator("tests", mode="before")
    @classmethod
    def _words(cls, value: object) -> object:
        words = command_words(value) if isinstance(value, str) else value
        if words in ((), []):
            raise ValueError("it is true, false or a command")
        return words


class ServiceSection(_Strict):
    """[services.NAME]: a program that runs beside the project's in the proof."""

    image: str
    env: dict[str, str] = Field(default_factory=dict)
    command: tuple[str, ...] | None = None
    ready: int | None = Field(default=None, ge=1, le=65535)

    _split = field_validator("command", mode="before")(_words)


class Config(_Strict):
    """The whole of unladen.toml. Every section and key is optional."""

    project: ProjectSection = ProjectSection()
    verify: VerifySection = VerifySection()
    services: dict[str, ServiceSection] | None = None
    bases: dict[str, str] = Field(default_factory=dict)

    @field_validator("bases")
    @classmethod
    def _references(cls, value: dict[str, str]) -> dict[str, str]:
        for old, new in value.items():
            if not (is_reference(old) and is_reference(new)):
                raise ValueError(f'"{old}" = "{new}" does not name two images')
        return value

    def on(self, bases: Mapping[str, str]) -> Config:
        """With what a command line says of bases (--base) on top."""
        return self.model_copy(update={"bases": {**self.bases, **bases}})

    def choosing(self, dockerfile: Choice) -> Config:
        """With what a command line says of the Dockerfile on top."""
        own = self.project
        changes = {
            "dockerfile": dockerfile.file or own.dockerfile,
            "target": dockerfile.target or own.target,
            "build_args": {**own.build_args, **dockerfile.build_args},
        }
        return self.model_copy(update={"project": own.model_copy(update=changes)})

    def crawling(self, crawl: bool) -> Config:
        """As it is, or without the crawl (--no-crawl)."""
        verify = self.verify.model_copy(update={"crawl": crawl and self.verify.crawl})
        return self.model_copy(update={"verify": verify})

    def overrides(self) -> Overrides:
        section = self.project
        return Overrides(
            language=section.language,
            version=section.version,
            start=section.start,
            port=section.port,
            health=section.health,
            system_packages=section.system_packages,
            env=section.env,
            dockerfile=Choice(section.dockerfile, section.target, section.build_args),
            bases=self.bases,
        )

    def plan(self) -> ProofPlan:
        verify = self.verify
        return ProofPlan(
            requests=self.requests(),
            commands=self.commands(),
            seed=verify.seed,
            cases=verify.cases,
            openapi=verify.openapi,
            tests=verify.tests,
            crawl=verify.crawl,
            healthy_within=verify.healthy_within,
            stop_within=verify.stop_within,
            services=None
            if self.services is None
            else tuple(
                Service(name, each.image, each.env, each.command, ready=each.ready)
                for name, each in self.services.items()
            ),
        )

    def requests(self) -> tuple[RequestCase, ...]:
        return tuple(section.case(n) for n, section in enumerate(self.verify.request, 1))

    def commands(self) -> tuple[CommandCase, ...]:
        return tuple(section.case(n) for n, section in enumerate(self.verify.command, 1))


def load(root: Path, explicit: Path | None = None) -> Config:
    """Reads `explicit`, else unladen.toml in `root`, else [tool.unladen] of its pyproject.toml, else defaults.

    Raises BadConfig, naming the file and the key.
    """
    if explicit is not None:
        if not explicit.is_file():
            raise BadConfig(f"cannot read the configuration {explicit}: there is no such file")
        return _parse(_table(explicit), explicit)
    own = root / FILE
    if own.is_file():
        return _parse(_table(own), own)
    pyproject = root / "pyproject.toml"
    if pyproject.is_file():
        return _parse(_table(pyproject).get("tool", {}).get("unladen", {}), pyproject)
    return Config()


def _table(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadConfig(f"cannot read {path.name}: {error}", hint="It has to be valid TOML.") from error


def _parse(table: dict[str, Any], path: Path) -> Config:
    try:
        return Config.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise BadConfig(
            f"cannot use {path.name}: {key}: {first['msg']}",
            hint="The keys are described in docs/configuration.md.",
        ) from error
