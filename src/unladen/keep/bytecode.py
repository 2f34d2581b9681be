"""Whether Python compares times: bytecode names the time of its source, unless it was made to check a hash, or not.

Format: PEP 552, the flags in bytes 4 to 8 of a .pyc; 0 means that the source's time and size follow.
"""

from __future__ import annotations

from unladen.image.interface import FileTree
from unladen.keep.expand import expand
from unladen.keep.keeplist import KeepList


def timed_bytecode(keep: KeepList, tree: FileTree) -> bool:
    """Whether some of the kept bytecode would no longer count if the time of its source changed."""
    return any(
        path.endswith(".pyc") and "/__pycache__/" in path and _is_timed(tree, path)
        for path in expand(keep, tree).paths
    )


def _is_timed(tree: FileTree, path: str) -> bool:
    try:
        return tree.read(path)[4:8] == bytes(4)
    except KeyError:
        return False
