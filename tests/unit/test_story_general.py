"""The ladder of any Dockerfile, climbed on an engine in memory."""

from __future__ import annotations

import json

import pytest
from scripted import BASELINE, FULL, LEAN, CommandLine, Scene, lean

import unladen
from unladen.climb.interface import Climb, Different, Outcome, Proved, Skipped
from unladen.errors import BadConfig


def outcome(climb: Climb, name: str) -> Outcome:
    return next(each for each in climb.rungs if each.rung.name == name)


def add(scene: Scene, text: str) -> None:
    before = (scene.root / "unladen.toml").read_text()
    scene.write("unladen.toml", f"{text}\n{before}")


def test_the_users_own_base_is_a_rung_that_is_proved_and_recommended(scene: Scene) -> None:
    add(scene, f'[bases]\n"{FULL}" = "{LEAN}"')
    climb = unladen.optimize(scene.root, rungs=["lighter-base"])
    found = outcome(climb, "lighter-base")
    assert isinstance(found, Proved) and climb.recommended == "lighter-base"
    assert found.rung.dockerfile == BASELINE.replace(FULL, LEAN)
    assert scene.left() == []


def test_a_base_that_behaves_otherwise_is_different(scene: Scene) -> None:
    scene.write("Dockerfile", BASELINE.replace("EXPOSE", f"COPY --from={FULL} /etc/passwd /kept\nEXPOSE"))
    scene.write("app.script", "use xml\n/health say ok\n/users read /usr/share/doc/1.txt\n")
    climb = unladen.optimize(scene.root, own_bases={FULL: LEAN}, rungs=["lighter-base"])
    assert isinstance(outcome(climb, "lighter-base"), Different) and climb.recommended is None


def test_the_first_rungs_can_be_chosen_by_name(scene: Scene) -> None:
    scene.rung("lean", lean())
    climb = unladen.optimize(scene.root, rungs=["lighter-base"])
    assert [each.rung.name for each in climb.rungs] == ["lighter-base"]
    skipped = outcome(climb, "lighter-base")
    assert isinstance(skipped, Skipped) and f"--base {FULL}=NAME" in skipped.reason
    with pytest.raises(BadConfig) as refused:
        unladen.optimize(scene.root, rungs=["moon"])
    assert "tidy, lighter-base, split, lean" in (refused.value.hint or "")


def test_a_project_of_no_known_language_has_these_rungs_alone(scene: Scene, unladen_cli: CommandLine) -> None:
    add(scene, '[project]\nlanguage = "unknown"')
    scene.write(
        "Dockerfile",
        BASELINE.replace("EXPOSE 8000\n", "EXPOSE 8000\nHEALTHCHECK CMD curl localhost/health\n"),
    )
    scene.rung("lean", lean())
    code, said, _ = unladen_cli("optimize", scene.root, "--base", f"{FULL}={LEAN}", "--json", "-", "--quiet")
    report = json.loads(said)
    assert code == 0 and report["recommended"] == "split"
    names = ["tidy", "lighter-base", "split", "slimmed", "slimmed-file"]
    assert [each["name"] for each in report["rungs"]] == names
    climb = unladen.optimize(scene.root, own_bases={FULL: LEAN})
    lighter = outcome(climb, "lighter-base")
    assert (
        isinstance(lighter, Proved) and lighter.verdict.environment_checks == 1
    )  # its interpreter's battery


def test_what_is_written_is_the_users_file_with_the_edits(scene: Scene) -> None:
    users = f"# syntax=docker/dockerfile:1\r\n# mine\r\n{BASELINE}".replace("\r\n", "\n")
    scene.write("Dockerfile", users)
    climb = unladen.optimize(scene.root, own_bases={FULL: LEAN}, rungs=["lighter-base"])
    unladen.write_recommended(scene.root, climb)
    written = (scene.root / "Dockerfile").read_text().splitlines()
    assert written[0] == "# syntax=docker/dockerfile:1" and written[1].startswith("# Written by unladen")
    assert written[3:] == users.replace(FULL, LEAN).splitlines()[1:]
    again = unladen.optimize(scene.root, own_bases={FULL: LEAN})
    assert again.baseline.rung.dockerfile == users


def test_split_is_read_off_the_baselines_image_and_proved(scene: Scene) -> None:
    climb = unladen.optimize(scene.root, own_bases={FULL: LEAN}, rungs=["split"])
    found = outcome(climb, "split")
    assert isinstance(found, Proved) and climb.recommended == "split"
    above, _, below = found.rung.dockerfile.partition("\n# What runs: ")
    assert above == BASELINE.replace(FULL, f"{FULL} AS build", 1)
    assert below.splitlines()[1] == f"FROM {LEAN}" and "COPY --from=build" in below
    assert scene.left() == []


def test_split_is_skipped_with_the_reason(scene: Scene) -> None:
    climb = unladen.optimize(scene.root, rungs=["split"])
    skipped = outcome(climb, "split")
    assert isinstance(skipped, Skipped) and "served the build alone" in skipped.reason


def test_a_base_that_alone_is_larger_than_the_whole_image_is_not_tried(scene: Scene) -> None:
    scene.write("Dockerfile", BASELINE.replace(FULL, LEAN))
    climb = unladen.optimize(scene.root, own_bases={LEAN: FULL}, rungs=["lighter-base"])
    skipped = outcome(climb, "lighter-base")
    assert isinstance(skipped, Skipped) and skipped.reason.startswith("its base alone (")
    assert "is larger than your whole image (" in skipped.reason
    assert scene.left() == []


def test_bytes_that_are_no_text_are_climbed_reported_and_written(
    scene: Scene, unladen_cli: CommandLine
) -> None:
    data = BASELINE.encode().replace(b"EXPOSE", b"# caf\xe9\nEXPOSE")
    (scene.root / "Dockerfile").write_bytes(data)
    for words in (("--json", "-"), ("--write",)):
        code, said, _ = unladen_cli("optimize", scene.root, "--base", f"{FULL}={LEAN}", "--quiet", *words)
        assert code == 0 and "lighter-base" in said
    assert b"# caf\xe9\n" in (scene.root / "Dockerfile").read_bytes()
