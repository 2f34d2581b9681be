"""Many losses of one kind and one origin below one folder, as one."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from unladen.proof.interface import Loss

FEW = 3
"""So many are shown one by one."""
NAMED = 2


def gathered(losses: Iterable[Loss]) -> tuple[Loss, ...]:
    """Losses whose subjects are paths; what nothing explains comes first."""
    alike: dict[tuple[str, ...], list[Loss]] = {}
    for loss in losses:
        alike.setdefault((loss.kind, loss.difference, loss.origin, loss.intended), []).append(loss)
    found = [one for group in alike.values() for one in _as_few(group)]
    return tuple(sorted(found, key=lambda loss: bool(loss.intended)))


def _as_few(group: Sequence[Loss]) -> Iterator[Loss]:
    folder = posixpath.commonpath([posixpath.dirname(loss.subject) for loss in group])
    tops = {loss.subject.split("/")[1] for loss in group}
    if folder == "/" and len(tops) == 1:
        folder += tops.pop()
    if len(group) <= FEW:
        yield from group
    elif folder != "/":
        names = [loss.subject[len(folder) + 1 :] for loss in group if len(loss.subject) > len(folder)]
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        difference = f"{group[0].difference}: {', '.join(names[:NAMED])}{more}"
        count = sum(loss.count for loss in group)
        yield replace(group[0], subject=f"{folder}/", difference=difference, count=count)
    else:
        for top in sorted(tops):
            yield from _as_few([loss for loss in group if loss.subject.split("/")[1] == top])
