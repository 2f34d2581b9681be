"""A rebuild is timed on a copy in which one source file has changed, and the user's own files have not."""

from __future__ import annotations

import ast
from pathlib import Path

from unladen.trial.contexts import touched_copy


def test_one_source_file_changes_and_never_twice_alike(tmp_path: Path) -> None:
    source = "if __name__ == '__main__':\n    print(1)\n"
    (tmp_path / "main.py").write_text(source)
    (tmp_path / "data.txt").write_text("data")
    seen = set()
    for _ in range(2):
        with touched_copy(tmp_path, (".py",)) as copy:
            assert copy is not None
            changed = (copy / "main.py").read_text()
            assert ast.dump(ast.parse(changed)) == ast.dump(ast.parse(source))
            assert (copy / "data.txt").samefile(tmp_path / "data.txt")  # a link: no contents were copied
            seen.add(changed)
    assert len(seen) == 2 and source not in seen
    assert (tmp_path / "main.py").read_text() == source
