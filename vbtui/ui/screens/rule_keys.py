"""The keys of the Firewall screen that edit rules.

Decided here: which rule an edit is about. What an edit makes of the topology is `walk.plan`; forms are
`firewall_dialogues`.
"""

from __future__ import annotations

from typing import TypeVar

from textual.screen import Screen

from vbtui.i18n import N_
from vbtui.ui.bench import Bench
from vbtui.ui.lasting import Lasting
from vbtui.ui.moment import NoticeKind
from vbtui.ui.screens import firewall_dialogues as dialogues
from vbtui.walk.desk import Desk
from vbtui.walk.plan import Plan

T = TypeVar("T")


class RuleKeys(Lasting, Screen[T]):
    """What a person does with rules."""

    bench: Bench

    def _go(self, desk: Desk) -> None:
        """Take over a desk and show it."""
        raise NotImplementedError

    def take(self, plan: Plan) -> None:
        """Take over an edited plan."""
        raise NotImplementedError

    def tell(self, kind: NoticeKind, text: str) -> None:
        """Say something in the language of the moment, until the next key."""
        raise NotImplementedError

    @property
    def _target(self) -> tuple[str, str] | None:
        """Firewall and rule that an edit is about: the selected one in the rules, the deciding one elsewhere."""
        desk = self.bench.desk
        if not self.bench.in_rules:
            return desk.deciding_rule
        firewall, rule = desk.firewall, desk.rule
        return None if firewall is None or rule is None else (firewall.name, rule.name)

    def _aimed(self) -> tuple[str, str] | None:
        """The same; that there is none is told."""
        target = self._target
        if target is None:
            text = N_("No rule decides here, so there is none to change: Tab shows the rules, a proposes one.")
            self.tell(NoticeKind.WARNING, self.bench.say(text))
        return target

    def _edit(self, plan: Plan, *, rules: int = 0) -> None:
        """Take over a plan. In the rules the cursor stays where it is, or goes so many rules down."""
        desk, in_rules = self.bench.desk, self.bench.in_rules
        self._go(desk.held().edited(plan).rule_moved(rules) if in_rules else desk.edited(plan))

    def action_switch_rule(self) -> None:
        if (target := self._aimed()) is not None:
            self._edit(self.bench.desk.plan.toggled(*target))

    def action_edit(self) -> None:
        if (target := self._aimed()) is not None:
            dialogues.ask_rule(self, *target)

    def action_new_rule(self) -> None:
        dialogues.ask_new_rule(self)

    def action_delete_rule(self) -> None:
        if (target := self._aimed()) is not None:
            self._edit(self.bench.desk.plan.removed(*target))

    def action_shift_rule(self, by: int) -> None:
        """Up or down its list; in the rules the cursor goes with it."""
        target, before = self._aimed(), self.bench.desk.plan
        if target is None:
            return
        plan = before.shifted(*target, by)
        if plan is before:
            text = N_("The rule is the first one already.") if by < 0 else N_("The rule is the last one already.")
            self.tell(NoticeKind.WARNING, self.bench.say(text))
        else:
            self._edit(plan, rules=by)

    def action_accept(self) -> None:
        dialogues.ask_proposals(self)

    def action_undo(self) -> None:
        if self.bench.desk.plan.can_undo:
            self.take(self.bench.desk.plan.undone())
        else:
            self.tell(NoticeKind.WARNING, self.bench.say(N_("There is nothing to undo.")))

    def action_redo(self) -> None:
        if self.bench.desk.plan.can_redo:
            self.take(self.bench.desk.plan.redone())
        else:
            self.tell(NoticeKind.WARNING, self.bench.say(N_("There is nothing to redo.")))
