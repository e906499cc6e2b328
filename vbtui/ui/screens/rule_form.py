"""A form for one rule: its name, sides, services, owner and ticket as text, its action and state as switches.

Decided here: how a form looks and is gone through with keys; what a text means is `walk.rule_text`. What is wrong with
a field is said below the form, the cursor goes to the field, and nothing is changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from vbtui.i18n import N_
from vbtui.render import Messages, Symbols
from vbtui.render.problems import problem_text
from vbtui.render.rule_texts import DIRECTIONS, FIELDS
from vbtui.topology import Firewall, Problem, ProblemCode, Rule, Topology
from vbtui.ui.inks import Tone
from vbtui.ui.screens.dialogue import Dialogue
from vbtui.ui.text import in_rows, one_cell, wrapped
from vbtui.ui.widgets.lines_view import RowsView
from vbtui.vocabulary import Action
from vbtui.walk.rule_text import (
    MOST,
    RuleField,
    RuleTextError,
    parse_name,
    parse_remark,
    parse_selectors,
    parse_services,
    selectors_text,
)

ACTIONS = (Action.ALLOW, Action.DENY, Action.REJECT)
"""What a person can choose; what an imported rule does may be none of them, and stays so until it is chosen."""


class Switch(Widget, can_focus=True):
    """One of a few values; space and the arrows go on to the next."""

    BINDINGS = [
        Binding("space,right", "turn(1)", show=False),
        Binding("left", "turn(-1)", show=False),
        Binding("enter", "submit", show=False),
    ]

    class Submitted(Message):
        """Enter was pressed here."""

    def __init__(self, values: tuple[str, ...], chosen: int, *, id: str) -> None:
        super().__init__(id=id, markup=False)
        self._values = values
        self.chosen = chosen

    def render(self) -> str:
        return f"◂ {self._values[self.chosen]} ▸"

    def action_turn(self, by: int) -> None:
        self.chosen = (self.chosen + by) % len(self._values)
        self.refresh()

    def action_submit(self) -> None:
        self.post_message(self.Submitted())


class FormNote(RowsView):
    """Hint or error below the form."""


_SIDES = (RuleField.SOURCE, RuleField.DESTINATION, RuleField.SERVICES)
_REMARKS = (RuleField.OWNER, RuleField.TICKET)
_DIRECTIONS: tuple[Literal["both", "inbound", "outbound"], ...] = ("both", "inbound", "outbound")

RuleTexts = Mapping[RuleField, str]
"""What the lines of a form begin with."""


def texts_of(rule: Rule) -> RuleTexts:
    """The lines for a rule that there is."""
    return {
        RuleField.NAME: rule.name,
        RuleField.SOURCE: selectors_text(rule.source),
        RuleField.DESTINATION: selectors_text(rule.destination),
        RuleField.SERVICES: ", ".join(rule.services),
        RuleField.OWNER: rule.owner,
        RuleField.TICKET: rule.ticket,
    }


_HINT: Final = N_(
    "Sides: any, role:proxy, node:NAME, zone:NAME, network:NAME, 10.0.0.0/24, 10.0.0.1-10.0.0.9; + joins "
    "what must hold together, a comma alternatives. Services: tcp/902, tcp/2500-3300, names, any."
)


_EMPTY: Final[Mapping[RuleField, str]] = {
    RuleField.SOURCE: N_("name at least one source, or any"),
    RuleField.DESTINATION: N_("name at least one destination, or any"),
    RuleField.SERVICES: N_("name at least one service, or any"),
}
"""What is asked for where nothing was entered."""


class RuleForm(Dialogue[Rule | None]):
    """Answers with the edited rule, None for Escape."""

    CSS_PATH = Path(__file__).with_suffix(".tcss")
    BINDINGS = [Binding("escape", "dismiss(None)", N_("close"), show=False, priority=True)]

    def __init__(
        self,
        messages: Messages,
        symbols: Symbols,
        topology: Topology,
        firewall: Firewall,
        rule: Rule,
        *,
        title: str,
        texts: RuleTexts,
    ) -> None:
        """`rule` gives whatever the form does not ask for; it is one of the firewall's, or a new one."""
        super().__init__()
        self._messages, self._topology, self._rule = messages, topology, rule
        self._title, self._texts = title, texts
        self._others = {one.name: place for place, one in enumerate(firewall.rules, start=1) if one is not rule}
        actions = ACTIONS if rule.action in ACTIONS else (*ACTIONS, rule.action)
        self._actions = actions
        self._action_words = tuple(f"{symbols.action(one)} {messages.action(one)}" for one in actions)
        self._directed = firewall.kind == "host"
        self._fault: str | None = None
        """What is wrong with what was entered last."""

    def compose(self) -> ComposeResult:
        say, rule = self._messages.translator, self._rule
        with Vertical(id="form"):
            yield from self._line(RuleField.NAME)
            for field in _SIDES:
                yield from self._line(field)
            yield from self._switch(say(N_("Action")), self._action_words, self._actions.index(rule.action), "action")
            if self._directed:
                words = tuple(say(DIRECTIONS[one]) for one in _DIRECTIONS)
                yield from self._switch(say(N_("Direction")), words, _DIRECTIONS.index(rule.direction), "direction")
            states = (f"● {say(N_('on'))}", f"○ {say(N_('off'))}")
            yield from self._switch(say(N_("State")), states, int(not rule.enabled), "state")
            for field in _REMARKS:
                yield from self._line(field)
            yield FormNote(id="form-note")
            yield Static(id="form-keys", markup=False)

    def _line(self, field: RuleField) -> ComposeResult:
        with Horizontal(classes="field"):
            yield Label(self._messages.translator(FIELDS[field]), markup=False)
            line = Input(self._texts[field], id=field.value, max_length=MOST, select_on_focus=False)
            line.cursor_blink = False
            yield line

    def _switch(self, label: str, words: tuple[str, ...], chosen: int, name: str) -> ComposeResult:
        with Horizontal(classes="field"):
            yield Label(label, markup=False)
            yield Switch(words, chosen, id=name)

    def on_mount(self) -> None:
        self.query_one("#form").border_title = one_cell(self._title)
        self.query_one(f"#{RuleField.SOURCE.value}", Input).focus()

    def fill(self) -> None:
        say, line = self._messages.translator, self.query_one("#form-keys", Static)
        keys = (("Enter", N_("take it")), ("Tab", N_("next field")), (say(N_("space")), N_("other value")))
        shown = [f"{key} {say(text)}" for key, text in (*keys, ("Esc", N_("cancel")))]
        line.update("\n".join(in_rows(shown, max(20, line.content_size.width))))
        note = self.query_one(FormNote)
        width = max(20, note.content_size.width)
        if self._fault is None:
            note.show_rows(wrapped(self._messages.translator(_HINT), width, Tone.DIM))
        else:
            note.show_rows(wrapped(f"✖ {self._fault}", width, Tone.FAIL))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._take()

    def on_switch_submitted(self, event: Switch.Submitted) -> None:
        event.stop()
        self._take()

    def _take(self) -> None:
        """Read every field; the first that cannot be read gets the cursor."""
        try:
            rule = self._read()
        except RuleTextError as error:
            say = self._messages.translator
            self._fault = f"{say(FIELDS[error.field])}: {self._wrong(error)}"
            self.fill()
            self.query_one(f"#{error.field.value}", Input).focus()
            return
        self.dismiss(rule)

    def _read(self) -> Rule:
        def text(field: RuleField) -> str:
            return self.query_one(f"#{field.value}", Input).value

        def chosen(name: str) -> int:
            return self.query_one(f"#{name}", Switch).chosen

        action = self._actions[chosen("action")]
        return self._rule.model_copy(
            update={
                "name": parse_name(text(RuleField.NAME), self._others),
                "source": parse_selectors(text(RuleField.SOURCE), self._topology, RuleField.SOURCE),
                "destination": parse_selectors(text(RuleField.DESTINATION), self._topology, RuleField.DESTINATION),
                "services": parse_services(text(RuleField.SERVICES), self._topology),
                "action": action,
                "direction": _DIRECTIONS[chosen("direction")] if self._directed else self._rule.direction,
                "enabled": not chosen("state"),
                **{field.value: parse_remark(text(field), field) for field in _REMARKS},
                # What was not understood is no longer what the rule says.
                "raw": self._rule.raw if action is self._rule.action else "",
            }
        )

    def _wrong(self, error: RuleTextError) -> str:
        say = self._messages.translator
        if error.code is ProblemCode.DUPLICATE_NAME:
            number = self._others[str(dict(error.params)["found"])]
            return say(N_("rule #{number} of this firewall is called so")).format(number=number)
        if error.code is ProblemCode.TOO_FEW:
            return say(_EMPTY[error.field])
        return problem_text(say, Problem(Path(), None, None, "", error.code, error.params))
