"""A form for one rule: its sides and services as text, its action and state as switches.

Decided here: how a form looks and is gone through with keys; what a text means is `walk.rule_text`. What is wrong with
a field is said below the form, the cursor goes to the field, and nothing is changed.
"""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from vbtui.i18n import N_
from vbtui.render import Messages, Symbols
from vbtui.render.matrix_texts import action_mark
from vbtui.render.problems import problem_text
from vbtui.render.rule_texts import FIELDS
from vbtui.topology import Problem, Rule, Topology
from vbtui.ui.inks import Tone, row
from vbtui.ui.text import one_cell, wrapped
from vbtui.ui.widgets.lines_view import RowsView
from vbtui.vocabulary import Action
from vbtui.walk.rule_text import MOST, RuleField, RuleTextError, parse_selectors, parse_services, selectors_text

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


_PARSED = (RuleField.SOURCE, RuleField.DESTINATION, RuleField.SERVICES)


class RuleForm(ModalScreen[Rule | None]):
    """Answers with the edited rule, None for Escape."""

    CSS_PATH = Path(__file__).with_suffix(".tcss")
    BINDINGS = [Binding("escape", "dismiss(None)", N_("close"), show=False, priority=True)]

    def __init__(
        self, messages: Messages, symbols: Symbols, topology: Topology, firewall: str, number: int, rule: Rule
    ) -> None:
        super().__init__()
        self._messages, self._topology, self._rule = messages, topology, rule
        self._heading = f"{firewall}#{number} {rule.name}"
        actions = ACTIONS if rule.action in ACTIONS else (*ACTIONS, rule.action)
        self._actions = actions
        self._action_words = tuple(f"{action_mark(symbols, one)} {messages.action(one)}" for one in actions)

    def compose(self) -> ComposeResult:
        say, rule = self._messages.translator, self._rule
        texts = {
            RuleField.SOURCE: selectors_text(rule.source),
            RuleField.DESTINATION: selectors_text(rule.destination),
            RuleField.SERVICES: ", ".join(rule.services),
        }
        with Vertical(id="form"):
            for field in _PARSED:
                with Horizontal(classes="field"):
                    yield Label(say(FIELDS[field]), markup=False)
                    line = Input(texts[field], id=field.value, max_length=MOST, select_on_focus=False)
                    line.cursor_blink = False
                    yield line
            with Horizontal(classes="field"):
                yield Label(say(N_("Action")), markup=False)
                yield Switch(self._action_words, self._actions.index(rule.action), id="action")
            with Horizontal(classes="field"):
                yield Label(say(N_("State")), markup=False)
                yield Switch((f"● {say(N_('on'))}", f"○ {say(N_('off'))}"), int(not rule.enabled), id="state")
            yield FormNote(id="form-note")
            yield Static(id="form-keys", markup=False)

    def on_mount(self) -> None:
        say = self._messages.translator
        self.query_one("#form").border_title = one_cell(self._heading)
        keys = (("Enter", N_("take it")), ("Tab", N_("next field")), (say(N_("space")), N_("other value")))
        shown = [f"{key} {say(text)}" for key, text in (*keys, ("Esc", N_("cancel")))]
        self.query_one("#form-keys", Static).update("    ".join(shown))
        self.query_one(f"#{RuleField.SOURCE.value}", Input).focus()
        hint = N_(
            "Sides: any, role:proxy, node:NAME, zone:NAME, network:NAME, 10.0.0.0/24, 10.0.0.1-10.0.0.9; + joins "
            "what must hold together, a comma alternatives. Services: tcp/902, tcp/2500-3300, names, any."
        )
        self.call_after_refresh(self._note, say(hint), Tone.DIM)

    def _note(self, text: str, tone: Tone) -> None:
        note = self.query_one(FormNote)
        mark = "✖ " if tone is Tone.FAIL else ""
        note.show_rows(wrapped(mark + text, max(20, note.content_size.width), tone) or [row("")])

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._take()

    def on_switch_submitted(self, event: Switch.Submitted) -> None:
        event.stop()
        self._take()

    def _take(self) -> None:
        """Read every field; the first that cannot be read gets the cursor."""
        values = {field: self.query_one(f"#{field.value}", Input).value for field in _PARSED}
        try:
            rule = self._rule.model_copy(
                update={
                    "source": parse_selectors(values[RuleField.SOURCE], self._topology, RuleField.SOURCE),
                    "destination": parse_selectors(
                        values[RuleField.DESTINATION], self._topology, RuleField.DESTINATION
                    ),
                    "services": parse_services(values[RuleField.SERVICES], self._topology),
                    "action": self._actions[self.query_one("#action", Switch).chosen],
                    "enabled": not self.query_one("#state", Switch).chosen,
                }
            )
        except RuleTextError as error:
            say = self._messages.translator
            problem = Problem(Path(), None, None, "", error.code, error.params)
            self._note(f"{say(FIELDS[error.field])}: {problem_text(say, problem)}", Tone.FAIL)
            self.query_one(f"#{error.field.value}", Input).focus()
            return
        self.dismiss(rule)
