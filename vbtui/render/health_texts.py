"""What a health check found: which block is damaged in which file, which restore points that harms, and what heals it.

In: facts as they are declared here, since the views do not know the engine. Out: lines for a person, a document for a
program. Names come from files and are shown literally. Never here: reading a restore point.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from vbtui.i18n import N_, Translator
from vbtui.render.failures import damage_text, engine_failure
from vbtui.render.printing import printable
from vbtui.render.quantities import size
from vbtui.render.repository_sheets import PointFacts, state_text

if TYPE_CHECKING:
    from vbtui.job import HealthReport  # loads the engine

HEALTH_VERSION: Final = 1
"""Raised when a reader of the older form would misread the newer one; new keys do not raise them."""

_SHOWN: Final = 12
"""Blocks that a sentence names one by one; of more it says how many."""


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """A damaged record: in which file at which byte, whose content it is, and the points that restore from it."""

    file: str
    offset: int
    disk: str
    block: int
    damage: str
    affects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HealthFacts:
    """A health check of one VM. `parent`: what the next increment builds on, None if it cannot be one; bytes.

    `parts`: pairs of a point and what of its file is damaged; `broken`: chains that cannot be followed, as errors;
    `reread`: by disk, the blocks that the next run reads again.
    """

    vm: str
    points: tuple[str, ...]
    parent: str | None
    checked: int
    bytes_read: int
    records: tuple[RecordFacts, ...]
    parts: tuple[tuple[str, str], ...]
    broken: tuple[Exception, ...]
    affected: tuple[str, ...]
    reread: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def ok(self) -> bool:
        return not self.records and not self.parts and not self.broken and not self.affected


def facts_of(report: HealthReport) -> HealthFacts:
    """The facts of the engine's report."""
    return HealthFacts(
        report.vm,
        report.points,
        report.parent,
        report.checked,
        report.bytes_read,
        tuple(
            RecordFacts(one.path.name, one.offset, one.disk, one.block, str(one.damage), one.affects)
            for one in report.records
        ),
        tuple((one.point, str(one.damage)) for one in report.parts),
        report.broken,
        report.affected,
        tuple((disk, tuple(sorted(blocks))) for disk, blocks in report.reread.items()),
    )


def health_lines(say: Translator, facts: HealthFacts) -> tuple[str, ...]:
    """First what is wrong and where, then what it harms, then what the next run does about it."""
    points = say.plural("{count} restore point", "{count} restore points", len(facts.points))
    stored = say.plural("{count} stored block", "{count} stored blocks", facts.checked)
    head = say(N_("{vm}: {points}, {stored}, {size} read")).format(
        vm=printable(facts.vm),
        points=points.format(count=say.number(len(facts.points))),
        stored=stored.format(count=say.number(facts.checked)),
        size=size(say, facts.bytes_read),
    )
    if facts.ok:
        return (f"{head}: {say(N_('nothing damaged'))}",)
    lines = [head, *(_record_line(say, one) for one in facts.records)]
    for point, damage in facts.parts:
        text = say(N_("{point}: damaged {part}"))
        lines.append("  " + text.format(point=printable(point), part=damage_text(say, damage)))
    lines += (f"  {engine_failure(say, error)}" for error in facts.broken)
    if facts.affected:
        names = ", ".join(printable(point) for point in facts.affected)
        lines.append("  " + say(N_("cannot be restored whole: {points}")).format(points=names))
    lines.append("  " + _next_run(say, facts))
    return tuple(lines)


def _record_line(say: Translator, one: RecordFacts) -> str:
    text = say(N_("{file}, byte {offset}: damaged {part} of disk {disk}, block {block}"))
    line = text.format(
        file=printable(one.file),
        offset=one.offset,
        part=damage_text(say, one.damage),
        disk=printable(one.disk),
        block=one.block,
    )
    if not one.affects:
        return f"  {line}; {say(N_('no restore point needs it any more'))}"
    names = ", ".join(printable(point) for point in one.affects)
    return f"  {line}; {say(N_('needed by {points}')).format(points=names)}"


def _next_run(say: Translator, facts: HealthFacts) -> str:
    if facts.parent is None:
        return say(N_("no restore point can be built on: the next one has to be a full one"))
    if not facts.reread:
        text = N_("{point} is whole, and the next run builds on it: nothing has to be read again")
        return say(text).format(point=printable(facts.parent))
    places = []
    for disk, blocks in facts.reread:
        named = ", ".join(str(block) for block in blocks[:_SHOWN]) + (", …" if len(blocks) > _SHOWN else "")
        places.append(say(N_("disk {disk}: {blocks}")).format(disk=printable(disk), blocks=named))
    count = sum(len(blocks) for _, blocks in facts.reread)
    text = say.plural(
        "the next run reads {count} block again, and restore points are whole from then on ({places})",
        "the next run reads {count} blocks again, and restore points are whole from then on ({places})",
        count,
    )
    return text.format(count=say.number(count), places="; ".join(places))


def strange_lines(say: Translator, points: Iterable[PointFacts]) -> tuple[str, ...]:
    """Files that do not say of which VM they are."""
    return tuple(f"{printable(one.file)}: {state_text(say, one)}" for one in points)


def health_document(checks: Sequence[HealthFacts], strange: Sequence[PointFacts]) -> dict[str, Any]:
    """The same for a program; `unreadable` has the files that do not say of which VM they are."""
    return {
        "schema": "vbtui-health",
        "version": HEALTH_VERSION,
        "vms": [
            {
                "vm": one.vm,
                "points": list(one.points),
                "parent": one.parent,
                "records": one.checked,
                "bytes_read": one.bytes_read,
                "ok": one.ok,
                "damaged_records": [
                    {
                        "file": record.file,
                        "offset": record.offset,
                        "disk": record.disk,
                        "block": record.block,
                        "damage": record.damage,
                        "affects": list(record.affects),
                    }
                    for record in one.records
                ],
                "damaged_parts": [{"point": point, "damage": damage} for point, damage in one.parts],
                "broken_chains": [
                    {name: str(getattr(error, name)) for name in ("asked", "point", "parent", "reason")}
                    for error in one.broken
                ],
                "affected": list(one.affected),
                "reread": [{"disk": disk, "blocks": list(blocks)} for disk, blocks in one.reread],
            }
            for one in checks
        ],
        "unreadable": [one.file for one in strange],
    }
