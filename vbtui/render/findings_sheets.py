"""Findings on rules as a sheet for a person, and as JSON document and CSV rows for a program.

In: findings, the loaded topology (for the lines of its rules). Out: a `Sheet`; a document; rows. The words come from
`finding_texts`; documents and rows are the same in every language.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final

from vbtui.firewall import FindingKind, RuleFinding
from vbtui.i18n import N_, Translator
from vbtui.render.finding_texts import KIND_NAMES, finding_text, kinds_text, rule_label
from vbtui.render.printing import printable
from vbtui.render.sheet import Sheet
from vbtui.topology import LoadedTopology
from vbtui.topology.shipped import short_name

FINDINGS_VERSION: Final = 1
"""Raised when a reader of the older form would misread the newer one; new keys do not raise it."""


def findings_sheet(
    translator: Translator, loaded: LoadedTopology, findings: Sequence[RuleFinding], on: date | None
) -> Sheet:
    """One row for each finding: the rule, what it is, why, and where the rule stands in the file."""
    name = loaded.topology.name
    if findings:
        heading = translator(N_("{topology}, findings on rules: {kinds}"))
        heading = heading.format(topology=name, kinds=kinds_text(translator, findings))
    else:
        heading = translator(N_("{topology}: no findings on rules")).format(topology=name)
    if on is not None:
        heading += " " + translator(N_("(on {day})")).format(day=on.isoformat())
    rows = tuple(
        (
            rule_label(one),
            translator(KIND_NAMES[one.kind]),
            finding_text(translator, one),
            f"{printable(short_name(loaded.file))}:{line_of(loaded, one)[0]}",
        )
        for one in findings
    )
    columns = tuple(translator(text) for text in (N_("Rule"), N_("Finding"), N_("Why"), N_("Line")))
    folded = tuple((f"{rule}\n{kind}", f"{why}\n{place}") for rule, kind, why, place in rows)
    return Sheet(heading, columns, rows, Sheet(heading, (columns[0], columns[2]), folded))


def line_of(loaded: LoadedTopology, finding: RuleFinding) -> tuple[int, int]:
    """Line and column, from 1, of the rule in its file."""
    names = [firewall.name for firewall in loaded.topology.firewalls]
    return loaded.places.nearest(("firewalls", names.index(finding.firewall), "rules", finding.number - 1))


def findings_document(loaded: LoadedTopology, findings: Iterable[RuleFinding], on: date | None) -> dict[str, Any]:
    return {
        "schema": "vbtui-findings",
        "version": FINDINGS_VERSION,
        "topology": loaded.topology.name,
        "on": None if on is None else on.isoformat(),
        "findings": [_finding(loaded, one) for one in findings],
    }


def _finding(loaded: LoadedTopology, one: RuleFinding) -> dict[str, Any]:
    line, column = line_of(loaded, one)
    return {
        "kind": one.kind,
        "firewall": one.firewall,
        "rule": one.rule,
        "rule_number": one.number,
        "line": line,
        "column": column,
        "covering": [
            {"rule": name, "rule_number": number}
            for name, number in zip(one.covering, one.covering_numbers, strict=True)
        ],
        "params": dict(one.params),
    }


FINDINGS_COLUMNS: Final = (
    *("topology", "firewall", "rule_number", "rule", "kind", "covering_numbers", "covering"),
    *("allowed_ports", "needed_ports", "allowed_sources", "needed_sources"),
    *("allowed_destinations", "needed_destinations", "reason", "expires", "origin", "raw", "file", "line"),
)


def findings_rows(loaded: LoadedTopology, findings: Iterable[RuleFinding]) -> Iterable[tuple[object, ...]]:
    """One row for each finding; columns of other kinds stay empty. A redundant one's reason says what covers it."""
    for one in findings:
        params = dict(one.params)
        if one.kind is FindingKind.REDUNDANT:
            params["reason"] = "later" if params["backwards"] else "earlier"
        yield (
            *(loaded.topology.name, one.firewall, one.number, one.rule, one.kind),
            *(" ".join(map(str, one.covering_numbers)), " ".join(one.covering)),
            *(params.get(name) for name in FINDINGS_COLUMNS[7:17]),
            *(printable(loaded.file), line_of(loaded, one)[0]),
        )
