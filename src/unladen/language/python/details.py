"""What only Python knows of a project."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from unladen.language.interface import Fact


@dataclass(frozen=True)
class Details:
    """`entrypoint` is what of the start is ENTRYPOINT; what comes after it are arguments."""

    installer: Fact[str]
    entrypoint: tuple[str, ...] = ()
    start_source: str = ""

    def beliefs(self) -> Mapping[str, Fact[str]]:
        shown = {"installer": self.installer}
        if self.entrypoint:
            shown["entrypoint"] = Fact(json.dumps(list(self.entrypoint)), self.start_source)
        return shown
