"""How the copy of a disk, its blocks and the restore points are called: words, marks and short sentences.

Decided here: the word and the mark of every state of a block, in a rich and a plain character set; a mark never stands
without its word being told beside it. In: lines of a run (`walk.disk_lines`), states, reports. Out: text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vbtui.i18n import N_, Translator
from vbtui.job import BlockState, PointInfo, PointKind, PointState, SnapshotState
from vbtui.render.failures import damage_text
from vbtui.render.messages import Messages
from vbtui.render.printing import printable
from vbtui.render.quantities import size
from vbtui.render.repository_sheets import KINDS
from vbtui.render.symbols import RICH, Symbols
from vbtui.render.words import BOTTLENECKS
from vbtui.walk.disk_lines import DiskLine, DiskStage, Origin, SnapshotLine

BLOCKS: Final[Mapping[BlockState, str]] = {
    BlockState.HOLE: N_("hole"),
    BlockState.UNCHANGED: N_("unchanged"),
    BlockState.UNREAD: N_("not read yet"),
    BlockState.CHANGED: N_("changed"),
    BlockState.READING: N_("being read"),
    BlockState.READ: N_("read"),
    BlockState.ZERO: N_("zeros"),
    BlockState.DUPLICATE: N_("duplicate"),
    BlockState.SENT: N_("sent"),
    BlockState.WRITTEN: N_("written"),
}
BLOCK_MEANINGS: Final[Mapping[BlockState, str]] = {
    BlockState.HOLE: N_("block: never allocated, not read"),
    BlockState.UNCHANGED: N_("block: as in the restore point before"),
    BlockState.UNREAD: N_("block: not read yet"),
    BlockState.CHANGED: N_("block: changed since the restore point before, still to be read"),
    BlockState.READING: N_("block: being read"),
    BlockState.READ: N_("block: read, in the memory of the proxy"),
    BlockState.ZERO: N_("block: read, nothing but zeros, not sent"),
    BlockState.DUPLICATE: N_("block: read, its content is in the repository already, not sent"),
    BlockState.SENT: N_("block: on its way to the repository"),
    BlockState.WRITTEN: N_("block: in the backup file"),
}
RICH_BLOCKS: Final[Mapping[BlockState, str]] = {
    BlockState.HOLE: "·",
    BlockState.UNCHANGED: "=",
    BlockState.UNREAD: "░",
    BlockState.CHANGED: "▒",
    BlockState.READING: "▶",
    BlockState.READ: "◆",
    BlockState.ZERO: "0",
    BlockState.DUPLICATE: "≡",
    BlockState.SENT: "▲",
    BlockState.WRITTEN: "█",
}
ASCII_BLOCKS: Final[Mapping[BlockState, str]] = {
    BlockState.HOLE: ".",
    BlockState.UNCHANGED: "=",
    BlockState.UNREAD: ":",
    BlockState.CHANGED: "!",
    BlockState.READING: ">",
    BlockState.READ: "r",
    BlockState.ZERO: "0",
    BlockState.DUPLICATE: '"',
    BlockState.SENT: "s",
    BlockState.WRITTEN: "#",
}

STAGES: Final[Mapping[DiskStage, str]] = {
    DiskStage.WAITING: N_("waiting"),
    DiskStage.COPYING: N_("copying"),
    DiskStage.DONE: N_("done"),
    DiskStage.FAILED: N_("failed"),
    DiskStage.STOPPED: N_("stopped"),
}
ORIGINS: Final[Mapping[Origin, str]] = {
    Origin.ESTIMATE: N_("estimate, nothing has run yet"),
    Origin.RUNNING: N_("measured, the run goes on"),
    Origin.MEASURED: N_("measured"),
    Origin.LOG: N_("measured by the saved run"),
}
SNAPSHOTS: Final[Mapping[SnapshotState, str]] = {
    SnapshotState.NONE: N_("no snapshot"),
    SnapshotState.ACTIVE: N_("snapshot stands"),
    SnapshotState.COMMITTING: N_("being committed"),
    SnapshotState.COMMITTED: N_("committed"),
}
POINT_MARKS: Final[Mapping[PointKind, str]] = {
    PointKind.FULL: "◆",
    PointKind.INCREMENTAL: "◇",
    PointKind.SYNTHETIC: "◈",
}
POINT_STATES: Final[Mapping[PointState, str]] = {
    PointState.WHOLE: N_("whole"),
    PointState.DAMAGED: N_("damaged"),
    PointState.PARENT_MISSING: N_("parent missing"),
    PointState.PARENT_WRONG: N_("wrong parent"),
    PointState.PARENT_DAMAGED: N_("parent damaged"),
    PointState.LOOP: N_("parents in a loop"),
}
NOTHING: Final = "–"
"""Where a figure is not known."""


def block_marks(symbols: Symbols) -> Mapping[BlockState, str]:
    """The marks of a character set, one cell wide."""
    return RICH_BLOCKS if symbols is RICH else ASCII_BLOCKS


def stage_text(say: Translator, line: DiskLine) -> str:
    """How far a disk is, in a word; of an estimate, how far it would come."""
    if line.origin is Origin.ESTIMATE:
        return say(N_("would fail")) if line.stage is DiskStage.FAILED else say(N_("not begun"))
    return say(STAGES[line.stage])


def stage_mark(symbols: Symbols, stage: DiskStage) -> str:
    """The mark that goes with the word."""
    return {
        DiskStage.WAITING: symbols.waiting,
        DiskStage.COPYING: symbols.active,
        DiskStage.DONE: symbols.ok,
        DiskStage.FAILED: symbols.fail,
        DiskStage.STOPPED: symbols.skipped,
    }[stage]


def amount(say: Translator, count: int | None) -> str:
    """Bytes, or that they are not known."""
    return NOTHING if count is None else size(say, count)


def rate(say: Translator, bytes_a_second: float | None) -> str:
    """Bytes a second: `45.3 MiB/s`."""
    return NOTHING if bytes_a_second is None else f"{size(say, round(bytes_a_second))}/s"


def bottleneck(line: DiskLine) -> str:
    """The stage of the data path that was busiest."""
    return BOTTLENECKS.get(line.bottleneck or "", NOTHING)


def kind_word(say: Translator, line: DiskLine) -> str:
    """Full or incremental, and by what, in a word or two."""
    if line.incremental is None:
        return NOTHING
    if not line.incremental:
        return say(N_("full"))
    return say(N_("incr. CBT")) if line.tracked else say(N_("incr. hash"))


def kind_text(say: Translator, line: DiskLine) -> str:
    """Full or incremental, and what told which blocks to read; before that is known, how far the disk is."""
    if line.incremental is None:
        return stage_text(say, line)
    if not line.incremental:
        return say(N_("full: builds on no other restore point"))
    if line.tracked:
        return say(N_("incremental: CBT tells what to read"))
    return say(N_("incremental: all is read, hashes are compared"))


def mode_text(messages: Messages, line: DiskLine) -> str:
    """The transport mode in full."""
    return NOTHING if line.mode is None else messages.mode(line.mode)


def stun_text(say: Translator, line: SnapshotLine) -> str:
    """How long the VM was stunned: `12.3 ms create · 4.0 ms commit`."""
    parts = []
    if line.create_stun is not None:
        parts.append(say(N_("{time} create")).format(time=_milliseconds(say, line.create_stun)))
    if line.commit_stun is not None:
        parts.append(say(N_("{time} commit")).format(time=_milliseconds(say, line.commit_stun)))
    return " · ".join(parts) or NOTHING


def _milliseconds(say: Translator, seconds: float) -> str:
    return f"{say.number(seconds * 1000, 1)} ms" if seconds < 1 else f"{say.number(seconds, 2)} s"


def point_kind(say: Translator, point: PointInfo) -> str:
    """`◇ incremental`."""
    if point.kind is None:
        return NOTHING
    return f"{POINT_MARKS[point.kind]} {say(KINDS[point.kind.name.lower()])}"


def point_state(say: Translator, symbols: Symbols, point: PointInfo) -> str:
    """`✔ whole`, `✖ damaged: index`, `✖ parent missing: POINT`."""
    mark, word = symbols.ok if point.complete else symbols.fail, say(POINT_STATES[point.state])
    parts = ", ".join(damage_text(say, damage) for damage in point.damage)
    if not parts and point.broken_at != point.point:
        parts = printable(point.broken_at)
    return f"{mark} {word}: {parts}" if parts else f"{mark} {word}"
