"""Whether an engine really works: many answer `info` and cannot start a container."""

from __future__ import annotations

import platform
import struct

from unladen import temporary
from unladen.engine.interface import BuildRequest, Engine, RunRequest
from unladen.errors import EngineFailed

SECONDS = 60.0
EXITS = {
    "x86_64": (62, "31ff b83c000000 0f05"),  # xor edi, edi; mov eax, 60 (exit); syscall
    "aarch64": (183, "000080d2 a80b80d2 010000d4"),  # mov x0, 0; mov x8, 93 (exit); svc 0
}
"""ELF's number of an architecture, and its instructions that exit with 0."""


def trial(engine: Engine) -> None:
    """Builds an image with a step that has a network, and runs it; needs no base image.

    Raises what the build and the container raise; EngineFailed where the container does not end well. Does nothing
    on an architecture for which there is no program.
    """
    if (machine := platform.machine()) not in EXITS:
        return
    with temporary.folder() as folder:
        program = folder / "program"
        program.write_bytes(_program(*EXITS[machine]))
        program.chmod(0o755)
        dockerfile = 'FROM scratch\nCOPY program /program\nRUN ["/program"]\n'
        built = engine.build(BuildRequest(folder, dockerfile, cache=False))
    container = engine.create(RunRequest(built.image, entrypoint=("/program",)))
    try:
        container.start()
        done = container.wait(SECONDS)
    finally:
        container.remove()
    if done.exit_code != 0:
        raise EngineFailed(
            f"cannot run a program that does nothing: exit code {done.exit_code}", detail=done.stderr.decode()
        )


def _program(machine: int, instructions: str) -> bytes:
    """A static program of one segment (elf(5)): header, program header, instructions."""
    code = bytes.fromhex(instructions)
    address, headers = 0x400000, 64 + 56
    size = headers + len(code)
    header = struct.pack(
        "<16sHHIQQQIHHHHHH",
        b"\x7fELF\x02\x01\x01", 2, machine, 1, address + headers, 64, 0, 0, 64, 56, 1, 0, 0, 0,
    )  # fmt: skip
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, address, address, size, size, 0x1000)
    return header + segment + code
