"""unladen.explain: why a keep-list keeps a path, or why it does not."""

from __future__ import annotations

from pathlib import Path

from unladen import session, temporary
from unladen.engine.find import EngineChoice
from unladen.errors import BadKeepList
from unladen.image.interface import FileTree
from unladen.image.local import open_image
from unladen.keep.explain import explain as explained
from unladen.keep.keeplist import KeepList
from unladen.keep.losing import without_package
from unladen.keep.parse import read
from unladen.keep.select import PACKAGE_PREFIX


def explain(
    keep_file: Path | str, path: str, *, image: str | None = None, engine: EngineChoice = "auto"
) -> tuple[str, ...]:
    """Sentences that say why `path` is kept in the slim image, or why not and how to keep it; of a package ("pkg:NAME",
    "pkg:KIND:NAME"), what would be lost without it. With the full `image` links are followed, and what is not kept is
    said to whom it belongs. Raises BadKeepList, BadImage, EngineMissing."""
    keep = read(Path(keep_file))
    if keep is None:
        raise BadKeepList(
            f"cannot read {keep_file}: there is no such file", hint="`unladen slim --write` writes one."
        )
    if image is None:
        return _explained(keep, path)
    with session.engine(engine) as found, temporary.folder() as folder:
        return _explained(keep, path, open_image(found, image, folder).tree)


def _explained(keep: KeepList, path: str, tree: FileTree | None = None) -> tuple[str, ...]:
    if path.startswith(PACKAGE_PREFIX):
        return without_package(keep, path.removeprefix(PACKAGE_PREFIX), tree)
    return explained(keep, path, tree)
