"""The rules of one firewall as a list, with the default below them, and a cursor."""

from __future__ import annotations

from dataclasses import dataclass

from textual.events import Click
from textual.message import Message

from vbtui.i18n import N_
from vbtui.render.rule_texts import default_text, state_text
from vbtui.topology import Firewall, Rule
from vbtui.ui.bench import Bench
from vbtui.ui.inks import BLANK, Row, Span, Tone
from vbtui.ui.text import clip, fit, one_cell
from vbtui.ui.widgets.lines_view import LinesView
from vbtui.ui.widgets.matrix_view import CHANGED, action_tone
from vbtui.walk.rule_text import selectors_text

MOST_NAME = 22


@dataclass(frozen=True, slots=True)
class Widths:
    """Cells of each column."""

    number: int
    state: int
    name: int
    source: int
    destination: int
    services: int
    action: int


class RulesView(LinesView):
    """The list. Rows are made when they are seen."""

    @dataclass
    class Chosen(Message):
        """A person wants the rule at a place, from 0."""

        place: int

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._bench: Bench | None = None
        self._widths: Widths | None = None

    def show(self, bench: Bench) -> None:
        self._bench = bench
        firewall = bench.desk.firewall
        self.entitle(_title(bench, firewall))
        if firewall is None:
            self.renewed(0, 0)
            return
        self._widths = widths(bench, firewall, self.content_size.width - 1)
        # One row for the names of the columns, one for the default.
        self.renewed(0, len(firewall.rules) + 2)
        if (place := bench.desk.rule_index) is not None:
            self.reveal(place + 1 if place else 0, place + 1)

    def on_click(self, event: Click) -> None:
        y = self.row_under(event)
        firewall = None if self._bench is None else self._bench.desk.firewall
        if y is not None and firewall is not None and 0 < y <= len(firewall.rules):
            self.post_message(self.Chosen(y - 1))

    def row_at(self, y: int) -> Row:
        bench, sizes = self._bench, self._widths
        firewall = None if bench is None else bench.desk.firewall
        if bench is None or sizes is None or firewall is None or not 0 <= y <= len(firewall.rules) + 1:
            return BLANK
        if y == 0:
            return head(bench, sizes) if bench.wide else self._line(f" {_title(bench, firewall)}")
        if y == len(firewall.rules) + 1:
            return self._line(f"   {one_cell(default_text(bench.messages, firewall))}")
        return rule_row(bench, firewall, y - 1, sizes)

    def _line(self, text: str) -> Row:
        """A line that is no rule."""
        return Row(((clip(text, self.content_size.width), Tone.HEADING),))


def _title(bench: Bench, firewall: Firewall | None) -> str:
    if firewall is None:
        return bench.say(N_("Rules"))
    return one_cell(bench.say(N_("Rules of {firewall}")).format(firewall=firewall.name))


def widths(bench: Bench, firewall: Firewall, width: int) -> Widths:
    """Widths that fit the rules of a firewall into `width` cells; sides share what is left."""
    say, rules = bench.say, firewall.rules
    number = len(str(len(rules)))
    state = max(len(say(N_("off"))), len(say(N_("on")))) + 1
    action = max((len(_action(bench, rule)) for rule in rules), default=0)
    # Cursor, marks, and a blank behind every column.
    left = max(24, width - (number + state + action + 11))
    # The name is what a person looks for; what does not fit of a side is in the details.
    name = min(MOST_NAME, max((len(rule.name) for rule in rules), default=0), left * 2 // 5)
    left -= name
    services = min(max((len(", ".join(rule.services)) for rule in rules), default=0), max(9, left * 3 // 10))
    left -= services
    source = min(max((len(selectors_text(rule.source)) for rule in rules), default=0), left)
    destination = min(max((len(selectors_text(rule.destination)) for rule in rules), default=0), left)
    while source + destination > left:
        source, destination = (source - 1, destination) if source > destination else (source, destination - 1)
    return Widths(number, state, name, source, destination, services, action)


def _action(bench: Bench, rule: Rule) -> str:
    return f"{bench.symbols.action(rule.action)} {bench.messages.action(rule.action)}"


def head(bench: Bench, sizes: Widths) -> Row:
    """The names of the columns."""
    say = bench.say
    parts = (
        ("  ", 2),
        ("#", sizes.number + 1),
        ("", sizes.state + 1),
        (say(N_("Name")), sizes.name),
        (say(N_("Source")), sizes.source),
        (say(N_("Destination")), sizes.destination),
        (say(N_("Services")), sizes.services),
        (say(N_("Action")), sizes.action),
    )
    return Row(tuple((fit(text, size) + ("" if text == "  " else " "), Tone.HEADING) for text, size in parts))


def rule_row(bench: Bench, firewall: Firewall, place: int, sizes: Widths) -> Row:
    """One rule, exactly as wide as the columns."""
    rule = firewall.rules[place]
    current = bench.in_rules and place == bench.desk.rule_index
    deciding = bench.desk.deciding_rule == (firewall.name, rule.name)
    text = Tone.STRONG if current else Tone.TEXT if rule.enabled else Tone.DIM
    mark = "▶" if current else "›" if deciding else " "
    state = ("●" if rule.enabled else "○") + " " + state_text(bench.say, rule)
    tone = action_tone(rule.action) if rule.enabled else Tone.DIM
    star = CHANGED if _edited(bench, firewall, rule) else " "
    wrong = bench.symbols.warning if bench.findings(firewall.name, rule.name) else " "
    spans: tuple[Span, ...] = (
        (f"{mark} ", Tone.ACTIVE),
        (f"{place + 1:>{sizes.number}}{star}", text),
        (wrong, Tone.WARN),
        (f"{fit(state, sizes.state + 1)} ", Tone.TEXT if rule.enabled else Tone.DIM),
        (f"{fit(one_cell(rule.name), sizes.name)} ", text),
        (f"{fit(one_cell(selectors_text(rule.source)), sizes.source)} ", text),
        (f"{fit(one_cell(selectors_text(rule.destination)), sizes.destination)} ", text),
        (f"{fit(one_cell(', '.join(rule.services)), sizes.services)} ", text),
        (clip(_action(bench, rule), sizes.action).ljust(sizes.action), tone),
        (" ", text),
    )
    return Row(spans, Tone.CURRENT if current else Tone.TEXT)


def _edited(bench: Bench, firewall: Firewall, rule: Rule) -> bool:
    """The rule is not as in the file."""
    known = next((one for one in bench.desk.plan.original.firewalls if one.name == firewall.name), None)
    return known is None or rule not in known.rules
