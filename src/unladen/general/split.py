"""The rung `split`: the user's instructions build as they did, and a last stage on a lighter base has what they added.

Nothing of the user's file changes but that its last stage gets a name. What cannot be carried over makes the rung
impossible, never a rung without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from unladen.dockerfile.edit import Change, Edit, apply, insert
from unladen.dockerfile.users import UsersDockerfile
from unladen.general.added import DEBIAN, Added, CannotCarry, added
from unladen.general.families import lighter
from unladen.general.folding import folded
from unladen.general.interface import Edited
from unladen.general.rungs import General, fixes, ignore_for, without
from unladen.general.runtime import wanted
from unladen.general.settings import carried, quoted
from unladen.general.stage import ROOT, Stage
from unladen.general.tidy import intended, takes_the_shell_away
from unladen.image.dpkg import DPKG
from unladen.image.packages import read_text
from unladen.image.settings import Settings, without_a_shell
from unladen.image.without import Without
from unladen.language.interface import Impossible, Proposal
from unladen.language.leaner import LIGHTER, PLAIN, Leaner
from unladen.proof.has.examine import NOTHING
from unladen.proof.has.interface import Side

SPLIT = "split"
WHY = "your Dockerfile builds; a last stage on a lighter base has what it added"
_NAMES = {SPLIT: ("added",), "scratch": ("added",)}
"""What the stage on top of the user's own is called, where the rung's name does not do: scratch has a meaning."""
_LACKED = "came with the former base, and is needed"
_FROM_SCRATCH = "there is nothing below the image: it is built from scratch"
WORTH = 5_000_000
"""Bytes: where less stays behind on the same base, one more stage is not worth reading."""


def offered(general: General) -> tuple[Proposal | Impossible, ...]:
    """The rung before the baseline's image is there: its last base is the lighter one. () where the project has no
    Dockerfile of its own."""
    users = general.project.users
    if users is None or users.path is None:
        return ()
    base = users.staged.final_base
    if base == "scratch":
        return (Impossible(SPLIT, WHY, _FROM_SCRATCH),)
    return (onto(general, Proposal(SPLIT, WHY, "", (), onto=LIGHTER)),)


def onto(general: General, rung: Proposal) -> Proposal:
    """A rung whose last stage, on the base that it names, is added to the user's own file."""
    users = general.project.users
    assert users is not None
    staged = users.staged
    if rung.onto == LIGHTER:
        base = staged.final_base
        reference = lighter(base, is_last=True, own=general.own) or base
        lost = without(general, users) if reference != base else ()
        rung = replace(rung, onto=reference, takes_away=(*lost, *rung.takes_away))
    own = (each for each in dict.fromkeys(staged.bases) if each not in ("scratch", rung.onto))
    return replace(
        rung,
        dockerfile=staged.source.text,
        bases=(*own, *(() if rung.onto == "scratch" else (rung.onto,))),
        dockerignore=ignore_for(general, users),
    )


def refined(
    general: General,
    rung: Proposal,
    full: Side,
    light: Side,
    leaner: Leaner = PLAIN,
    packages: tuple[str, ...] = (),
) -> Proposal | Impossible:
    """The offered rung, once the baseline's image (`full`) and its base (`light`) can be read. `packages` are those
    that it was seen to lack."""
    users = general.project.users
    assert users is not None
    ignore = rung.dockerignore or ""
    fixed = fixes(general, users, ignore, recommends=True)
    try:
        made = split(users, full, light, rung, leaner, fixed, packages)
    except CannotCarry as reason:
        return Impossible(rung.name, rung.why, str(reason))
    notes = tuple(dict.fromkeys(each.why for each in made.changes))
    bare = users.staged.final_base == "scratch"  # nothing but its own lines changes
    return replace(
        rung,
        dockerfile=made.text,
        takes_away=() if bare else rung.takes_away,
        notes=notes if bare else (*notes, *leaner.notes),
        intends={} if bare else {**intended(made.changes), **_nobodys(leaner), **leaner.intends},
        rebuilt=leaner.rebuilt,
        changes=made.changes,
    )


def split(
    users: UsersDockerfile,
    full: Side,
    light: Side,
    rung: Proposal,
    leaner: Leaner = PLAIN,
    tidied: tuple[Change, ...] = (),
    packages: tuple[str, ...] = (),
) -> Edited:
    """The user's file with one more stage. `full` is the image that the file builds, `light` the base of the new stage;
    `tidied` are edits of the user's own lines, `packages` those that the stage was seen to lack. Raises CannotCarry."""
    staged, reading, reference = users.staged, users.final, rung.onto
    if staged.final_base == "scratch":
        return _in_place(users, rung, leaner)
    if staged.target_name:
        raise CannotCarry(f"the stage {staged.target_name} is not the last one")
    if not leaner.is_static:
        _check_release(full, light, reference)
    found = _without(added(full, light, rung.dockerignore or ""), full, leaner)
    brought = frozenset(path for path in found.files - leaner.gone if not leaner.left(path))
    known = {**dict.fromkeys(packages, _LACKED), **found.packages}
    changes = [*leaner.edits]
    changes += [each for each in tidied if not any(_overlap(each.edit, other.edit) for other in changes)]
    starts = _starts(full.scene.settings, changes, leaner)
    needs = wanted(full, light, brought, reading, known, leaner, starts)
    files = brought | needs.files
    if reference == staged.final_base and _left_behind(full, files, set(needs.packages)) < WORTH:
        raise CannotCarry("no lighter base is known, and nothing in the image served the build alone")
    stage = staged.target
    taken = {each.name for each in staged.stages}
    build = stage.name or _free_name(taken, "build", "whole", "as-it-was")
    trimmed = replace(full, scene=replace(full.scene, tree=Without(full.scene.tree, leaner.gone)))
    fold = folded(trimmed if leaner.gone else full, light, files, leaner)
    for each in leaner.whole:
        if each not in fold.folders and not fold.is_inside(each):
            raise CannotCarry(f"{each} of your image cannot be copied as a whole")
    on_top = _free_name({*taken, build}, *_NAMES.get(rung.name, (rung.name,)), "parts", "to-copy")
    last = Stage(full, light, reference, on_top, found, fold, needs, reading, staged.source.escape, leaner)
    above = last.above(build)
    if above and not full.scene.real("/bin/sh"):
        raise CannotCarry("your last stage has no shell: nothing can be taken away or made in it")
    last = last if above else replace(last, build=build)
    own = last.lines()
    runs = [line for line in own if line.startswith("RUN ")]
    if runs and not last.has_shell and any(not line.startswith("RUN [") for line in runs):
        raise CannotCarry(f"the last stage needs a shell to build, and {reference} has none: {runs[0]}")
    flags = "".join(f"{word} " for word in staged.chain()[0].start.flag_words)
    as_root = ["USER root"] if light.scene.settings.user not in ROOT else []
    runs_on, squash = light, []
    if leaner.is_squashed:
        name = _free_name({*taken, build, on_top}, "runtime", "whole-runtime")
        runs_on, squash = NOTHING, list(_squashed(full, light, name))
    lines = [
        *above,
        *_without_packages(needs.left, reference),
        f"# What runs: {reference}, and what the instructions above added to their base.",
        f"FROM {flags}{reference}" + (f" AS {name}" if squash else ""),
        *as_root,
        *own,
        *squash,
        *_with_user(carried(full, runs_on, reading, staged.final, _rewritten(changes)), leaner),
    ]
    if not stage.name:
        named = insert(stage.start.end, f" AS {build}")
        changes.append(Change(named, "the stage that your instructions build gets a name"))
    why = f"the last stage starts from {reference} and copies what your instructions added"
    stage_below = insert(len(staged.source.text), _below(staged.source.text, "\n".join(lines)))
    changes.append(Change(stage_below, why + _weight(full, files, leaner)))
    return Edited(apply(staged.source, [each.edit for each in changes]), tuple(changes))


def _squashed(full: Side, light: Side, name: str) -> Iterator[str]:
    """An empty stage with all that the stage of this name has; what the base says of the environment is said again."""
    yield from (
        "",
        "# One layer: what went from the base weighs nothing.",
        "FROM scratch",
        f"COPY --from={name} / /",
    )
    for variable, value in light.scene.settings.env.items():
        if variable not in full.scene.settings.env:
            yield f"ENV {variable}={quoted(value)}"


def _in_place(users: UsersDockerfile, rung: Proposal, leaner: Leaner) -> Edited:
    """An image that has nothing below it gets no further stage: what is known of the user's own lines is all."""
    if rung.onto != "scratch":
        raise CannotCarry(_FROM_SCRATCH)
    if not leaner.edits:
        raise CannotCarry(f"{_FROM_SCRATCH}, and its build has the flags that make it small")
    return Edited(apply(users.staged.source, [each.edit for each in leaner.edits]), leaner.edits)


def _without_packages(names: Iterable[str], reference: str) -> Iterator[str]:
    if said := ", ".join(names):
        yield f"# Not in it: {said}. {reference} installs no packages, and nothing is seen to need them."


def _weight(full: Side, files: frozenset[str], leaner: Leaner) -> str:
    """Of the files that are copied; not told where some of them are built anew."""
    size = sum(entry.size for path in files if (entry := full.scene.tree.get(path)))
    return "" if leaner.rebuilt else f" ({size / 1e6:.1f} MB)"


def _without(found: Added, full: Side, leaner: Leaner) -> Added:
    """What was added without folders of which nothing is copied."""

    def is_left(folder: str) -> bool:
        inside = [path for path in full.scene.below(folder) if not full.scene.is_dir(path)]
        return leaner.left(f"{folder}/") or (bool(inside) and all(map(leaner.left, inside)))

    return replace(found, folders=frozenset(each for each in found.folders if not is_left(each)))


def _starts(settings: Settings, changes: Iterable[Change], leaner: Leaner) -> Settings:
    """How the new stage's program is started: without the shell that a fix takes away."""
    if leaner.command:
        return replace(settings, entrypoint=(), cmd=leaner.command)
    if not takes_the_shell_away(changes):
        return settings
    entrypoint, cmd = (without_a_shell(each) or each for each in (settings.entrypoint, settings.cmd))
    return replace(settings, entrypoint=entrypoint, cmd=cmd)


def _overlap(one: Edit, other: Edit) -> bool:
    return one.start < other.end and other.start < one.end


def _rewritten(changes: Iterable[Change]) -> Mapping[int, str]:
    """Instructions that are replaced as a whole: where they begin → what they become."""
    return {each.edit.start: each.edit.text for each in changes if each.edit.start < each.edit.end}


def _nobodys(leaner: Leaner) -> Mapping[str, str]:
    """What `_with_user` changes on purpose."""
    if not leaner.user:
        return {}
    return {
        f"USER={leaner.user}": "the program needs no rights of root",
        "ENV HOME=/tmp": f"the user {leaner.user} has no home folder of its own",
    }


def _with_user(settings: tuple[str, ...], leaner: Leaner) -> list[str]:
    """The settings with who runs the program instead of root."""
    if not leaner.user:
        return list(settings)
    kept = [each for each in settings if not each.upper().startswith("USER ")]
    starts = ("CMD", "ENTRYPOINT", "HEALTHCHECK", "EXPOSE")
    at = next((n for n, each in enumerate(kept) if each.upper().startswith(starts)), len(kept))
    home = [] if any("HOME=" in each for each in kept) else ["ENV HOME=/tmp"]
    why = "# The program needs no rights of root" + (
        "; this user has no home folder of its own" if home else ""
    )
    return [*kept[:at], why, *home, f"USER {leaner.user}", *kept[at:]]


def _below(text: str, lines: str) -> str:
    return ("" if text.endswith("\n") else "\n") + f"\n{lines}\n"


def _free_name(taken: set[str], *names: str) -> str:
    return next((name for name in names if name not in taken), f"{names[0]}-{len(taken)}")


def _check_release(full: Side, light: Side, reference: str) -> None:
    """Raises CannotCarry: programs and libraries fit the system that they were built for."""
    one, other = _release(full), _release(light)
    if one != other:
        raise CannotCarry(f"{reference} is {other}, and your base is {one}")


def _release(side: Side) -> str:
    text = read_text(side.base if side.origins.base else side.scene.tree, "/etc/os-release")
    text = text or read_text(side.scene.tree, "/usr/lib/os-release")
    values = dict(re.findall(r'(?m)^(ID|VERSION_ID)="?([^"\n]*)', text))
    return " ".join(filter(None, (values.get("ID"), values.get("VERSION_ID")))) or "of no known release"


def _left_behind(full: Side, files: frozenset[str], packages: set[str]) -> int:
    """Bytes that the instructions added and the new stage does without; packages may need others, which count as
    needed where they come by the names of what they need."""
    names = {name.partition("=")[0] for name in packages}
    known = {each.name: each for each in full.scene.packages if each.kind == DEBIAN}
    left = list(names)
    while left:
        more = set(known[name].depends) - names if (name := left.pop()) in known else set()
        names |= more
        left += more
    total = 0
    for path in full.scene.tree:
        entry = full.scene.tree.get(path)
        if entry is None or path in files or path.startswith(f"{DPKG}/") or full.origins.is_base(entry.layer):
            continue
        package = full.scene.packages.of(path)
        total += 0 if package and package.name in names else entry.size
    return total
