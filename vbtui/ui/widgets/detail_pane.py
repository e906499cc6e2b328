"""Everything about what is under the cursor: a connection with every hop and the rule that decided, or a rule."""

from __future__ import annotations

from collections.abc import Iterator

from vbtui.i18n import N_
from vbtui.render import citation_text
from vbtui.render.check_texts import OBSTACLES
from vbtui.render.finding_texts import finding_text
from vbtui.render.goal_texts import step_text
from vbtui.render.matrix_texts import flows, instead, machines_text, verdict_words
from vbtui.render.rule_texts import firewall_line, rule_facts
from vbtui.render.verdicts import missing_ports, segment_text
from vbtui.ui.bench import Bench
from vbtui.ui.inks import BLANK, Row, Tone, row
from vbtui.ui.text import one_cell, wrapped
from vbtui.ui.widgets.lines_view import RowsView
from vbtui.ui.widgets.matrix_view import action_tone, goal_tone, nothing_text
from vbtui.walk.matrix import MatrixRow

MOST_NAMES = 200
"""Machines of a folded connection that are written out."""


class DetailPane(RowsView):
    """Text, from what matters most to the sources."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._about: object = None

    def show(self, bench: Bench) -> None:
        desk = bench.desk
        about: object
        if bench.in_rules:
            firewall, rule = desk.firewall, desk.rule
            about = (None if firewall is None else firewall.name, None if rule is None else rule.name)
            self.entitle(bench.say(N_("Rule")))
        else:
            about = None if desk.row is None else desk.row.key
            self.entitle(bench.say(N_("Details")))
        width = max(16, self.content_size.width - 3)
        rows = rule_rows(bench, width) if bench.in_rules else connection_rows(bench, width)
        self.show_rows(Row(((" ", Tone.TEXT), *one.spans), one.fill) for one in rows)
        if about != self._about:
            self._about = about
            self.scroll_to(y=0, animate=False, immediate=True)

    def read_on(self, rows: int) -> None:
        """Scroll by rows."""
        self.scroll_relative(y=rows, animate=False, immediate=True)


def connection_rows(bench: Bench, width: int) -> list[Row]:
    """The connection under the cursor, for a width in cells."""
    found = bench.desk.row
    if found is None:
        return wrapped(nothing_text(bench), width, Tone.DIM)
    parts = (_connection(bench, found, width), _hops(bench, found, width), _effect(bench, found, width))
    rules = _deciding_rule(bench, width)
    return _joined(parts[0], parts[1], rules, parts[2], _purpose(bench, found, width), _machines(bench, found, width))


def rule_rows(bench: Bench, width: int) -> list[Row]:
    """The rule under the cursor, for a width in cells."""
    firewall, rule = bench.desk.firewall, bench.desk.rule
    if firewall is None:
        return wrapped(bench.say(N_("This topology has no firewalls.")), width, Tone.DIM)
    about = wrapped(f"{firewall.name}: {firewall_line(bench.messages, firewall)}", width, Tone.DIM)
    if rule is None:
        return about
    wrong = (
        line
        for one in bench.findings(firewall.name, rule.name)
        for line in wrapped(f"{bench.symbols.warning} {finding_text(bench.say, one)}", width, Tone.WARN)
    )
    return _joined(_rule(bench, firewall.name, rule.name, width), wrong, about)


def _joined(*parts: Iterator[Row] | list[Row]) -> list[Row]:
    """The parts that have rows, a blank row between them."""
    rows: list[Row] = []
    for part in parts:
        found = list(part)
        if found and rows:
            rows.append(BLANK)
        rows += found
    return rows


def _connection(bench: Bench, found: MatrixRow, width: int) -> Iterator[Row]:
    say, verdict = bench.say, found.verdict
    if verdict is None:
        yield from wrapped(say(OBSTACLES.get(found.obstacle or "", found.obstacle or "")), width, Tone.FAIL)
        if found.way.performer is not None:
            yield from wrapped(found.way.performer, width)
        yield from wrapped(step_text(bench.messages, found.step), width, Tone.DIM)
        return
    ends = f"{found.sources[0]} → {found.destinations[0]} {found.service}"
    yield from wrapped(ends, width, Tone.STRONG)
    yield row((verdict_words(bench.messages, bench.symbols, found), action_tone(verdict.action)))
    addresses = f"{verdict.source_address or '–'} → {verdict.destination_address or '–'}"
    yield from wrapped(addresses, width)
    if verdict.partial:
        yield from wrapped(say(N_("missing: {ports}")).format(ports=missing_ports(verdict)), width, Tone.FAIL)
    yield from wrapped(step_text(bench.messages, found.step), width, Tone.DIM)
    if found.spare:
        yield from wrapped(say(N_("Not needed as long as an earlier way stands.")), width, Tone.DIM)


def _hops(bench: Bench, found: MatrixRow, width: int) -> Iterator[Row]:
    verdict = found.verdict
    if verdict is None:
        return
    yield row((bench.say(N_("Way")), Tone.HEADING))
    if not verdict.hops:
        yield from wrapped(bench.messages.verdict(verdict), width)
    for hop in verdict.hops:
        for segment in hop.segments:
            mark = bench.symbols.action(segment.action)
            text = segment_text(bench.say, hop, segment)
            if len(hop.segments) > 1:
                text = f"{segment.low}-{segment.high} {text}" if segment.low < segment.high else f"{segment.low} {text}"
            lines = wrapped(text, width - 2)
            for place, line in enumerate(lines):
                yield row((f"{' ' if place else mark} ", action_tone(segment.action)), *line.spans)


def _deciding_rule(bench: Bench, width: int) -> Iterator[Row]:
    """The rule in the cell under the cursor."""
    decided = bench.desk.deciding_rule
    if decided is not None:
        yield from _rule(bench, *decided, width)


def _rule(bench: Bench, firewall: str, rule: str, width: int) -> Iterator[Row]:
    """A rule in full, with its line of the file."""
    plan, say = bench.desk.plan, bench.say
    found = plan.rule(firewall, rule)
    head = f"{firewall}#{plan.number(firewall, rule)} {rule}"
    yield from wrapped(head, width, Tone.STRONG)
    line = bench.line_of(firewall, rule)
    known = bench.loaded.topology.firewalls
    before = next((one for wall in known if wall.name == firewall for one in wall.rules if one.name == rule), None)
    if line is not None:
        place = f"{bench.loaded.file.name}:{line}"
        changed = "" if before == found else say(N_(" · edited"))
        yield from wrapped(place + changed, width, Tone.DIM)
    else:
        yield from wrapped(say(N_("not in the file")), width, Tone.DIM)
    facts = rule_facts(bench.messages, found)
    names = max(len(label) for label, _ in facts) + 1
    for label, value in facts:
        lines = wrapped(one_cell(value), width - names)
        for index, one in enumerate(lines):
            yield row((f"{'' if index else label:<{names}}", Tone.DIM), *one.spans)


def _effect(bench: Bench, found: MatrixRow, width: int) -> Iterator[Row]:
    """What happens instead, and for whom."""
    if found.allowed or found.spare:
        return
    for goal in found.goals:
        if goal.effect is None:
            continue
        for text in instead(bench.messages, (goal,)):
            yield from wrapped(f"{bench.symbols.goal(goal.verdict)} {text}", width, goal_tone(goal.verdict))
        subject = goal.subject
        whose = machines_text(subject.tasks or subject.vms, width - 4)
        through = machines_text(subject.proxies, max(8, width - len(whose) - 7))
        if whose or through:
            yield from wrapped(" @ ".join(part for part in (whose, through) if part), width, indent="  ")


def _purpose(bench: Bench, found: MatrixRow, width: int) -> Iterator[Row]:
    """What it is for, and where that is said."""
    if found.connection is None:
        return
    asked = found.connection.asked.row
    yield row((bench.say(N_("Purpose")), Tone.HEADING))
    yield from wrapped(bench.say.pick(asked.purpose), width)
    for citation in asked.citations:
        yield from wrapped(citation_text(citation), width, Tone.DIM)
    for point in asked.disagreements:
        yield from wrapped(f"{bench.say(N_('Sources disagree'))}: {bench.say.pick(point.text)}", width, Tone.DIM)


def _machines(bench: Bench, found: MatrixRow, width: int) -> Iterator[Row]:
    """All machines that a folded row stands for."""
    if found.connection is None or found.connection.flows < 2:
        return
    yield row((flows(bench.say, found.connection.flows), Tone.HEADING))
    for label, names in ((N_("From"), found.sources), (N_("To"), found.destinations)):
        text = ", ".join(names[:MOST_NAMES]) + (" …" if len(names) > MOST_NAMES else "")
        yield from wrapped(f"{bench.say(label)}: {text}", width)
