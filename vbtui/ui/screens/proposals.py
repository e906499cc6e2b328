"""Proposed rules: which of them to take over.

Those that help the connection under the cursor come first. Nothing is marked at the beginning; Enter takes the marked
ones, or the one under the cursor where none is marked.
"""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from vbtui.i18n import N_
from vbtui.planning.proposals import Change, ProposedRule
from vbtui.render import Messages, citation_text
from vbtui.render.check_texts import EFFECTS
from vbtui.render.matrix_texts import machines_text
from vbtui.ui.inks import BLANK, Row, Tone, row
from vbtui.ui.screens.dialogue import Dialogue
from vbtui.ui.text import fit, in_rows, one_cell, wrapped
from vbtui.ui.widgets.lines_view import RowsView
from vbtui.vocabulary import services_text
from vbtui.walk.matrix import MatrixRow


class ProposalList(RowsView):
    """One row for each proposal."""


class ProposalDetail(RowsView):
    """The proposal under the cursor."""


class ProposalsScreen(Dialogue[tuple[ProposedRule, ...] | None]):
    """Answers with the proposals to take over, None for Escape."""

    CSS_PATH = Path(__file__).with_suffix(".tcss")
    BINDINGS = [
        Binding("escape,q", "dismiss(None)", N_("close"), show=False),
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "move(-10)", show=False),
        Binding("pagedown", "move(10)", show=False),
        Binding("home", "move(-1000000)", show=False),
        Binding("end", "move(1000000)", show=False),
        Binding("space", "mark", show=False),
        Binding("A", "mark_all", show=False),
        Binding("enter,a", "take", show=False),
    ]

    def __init__(self, messages: Messages, proposals: tuple[ProposedRule, ...], selected: MatrixRow | None) -> None:
        """`selected` is the connection under the cursor. At least one proposal."""
        super().__init__()
        self._messages = messages
        helping = [one for one in proposals if helps(one, selected)]
        self._helping = len(helping)
        self._proposals = (*helping, *(one for one in proposals if one not in helping))
        self._place = 0
        self._marked: frozenset[int] = frozenset()

    def compose(self) -> ComposeResult:
        with Vertical(id="proposals"):
            yield ProposalList(id="proposal-list")
            yield ProposalDetail(id="proposal-detail")
            yield Static(id="proposal-keys", markup=False)

    def fill(self) -> None:
        say = self._messages.translator
        count = len(self._proposals)
        title = say.plural("{count} proposed rule", "{count} proposed rules", count).format(count=say.number(count))
        if self._helping:
            title += say(N_(" · {count} for the selected connection")).format(count=say.number(self._helping))
        self.query_one("#proposals").border_title = Content(title)
        self.query_one("#proposals").styles.height = min(max(18, count + 16), 32)
        keys = (
            (say(N_("space")), N_("mark")),
            ("A", N_("mark all")),
            ("Enter", N_("take over")),
            ("Esc", N_("cancel")),
        )
        line = self.query_one("#proposal-keys", Static)
        shown = in_rows((f"{key} {say(text)}" for key, text in keys), max(20, line.content_size.width), "    ")
        line.update("\n".join(shown))
        found = self.query_one(ProposalList)
        found.show_rows(self._row(place, found.content_size.width - 1) for place in range(count))
        found.reveal(self._place)
        detail = self.query_one(ProposalDetail)
        detail.show_rows(self._details(self._proposals[self._place], max(20, detail.content_size.width - 2)))
        detail.scroll_to(y=0, animate=False, immediate=True)

    def _row(self, place: int, width: int) -> Row:
        one, current = self._proposals[place], place == self._place
        mark = "[x]" if place in self._marked else "[ ]"
        text = Tone.STRONG if current else Tone.TEXT
        firewall = max(len(each.firewall) for each in self._proposals)
        service = min(28, max(len(services_text(each.services)) for each in self._proposals))
        room = max(16, width - (2 + 4 + min(firewall, 18) + 1 + service + 1))
        longest = max(len(machines_text(each.sources) + machines_text(each.destinations)) for each in self._proposals)
        ends = min(room, longest + 3)
        source = machines_text(one.sources, ends - 3 if longest + 3 <= room else (ends - 3) // 2)
        destination = machines_text(one.destinations, max(8, ends - 3 - len(source)))
        spans = (
            ("▶ " if current else "  ", Tone.ACTIVE),
            (f"{mark} ", Tone.KEY),
            (f"{fit(one_cell(one.firewall), min(firewall, 18))} ", text),
            (f"{fit(one_cell(f'{source} → {destination}'), ends)} ", text),
            (fit(services_text(one.services), service), text),
        )
        return Row(spans, Tone.CURRENT if current else Tone.TEXT)

    def _details(self, one: ProposedRule, width: int) -> list[Row]:
        """What it says in full, what for, and what happens without it."""
        say = self._messages.translator
        modified = say(N_("{name} must let these flows go")) if one.change is Change.MODIFY else "{name}"
        rows = wrapped(f"{one.firewall}: {modified.format(name=one.name)}", width, Tone.STRONG)
        ends = f"{machines_text(one.sources)} → {machines_text(one.destinations)} {services_text(one.services)}"
        rows += wrapped(ends[:2000], width)
        if one.reply:
            rows += wrapped(say(N_("for the answers, which a stateless firewall does not let back by itself")), width)
        for effect in one.effects:
            rows += wrapped(say(N_("without it: {effect}")).format(effect=say(EFFECTS[effect])), width, Tone.WARN)
        rows.append(BLANK)
        about = (*(f"{step} {self._messages.step_title(step)}" for step in one.steps), *one.jobs)
        rows.append(row((one_cell(" · ".join(about))[:width], Tone.DIM)))
        for source in one.rows:
            rows += wrapped(say.pick(source.purpose), width)
            for citation in source.citations:
                rows += wrapped(citation_text(citation), width, Tone.DIM)
        return rows

    def action_move(self, rows: int) -> None:
        self._place = max(0, min(self._place + rows, len(self._proposals) - 1))
        self.fill()

    def action_mark(self) -> None:
        self._marked ^= {self._place}
        self.action_move(1)

    def action_mark_all(self) -> None:
        every = frozenset(range(len(self._proposals)))
        self._marked = frozenset() if self._marked == every else every
        self.fill()

    def action_take(self) -> None:
        chosen = sorted(self._marked) or [self._place]
        self.dismiss(tuple(self._proposals[place] for place in chosen))


def helps(proposal: ProposedRule, selected: MatrixRow | None) -> bool:
    """The proposal is for flows of that connection, there or back."""
    if selected is None or selected.connection is None or selected.allowed:
        return False
    ends = (set(selected.sources), set(selected.destinations))
    sources, destinations = (ends[1], ends[0]) if proposal.reply else ends
    if sources.isdisjoint(proposal.sources) or destinations.isdisjoint(proposal.destinations):
        return False
    asked = selected.connection.asked.service
    return proposal.reply or any(
        one.protocol is asked.protocol and one.low <= asked.high and asked.low <= one.high for one in proposal.services
    )
