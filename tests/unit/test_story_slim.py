"""What a user of `slim` does and sees, on an engine in memory."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from scripted import APP, CONFIG, FULL, TINY, CommandLine, Scene, base, lean

import unladen
from in_memory.sensor import CONTENTS, refusing
from unladen.climb.interface import Failed, Outcome, Proved, Skipped
from unladen.keep.keeplist import FILE_NAME


def slimmed(scene: Scene, **options: object) -> Outcome:
    """The outcome of `optimize`'s slimmed rung."""
    climb = unladen.optimize(scene.root, **options)  # type: ignore[arg-type]
    return next(each for each in climb.rungs if each.rung.name == "slimmed")


def keep_list(scene: Scene) -> str:
    return (scene.root / FILE_NAME).read_text()


def without(scene: Scene, path: str) -> None:
    """Takes the line of a path out of the list, as a person might."""
    lines = [line for line in keep_list(scene).splitlines() if line.split("#")[0].strip() != path]
    assert len(lines) < len(keep_list(scene).splitlines())
    scene.write(FILE_NAME, "\n".join(lines) + "\n")


@pytest.fixture
def written(scene: Scene, unladen_cli: CommandLine) -> Scene:
    """A project that was slimmed with --write."""
    code, _, said = unladen_cli("slim", scene.root, "--write", "--accept-thin", "--quiet")
    assert code == 0, said
    return scene


def test_an_image_is_traced_listed_built_and_proved(scene: Scene, unladen_cli: CommandLine) -> None:
    code, said, _ = unladen_cli("slim", scene.root, "--write", "--accept-thin", "--quiet")
    assert code == 0 and "proved (thin): all 6 cases" in said
    listed = keep_list(scene)
    assert "/usr/share/app/users.txt" in listed and "/usr/lib/script/" in listed
    assert "/usr/share/doc" not in listed and "rare.txt" not in listed
    assert "unladen slim" in (scene.root / "Dockerfile").read_text()
    assert (scene.root / "Dockerfile.bak").exists()
    assert scene.left() == []


def test_on_thin_evidence_nothing_is_written_unless_that_is_accepted(
    scene: Scene, unladen_cli: CommandLine
) -> None:
    before = (scene.root / "Dockerfile").read_text()
    code, said, complaint = unladen_cli("slim", scene.root, "--write", "--quiet")
    assert code == 3 and "warning: the evidence is thin" in " ".join(said.split())
    assert complaint.startswith("not written: ") and "--accept-thin" in complaint
    assert not (scene.root / FILE_NAME).exists() and (scene.root / "Dockerfile").read_text() == before
    code, said, _ = unladen_cli("slim", scene.root, "--quiet")
    assert code == 0, "nothing was to be written"


def test_a_folder_into_which_nothing_is_written_is_not_left(scene: Scene, unladen_cli: CommandLine) -> None:
    """As with any image that is not proved: an empty folder was left behind."""
    folder = scene.root.parent / "a" / "slim"
    code, _, _ = unladen_cli("slim", FULL, "-o", folder, "--quiet")
    assert code != 0 and not folder.parent.exists()


def test_what_only_the_environment_needs_is_found_missing_and_repaired(written: Scene) -> None:
    """No case asks for it; the battery does."""
    assert "/usr/share/app/data.txt" in keep_list(written)


def test_a_line_that_is_missing_is_found_and_repaired(written: Scene, unladen_cli: CommandLine) -> None:
    without(written, "/usr/share/app/users.txt")
    code, said, _ = unladen_cli("slim", written.root, "--write", "--accept-thin", "--quiet")
    assert code == 0 and "repaired in round 1" in said
    assert "/usr/share/app/users.txt" in keep_list(written)


def test_without_repair_a_missing_line_fails(written: Scene, unladen_cli: CommandLine) -> None:
    without(written, "/usr/share/app/users.txt")
    before = keep_list(written)
    code, said, _ = unladen_cli("slim", written.root, "--write", "--accept-thin", "--quiet", "--rounds", "0")
    assert code == 1 and "GET /users" in said
    assert keep_list(written) == before


def test_a_missing_program_is_repaired_too(written: Scene, unladen_cli: CommandLine) -> None:
    without(written, "/usr/bin/script")
    code, said, _ = unladen_cli("slim", written.root, "--quiet")
    assert code == 0 and "the start" in said


def test_a_list_that_still_holds_passes_its_check(written: Scene, unladen_cli: CommandLine) -> None:
    code, said, _ = unladen_cli("slim", written.root, "--check", "--quiet")
    assert code == 0, said


def test_a_stale_list_fails_its_check_and_says_what_would_change(
    written: Scene, unladen_cli: CommandLine
) -> None:
    written.write("app.script", APP + "/about read /usr/share/doc/1.txt\n")
    written.write("unladen.toml", f'{CONFIG}[[verify.request]]\npath = "/about"\n')
    before = keep_list(written)
    code, said, _ = unladen_cli("slim", written.root, "--check", "--quiet")
    assert code == 1 and "/usr/share/doc/1.txt" in said
    assert keep_list(written) == before


def test_lines_that_name_nothing_any_more_are_named(written: Scene, unladen_cli: CommandLine) -> None:
    written.write(FILE_NAME, keep_list(written) + "/usr/share/gone.txt\n")
    _, said, _ = unladen_cli("slim", written.root, "--quiet")
    assert "/usr/share/gone.txt" in said


def test_what_production_showed_is_kept_too(scene: Scene, unladen_cli: CommandLine) -> None:
    entry = {"method": "GET", "url": "http://shop.example/rare", "headers": []}
    har = {
        "log": {"version": "1.2", "entries": [{"request": entry, "response": {"status": 200, "headers": []}}]}
    }
    scene.write("../seen.har", json.dumps(har))
    code, said, _ = unladen_cli(
        "slim", scene.root, "--learn", scene.root.parent / "seen.har", "--write", "--accept-thin", "--quiet"
    )
    assert code == 0, said
    assert "/usr/share/app/rare.txt" in keep_list(scene)


def test_a_list_that_is_there_learns_what_production_shows(written: Scene, unladen_cli: CommandLine) -> None:
    entry = {"method": "GET", "url": "http://shop.example/rare", "headers": []}
    har = {
        "log": {"version": "1.2", "entries": [{"request": entry, "response": {"status": 200, "headers": []}}]}
    }
    written.write("../seen.har", json.dumps(har))
    unladen_cli(
        "slim",
        written.root,
        "--learn",
        written.root.parent / "seen.har",
        "--write",
        "--accept-thin",
        "--accept-thin",
        "--quiet",
    )
    assert "/usr/share/app/rare.txt" in keep_list(written)


def test_what_is_included_stays_and_what_is_excluded_goes(scene: Scene, unladen_cli: CommandLine) -> None:
    code, said, _ = unladen_cli(
        "slim",
        scene.root,
        "--include",
        "/usr/share/doc/1.txt",
        "--exclude",
        "/etc/passwd",
        "--write",
        "--accept-thin",
        "--quiet",
    )
    assert code == 0, said
    assert "/usr/share/doc/1.txt" in keep_list(scene) and "!/etc/passwd" in keep_list(scene)


@pytest.mark.parametrize("wish", ["--include", "--exclude"])
@pytest.mark.parametrize("pattern", ["/nowhere", "/nowhere/*", "pkg:nothing"])
def test_a_wish_that_matches_nothing_is_bad_input(
    scene: Scene, unladen_cli: CommandLine, wish: str, pattern: str
) -> None:
    code, _, said = unladen_cli("slim", scene.root, wish, pattern, "--quiet")
    assert code == 2 and f"cannot {wish[2:]} {pattern}" in said and "hint:" in said
    assert scene.left() == []


def test_wishes_do_not_go_with_a_list_that_is_there(written: Scene, unladen_cli: CommandLine) -> None:
    code, _, said = unladen_cli("slim", written.root, "--include", "/etc/passwd")
    assert code == 2 and FILE_NAME in said


def test_there_is_nothing_to_check_without_a_list(scene: Scene, unladen_cli: CommandLine) -> None:
    code, _, said = unladen_cli("slim", scene.root, "--check")
    assert code == 2 and "there is no" in said


def test_where_ptrace_is_forbidden_what_is_installed_counts(scene: Scene, unladen_cli: CommandLine) -> None:
    scene.store.contents[CONTENTS] = refusing
    code, said, _ = unladen_cli("slim", scene.root, "--quiet")
    assert "ptrace" in said and code in (0, 1)


def test_where_ptrace_is_forbidden_single_files_cannot_be_chosen(
    scene: Scene, unladen_cli: CommandLine
) -> None:
    scene.store.contents[CONTENTS] = refusing
    code, _, said = unladen_cli("slim", scene.root, "--policy", "file", "--quiet")
    assert code == 2 and "cannot trace" in said


def test_an_image_of_which_all_is_used_is_not_slimmed(scene: Scene) -> None:
    """Everything in it is the project's own or was touched."""
    scene.store.add(replace(base({}), layers=()), "story/nothing:1")
    wanted = "COPY --from=story/tiny:1 /usr/bin/script /usr/bin/script\n"
    wanted += "".join(f"COPY --from={TINY} {path} {path}\n" for path in USED)
    scene.write(
        "Dockerfile", f'FROM scratch\n{wanted}WORKDIR /app\nCOPY . .\nCMD ["/usr/bin/script", "app.script"]\n'
    )
    outcome = slimmed(scene)
    assert isinstance(outcome, Skipped) and "nothing to remove" in outcome.reason


USED = ("/usr/lib/script/json.lib", "/usr/share/app/users.txt", "/usr/share/app/data.txt")


def test_the_leanest_rung_that_stands_is_slimmed(scene: Scene) -> None:
    scene.rung("lean", lean())
    outcome = slimmed(scene)
    assert isinstance(outcome, Proved) and outcome.slimming is not None
    assert outcome.slimming.made_from == "lean" and outcome.slimming.repairs == 1
    assert scene.left() == []


def test_a_slimmed_rung_is_remembered(scene: Scene) -> None:
    scene.rung("lean", lean())
    slimmed(scene)
    again = slimmed(scene)
    assert isinstance(again, Proved) and again.remembered


def test_used_files_alone_are_climbed_where_the_smallest_is_the_goal(scene: Scene) -> None:
    scene.rung("lean", lean())
    climb = unladen.optimize(scene.root, goal="smallest")
    assert climb.recommended in ("slimmed", "slimmed-file")


def test_a_slimming_that_fails_is_how_its_rung_ends(scene: Scene) -> None:
    scene.rung("lean", lean())
    del scene.store.programs["bash"]
    climb = unladen.optimize(scene.root)
    outcome = climb.rungs[-2]
    assert isinstance(outcome, Failed) and climb.recommended == "lean"


def test_an_image_alone_is_slimmed(scene: Scene, unladen_cli: CommandLine) -> None:
    _, said, _ = unladen_cli("optimize", scene.root, "--keep-images", "--quiet", "--json", "-")
    kept = "unladen/shop:baseline"
    folder = scene.root.parent / "out"
    code, said, wrong = unladen_cli("slim", kept, "--output", folder, "--accept-thin", "--quiet")
    assert code == 0, said + wrong
    assert (folder / FILE_NAME).exists() and f"FROM {kept}" in (folder / "Dockerfile").read_text()


def test_the_removed_files_are_listed_on_request(scene: Scene, unladen_cli: CommandLine) -> None:
    _, said, _ = unladen_cli("slim", scene.root, "--removed", "--quiet")
    assert "/usr/share/doc" in said


def test_the_report_of_a_slimming_is_json(scene: Scene, unladen_cli: CommandLine) -> None:
    code, said, _ = unladen_cli("slim", scene.root, "--json", "-", "--quiet")
    report = json.loads(said)
    assert code == 0 and report


def test_a_kept_path_is_explained(written: Scene, unladen_cli: CommandLine) -> None:
    code, said, _ = unladen_cli("explain", written.root / FILE_NAME, "/usr/share/app/users.txt")
    assert code == 0 and "users.txt" in said
    code, said, _ = unladen_cli("explain", written.root / FILE_NAME, "/usr/share/doc/1.txt", "--image", FULL)
    assert code == 0 and "not kept" in said


def test_a_trace_is_written_as_json(scene: Scene, unladen_cli: CommandLine) -> None:
    unladen_cli("optimize", scene.root, "--keep-images", "--quiet")
    kept = "unladen/shop:baseline"
    code, said, wrong = unladen_cli("trace", kept, "--output", "-", "--health", "/health", "--quiet")
    assert code == 0, wrong
    assert "/usr/lib/script/json.lib" in said and json.loads(said)


def test_an_image_that_is_nowhere_cannot_be_traced(scene: Scene, unladen_cli: CommandLine) -> None:
    code, _, said = unladen_cli("trace", "story/nowhere:1", "--output", "-")
    assert code == 2 and "story/nowhere:1" in said
