"""Finds its plug-ins by their entry points: `main.py list`, `main.py NAME TEXT`."""

import sys
from importlib.metadata import entry_points, version

plugins = {each.name: each for each in entry_points(group="letters.plugins")}
if sys.argv[1] == "list":
    for name in sorted(plugins):
        print(name, plugins[name].value)
else:
    print(plugins[sys.argv[1]].load()(sys.argv[2]), version(f"letters-{sys.argv[1]}"))
