"""The words of the matrix: cells, groups of machines, what an edit has changed, and the whole of it as a sheet.

In: rows of `walk.matrix`, a language, a character set. Out: short texts for cells and lines, a `Sheet` for export.
Names come from files and are put in literally. Never here: widths of columns, colours, decisions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from vbtui.firewall import Reason
from vbtui.i18n import N_, Translator
from vbtui.planning import Goal
from vbtui.render.check_texts import OBSTACLES, SURROUNDINGS
from vbtui.render.goal_texts import effect_text
from vbtui.render.messages import Messages
from vbtui.render.sheet import Sheet
from vbtui.render.symbols import Symbols
from vbtui.vocabulary import GoalVerdict
from vbtui.walk.matrix import Cell, Column, MatrixGroup, MatrixRow, Side
from vbtui.walk.plan import Consequence, Edit, EditKind, Move

REPLY: Final = "↩"
"""Stands before what a stateless firewall says to the answers."""
NOT_CROSSED: Final = "·"
"""The connection does not come by."""


def column_title(say: Translator, column: Column) -> str:
    """A firewall's name, or whose host firewalls they are."""
    if column.firewall is not None:
        return column.firewall
    titles = {
        Side.SOURCE: N_("source host"),
        Side.PATH: N_("no firewall"),
        Side.DESTINATION: N_("dest. host"),
    }
    return say(titles[column.side])


def cell_text(say: Translator, marks: Symbols, cell: Cell) -> str:
    """Mark and rule: `✔ #4`, `⊘ default`, `? #7`, `⊘ ↩default` for the way back; a dot where nothing is crossed."""
    segment = cell.segment
    if segment is None:
        return NOT_CROSSED
    if segment.reason is Reason.RULE:
        decided = f"#{segment.rule_number}"
    elif segment.reason is Reason.DEFAULT:
        decided = say(N_("default"))
    else:
        decided = say(N_("file"))
    return f"{marks.action(segment.action)} {REPLY if cell.at_reply else ''}{decided}"


def verdict_words(messages: Messages, marks: Symbols, row: MatrixRow) -> str:
    """The whole verdict of a row: `✔ allowed`, `⊘ dropped`."""
    if row.verdict is None:
        return f"{marks.fail} {messages.translator(N_('not possible'))}"
    return f"{marks.action(row.verdict.action)} {messages.action(row.verdict.action)}"


def decided_by(messages: Messages, row: MatrixRow, width: int | None = None) -> str:
    """Which rule or default decided: `main#4 no-host-api`; where that is wider than `width`, `#4 no-host-api`."""
    say, verdict = messages.translator, row.verdict
    if verdict is None:
        return say(OBSTACLES.get(row.obstacle or "", row.obstacle or ""))
    segment, hop = verdict.segment, verdict.hop
    if segment is None or hop is None:
        return messages.verdict(verdict)
    back = f"{REPLY} " if hop.where == "reply" else ""
    if segment.reason is Reason.RULE:
        rule = f"#{segment.rule_number} {segment.rule}"
        whole = f"{back}{hop.name}{rule}"
        return whole if width is None or len(whole) <= width else back + rule
    if segment.reason is Reason.DEFAULT:
        return back + say(N_("{firewall}, default")).format(firewall=hop.name)
    return messages.verdict(verdict)


def machines_text(names: Sequence[str], width: int | None = None) -> str:
    """Names of machines in at most `width` cells: `px001, px002`, or the first with how many there are, `px001 … (40)`.

    Without a width all names. Where even the first has no room, it is cut and the number stays: `dc1-pro… (40)`.
    """
    whole = ", ".join(names)
    if width is None or len(whole) <= width or len(names) < 2:
        return whole
    number = f"… ({len(names)})"
    return (
        f"{names[0]} {number}"
        if len(names[0]) + 1 + len(number) <= width
        else (names[0][: max(1, width - len(number))] + number)
    )


def instead(messages: Messages, goals: Iterable[Goal]) -> tuple[str, ...]:
    """What happens instead of goals that are not met, each once: `the VM fails`."""
    return tuple(dict.fromkeys(effect_text(messages, goal) for goal in goals if goal.effect is not None))


def flows(say: Translator, count: int) -> str:
    return say.plural("{count} connection", "{count} connections", count).format(count=say.number(count))


# ---- edits ----------------------------------------------------------------------------------------------------------

_EDITS: Final = {
    EditKind.ENABLED: N_("{rules} switched on ({firewalls})"),
    EditKind.DISABLED: N_("{rules} switched off ({firewalls})"),
    EditKind.CHANGED: N_("{rules} changed ({firewalls})"),
    EditKind.ADDED: N_("{rules} added ({firewalls})"),
    EditKind.REMOVED: N_("{rules} deleted ({firewalls})"),
    EditKind.MOVED: N_("{rules} moved ({firewalls})"),
    EditKind.ACCEPTED: N_("proposal taken over ({firewalls}): {rules}"),
}
_MOVES: Final = {Move.UNDO: N_("undone: {edit}"), Move.REDO: N_("done again: {edit}")}


def edit_text(say: Translator, edit: Edit, move: Move = Move.EDIT) -> str:
    """What was done, or undone."""
    rules, firewalls = machines_text(edit.rules, 64), machines_text(edit.firewalls, 48)
    text = say(_EDITS[edit.kind]).format(rules=rules, firewalls=firewalls)
    return text if move is Move.EDIT else say(_MOVES[move]).format(edit=text)


def consequence_text(messages: Messages, marks: Symbols, consequence: Consequence) -> str:
    """What came of it: `3 connections gained · job nightly: ✖ fail → ✔ ok`."""
    say, parts = messages.translator, []
    if consequence.gained:
        parts.append(say(N_("{connections} gained")).format(connections=flows(say, consequence.gained)))
    if consequence.lost:
        parts.append(say(N_("{connections} lost")).format(connections=flows(say, consequence.lost)))
    for change in consequence.jobs:
        before, after = (f"{marks.goal(one)} {messages.goal(one)}" for one in (change.before, change.after))
        parts.append(say(N_("job {job}: {before} → {after}")).format(job=change.job, before=before, after=after))
    return " · ".join(parts) or say(N_("no required connection and no job is affected"))


def job_text(messages: Messages, marks: Symbols, job: str, verdict: GoalVerdict) -> str:
    """A job with its verdict: `nightly ✖ fail`."""
    return f"{job} {marks.goal(verdict)} {messages.goal(verdict)}"


# ---- the whole of it ------------------------------------------------------------------------------------------------


def matrix_sheet(
    messages: Messages,
    job: str,
    columns: Sequence[Column],
    groups: Iterable[MatrixGroup],
    marks: Symbols,
) -> Sheet:
    """The shown rows as a table, with all names: for the clipboard and for files."""
    say = messages.translator
    titles = [
        *(say(one) for one in (N_("Step"), N_("From"), N_("To"), N_("Service"))),
        *(column_title(say, column) for column in columns),
        *(say(one) for one in (N_("Answer"), N_("Decided by"), N_("Instead"))),
    ]
    rows = tuple(
        (
            say(SURROUNDINGS) if row.step is None else str(row.step),
            machines_text(row.sources),
            machines_text(row.destinations),
            row.service,
            *(cell_text(say, marks, cell) for cell in row.cells),
            verdict_words(messages, marks, row),
            decided_by(messages, row),
            say(N_("not needed")) if row.spare else "; ".join(instead(messages, row.goals) if not row.allowed else ()),
        )
        for group in groups
        for row in group.rows
    )
    return Sheet(say(N_("Job {job}: required connections by hop")).format(job=job), tuple(titles), rows)
