"""What came of work on restore points, in words: one line for the screen, and all of it to be read.

In: the progress of work that has ended. Out: a notice; lines. Never here: how far work is (`widgets.data_lines`).
"""

from __future__ import annotations

from vbtui.i18n import N_, Translator
from vbtui.job import HealthReport, RestoreReport, VerifyReport, WorkKind, WorkProgress
from vbtui.render.failures import damage_text, engine_failure, system_failure
from vbtui.render.health_texts import facts_of, health_lines
from vbtui.render.point_texts import whole_text
from vbtui.render.quantities import size
from vbtui.ui.moment import Notice, NoticeKind
from vbtui.ui.outcome import short
from vbtui.ui.text import one_cell

MOST_BLOCKS = 1000
"""Damaged blocks that are told one by one."""


def work_notice(say: Translator, work: WorkProgress) -> Notice:
    """In one line; where there is more to read, it names the key that shows it."""
    kind, lines = _told(say, work)
    text = lines[0]
    if len(lines) > 1:
        text += " · " + say(N_("Enter shows all"))
    return Notice(kind, text)


def work_lines(say: Translator, work: WorkProgress) -> tuple[str, ...]:
    """All of it."""
    return _told(say, work)[1]


def _told(say: Translator, work: WorkProgress) -> tuple[NoticeKind, tuple[str, ...]]:
    subject = one_cell(work.subject)
    if work.cancelled:
        text = N_("{point}: cancelled, no file is left") if work.kind is WorkKind.RESTORE else N_("{point}: cancelled")
        return NoticeKind.WARNING, (say(text).format(point=subject),)
    if work.error is not None:
        error = work.error
        reason = system_failure(say, error) if isinstance(error, OSError) else engine_failure(say, error)
        return NoticeKind.ERROR, (one_cell(f"{subject}: {reason}"),)
    match work.report:
        case VerifyReport() as report:
            return _verified(say, subject, report)
        case HealthReport() as report:
            lines = tuple(one_cell(line) for line in health_lines(say, facts_of(report)))
            return NoticeKind.DONE if report.ok else NoticeKind.ERROR, lines
        case RestoreReport() as report:
            text = say(N_("{file}: {size} restored, {written} of it data"))
            file = one_cell(short(report.output))
            told = text.format(file=file, size=size(say, report.size), written=size(say, report.written))
            return NoticeKind.DONE, (told,)
    raise ValueError(work)


def _verified(say: Translator, point: str, report: VerifyReport) -> tuple[NoticeKind, tuple[str, ...]]:
    if report.ok:
        return NoticeKind.DONE, (whole_text(say, point, report),)
    text = say(N_("{point}: damaged {part}"))
    lines = [text.format(point=point, part=damage_text(say, part)) for part in report.structure]
    lines += [text.format(point=one_cell(one.point), part=damage_text(say, one.damage)) for one in report.ancestors]
    if report.broken is not None:
        lines.append(one_cell(engine_failure(say, report.broken)))
    text = say(N_("{point}: disk {disk}, block {block}: damaged {part}"))
    lines += [
        text.format(point=point, disk=one_cell(one.disk), block=one.block, part=damage_text(say, one.damage))
        for one in report.damaged[:MOST_BLOCKS]
    ]
    if (left := len(report.damaged) - MOST_BLOCKS) > 0:
        lines.append(say(N_("and {count} more")).format(count=say.number(left)))
    return NoticeKind.ERROR, tuple(lines)
