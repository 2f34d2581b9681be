"""Counts letters, and keeps what it counted: in a folder of its own, in the home directory, and in /tmp."""

import hashlib
import json
import pathlib
import sys
import tempfile

text = sys.argv[1]
name = hashlib.sha256(text.encode()).hexdigest()
folders = [
    pathlib.Path("/var/cache/letters"),
    pathlib.Path.home() / ".cache" / "letters",
    pathlib.Path(tempfile.mkdtemp(prefix="letters-")),
]
for folder in folders:
    folder.mkdir(parents=True, exist_ok=True)
    entry = folder / name
    for _ in range(2):
        if entry.exists():
            print(folder, "hit", json.loads(entry.read_text()))
        else:
            part = entry.with_suffix(".part")
            part.write_text(json.dumps({each: text.count(each) for each in sorted(set(text))}))
            part.rename(entry)
            print(folder, "miss")
    print(oct(folder.stat().st_mode), len(list(folder.iterdir())))
