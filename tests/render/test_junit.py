"""JUnit: read by junitparser, with names that stay and counts that are right, whatever the words are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from junitparser import Failure, JUnitXml, Skipped

from vbtui.firewall import FindingKind, RuleFinding
from vbtui.i18n import translator
from vbtui.planning import CheckReport, check, findings
from vbtui.render.junit import findings_junit_text, junit_text
from vbtui.render.messages import Messages
from vbtui.topology import Topology, load, resolve, shipped
from vbtui.vocabulary import GoalVerdict

OFTEN = frozenset({GoalVerdict.FAIL, GoalVerdict.FALLBACK, GoalVerdict.UNKNOWN})


def topology(name: str) -> Topology:
    return load(resolve(name)).topology


def reports(file: Topology) -> list[CheckReport]:
    return [check(file, job) for job in file.jobs]


def read(text: str) -> list[Any]:
    found = JUnitXml.fromstring(text.encode())
    suites = list(found)
    assert found.tests == sum(suite.tests for suite in suites)
    assert found.failures == sum(suite.failures for suite in suites)
    for suite in suites:
        cases = list(suite)
        assert suite.tests == len(cases)
        assert suite.failures == sum(failed(case) for case in cases)
        assert suite.skipped == sum(isinstance(one, Skipped) for case in cases for one in case.result)
    return suites


def failed(case: Any) -> bool:
    return any(isinstance(one, Failure) for one in case.result)


@pytest.mark.parametrize("name", shipped())
def test_every_step_of_every_job_is_a_case(name: str) -> None:
    file = topology(name)
    messages = Messages(translator("en"), file)
    suites = read(junit_text(messages, reports(file)))
    assert [suite.name for suite in suites] == [f"{file.name}.{job.name}" for job in file.jobs]
    for suite, report in zip(suites, reports(file), strict=True):
        cases = list(suite)
        assert len({(case.classname, case.name) for case in cases}) == len(cases)
        for case, step in zip(cases, report.steps, strict=True):
            assert case.name.startswith(str(step.step or ""))
            assert failed(case) == (step.verdict is GoalVerdict.FAIL)
            assert bool(case.system_out) == (step.verdict is GoalVerdict.FALLBACK)


def test_a_failure_says_what_is_in_the_way_and_what_happens_instead() -> None:
    file = topology("locked-down")
    (strict, *_) = read(junit_text(Messages(translator("en"), file), reports(file)))
    texts = [one.text for case in strict for one in case.result]
    assert any("main drops (default)" in text and "the task fails" in text for text in texts)


def test_the_caller_says_what_fails() -> None:
    file = topology("classroom")
    messages, found = Messages(translator("de"), file), reports(file)
    assert any(report.verdict is GoalVerdict.FALLBACK for report in found)
    assert not any(failed(case) for suite in read(junit_text(messages, found)) for case in suite)
    assert any(failed(case) for suite in read(junit_text(messages, found, OFTEN)) for case in suite)


def test_names_of_cases_do_not_depend_on_the_rules() -> None:
    file = topology("locked-down")
    opened = file.model_copy(
        update={"firewalls": tuple(one.model_copy(update={"rules": (), "default": "allow"}) for one in file.firewalls)}
    )
    names = [
        [case.name for suite in read(junit_text(Messages(translator("en"), one), reports(one))) for case in suite]
        for one in (file, opened)
    ]
    assert set(names[1]) <= set(names[0])


HOSTILE = ["\x00\x1b[31m", "]]>", "<failure/>", "&amp;", '"quoted"', "\ud800", "\ufffe", "a\tb"]


@pytest.mark.parametrize("raw", HOSTILE)
def test_any_text_makes_sound_xml(raw: str) -> None:
    file = topology("classroom")
    params = (("raw", raw), ("origin", "edge.nft:1"))
    one = RuleFinding(FindingKind.OPAQUE, "core", "odd", 1, params=params)
    text = findings_junit_text(Messages(translator("en"), file), [one], {FindingKind.OPAQUE})
    Xml.fromstring(text.encode())
    ((case,),) = [[case for case in suite if failed(case)] for suite in read(text)]
    assert "core#1 odd" in case.result[0].text


@pytest.mark.parametrize("failing", [(), (FindingKind.OVER_PERMISSIVE,), tuple(FindingKind)])
def test_every_kind_of_finding_is_a_case_of_each_firewall(failing: Iterable[FindingKind]) -> None:
    file = topology("locked-down")
    found = findings(file, file.jobs)
    suites = read(findings_junit_text(Messages(translator("en"), file), found, tuple(failing)))
    assert [suite.name for suite in suites] == [f"{file.name}.{one.name}" for one in file.firewalls]
    for suite in suites:
        assert [case.name for case in suite] == [kind.value for kind in FindingKind]
        for case in suite:
            here = [one for one in found if f"{file.name}.{one.firewall}" == suite.name and one.kind == case.name]
            assert failed(case) == bool(here and FindingKind(case.name) in tuple(failing))
            text = (case.result[0].text if case.result else case.system_out) or ""
            assert all(one.rule in text for one in here)
