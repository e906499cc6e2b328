"""What the Firewall screen shows now: the desk, the language, the view, and what must be told, in one immutable value.

The screen makes one `Bench` per change and shows it to every widget; no widget asks anything else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vbtui.firewall.findings import RuleFinding
from vbtui.i18n import N_, Translator
from vbtui.render import Messages, Symbols
from vbtui.topology import LoadedTopology
from vbtui.ui.moment import Notice
from vbtui.walk.desk import Desk
from vbtui.walk.matrix import MatrixRow, changed
from vbtui.workflow import Change

MOST_RULES = 300
"""Rules of a topology up to which every look at them also looks for what is wrong with them; beyond it takes longer
than a key may take."""


class View(StrEnum):
    """Where the keys go; on a small screen also what is shown. In the order of the tab line."""

    MATRIX = "matrix"
    PATH = "path"
    DETAIL = "detail"
    RULES = "rules"

    @property
    def heading(self) -> str:
        """English, to be translated where it is shown."""
        return _TITLES[self]


_TITLES = {
    View.MATRIX: N_("Connections"),
    View.PATH: N_("Path"),
    View.DETAIL: N_("Details"),
    View.RULES: N_("Rules"),
}


@dataclass(frozen=True, eq=False)
class Bench:
    """What is shown now."""

    desk: Desk
    loaded: LoadedTopology
    """The file, for the places of its rules."""
    messages: Messages
    symbols: Symbols
    view: View = View.MATRIX
    wide: bool = True
    """Views stand side by side in frames that name them."""
    notice: Notice | None = None
    changes: tuple[Change, ...] = ()
    """What-ifs of the walk that one comes from; no rule is changed by them."""
    started: bool = False
    """The first key has been pressed; until then the hint is shown."""

    @property
    def say(self) -> Translator:
        return self.messages.translator

    @property
    def in_rules(self) -> bool:
        """The keys go to the rules."""
        return self.view is View.RULES

    def changed_cells(self, row: MatrixRow) -> tuple[bool, ...]:
        """For every cell whether the last edit has changed it."""
        before = self.desk.plan.before
        columns = self.desk.matrix.columns
        return (False,) * len(columns) if before is None else changed(row, columns, before.policy)

    def findings(self, firewall: str, rule: str) -> tuple[RuleFinding, ...]:
        """What is wrong with a rule; nothing is looked for among more rules than can be gone through at once."""
        plan = self.desk.plan
        if sum(len(one.rules) for one in plan.topology.firewalls) > MOST_RULES:
            return ()
        return plan.findings().get((firewall, rule), ())

    def line_of(self, firewall: str, rule: str) -> int | None:
        """Line of a rule in the file, from 1; None for a rule that the file does not have."""
        for index, one in enumerate(self.loaded.topology.firewalls):
            if one.name != firewall:
                continue
            for place, found in enumerate(one.rules):
                if found.name == rule:
                    known = self.loaded.places.get(("firewalls", index, "rules", place))
                    return None if known is None else known[0]
        return None
