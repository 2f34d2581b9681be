"""What work on images needs: an engine, the host's settings, known layer sizes, a clock, and somebody who watches."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from unladen.engine.hostsettings import HostSettings
from unladen.engine.interface import Engine
from unladen.measure.layersizes import LayerSizes
from unladen.progress import Event, Watcher
from unladen.trial.clock import Clock


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """`sizes` remembers compressed layer sizes by diff id."""

    engine: Engine
    host: HostSettings
    sizes: LayerSizes
    clock: Clock
    watch: Watcher

    def say(self, subject: str, phase: str, detail: str = "") -> None:
        self.watch(Event(subject, phase, detail=detail))


def workplace(engine: Engine, host: HostSettings, cache: Path, watch: Watcher) -> Workplace:
    """`cache` is the folder of what is remembered. The clock starts now."""
    sizes = LayerSizes(cache / "layers.json")
    return Workplace(engine=engine, host=host, sizes=sizes, clock=Clock(), watch=watch)
