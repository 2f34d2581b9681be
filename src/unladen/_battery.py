"""Makes a language's environment battery ready to run inside any container of the ladder."""

from __future__ import annotations

import tempfile
from pathlib import Path

from unladen._contents import read_file
from unladen.engine.hostsettings import HostSettings
from unladen.engine.interface import BuildRequest, Engine
from unladen.errors import EngineFailed
from unladen.language.interface import Battery
from unladen.proof.interface import BatteryProgram


def prepare(battery: Battery, engine: Engine, host: HostSettings, folder: Path) -> BatteryProgram:
    """Scripts run as they are; a compiled battery is built in the ladder's own base and put into `folder`.

    Raises BuildFailed, BaseMissing, EngineFailed.
    """
    binary = _compile(battery, engine, host, folder) if battery.dockerfile else None
    return BatteryProgram(
        argv=battery.argv,
        stdin=b"" if binary else battery.script.encode(),
        binary=binary,
        meaning=battery.meaning,
        fatal=battery.fatal,
        volatile=battery.volatile,
    )


def _compile(battery: Battery, engine: Engine, host: HostSettings, folder: Path) -> Path:
    with tempfile.TemporaryDirectory(dir=folder) as context:
        Path(context, "main.go").write_text(battery.script, encoding="utf-8")
        built = engine.build(BuildRequest(Path(context), battery.dockerfile, host=host))
    content = read_file(engine, built.image, battery.binary)
    engine.remove_image(built.image)
    if content is None:
        raise EngineFailed(
            f"cannot find the environment battery at {battery.binary} in the image that builds it"
        )
    path = folder / "unladen-battery"
    path.write_bytes(content)
    path.chmod(0o755)
    return path
