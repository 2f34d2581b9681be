"""unladen.explain: why a keep-list keeps a path, or why it does not."""

from __future__ import annotations

from pathlib import Path

from unladen import session, temporary
from unladen.engine.find import EngineChoice
from unladen.errors import BadKeepList
from unladen.image.local import open_image
from unladen.keep.explain import explain as explained
from unladen.keep.parse import read


def explain(
    keep_file: Path | str, path: str, *, image: str | None = None, engine: EngineChoice = "auto"
) -> tuple[str, ...]:
    """Sentences that say why `path` is kept in the slim image, or why not and how to keep it. With the full `image`
    links are followed, and what is not kept is said to whom it belongs. Raises BadKeepList, BadImage, EngineMissing."""
    keep = read(Path(keep_file))
    if keep is None:
        raise BadKeepList(
            f"cannot read {keep_file}: there is no such file", hint="`unladen slim --write` writes one."
        )
    if image is None:
        return tuple(explained(keep, path))
    with session.engine(engine) as found, temporary.folder() as folder:
        return tuple(explained(keep, path, open_image(found, image, folder).tree))
