"""A firewall's rules as a sheet, one row for each, that people and the sheet importer read.

Decided here: the columns and how a cell lists addresses and services. In: a `Ruleset`. Out: CSV text.
Names of machines, roles and zones are written as their addresses: a sheet stands for itself. The rows are in the file's
order, with rules that are switched off and refusals that an allow-list does not count; which rule wins, and the
default, are not in a sheet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from vbtui.firewall.exporters.addresses import blocks
from vbtui.firewall.exporters.ruleset import Entry, Omission, Ruleset, matches_something
from vbtui.firewall.rules import ANY_SERVICE
from vbtui.firewall.selectors import EVERYWHERE, AddressSet
from vbtui.firewall.spreadsheet import csv_text
from vbtui.vocabulary import Service

COLUMNS: Final = (
    *("number", "name", "source", "destination", "service", "action"),
    *("direction", "enabled", "owner", "ticket", "expires", "comment"),
)

ANY: Final = "any"

_BETWEEN: Final = "; "
"""Between two values of one cell."""


def csv_sheet(ruleset: Ruleset) -> str:
    """The sheet, with a header of fixed names."""
    return csv_text(COLUMNS, _rows(ruleset))


def _rows(ruleset: Ruleset) -> Iterator[tuple[object, ...]]:
    written = [*ruleset.entries]
    written += [
        one.entry
        for one in ruleset.left_out
        if one.why in (Omission.DISABLED, Omission.NOT_COUNTED) and matches_something(one.entry.rule)
    ]
    for entry in sorted(written, key=lambda one: one.rule.number):
        rule = entry.rule
        yield (
            *(rule.number, rule.name, _addresses(rule.source), _addresses(rule.destination)),
            *(_services(entry), rule.action, rule.direction, "yes" if rule.enabled else "no"),
            *(entry.remark.owner, entry.remark.ticket, entry.remark.expires, entry.remark.comment),
        )


def _addresses(addresses: AddressSet) -> str:
    if addresses == EVERYWHERE:
        return ANY
    return _listed((*blocks(4, addresses.v4), *blocks(6, addresses.v6)))


def _services(entry: Entry) -> str:
    found = tuple(Service(protocol, *ports) for protocol, ranges in entry.ports().items() for ports in ranges)
    return ANY if found == ANY_SERVICE else _listed(found)


def _listed(values: Iterable[object]) -> str:
    return _BETWEEN.join(map(str, values))
