"""Files below [strip] come out of a build as strip(1) leaves them; what must not be stripped is never listed."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from engines import built, provide, said

from unladen.engine.interface import BuildRequest, Engine
from unladen.image.local import open_image
from unladen.keep.keeplist import FILE_NAME, Rule, keep_list, render
from unladen.keep.stages import MARKER, PACKER, slim_dockerfile
from unladen.keep.stripping import strippable
from unladen.language.scene import scene
from unladen.proof.has.stripped import is_stripped
from unladen.session import host_settings

pytestmark = pytest.mark.engine

FULL = "python:3.11"
MAKE = """\
RUN mkdir -p /out && cd /out \\
 && printf '#include <stdio.h>\\nint main(void) { puts("it runs"); return 0; }\\n' > p.c \\
 && gcc -g3 -static -o program p.c && gcc -g3 -c -o part.o p.c && rm p.c \\
 && cp program first && ln first second \\
 && for each in 1 2 3 4 5 6 7 8 9; do cp program "more $each"; done \\
 && cp program setuid && chmod 4755 setuid \\
 && cp program sealed && touch .sealed.hmac \\
 && { cat program; head -c 999 /dev/zero | tr '\\\\0' x; } > appended && chmod +x appended \\
 && touch -d 2020-02-02T02:02:02Z program
"""
PROGRAMS = tuple(f"/out/{name}" for name in (*(f"more {number}" for number in range(1, 10)), "program"))
"""Each has some 130 kB of symbols."""
UNTOUCHED = tuple(f"/out/{name}" for name in ("appended", "first", "part.o", "sealed", "setuid"))


@pytest.mark.parametrize("base", [FULL, PACKER])
def test_it_is_stripped_with_the_images_own_strip_or_with_binutils(
    engine: Engine, base: str, tmp_path: Path
) -> None:
    provide(engine, FULL, PACKER)
    host = host_settings() or None
    dockerfile = (
        f'FROM {FULL} AS made\n{MAKE}\nFROM {base}\nCOPY --from=made /out/ /out/\nCMD ["/out/program"]\n'
    )
    image = open_image(engine, built(engine, BuildRequest(tmp_path, dockerfile, host=host)).image, tmp_path)
    known = scene(image.tree, image.config)
    keep = keep_list([Rule("/out/", "mine", "application")])
    assert strippable(known, keep) == PROGRAMS
    gone = f"/out/{uuid4()}"  # another one each time: a build whose steps are cached says nothing
    keep = keep_list(keep.rules, strip=(*PROGRAMS, gone))
    (tmp_path / FILE_NAME).write_text(render(keep))
    text = slim_dockerfile(dockerfile, image.config, keep, stripper=known.program("strip"))
    assert ("install" in text.partition(MARKER)[2]) == (base == PACKER)
    slim = built(engine, BuildRequest(tmp_path, text, host=host))
    assert f"{FILE_NAME}: no file to strip: {gone}" in slim.log
    assert said(engine, slim.image) == b"it runs\n"
    tree = open_image(engine, slim.image, tmp_path).tree
    for path in PROGRAMS:
        one, other = image.tree.get(path), tree.get(path)
        assert one and other and is_stripped(image.tree, one, tree, other)
        assert one.size - other.size > 100_000
        assert (one.mode, one.mtime) == (other.mode, other.mtime)
    for path in UNTOUCHED:
        assert tree.read(path) == image.tree.read(path)
