"""What a user of `optimize` does and sees, on an engine in memory."""

from __future__ import annotations

import json
import os
import signal

import jsonschema
import pytest
from scripted import FULL, HEAVY, LEAN, NEEDED, TINY, CommandLine, Scene, base, lean

import unladen
from in_memory.process import Process
from unladen.climb.interface import (
    Climb,
    Different,
    Failed,
    Judged,
    Measured,
    Outcome,
    Proved,
    Skipped,
)
from unladen.errors import BadConfig, BadProject, BaseMissing, BuildFailed, DiskFull, Interrupted, NotHealthy
from unladen.measure.interface import Times
from unladen.progress import Event
from unladen.report.json import as_dict, schema


def times(climb: Climb, name: str) -> Times:
    found = outcome(climb, name)
    assert isinstance(found, Judged)
    return found.times


def outcome(climb: Climb, name: str) -> Outcome:
    return next(each for each in climb.rungs if each.rung.name == name)


def test_every_rung_that_behaves_the_same_is_proved_and_the_leaner_one_is_recommended(scene: Scene) -> None:
    scene.rung("thinner", f"FROM {FULL}\nRUN rm -r /usr/share/doc\n" + lean().partition("\n")[2])
    scene.rung("lean", lean())
    climb = unladen.optimize(scene.root)
    assert isinstance(outcome(climb, "thinner"), Proved)
    found = outcome(climb, "lean")
    assert isinstance(found, Proved) and climb.recommended == "lean"
    assert found.weight.size_bytes < climb.baseline.weight.size_bytes / 2
    assert found.times.build_cold_s and found.times.start_s
    assert found.verdict.cases == 6 and not found.remembered
    assert scene.left() == []


def test_cold_builds_are_timed_of_the_baseline_and_the_recommended_rung(scene: Scene) -> None:
    scene.rung("thinner", f"FROM {FULL}\nRUN rm -r /usr/share/doc\n" + lean().partition("\n")[2])
    scene.rung("broken", lean("RUN echo carl > /usr/share/app/users.txt"))
    scene.rung("lean", lean())
    climb = unladen.optimize(scene.root, rungs=["thinner", "broken", "lean"])
    thinner, broken, chosen = (times(climb, name) for name in ("thinner", "broken", "lean"))
    for timed in (climb.baseline.times, chosen):
        assert timed.build_cold_s and timed.build_warm_s is None and len(timed.starts_s) == 5
    assert thinner.build_cold_s is thinner.build_warm_s is None and len(thinner.starts_s) == 5
    assert broken.build_cold_s is None and broken.starts_s == ()  # nothing is decided by its starts
    shown = as_dict(climb)
    assert [rung["build_cold_s"] is None for rung in shown["rungs"]] == [True, True, False]
    jsonschema.validate(shown, schema())


def test_all_times_are_there_on_request(scene: Scene, unladen_cli: CommandLine) -> None:
    scene.rung("thinner", f"FROM {FULL}\nRUN rm -r /usr/share/doc\n" + lean().partition("\n")[2])
    scene.rung("lean", lean())
    options = ("--rungs", "thinner,lean", "--quiet", "--json", "-")
    code, out, _ = unladen_cli("optimize", scene.root, *options, "--time", "all")
    first = json.loads(out)
    assert code == 0 and all(rung["build_cold_s"] and rung["build_warm_s"] for rung in first["rungs"])
    again = json.loads(unladen_cli("optimize", scene.root, *options)[1])
    assert [rung["build_cold_s"] for rung in again["rungs"]] == [
        rung["build_cold_s"] for rung in first["rungs"]
    ]  # more than is asked for is remembered, too


def test_what_was_not_timed_is_measured_where_it_is_asked_for(scene: Scene) -> None:
    scene.rung("lean", lean())
    quick = unladen.optimize(scene.root, rungs=["lean"], time="none")
    assert times(quick, "lean") == Times(timed="none") and quick.recommended == "lean"
    assert unladen.optimize(scene.root, rungs=["lean"], time="none").baseline.remembered
    usual = unladen.optimize(scene.root, rungs=["lean"])
    assert not usual.baseline.remembered and times(usual, "lean").build_cold_s


def test_a_remembered_rung_that_is_recommended_now_is_built_for_its_times(scene: Scene) -> None:
    scene.rung("lean", lean())
    scene.rung("tiny", "# goal: smallest\n# takes away: shell\n" + lean().replace(LEAN, TINY))
    first = unladen.optimize(scene.root, rungs=["lean", "tiny"])
    assert first.recommended == "lean" and times(first, "tiny").build_cold_s is None
    second = unladen.optimize(scene.root, rungs=["lean", "tiny"], goal="smallest")
    found = outcome(second, "tiny")
    assert second.recommended == "tiny" and isinstance(found, Proved) and found.remembered
    assert found.times.build_cold_s
    assert times(second, "lean") == times(first, "lean") and scene.left() == []


def test_rungs_share_layers_of_this_run_and_of_no_earlier_one(scene: Scene) -> None:
    """The step counts how often it is run: the baseline and two rungs have it in common."""
    ran: list[str] = []

    def counted(process: Process) -> int:
        ran.append(process.argv[1])
        return 0

    scene.store.programs["counted"] = counted
    scene.store.add(base({**NEEDED, **HEAVY}, ("script", "counted")), FULL)
    common = f"FROM {FULL} AS build\nWORKDIR /app\nRUN counted update\n"
    run = 'COPY . .\nEXPOSE 8000\nCMD ["script", "app.script"]\n'
    scene.write("Dockerfile", common + run)
    for number, name in enumerate(("one", "two")):
        scene.rung(name, f"{common}FROM {LEAN}\nWORKDIR /app\nCOPY --from=build /app /b{number}\n{run}")
    climb = unladen.optimize(scene.root, rungs=["one", "two"], time="none")
    assert isinstance(outcome(climb, "one"), Proved) and isinstance(outcome(climb, "two"), Proved)
    assert len(ran) == 1
    unladen.optimize(scene.root, rungs=["one", "two"], time="none", fresh=True)
    assert len(ran) == 2  # a list of packages of last month is nobody's


def test_the_project_stays_as_it_is(scene: Scene) -> None:
    scene.rung("lean", lean())
    before = {path: path.read_bytes() for path in scene.root.rglob("*") if path.is_file()}
    unladen.optimize(scene.root)
    assert {path: path.read_bytes() for path in scene.root.rglob("*") if path.is_file()} == before


def test_a_rung_that_answers_otherwise_is_different_and_never_recommended(scene: Scene) -> None:
    scene.rung("broken", lean("RUN echo carl > /usr/share/app/users.txt"))
    climb = unladen.optimize(scene.root, rungs=["broken"])
    broken = outcome(climb, "broken")
    assert isinstance(broken, Different) and climb.recommended is None
    assert broken.verdict.different == 2  # after a restart, too


def test_a_rung_whose_environment_lost_something_is_different(scene: Scene) -> None:
    scene.rung("bare", lean("RUN rm /usr/share/app/data.txt"))
    climb = unladen.optimize(scene.root, rungs=["bare"])
    assert isinstance(outcome(climb, "bare"), Different)


def test_answers_that_are_random_are_no_difference(scene: Scene) -> None:
    scene.write("app.script", "use json\n/health say ok\n/users draw\n")
    scene.rung("lean", lean())
    assert isinstance(outcome(unladen.optimize(scene.root), "lean"), Proved)


def test_a_baseline_that_never_becomes_healthy_ends_the_climb(scene: Scene) -> None:
    scene.write("app.script", "end 3\n")
    scene.rung("lean", lean())
    with pytest.raises(NotHealthy) as sick:
        unladen.optimize(scene.root)
    assert "ends as it was told to" in sick.value.detail
    assert scene.left() == []


def test_a_rung_that_never_becomes_healthy_has_failed(scene: Scene) -> None:
    scene.rung("sick", lean("RUN rm /usr/lib/script/json.lib"))
    failed = outcome(unladen.optimize(scene.root, rungs=["sick"]), "sick")
    assert isinstance(failed, Failed) and "json.lib" in failed.detail


def test_a_rung_that_cannot_be_built_has_failed_with_its_step(scene: Scene) -> None:
    scene.rung("broken", lean("RUN echo the reason && false"))
    scene.rung("lean", lean())
    climb = unladen.optimize(scene.root)
    failed = outcome(climb, "broken")
    assert isinstance(failed, Failed) and "false" in failed.reason and "the reason" in failed.detail
    assert climb.recommended == "lean"


def test_a_baseline_that_cannot_be_built_ends_the_climb(scene: Scene) -> None:
    scene.write("Dockerfile", f"FROM {FULL}\nRUN false\n")
    scene.rung("lean", lean())
    with pytest.raises(BuildFailed) as failed:
        unladen.optimize(scene.root)
    assert failed.value.step == "RUN false"
    assert scene.left() == []


def test_a_rung_whose_base_cannot_be_had_is_skipped_with_its_reason(scene: Scene) -> None:
    scene.rung("far", lean().replace(LEAN, "localhost:1/far/away:1"))
    scene.rung("lean", lean())
    climb = unladen.optimize(scene.root)
    skipped = outcome(climb, "far")
    assert isinstance(skipped, Skipped) and "localhost:1/far/away:1" in skipped.reason
    assert climb.recommended == "lean"


def test_a_baseline_whose_base_cannot_be_had_ends_the_climb(scene: Scene) -> None:
    scene.write("Dockerfile", "FROM localhost:1/far/away:1\n")
    with pytest.raises(BaseMissing, match="localhost:1/far/away:1"):
        unladen.optimize(scene.root)


def test_a_base_is_pulled_where_its_registry_has_it(scene: Scene) -> None:
    scene.store.registry["localhost:1/lean:1"] = scene.store.images[scene.store.names[LEAN]]
    scene.rung("near", lean().replace(LEAN, "localhost:1/lean:1"))
    climb = unladen.optimize(scene.root, rungs=["near"], bases="registry")
    assert isinstance(outcome(climb, "near"), Proved)


def test_what_does_not_apply_is_skipped_with_the_languages_reason(scene: Scene) -> None:
    scene.rung("none", "# impossible: it has no parts\n")
    skipped = outcome(unladen.optimize(scene.root), "none")
    assert isinstance(skipped, Skipped) and skipped.reason == "it has no parts"


def test_a_rung_reads_the_image_of_the_one_that_it_comes_after(scene: Scene) -> None:
    scene.rung("lean", lean())
    scene.rung("leaner", "# after: lean\n" + lean())
    scene.rung("lost", lean("RUN rm app.script"))
    scene.rung("last", "# after: lost\n" + lean())
    climb = unladen.optimize(scene.root)
    assert isinstance(outcome(climb, "leaner"), Proved)
    last = outcome(climb, "last")
    assert isinstance(last, Skipped) and last.reason == "the rung before has no program"


def test_a_second_run_remembers_and_builds_nothing(scene: Scene) -> None:
    scene.rung("lean", lean())
    first = unladen.optimize(scene.root)
    events: list[Event] = []
    second = unladen.optimize(scene.root, watch=events.append)
    assert [event for event in events if event.phase == "building"] == []
    assert second.baseline.remembered and second.baseline.weight == first.baseline.weight
    again = outcome(second, "lean")
    assert isinstance(again, Proved) and again.remembered and second.recommended == first.recommended


def test_a_changed_project_is_measured_again(scene: Scene) -> None:
    scene.rung("lean", lean())
    unladen.optimize(scene.root)
    scene.write("app.script", "use json\n/health say fine\n/users say nobody\n")
    climb = unladen.optimize(scene.root)
    assert not climb.baseline.remembered


def test_fresh_measures_again(scene: Scene) -> None:
    scene.rung("lean", lean())
    unladen.optimize(scene.root)
    climb = unladen.optimize(scene.root, fresh=True)
    again = outcome(climb, "lean")
    assert not climb.baseline.remembered and isinstance(again, Proved) and not again.remembered


def test_rungs_that_are_climbed_later_are_compared_with_the_remembered_baseline(scene: Scene) -> None:
    scene.rung("lean", lean())
    scene.rung("leaner", lean("RUN rm /usr/lib/script/xml.lib"))
    unladen.optimize(scene.root, rungs=["lean"])
    climb = unladen.optimize(scene.root)
    new, old = outcome(climb, "leaner"), outcome(climb, "lean")
    assert climb.baseline.remembered and isinstance(old, Proved) and old.remembered
    assert isinstance(new, Proved) and not new.remembered and new.times.start_s


def test_a_new_rung_is_never_measured_by_a_figure_of_an_earlier_run(scene: Scene) -> None:
    """The baseline is remembered from a day when the machine was slow: 9 s, while both start at once today."""
    scene.rung("lean", lean())
    first = unladen.optimize(scene.root, rungs=[])
    for file in (scene.cache / "outcomes").glob("*.json"):
        kind, text = file.read_text().split("\n", 1)
        value = json.loads(text)
        value["times"] |= {"start_s": 9.0, "starts_s": [9.0] * 5, "baseline_starts_s": [9.0] * 5}
        file.write_text(f"{kind}\n{json.dumps(value)}")
    climb = unladen.optimize(scene.root, rungs=["lean"])
    new = outcome(climb, "lean")
    assert (
        first.baseline.times.start_s != 9 and climb.baseline.times.start_s == 9 and climb.baseline.remembered
    )
    assert isinstance(new, Proved) and len(new.times.baseline_starts_s) == len(new.times.starts_s) == 5
    assert max(new.times.baseline_starts_s) < 5
    assert not any("9.00 s" in reason for reason in climb.reasons)


def test_where_every_rung_fails_the_command_fails(scene: Scene, unladen_cli: CommandLine) -> None:
    scene.rung("broken", lean("RUN false"))
    code, _, said = unladen_cli("optimize", str(scene.root), "--rungs", "broken", "--quiet")
    assert code == 1 and "every rung that was tried failed" in said
    scene.rung("lean", lean())
    assert unladen_cli("optimize", str(scene.root), "--rungs", "broken,lean", "--quiet")[0] == 0


def test_the_smallest_is_recommended_only_where_it_is_the_goal(scene: Scene) -> None:
    scene.rung("lean", lean())
    scene.rung("tiny", "# goal: smallest\n# takes away: shell\n" + lean().replace(LEAN, TINY))
    assert unladen.optimize(scene.root, rungs=["lean", "tiny"]).recommended == "lean"
    assert unladen.optimize(scene.root, rungs=["lean", "tiny"], goal="smallest").recommended == "tiny"


def test_where_security_is_the_goal_what_serves_intruders_least_is_recommended(scene: Scene) -> None:
    scene.rung("lean", lean().replace(LEAN, TINY))
    scene.rung("hard", "# takes away: shell\n" + lean())
    assert unladen.optimize(scene.root, rungs=["lean", "hard"], goal="secure").recommended == "hard"


def test_a_rung_that_is_not_on_the_ladder_is_named(scene: Scene) -> None:
    scene.rung("lean", lean())
    with pytest.raises(BadConfig, match="lane") as bad:
        unladen.optimize(scene.root, rungs=["lane"])
    assert "lean" in bad.value.hint


def test_a_folder_that_is_not_there(scene: Scene) -> None:
    with pytest.raises(BadProject):
        unladen.optimize(scene.root / "nowhere")


def test_kept_images_stay_when_all_else_goes(scene: Scene) -> None:
    scene.rung("lean", lean())
    climb = unladen.optimize(scene.root, keep_images=True)
    proved = outcome(climb, "lean")
    assert isinstance(proved, Proved)
    assert {climb.baseline.image, proved.image} <= set(scene.left())
    assert all(scene.store.names_of(image) for image in scene.left())
    assert scene.store.containers == {}
    assert climb.kept["lean"] == "unladen/shop:lean" and scene.store.find("unladen/shop:lean") is not None
    measured = (climb.baseline, *(each for each in climb.rungs if isinstance(each, Measured)))
    assert climb.kept.keys() == {each.rung.name for each in measured}


def test_what_kept_images_are_called_is_said(scene: Scene, unladen_cli: CommandLine) -> None:
    scene.rung("lean", lean())
    _, said, _ = unladen_cli("optimize", scene.root, "--keep-images", "--rungs", "lean", "--quiet")
    names = "unladen/shop:baseline, unladen/shop:lean"
    assert f"Images that stay: {names}; unladen clean --remove --images removes them." in " ".join(
        said.split()
    )
    _, said, _ = unladen_cli(
        "optimize", scene.root, "--keep-images", "--rungs", "lean", "--json", "-", "--quiet"
    )
    report = json.loads(said)
    assert [each["kept_as"] for each in (report["baseline"], *report["rungs"])] == names.split(", ")
    _, said, _ = unladen_cli("optimize", scene.root, "--rungs", "lean", "--json", "-", "--quiet")
    assert json.loads(said)["baseline"]["kept_as"] is None


def test_a_rebuild_that_changes_nothing_does_not_take_the_image_away(scene: Scene) -> None:
    """The source that is changed to time it is not in the image: the engine's cache gives the same image again."""
    scene.write("a.script", "never copied\n")
    scene.write("Dockerfile", f'FROM {FULL}\nWORKDIR /app\nCOPY app.script .\nCMD ["script", "app.script"]\n')
    scene.rung("lean", f'FROM {LEAN}\nWORKDIR /app\nCOPY app.script .\nCMD ["script", "app.script"]\n')
    climb = unladen.optimize(scene.root, keep_images=True, time="all")
    proved = outcome(climb, "lean")
    assert isinstance(proved, Proved) and {climb.baseline.image, proved.image} <= set(scene.left())


def test_a_full_disk_ends_the_climb_and_leaves_nothing(scene: Scene) -> None:
    scene.rung("huge", lean("RUN dd if=/dev/zero of=/fill bs=1M"))
    scene.store.room = 3 << 20
    with pytest.raises(DiskFull) as full:
        unladen.optimize(scene.root)
    assert full.value.hint
    assert scene.left() == []


def interrupts(process: Process) -> int:
    os.kill(os.getpid(), signal.SIGINT)
    process.sleep(30)
    return 0


@pytest.mark.parametrize("line", ["RUN interrupts", 'CMD ["interrupts"]'], ids=["building", "proving"])
def test_ctrl_c_leaves_nothing(scene: Scene, unladen_cli: CommandLine, line: str) -> None:
    scene.store.programs["interrupts"] = interrupts
    waits = scene.store.add(base({}, ("interrupts",)), "story/waits:1")
    scene.rung("waits", f"FROM story/waits:1\n{line}\n")
    code, _, said = unladen_cli("optimize", scene.root, "--quiet")
    assert code == Interrupted.exit_code and "interrupted (SIGINT)" in said
    assert scene.left() == [waits]


def test_a_request_that_both_sides_fail_is_named_and_proves_nothing(
    scene: Scene, unladen_cli: CommandLine
) -> None:
    scene.write("app.script", "use json\n/health say ok\n/users read /nowhere.txt\n")
    scene.rung("lean", lean())
    climb = unladen.optimize(scene.root, rungs=["lean"])
    found = outcome(climb, "lean")
    assert isinstance(found, Proved) and found.evidence.level == "thin"
    failing = "GET /users (answers 500)"
    assert found.verdict.failed_alike[0] == failing  # and again after a restart
    assert all(each.endswith(failing) for each in found.verdict.failed_alike)
    again = outcome(unladen.optimize(scene.root, rungs=["lean"]), "lean")
    assert isinstance(again, Proved) and again.remembered and again.evidence == found.evidence
    code, said, _ = unladen_cli("optimize", scene.root, "--rungs", "lean", "--write", "--quiet")
    words = " ".join(said.split())
    assert code == 0 and "failed alike, which proves nothing: GET /users (answers 500)" in words
    assert "Caution: the proof is thin" in words and "failed alike: thin" in words
    assert "# proved (thin) by" in (scene.root / "Dockerfile").read_text()
