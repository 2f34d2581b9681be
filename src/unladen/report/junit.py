"""A proof as JUnit XML, as CI servers show it: a test case for each case, each check and each loss."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

from unladen.proof.interface import Verdict
from unladen.proof.show import case_text
from unladen.proving.interface import Candidate, Proof
from unladen.report.figures import clean
from unladen.report.interface import loss_text


def render(proof: Proof) -> str:
    """One suite for each candidate. What fails alike on both sides is a skipped test case."""
    root = ElementTree.Element("testsuites", name=f"unladen prove {proof.baseline.name}")
    texts = {case.id: case_text(case) for case in proof.corpus.cases}
    for candidate in proof.candidates:
        suite = ElementTree.SubElement(root, "testsuite", name=clean(candidate.subject.name))
        for test in _tests(candidate, texts):
            suite.append(test)
        suite.set("tests", str(len(suite)))
        suite.set("failures", str(len(suite.findall("testcase/failure"))))
        suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _tests(candidate: Candidate, texts: dict[str, str]) -> Iterator[ElementTree.Element]:
    verdict = candidate.verdict
    if verdict is None:
        told = "it is the baseline itself" if not candidate.failure else candidate.failure
        yield _test("does", "start", "failure" if candidate.failure else "", told, candidate.detail)
        return
    yield from _does(verdict, texts)
    lost = verdict.static.unexplained
    for loss in lost:
        yield _test("has", f"{loss.kind} {loss.subject}", "failure", loss_text(loss))
    gone = {loss.kind for loss in lost}
    for what, count in verdict.static.counts.items():
        yield _test("has", f"{count:,} {what}{' but for these' if gone else ''}")
    for each in verdict.environment:
        said = f"{each.baseline} became {each.rung}: {each.meaning}"
        yield _test("can", each.check, "failure" if each.fatal else "", said)


def _does(verdict: Verdict, texts: dict[str, str]) -> Iterator[ElementTree.Element]:
    mismatches = {each.case: each for each in verdict.mismatches}
    for case, state in verdict.states.items():
        name = texts.get(case, case)
        if each := mismatches.get(case):
            detail = f"baseline: {each.baseline}\ncandidate: {each.rung}\nlikely cause: {each.cause or 'not known'}"
            yield _test("does", name, "failure", each.difference, detail)
        elif state == "not run":
            yield _test("does", name, "failure", "not run")
        elif state == "failed alike":
            yield _test("does", name, "skipped", "fails on the baseline, and fails alike: proves nothing")
        else:
            yield _test("does", name)


def _test(kind: str, name: str, how: str = "", message: str = "", detail: str = "") -> ElementTree.Element:
    test = ElementTree.Element("testcase", classname=kind, name=clean(name))
    if how:
        ElementTree.SubElement(test, how, message=clean(message)).text = clean(detail) or None
    return test
