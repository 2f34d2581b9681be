"""Makes a language's environment battery ready to run inside any container of the ladder."""

from __future__ import annotations

import os
from pathlib import Path

from unladen import temporary
from unladen.dockerfile.stages import parse
from unladen.engine.contents import read_file
from unladen.engine.hostsettings import HostSettings
from unladen.engine.interface import BuildRequest, Engine
from unladen.errors import EngineFailed
from unladen.language.interface import Battery
from unladen.proof.interface import BatteryProgram
from unladen.trial.keys import key


def prepare(battery: Battery, engine: Engine, host: HostSettings, cache: Path) -> BatteryProgram:
    """Scripts run as they are. A compiled battery is built in the ladder's own base, once: its binary stays in `cache`
    under what it was made of.

    Raises BuildFailed, BaseMissing, EngineFailed.
    """
    binary = _compiled(battery, engine, host, cache) if battery.dockerfile else None
    return BatteryProgram(
        argv=battery.argv,
        stdin=b"" if binary else battery.script.encode(),
        binary=binary,
        meaning=battery.meaning,
        fatal=battery.fatal,
        volatile=battery.volatile,
        inventory=battery.inventory,
        anyone=battery.anyone,
    )


def _compiled(battery: Battery, engine: Engine, host: HostSettings, cache: Path) -> Path:
    bases = [engine.find(base) for base in parse(battery.dockerfile).bases]
    kept = cache / key(battery.script, battery.dockerfile, bases)
    if not kept.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        unfinished = kept.with_suffix(f".{os.getpid()}")
        unfinished.write_bytes(_compile(battery, engine, host))
        unfinished.chmod(0o755)
        unfinished.replace(kept)
    return kept


def _compile(battery: Battery, engine: Engine, host: HostSettings) -> bytes:
    with temporary.folder() as context:
        (context / battery.source).write_text(battery.script, encoding="utf-8")
        built = engine.build(BuildRequest(context, battery.dockerfile, host=host))
    content = read_file(engine, built.image, battery.binary)
    engine.remove_image(built.image)
    if content is None:
        raise EngineFailed(
            f"cannot find the environment battery at {battery.binary} in the image that builds it"
        )
    return content
