"""A slimming's values: what is slimmed and how, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from unladen.dockerfile.edit import Change
from unladen.keep.compare import Difference
from unladen.keep.keeplist import FILE_NAME, KeepList, Policy, Rule, render
from unladen.keep.ledger import Removed
from unladen.keep.stages import PACKER
from unladen.keep.unexercised import Unexercised
from unladen.language.interface import Lost, Proposal
from unladen.measure.interface import Weight
from unladen.proof.has.interface import SYMBOLS
from unladen.proof.interface import NO_CASES, Corpus, Verdict
from unladen.proof.level import level, proves

WHY: Mapping[Policy, str] = MappingProxyType(
    {
        "package": "what the program was seen to use, used packages whole, by a list to review",
        "file": "what the program was seen to use, used files alone, by a list to review",
    }
)


UNKNOWN = "what no case used is gone, and whether production needs it is not known"
"""What thin evidence comes to."""
ENOUGH_HELD_BACK = 10
"""Cases: what becomes of fewer is no estimate for behaviour that nobody tested."""


@dataclass(frozen=True)
class SlimOptions:
    """How to slim. `former` is a list to begin with instead of a trace; `rounds` the most rounds of repair; `learned`
    cases are always traced, under the name `learned_from`; `check` traces beside the former list, to compare."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    former: KeepList | None = None
    rounds: int = 6
    learned: Corpus = NO_CASES
    learned_from: str = ""
    check: bool = False


@dataclass(frozen=True)
class Full:
    """The full image, which is slimmed: what the list says that it was made from (a rung's name, or the image's), the
    Dockerfile below which the slim stages are put (an image alone has one that starts from it and adds nothing), and
    the folder and the .dockerignore that it was built with. `name` is the slim image's in all that is told of it."""

    name: str
    made_from: str
    dockerfile: str
    bases: tuple[str, ...]
    image: str
    size_bytes: int
    context: Path
    dockerignore: str
    policy: Policy
    takes_away: tuple[Lost, ...] = ()
    notes: tuple[str, ...] = ()
    intends: Mapping[str, str] = field(default_factory=dict)
    rebuilt: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    left_out: str = ""
    """The .dockerignore that keeps files out of it which the baseline has."""
    apart: str = ""
    """The word that it was built with (`BuildRequest.apart`): slim images are built from its layers."""
    project: Path | None = None
    """The project's folder, whose manifests declare what runs; None for an image alone."""


@dataclass(frozen=True)
class Mended:
    """One case that a round of repair was for: what differed, and what was kept in addition because of it."""

    round: int
    case: str
    difference: str
    added: str
    lines: int


@dataclass(frozen=True)
class Slimmed:
    """A slim image and its proof. `dockerfile` is the full image's with the slim stages.

    `verdict` is None where the image never became healthy (`failure` says why). `held_back` is the number of
    cases that were not traced, None where the list was not made from a trace; `held` how many of them held before
    any repair. `lost` are tools of people that the full image has. `untraced` says why nothing could be traced,
    `trace_problems` what the trace may lack. `stale` are the lines that name nothing in the full image; `change` is
    what a fresh trace would change, where that was asked.
    """

    full: Full
    image: str
    weight: Weight
    keep: KeepList
    dockerfile: str
    removed: tuple[Removed, ...]
    stripped: Mapping[str, int]
    """Files that are kept without their symbols: path → bytes that they lost."""
    verdict: Verdict | None
    failure: str = ""
    held_back: int | None = None
    held: int = 0
    mended: tuple[Mended, ...] = ()
    lost: tuple[Lost, ...] = ()
    untraced: str = ""
    trace_problems: tuple[str, ...] = ()
    unexercised: tuple[Unexercised, ...] = ()
    """Packages in use of which the trace reached only a part; empty where the list was not made from a trace."""
    stale: tuple[Rule, ...] = ()
    declared_gone: tuple[str, ...] = ()
    """Names of dependencies that the project declares for run time and the slim image has not."""
    moved: tuple[str, ...] = ()
    """Packages of the list that was there which the full image has in another version."""
    change: Difference | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)
    """What recording the baseline (of an image alone), tracing, building and proving took, all rounds together."""

    @property
    def holds(self) -> bool:
        """Whether it is proved: nothing differs, and something counts."""
        return self.verdict is not None and proves(self.verdict)

    @property
    def is_thin(self) -> bool:
        """Whether it is proved by little more than its start: what production needs may be gone."""
        return self.verdict is not None and self.holds and level(self.verdict) == "thin"

    @property
    def proposal(self) -> Proposal:
        """The slim image as a rung: what builds it, and what it takes away."""
        full = self.full
        symbols = (Lost.SYMBOLS,) if self.stripped else ()
        unused = (*symbols, Lost.UNUSED) if self.removed else symbols
        return Proposal(
            name=full.name,
            why=WHY[full.policy],
            dockerfile=self.dockerfile,
            bases=tuple(dict.fromkeys((*full.bases, PACKER))),
            takes_away=tuple(dict.fromkeys((*full.takes_away, *self.lost, *unused))),
            goal="smallest",
            files={FILE_NAME: render(self.keep)},
            dockerignore=full.dockerignore,
            notes=full.notes,
            intends={**full.intends, **without_symbols(self.keep)},
            rebuilt=full.rebuilt,
            changes=full.changes,
        )


def without_symbols(keep: KeepList) -> Mapping[str, str]:
    """What a list strips, as an `Intent` and a `Proposal` name it."""
    return {f"{SYMBOLS}{path}": str(Lost.SYMBOLS) for path in keep.strip}


@dataclass(frozen=True)
class Summary:
    """A slimming and what it is compared with: `subject` is the project's name or the image's, `baseline_bytes` the
    size of what the user has, `dockerfile` the file that the slim stages belong in and `ignore_file` the one that says
    what is left out of a build, both from the folder that is written into; `notes` what else is to be known of the
    proof."""

    subject: str
    slimmed: Slimmed
    baseline_bytes: int
    dockerfile: str = "Dockerfile"
    ignore_file: str = ".dockerignore"
    notes: tuple[str, ...] = ()
