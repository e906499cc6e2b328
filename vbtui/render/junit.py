"""JUnit XML, for the test view of a CI system: one test case for each step of each job, or for each kind of finding.

The dialect is the one that Jenkins, GitLab and GitHub actions read: `testsuites`, `testsuite`, `testcase` with
`failure`, `skipped` or `system-out`. Names of test cases stay the same from run to run, or a history would be worth
nothing: they are those of the steps, not of what is in the way. No times: a check takes none that would mean anything.
Never here: which verdict is a failure; the caller says so, as its exit code does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final
from xml.etree import ElementTree as Xml

from vbtui.firewall import FindingKind, RuleFinding
from vbtui.planning import CheckReport, StepVerdict
from vbtui.render.finding_texts import KIND_NAMES, finding_text, rule_label
from vbtui.render.goal_texts import goal_lines, step_text, subject_text
from vbtui.render.messages import Messages
from vbtui.render.printing import printable
from vbtui.vocabulary import GoalVerdict

_FAIL_ONLY: Final = frozenset({GoalVerdict.FAIL})


def junit_text(
    messages: Messages, reports: Iterable[CheckReport], failing: Collection[GoalVerdict] = _FAIL_ONLY
) -> str:
    """A suite for each job, a case for each step.

    A step whose verdict is in `failing` failed; an unknown one that is not was skipped; a fallback that is not passed,
    and says what it falls back to.
    """
    return _document(
        _suite(f"{one.topology}.{one.job}", [_step(messages, one, step, failing) for step in one.steps])
        for one in reports
    )


def findings_junit_text(
    messages: Messages, findings: Sequence[RuleFinding], failing: Collection[FindingKind] = ()
) -> str:
    """A suite for each firewall of the topology, a case for each kind of finding.

    A kind in `failing` of which there is one failed; any other passed, and lists them.
    """
    topology = messages.topology
    suites = []
    for firewall in topology.firewalls:
        cases = []
        for kind in FindingKind:
            found = [one for one in findings if one.firewall == firewall.name and one.kind is kind]
            case = _case(f"{topology.name}.{firewall.name}", kind.value)
            text = "\n".join(f"{rule_label(one)}: {finding_text(messages.translator, one)}" for one in found)
            if found and kind in failing:
                _say(case, "failure", text, type=kind.value, message=messages.translator(KIND_NAMES[kind]))
            elif found:
                _say(case, "system-out", text)
            cases.append(case)
        suites.append(_suite(f"{topology.name}.{firewall.name}", cases))
    return _document(suites)


def _step(messages: Messages, report: CheckReport, step: StepVerdict, failing: Collection[GoalVerdict]) -> Xml.Element:
    case = _case(f"{report.topology}.{report.job}", step_text(messages, step.step))
    if step.verdict is GoalVerdict.OK:
        return case
    lines = []
    for goal in step.goals:
        if goal.verdict is not GoalVerdict.OK:
            subject = subject_text(messages.translator, goal.subject)
            lines.append(": ".join(part for part in (messages.goal(goal.verdict), subject) if part))
            lines += [f"  {line}" for line in goal_lines(messages, goal)]
    text, message = "\n".join(lines), messages.goal(step.verdict)
    if step.verdict in failing:
        _say(case, "failure", text, type=step.verdict.value, message=message)
    elif step.verdict is GoalVerdict.UNKNOWN:
        _say(case, "skipped", text, message=message)
    else:
        _say(case, "system-out", text)
    return case


def _case(classname: str, name: str) -> Xml.Element:
    return Xml.Element("testcase", {"classname": _clean(classname), "name": _clean(name)})


def _say(case: Xml.Element, tag: str, text: str, **attributes: str) -> None:
    child = Xml.SubElement(case, tag, {name: _clean(value) for name, value in attributes.items()})
    child.text = "\n".join(_clean(line) for line in text.split("\n"))


def _suite(name: str, cases: Sequence[Xml.Element]) -> Xml.Element:
    suite = Xml.Element("testsuite", {"name": _clean(name), **_counts(cases)})
    suite.extend(cases)
    return suite


def _counts(cases: Sequence[Xml.Element]) -> dict[str, str]:
    failures = sum(case.find("failure") is not None for case in cases)
    skipped = sum(case.find("skipped") is not None for case in cases)
    return {"tests": str(len(cases)), "failures": str(failures), "errors": "0", "skipped": str(skipped)}


def _document(suites: Iterable[Xml.Element]) -> str:
    found = list(suites)
    root = Xml.Element("testsuites", {"name": "vbtui", **_counts([case for suite in found for case in suite])})
    root.extend(found)
    Xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


def _clean(text: str) -> str:
    """XML 1.0 has no way to write most control characters, so they become visible escapes."""
    return printable(text)
