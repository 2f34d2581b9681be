"""Does the program ask where its sources lie? Then it is built without -trimpath, which takes the paths away."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from unladen.language.go.cgo import outside
from unladen.language.go.source import GoFile
from unladen.language.go.workspace import Workspace
from unladen.language.interface import Fact
from unladen.syntax.go import above
from unladen.syntax.grammar import text

KNOWN = ("github.com/GeertJohan/go.rice", "github.com/gobuffalo/packr")
"""These look for files beside the source that calls them, where the files are not embedded."""
_PATHS = re.compile(r"\b(?:filepath|path)\.(?:Dir|Join|Split|Abs|Rel)\(")


def asks_for_sources(workspace: Workspace, files: Sequence[GoFile]) -> Fact[str] | None:
    """The first reason found: own code, a known dependency, then vendored or cached code that makes a folder's name
    of the answer (loggers only print it)."""
    for file in files:
        for call in file.calls:
            if call.function == "runtime.Caller":
                return Fact("kept", f"{file.where(call.node, workspace.root)} runtime.Caller")
        for path, node in file.imported.items():
            if path == "plugin":  # its plugins have to be built from the same paths
                return Fact("kept", f'{file.where(node, workspace.root)} import "plugin"')
            if path.startswith(KNOWN):
                return Fact(
                    "kept", f"{file.where(node, workspace.root)} {path} looks for files beside the source"
                )
    for path, where in workspace.required():
        if path.startswith(KNOWN):
            return Fact("kept", f"{where} {path} looks for files beside the source")
    for path, package in outside(workspace, files):
        for file in package:
            if _makes_folders(file):
                return Fact("kept", f"{path}/{PurePath(file.path).name} runtime.Caller")
    return None


def _makes_folders(file: GoFile) -> bool:
    for call in file.calls if "runtime.Caller(" in file.text else ():
        if call.function == "runtime.Caller":
            function = next(above(call.node, "function_declaration", "method_declaration"), None)
            if function and _PATHS.search(text(function)):
                return True
    return False
