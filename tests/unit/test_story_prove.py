"""What a user of `prove` does and sees, on an engine in memory."""

from __future__ import annotations

import json
import signal
import socket
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator
from scripted import BASELINE, CommandLine, Scene, base, lean

from in_memory.engine import MemoryEngine
from in_memory.process import Ended, Process
from unladen.engine.interface import BuildRequest
from unladen.report.json import schema

OTHER = lean("RUN echo carl > /usr/share/app/users.txt")


def image(scene: Scene, name: str, dockerfile: str) -> str:
    """An image of the project, under a name that outlives the build."""
    engine = MemoryEngine(scene.store)
    engine.tag(engine.build(BuildRequest(scene.root, dockerfile)).image, name)
    engine.close()
    return name


@pytest.fixture
def old(scene: Scene) -> str:
    return image(scene, "shop:old", BASELINE)


def test_an_image_that_behaves_the_same_passes(scene: Scene, old: str, unladen_cli: CommandLine) -> None:
    new = image(scene, "shop:new", lean())
    code, said, progress = unladen_cli("prove", old, new, "--project", scene.root)
    assert code == 0, said + progress
    assert "shop:old" in said and "port 8000" in said and "behaves the same: thin" in said
    assert "Next: describe requests under [[verify.request]]" in " ".join(said.split())
    assert "shop:new" in progress and "proving" in progress
    assert {"shop:old", "shop:new"} <= scene.store.names.keys()


def test_one_that_answers_otherwise_fails_with_the_request_and_both_answers(
    scene: Scene, old: str, unladen_cli: CommandLine
) -> None:
    new = image(scene, "shop:new", OTHER)
    code, said, _ = unladen_cli("prove", old, new, "--project", scene.root, "--quiet")
    assert code == 1 and "differs: 2 of" in said
    assert "GET /users" in said and "anna" in said and "carl" in said and "candidate" in said


def test_one_that_never_answers_fails_with_its_log_and_the_port_that_is_believed(
    scene: Scene, old: str, unladen_cli: CommandLine
) -> None:
    new = image(scene, "shop:new", lean("RUN rm /usr/lib/script/json.lib"))
    code, said, _ = unladen_cli("prove", old, new, "--quiet")
    assert code == 1 and "does not run" in said and "json.lib" in said


def test_the_users_dockerfile_is_the_baseline_of_another_one(scene: Scene, unladen_cli: CommandLine) -> None:
    scene.write("Dockerfile.new", lean())
    scene.write("Dockerfile.bad", OTHER)
    code, said, _ = unladen_cli("prove", scene.root, "--candidate", "Dockerfile.new", "--quiet")
    assert code == 0 and "Dockerfile.new" in said, said
    both = ("--candidate", "Dockerfile.new", "--candidate", scene.root / "Dockerfile.bad")
    code, said, _ = unladen_cli("prove", scene.root, *both, "--quiet")
    assert code == 1 and "behaves the same" in said and "differs" in said
    assert scene.left() == []


def test_a_proof_that_is_weaker_than_required_has_an_exit_code_of_its_own(
    scene: Scene, old: str, unladen_cli: CommandLine
) -> None:
    new = image(scene, "shop:new", lean())
    asked = ("prove", old, new, "--project", scene.root, "--quiet", "--require")
    code, said, _ = unladen_cli(*asked, "fair")
    assert code == 3 and "(too thin for --require fair)" in " ".join(said.split())
    more = "".join(f'[[verify.request]]\npath = "/users?{n}"\n' for n in range(6))
    scene.write("unladen.toml", more)
    assert unladen_cli(*asked, "fair")[0] == 0
    assert unladen_cli(*asked, "strong")[0] == 3


def test_two_images_that_fail_alike_are_not_proved(scene: Scene, unladen_cli: CommandLine) -> None:
    """`redis-server … redis-cli --version`: arguments behind a CMD fail on both sides, and that is no proof."""
    scene.write("unladen.toml", '[[verify.command]]\nargs = ["redis-cli", "--version"]\n')
    scene.write("app.script", "end 1\n")
    names = image(scene, "shop:old", BASELINE), image(scene, "shop:new", lean())
    code, said, _ = unladen_cli("prove", *names, "--config", scene.root / "unladen.toml", "--quiet")
    words = " ".join(said.split())
    assert code == 3 and "is not proved: none" in words, said
    assert "1 of 1 cases failed alike, the first: run redis-cli --version (exit code 1)" in words


def test_json_markdown_and_junit_say_the_same(
    scene: Scene, old: str, unladen_cli: CommandLine, tmp_path: Path
) -> None:
    names = image(scene, "shop:new", lean()), image(scene, "shop:other", OTHER)
    files = {"--json": tmp_path / "p.json", "--markdown": tmp_path / "p.md", "--junit": tmp_path / "p.xml"}
    given = [word for pair in files.items() for word in pair]
    code, _, _ = unladen_cli("prove", old, *names, "--project", scene.root, "--quiet", *given)
    assert code == 1
    found = json.loads(files["--json"].read_text())
    assert [each["status"] for each in found["candidates"]] == ["same", "different"]
    assert found["exit_code"] == 1 and found["port"] == 8000 and found["baseline"]["name"] == old
    proofs = {**schema(), **schema()["$defs"]["proof"]}
    proofs.pop("title")
    for each in found["candidates"]:
        assert list(Draft202012Validator(proofs).iter_errors(each["proof"])) == []
    text = files["--markdown"].read_text()
    assert "| `shop:new` |" in text and "GET /users" in text
    good, bad = ElementTree.parse(files["--junit"]).getroot()
    assert good.get("failures") == "0" and bad.get("failures") == "2"  # after a restart, too
    assert "GET /users" in {each.get("name") for each in good.iter("testcase")}
    failure, _ = bad.iter("failure")
    assert "carl" in (failure.text or "") and int(bad.get("tests", "0")) == len(bad)


def test_the_baseline_itself_is_said_to_be_so_and_is_not_run(
    scene: Scene, old: str, unladen_cli: CommandLine
) -> None:
    image(scene, "shop:same", BASELINE)
    scene.store.names["shop:again"] = scene.store.names[old]
    code, said, _ = unladen_cli("prove", old, "shop:again", "--require", "strong", "--quiet")
    assert code == 0 and "is the baseline itself" in said and scene.store.containers == {}


def lines(process: Process) -> int:
    """A server of a line protocol, as redis is one: what is no command of its own, it complains of and hangs up."""
    listener = process.machine.ports[6379]
    listener.listen()

    def serve() -> None:
        with suppress(OSError):
            while True:
                peer, _ = listener.accept()
                threading.Thread(target=answer, args=(peer,), daemon=True).start()

    def answer(peer: socket.socket) -> None:
        with peer, suppress(OSError):
            if peer.recv(1000):
                peer.sendall(b"-ERR unknown command\r\n")

    def stop() -> None:
        raise Ended(0)

    process.signals.handlers[signal.SIGTERM] = stop
    threading.Thread(target=serve, daemon=True).start()
    process.sleep()
    return 0


def test_a_server_of_a_line_protocol_is_compared_by_start_and_stop(
    scene: Scene, unladen_cli: CommandLine
) -> None:
    scene.store.programs["lines"] = lines
    names = []
    for name, more in (("full", {"/usr/share/doc/a.txt": "a"}), ("lean", {}), ("bare", {})):
        scene.store.add(base(more, ("lines",)), f"lines/{name}:1")
        end = "RUN rm /usr/bin/lines\n" if name == "bare" else ""
        names.append(image(scene, f"lines:{name}", f'FROM lines/{name}:1\n{end}EXPOSE 6379\nCMD ["lines"]\n'))
    code, said, _ = unladen_cli("prove", *names[:2], "--quiet")
    words = " ".join(said.split())
    assert code == 0 and "port 6379 (the image's EXPOSE)" in words and "behaves the same: thin" in words
    assert "port 6379 accepts connections and speaks no HTTP: only start and stop were compared" in words
    assert "Next: describe commands under [[verify.command]]" in words
    assert unladen_cli("prove", names[0], names[2], "--quiet")[0] == 1


def test_what_was_meant_to_change_is_declared(scene: Scene, old: str, unladen_cli: CommandLine) -> None:
    new = image(scene, "shop:new", lean("LABEL team=blue", "ENV COLOUR=red"))
    code, said, _ = unladen_cli("prove", old, new, "--project", scene.root, "--quiet")
    assert code == 1 and "LABEL team" in said and "ENV COLOUR" in said
    meant = ("--intend", "label team", "--intend", "ENV COLOUR")
    code, said, _ = unladen_cli("prove", old, new, "--project", scene.root, "--quiet", *meant)
    assert code == 0 and "declared with --intend" in said, said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("shop:old",), "there is nothing to compare it with"),
        (("shop:old", "shop:nowhere"), "cannot prove shop:nowhere"),
        (("shop:nowhere", "shop:old"), "cannot prove shop:nowhere"),
        (("nowhere/", "--candidate", "Dockerfile"), "there is no such folder"),
        ((".", "--candidate", "Dockerfile.nowhere"), "cannot read Dockerfile.nowhere"),
        (("shop:old", "--candidate", "Dockerfile"), "no folder to build it from is named"),
        ((".", "--candidate", "Dockerfile.broken"), "cannot build"),
        ((".", "--candidate", "Dockerfile.far"), "far/away"),
        (("shop:old", "Dockerfile"), "it is a file, not an image"),
        (("shop:old", "shop:old", "--intend", "everything"), "cannot tell what --intend"),
        (("shop:old", "shop:old", "--env", "A"), "cannot set A"),
        (("shop:old", "shop:old", "--health", "ready"), "cannot use --health ready"),
        (("shop:old", "shop:arm"), "it is for arm9"),
        (("shop:sick", "shop:old"), "cannot take shop:sick as the baseline: "),
    ],
)
def test_bad_input_is_one_error(
    scene: Scene,
    old: str,
    unladen_cli: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    says: str,
) -> None:
    monkeypatch.chdir(scene.root)
    scene.write("Dockerfile.broken", lean("RUN false"))
    scene.write("Dockerfile.far", "FROM localhost:1/far/away:1\n")
    image(scene, "shop:sick", lean("RUN echo end 3 > app.script"))
    arm = base({})
    scene.store.add(replace(arm, config={**arm.config, "architecture": "arm9"}), "shop:arm")
    code, _, said = unladen_cli("prove", *arguments, "--quiet")
    assert code == 2 and said.startswith("error: ") and says in said and "Traceback" not in said, said
