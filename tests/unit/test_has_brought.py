"""What an image has: settings files of its own, which the program reads at its start."""

from __future__ import annotations

import pytest
from has_sides import Step, side_of

from unladen.proof.has.brought import brought
from unladen.proof.has.interface import Intent, Pair

BASE = Step("", {"/etc/passwd": b"root:x:0:0:root:/root:/bin/sh\n"})
COPY = Step("COPY . /app # buildkit", {"/app/main.py": b"print()\n"})


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/app/gunicorn.conf.py", True),
        ("/app/.env", True),
        ("/app/config.yaml", True),
        ("/app/README.md", False),
        ("/app/sub/.env", False),  # nobody looks there
        ("/srv/gunicorn.conf.py", False),
    ],
)
def test_a_settings_file_where_the_program_starts_is_no_mere_addition(path: str, told: bool) -> None:
    added = Step("RUN /bin/sh -c make settings # buildkit", {path: b"timeout = 1\n"})
    before, after = side_of(BASE, COPY, WorkingDir="/app"), side_of(BASE, COPY, added, WorkingDir="/app/")
    losses = brought(Pair(before, after)).losses
    assert [(each.subject, each.origin) for each in losses] == [(path, "RUN make settings")] * told
    assert not brought(Pair(after, after)).losses and not brought(Pair(after, before)).losses
    meant = Intent(settings={path: "declared"})
    assert all(each.intended for each in brought(Pair(before, after, meant)).losses)


def test_one_of_the_base_image_is_not_the_candidates() -> None:
    base = Step("", {**BASE.files, "/.env": b""})
    assert not brought(Pair(side_of(BASE, COPY), side_of(base, COPY))).losses
