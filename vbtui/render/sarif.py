"""SARIF 2.1.0 (OASIS), for code scanning views: findings on rules, and goals of a check that are not met.

Every result points at a line of the topology file: the rule itself, for a goal the rule or firewall that decided its
first blocked connection, else the job. What GitHub asks for is there: `ruleId`, a message, a relative `uri` with
`startLine`, and partial fingerprints, made of names only, so that an alert stays the same when lines move.
Order and bytes are the same in every run; no times, no absolute path where a relative one exists.
Never here: deciding that something is wrong, reading files.
"""

from __future__ import annotations

import hashlib
import json
import os.path
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from vbtui import __version__
from vbtui.firewall import FindingKind, RuleFinding
from vbtui.i18n import N_
from vbtui.planning import CheckReport, Goal
from vbtui.render.finding_texts import KIND_MEANINGS, KIND_NAMES, finding_text, rule_label
from vbtui.render.goal_texts import goal_lines, subject_text
from vbtui.render.messages import Messages
from vbtui.render.sheets import steps_text
from vbtui.topology import DataPath, LoadedTopology, Topology
from vbtui.vocabulary import GoalVerdict

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
"""Where readers find the schema; nothing here follows it."""

_LEVELS: Final = {
    FindingKind.SHADOWED: "warning",
    FindingKind.REDUNDANT: "note",
    FindingKind.INOPERATIVE: "warning",
    FindingKind.UNUSED: "note",
    FindingKind.OVER_PERMISSIVE: "warning",
    FindingKind.EXPIRED: "warning",
    FindingKind.OPAQUE: "warning",
}
_GOALS: Final = {
    GoalVerdict.FAIL: ("goal-fail", "error", N_("A goal of a job is not reached.")),
    GoalVerdict.UNKNOWN: ("goal-unknown", "warning", N_("Whether a goal is reached hangs on rules not understood.")),
    GoalVerdict.FALLBACK: ("goal-fallback", "warning", N_("A goal is reached otherwise than it was meant.")),
}


@dataclass(frozen=True, slots=True)
class _Alert:
    """One result. `identity` is what makes it the same alert in another run."""

    rule: str
    level: str
    text: str
    place: DataPath
    identity: tuple[str, ...]
    logical: str
    """The fully qualified name of what it is about, `core/proxy-nfc`."""
    related: tuple[tuple[DataPath, str], ...] = ()
    """Places of the rules that it names, with what they are."""


def sarif_text(
    messages: Messages,
    loaded: LoadedTopology,
    base: Path,
    *,
    reports: Iterable[CheckReport] = (),
    findings: Iterable[RuleFinding] = (),
) -> str:
    """One run with a result for every goal that is not ok, and for every finding, as JSON text.

    `base` is the folder to which the file's address is relative, the root of the checkout; a file that does not lie
    under it is named by its absolute address.
    """
    topology = loaded.topology
    alerts = [alert for report in reports for alert in _of_report(messages, topology, report)]
    alerts += [_of_finding(messages, topology, one) for one in findings]
    rules = _rules(messages)
    order = [str(rule["id"]) for rule in rules]
    artifact = _artifact(loaded.file, base)
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "vbtui",
                "version": __version__,
                "language": messages.translator.language,
                "rules": rules,
            }
        },
        "language": messages.translator.language,
        "columnKind": "unicodeCodePoints",
        "results": [_result(alert, order.index(alert.rule), loaded, artifact) for alert in _apart(alerts)],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1, sort_keys=True) + "\n"


def _rules(messages: Messages) -> list[dict[str, Any]]:
    """Every kind of result that there can be, found or not, so that a reader knows what was looked for.

    The ids are words, so none has a `name` beside it, which would have to be another (3.49.7); GitHub wants `help`.
    """
    say = messages.translator
    kinds = [(kind.value, _LEVELS[kind], say(KIND_NAMES[kind]), say(KIND_MEANINGS[kind])) for kind in FindingKind]
    goals = [(name, level, messages.goal(verdict), say(meaning)) for verdict, (name, level, meaning) in _GOALS.items()]
    return [
        {
            "id": name,
            "shortDescription": {"text": short},
            "fullDescription": {"text": meaning},
            "help": {"text": meaning},
            "defaultConfiguration": {"level": level},
        }
        for name, level, short, meaning in (*goals, *kinds)
    ]


def _of_report(messages: Messages, topology: Topology, report: CheckReport) -> Iterable[_Alert]:
    for goal in report.goals:
        if goal.verdict is GoalVerdict.OK:
            continue
        name, level, _ = _GOALS[goal.verdict]
        steps = steps_text(messages.translator, goal.steps) if goal.steps else ""
        about = [report.job, steps, messages.goal(goal.verdict), subject_text(messages.translator, goal.subject)]
        text = ", ".join(part for part in about if part) + ": " + "; ".join(goal_lines(messages, goal))
        first = next((one for way in goal.ways for one in way.blocked), None)
        decided = (first.verdict.source, first.verdict.destination, str(first.asked.service)) if first else ()
        need = str(goal.need or "")
        identity = (name, report.topology, report.job, need, *goal.steps, *goal.subject.proxies, *decided)
        place = _of_goal(topology, report, goal)
        yield _Alert(name, level, text, place, identity, f"{report.job}/{need}" if need else report.job)


def _of_goal(topology: Topology, report: CheckReport, goal: Goal) -> DataPath:
    """Where it was decided: the rule or firewall of the first blocked connection, else the job."""
    first = next((one.verdict for way in goal.ways for one in way.blocked), None)
    if first is not None and first.hop is not None:
        for place, firewall in enumerate(topology.firewalls):
            if firewall.name == first.hop.name:
                number = first.segment.rule_number if first.segment else None
                return ("firewalls", place) if number is None else ("firewalls", place, "rules", number - 1)
    names = [job.name for job in topology.jobs]
    return ("jobs", names.index(report.job)) if report.job in names else ()


def _of_finding(messages: Messages, topology: Topology, finding: RuleFinding) -> _Alert:
    say = messages.translator
    names = [firewall.name for firewall in topology.firewalls]
    rules: DataPath = ("firewalls", names.index(finding.firewall), "rules")
    kind = say(KIND_NAMES[finding.kind])
    related = tuple(
        ((*rules, number - 1), f"{finding.firewall}#{number} {name}")
        for number, name in zip(finding.covering_numbers, finding.covering, strict=True)
    )
    return _Alert(
        rule=finding.kind.value,
        level=_LEVELS[finding.kind],
        text=f"{rule_label(finding)} – {kind}: {finding_text(say, finding)}",
        place=(*rules, finding.number - 1),
        identity=(finding.kind.value, topology.name, finding.firewall, finding.rule),
        logical=f"{finding.firewall}/{finding.rule}",
        related=related,
    )


def _apart(alerts: Sequence[_Alert]) -> Iterable[_Alert]:
    """Alerts of one identity get a number, or a reader would take them for one."""
    seen: dict[tuple[str, ...], int] = {}
    for alert in alerts:
        count = seen[alert.identity] = seen.get(alert.identity, 0) + 1
        yield alert if count == 1 else replace(alert, identity=(*alert.identity, str(count)))


def _result(alert: _Alert, index: int, loaded: LoadedTopology, artifact: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "ruleId": alert.rule,
        "ruleIndex": index,
        "level": alert.level,
        "message": {"text": message_text(alert.text)},
        "locations": [
            {
                "physicalLocation": _physical(loaded, alert.place, artifact),
                "logicalLocations": [{"fullyQualifiedName": alert.logical}],
            }
        ],
        "partialFingerprints": {"vbtui/v1": _fingerprint(alert.identity)},
    }
    if alert.related:
        found["relatedLocations"] = [
            {
                "id": number,
                "physicalLocation": _physical(loaded, place, artifact),
                "message": {"text": message_text(text)},
            }
            for number, (place, text) in enumerate(alert.related, start=1)
        ]
    return found


def _physical(loaded: LoadedTopology, place: DataPath, artifact: dict[str, str]) -> dict[str, Any]:
    line, column = loaded.places.nearest(place)
    return {"artifactLocation": artifact, "region": {"startLine": line, "startColumn": column}}


def _artifact(file: Path, base: Path) -> dict[str, str]:
    """Relative to the checkout where it lies in it: `%SRCROOT%` is what readers call that folder."""
    whole = Path(os.path.normpath(base / file))
    if whole.is_relative_to(base):
        return {"uri": quote(whole.relative_to(base).as_posix()), "uriBaseId": "%SRCROOT%"}
    return {"uri": "file://" + quote(whole.as_posix())}


_LINK: Final = re.compile(r"\[(?=[^\[\]]*\]\()")


def message_text(text: str) -> str:
    """A text as a SARIF message shows it literally: braces doubled (3.11.5), and nothing taken for a link (3.11.6)."""
    return _LINK.sub(r"\\[", text.replace("{", "{{").replace("}", "}}"))


def _fingerprint(identity: tuple[str, ...]) -> str:
    return hashlib.sha256("\0".join(identity).encode()).hexdigest()[:32]
