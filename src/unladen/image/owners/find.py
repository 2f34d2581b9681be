"""The packages of an image, of every kind that is known."""

from __future__ import annotations

from unladen.image.interface import FileTree
from unladen.image.owners.dpkg import debian_packages
from unladen.image.owners.interface import Packages
from unladen.image.owners.npm import node_packages
from unladen.image.owners.pip import python_packages
from unladen.image.owners.runtime import runtimes


def find_packages(tree: FileTree) -> Packages:
    """What is installed. A file that Debian's python3-numpy brings is Debian's, whatever a dist-info claims."""
    known = (*debian_packages(tree), *python_packages(tree), *node_packages(tree))
    owned = {path for package in known for path in package.files}
    return Packages((*known, *runtimes(tree, owned.__contains__)))
