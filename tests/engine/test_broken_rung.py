"""A rung that was broken on purpose is caught by the proof, with the request that shows it and a guess at the cause."""

from __future__ import annotations

from pathlib import Path

import pytest
from engines import any_engine

from unladen.engine.hostsettings import HostSettings
from unladen.engine.interface import BuildRequest, Engine
from unladen.language.interface import Overrides
from unladen.language.registry import detect, language
from unladen.proof.interface import ProofPlan, RequestCase, Verdict
from unladen.trial.battery import prepare
from unladen.trial.ground import Ground, judge, program_of, survey

pytestmark = [pytest.mark.engine, any_engine]

PROJECT = Path(__file__).parent / "projects" / "fetcher"
DOCKERFILE = (PROJECT / "Dockerfile").read_text()
ASKED = ("/", "/fetch", "/greet")


@pytest.fixture(scope="module")
def ground(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    project = detect(PROJECT, Overrides(port=8000, health="/"))
    battery = prepare(
        language("python").battery(project), engine, HostSettings(), tmp_path_factory.mktemp("battery")
    )
    requests = [RequestCase(f"get {path}", f"GET {path}", "GET", path) for path in ASKED]
    built = engine.build(BuildRequest(PROJECT, DOCKERFILE))
    plan = ProofPlan(requests=requests, openapi=False)
    return survey(engine, built.image, program_of(project, plan), plan, battery)


def verdict(engine: Engine, ground: Ground, damage: str) -> Verdict:
    built = engine.build(BuildRequest(PROJECT, DOCKERFILE + damage))
    return judge(engine, built.image, ground)


def test_the_baseline_itself_holds(engine: Engine, ground: Ground) -> None:
    assert ground.own.holds
    assert verdict(engine, ground, "LABEL harmless=yes\n").holds


def test_removed_certificates_are_caught_by_the_answer_and_by_the_battery(
    engine: Engine, ground: Ground
) -> None:
    found = verdict(engine, ground, "RUN rm -rf /etc/ssl/certs /usr/lib/ssl/cert.pem\n")
    assert not found.holds
    (mismatch,) = [each for each in found.mismatches if each.case == "get /fetch"]
    assert "502" in mismatch.rung and "certificate" in mismatch.cause
    assert any(each.fatal and "certificates" in each.check for each in found.environment)
    assert found.same >= 2  # the other requests are answered as before


def test_certificates_disqualify_even_when_no_request_needs_them(engine: Engine, ground: Ground) -> None:
    """Every request answered right, and still not proved: the worst losses raise no error."""
    keep = "cp /srv/cert.pem /tmp/own.pem && rm -rf /etc/ssl/certs && mkdir -p /etc/ssl/certs"
    back = "cp /tmp/own.pem /etc/ssl/certs/ca-certificates.crt"
    damage = f"RUN {keep} && {back}\nENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt\n"
    found = verdict(engine, ground, damage)
    assert found.different == 0 and not found.holds
    assert any(each.fatal and "certificates" in each.check for each in found.environment)


def test_a_removed_dependency_is_caught_and_named(engine: Engine, ground: Ground) -> None:
    found = verdict(engine, ground, "RUN rm -rf /opt/dependencies/*\n")
    (mismatch,) = [each for each in found.mismatches if each.case == "get /greet"]
    assert not found.holds and "greeting" in mismatch.cause


@pytest.mark.parametrize(
    ("damage", "check", "named"),
    [
        (
            "RUN rm -f $(python -c 'import smtplib as m; print(m.__file__, m.__cached__)')\n",
            "standard library",
            "smtplib",
        ),
        (
            "RUN rm -f $(python -c 'from encodings import cp1250 as m; print(m.__file__, m.__cached__)')\n",
            "codecs",
            "cp1250",
        ),
        (
            "RUN rm -f /usr/share/zoneinfo/Asia/Tokyo /usr/share/zoneinfo/Asia/Kolkata\n",
            "zones of the c library",
            "Asia/Tokyo",
        ),
        ("ENV TZ=Asia/Kolkata\n", "local time", "+0530"),
        ("ENV LANG=\n", "own locale", "C.UTF-8"),
        ("RUN rm -rf /var/tmp\n", "writable folders", "/var/tmp"),
        ("RUN rm -f /etc/nsswitch.conf\n", "name service", "nsswitch"),
        ("RUN rm -f /usr/lib/ssl/openssl.cnf /etc/ssl/openssl.cnf\n", "openssl settings", "readable"),
        ("RUN chmod 755 /tmp\n", "any user: writable folders", "/tmp"),
    ],
)
def test_a_loss_that_no_request_shows_disqualifies_and_is_named(
    engine: Engine, ground: Ground, damage: str, check: str, named: str
) -> None:
    found = verdict(engine, ground, damage)
    assert not found.holds
    (lost,) = [each for each in found.environment if each.check == check]
    assert lost.fatal and named in f"{lost.baseline} {lost.rung}"


def test_a_lost_shell_is_shown_and_does_not_disqualify(engine: Engine, ground: Ground) -> None:
    found = verdict(engine, ground, "RUN rm -f /bin/sh /usr/bin/sh\n")
    assert found.holds
    assert any("shell" in each.check and not each.fatal for each in found.environment)
