"""Rules from a rule sheet: CSV or XLSX, one rule per row.

Decided here: what a row is, from its columns. A cell that is not understood makes its rule opaque; a range that is
turned, a port that does not exist, or merged cells are mistakes of the sheet, and all of them are told at once. A sheet
is read as a list in which the first match decides; default and state are not in it.
In: bytes. Out: `ImportedRules`. Raises `RulesFileError`, nothing else.
Never here: how a cell is spelled (`sheet_cells`), which column is which (`sheet_columns`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Final, Literal, TypeVar

from vbtui.firewall.importers.chains import Doubt
from vbtui.firewall.importers.imported import (
    ImportedRules,
    Note,
    NoteCode,
    OpaqueReason,
    OpaqueRule,
    RulesFormat,
    SkippedRule,
    SkipReason,
)
from vbtui.firewall.importers.problems import RulesFileError, RulesProblem, RulesProblemCode, problem
from vbtui.firewall.importers.sheet_cells import (
    KnownNames,
    NotUnderstood,
    protocols_of,
    services_of,
    side_of,
    zone_names,
)
from vbtui.firewall.importers.sheet_columns import Columns, columns_of
from vbtui.firewall.importers.sheet_tables import Row, Table, csv_tables, xlsx_table
from vbtui.firewall.importers.sheet_words import folded, sheet_words
from vbtui.firewall.importers.words import PortOutOfRange, ReversedRange
from vbtui.firewall.importers.writing import Groups, Names, clean
from vbtui.topology import Rule, Selector, Topology
from vbtui.topology.fields import NAME_PATTERN
from vbtui.vocabulary import Action

ResultT = TypeVar("ResultT")

_ANYWHERE = (Selector(any=True),)


def read_sheet(
    data: bytes,
    *,
    file: str,
    format: RulesFormat,
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    kind: Literal["network", "host"] = "network",
    topology: Topology | None = None,
) -> ImportedRules:
    """The rules of a sheet. `columns` names columns by field (source, destination, service, protocol, port, action,
    name, ...), `sheet` a sheet of a workbook. `topology` lends the names of machines, zones, groups and services."""
    wanted = dict(columns or {})
    if format is RulesFormat.XLSX:
        table = xlsx_table(data, file, sheet)
        found = columns_of(table, wanted, file)
    else:
        table, found = _fitting_dialect(csv_tables(data, file), wanted, file)
    return _Sheet(table, found, file, format, kind, topology).result()


def _fitting_dialect(tables: Iterator[Table], wanted: Mapping[str, str], file: str) -> tuple[Table, Columns]:
    """The first dialect in which the header has every column that is needed."""
    errors = []
    for table in tables:
        try:
            return table, columns_of(table, wanted, file)
        except RulesFileError as error:
            errors.append(error)
    # The error of the dialect that came nearest: it has a line.
    raise next((error for error in errors if error.line is not None), errors[0])


class _Sheet:
    def __init__(
        self,
        table: Table,
        columns: Columns,
        file: str,
        format: RulesFormat,
        kind: Literal["network", "host"],
        topology: Topology | None,
    ) -> None:
        self._table = table
        self._columns = columns
        self._file = file
        self._format = format
        self._kind = kind
        self._known = KnownNames.of(topology)
        self._groups = Groups(topology)
        self._names = Names()
        self._problems: list[RulesProblem] = []
        self._rules: list[Rule] = []
        self._opaque: list[OpaqueRule] = []
        self._skipped: list[SkippedRule] = []
        self._unread_days: list[tuple[str, str]] = []

    def result(self) -> ImportedRules:
        self._check_merged()
        rows = [row for row in self._table.rows if row.number > self._columns.header.number and not row.blank]
        for row in rows:
            self._row(row)
        if self._problems:
            raise RulesFileError(sorted(self._problems, key=lambda one: one.line or 0))
        if not rows:
            raise RulesFileError([problem(self._file, self._columns.header.number, RulesProblemCode.NO_RULES)])
        return ImportedRules(
            format=self._format,
            kind=self._kind,
            rules=tuple(self._rules),
            networks=MappingProxyType(dict(self._groups.networks)),
            evaluation=None,
            stateful=None,
            default=None,
            read=len(rows),
            opaque=tuple(self._opaque),
            skipped=tuple(self._skipped),
            notes=(*self._table.notes, *self._columns.notes, *self._days_left_out()),
        )

    def _check_merged(self) -> None:
        """Whether a merged value holds for every row that it spans is the reader's guess, so it is not made here."""
        used = self._columns.used()
        for merged in self._table.merged:
            below = merged.last_row > self._columns.header.number
            if below and any(merged.first_column <= column <= merged.last_column for column in used):
                row = max(merged.first_row, self._columns.header.number + 1)
                self._problems.append(problem(self._file, row, RulesProblemCode.MERGED_CELLS, cells=merged.cells))

    def _text(self, row: Row, field: str) -> str:
        place = self._columns.fields.get(field)
        return "" if place is None else row.cell(place).text

    def _row(self, row: Row) -> None:
        words = clean(row.words)
        place = f"{self._file}:{row.number}"
        if not any(self._text(row, field) for field in ("source", "destination", "service", "port", "action")):
            self._skipped.append(SkippedRule(place, words, SkipReason.HEADING))
            return
        formulas = [row.cell(column).text for column in sorted(self._columns.deciding()) if row.cell(column).formula]
        doubts = [Doubt(OpaqueReason.FORMULA, text[:100]) for text in formulas]
        name = self._names.fresh(self._text(row, "name"), f"row-{row.number}")
        sides = {}
        for side in ("source", "destination"):
            found = self._attempt(row, doubts, lambda side=side: self._side(row, side, name))  # type: ignore[misc]
            sides[side] = _ANYWHERE if found is None else found
        services = self._attempt(row, doubts, lambda: self._services(row))
        action = self._attempt(row, doubts, lambda: self._action(row))
        enabled = self._attempt(row, doubts, lambda: self._enabled(row))
        direction = self._attempt(row, doubts, lambda: self._direction(row))
        self._attempt(row, doubts, lambda: self._limits(row))
        if services == () or not (sides["source"] and sides["destination"]):
            reason = SkipReason.PROTOCOL if services == () else SkipReason.NOTHING
            self._skipped.append(SkippedRule(place, words, reason))
            return
        rule = Rule(
            name=name,
            source=sides["source"],
            destination=sides["destination"],
            services=services or ("any",),
            action=Action.UNKNOWN if doubts or action is None else action,
            direction=direction or "both",
            enabled=enabled is not False,
            owner=clean(self._text(row, "owner")),
            ticket=clean(self._text(row, "ticket")),
            expires=self._expires(row, place),
            comment=clean(self._text(row, "comment")),
            origin=clean(place),
            raw=words if doubts else "",
        )
        self._rules.append(rule)
        if doubts and rule.enabled:
            detail = clean(doubts[0].detail, 120)
            self._opaque.append(OpaqueRule(place, words, doubts[0].reason, detail, (name,)))

    def _attempt(self, row: Row, doubts: list[Doubt], read: Callable[[], ResultT]) -> ResultT | None:
        """What a cell says; None with a doubt or a problem if it does not say it."""
        try:
            return read()
        except NotUnderstood as unknown:
            doubts.append(unknown.doubt)
        except ReversedRange as error:
            self._problems.append(problem(self._file, row.number, RulesProblemCode.REVERSED_RANGE, found=str(error)))
        except PortOutOfRange as error:
            self._problems.append(problem(self._file, row.number, RulesProblemCode.PORT_OUT_OF_RANGE, found=str(error)))
        return None

    def _side(self, row: Row, side: str, name: str) -> tuple[Selector, ...]:
        selectors = side_of(self._text(row, side), self._known, self._groups, f"{name}-{side}")
        zones = zone_names(self._text(row, f"{side}_zone"), self._known, NAME_PATTERN)
        if not zones:
            return selectors
        if any(selector.zone is not None for selector in selectors):
            if all(selector.zone in zones for selector in selectors):
                return selectors
            raise NotUnderstood(OpaqueReason.COLUMN, ", ".join(zones))
        return tuple(
            selector.model_copy(update={"zone": zone, "any": None}) for zone in zones for selector in selectors
        )

    def _services(self, row: Row) -> tuple[str, ...]:
        protocol, port, service = (self._text(row, field) for field in ("protocol", "port", "service"))
        protocols = protocols_of(protocol) if protocol else None
        if protocols == frozenset():
            return ()
        if port and (protocols is not None or not service):
            return services_of(port, protocols, self._known)
        if service:
            return services_of(service, protocols, self._known)
        raise NotUnderstood(OpaqueReason.EMPTY_CELL, "")

    def _action(self, row: Row) -> Action:
        text = self._text(row, "action")
        action = sheet_words().actions.get(folded(text))
        if action is None:
            raise NotUnderstood(OpaqueReason.ACTION if text else OpaqueReason.EMPTY_CELL, text[:100])
        return action

    def _enabled(self, row: Row) -> bool:
        answer = True
        for field, meant in (("enabled", True), ("disabled", False)):
            text = self._text(row, field)
            if text:
                found = sheet_words().switched.get(text.strip().casefold())
                if found is None:
                    raise NotUnderstood(OpaqueReason.ENABLED, text[:100])
                answer = answer and found is meant
        return answer

    def _direction(self, row: Row) -> Literal["inbound", "outbound", "both"]:
        text = self._text(row, "direction")
        if self._kind == "network" or not text:
            return "both"
        match sheet_words().directions.get(folded(text)):
            case "inbound":
                return "inbound"
            case "outbound":
                return "outbound"
            case "both":
                return "both"
        raise NotUnderstood(OpaqueReason.COLUMN, text[:100])

    def _expires(self, row: Row, place: str) -> date | None:
        """When the rule ends. Nothing is decided by it, so what cannot be read is left out and told."""
        text = self._text(row, "expires")
        if not text or folded(text) in sheet_words().endless or text in ("-", "*"):
            return None
        day = _day(text)
        if day is None:
            self._unread_days.append((text[:100], place))
        return day

    def _days_left_out(self) -> Iterator[Note]:
        if self._unread_days:
            text, place = self._unread_days[0]
            yield Note(NoteCode.EXPIRY, (("count", len(self._unread_days)), ("found", text), ("place", place)))

    def _limits(self, row: Row) -> None:
        for column in self._columns.limits:
            text = row.cell(column).text
            if text and folded(text) not in sheet_words().any_of_a_limit and text not in ("-", "*"):
                header = self._columns.header.cell(column).text
                raise NotUnderstood(OpaqueReason.COLUMN, f"{header}: {text}"[:100])


_DAYS: Final = (
    re.compile(r"(?P<year>[0-9]{4})([-/])(?P<month>[0-9]{1,2})\2(?P<day>[0-9]{1,2})(?:[ T].*)?", re.ASCII),
    re.compile(r"(?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})\.(?P<year>[0-9]{4})", re.ASCII),
)
"""Days that everybody reads alike. `03/04/2027` is not one: half of the world has the month first."""


def _day(text: str) -> date | None:
    found = next((match for shape in _DAYS if (match := shape.fullmatch(text)) is not None), None)
    if found is None:
        return None
    try:
        return date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        return None
