"""`expire`: let restore points go, by rules or by name.

Decided here: that rules and names do not go together, that nothing is done when one of the named points has to stay,
and that each VM is worked on under its own lock. Which points go, and how, is the engine's.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from vbtui.cli.exits import Exit
from vbtui.cli.options import printing_options
from vbtui.cli.progress import progress_bar
from vbtui.cli.repository import repository_in
from vbtui.cli.rescan import refresh
from vbtui.cli.session import current
from vbtui.cli.translated import TranslatedCommand
from vbtui.cli.usage import InputError
from vbtui.i18n import N_

if TYPE_CHECKING:
    from vbtui.engine import Repository
    from vbtui.engine.repository.catalogue import Session
    from vbtui.engine.repository.retention import Decision, Named, Plan, Retention
    from vbtui.render.repository_sheets import FateFacts


@click.command(
    cls=TranslatedCommand,
    short_help=N_("Let restore points go."),
    help=N_(
        "Remove restore points from the folder DIR: those that are named, or those that no rule keeps. A point on "
        "which others build is merged into them first; the newest point of a VM always stays."
    ),
)
@click.argument("folder", metavar="DIR")
@click.argument("points", metavar="[POINT]...", nargs=-1)
@click.option("--keep-points", metavar="N", type=click.IntRange(min=1), help=N_("Keep the newest N of each VM."))
@click.option("--keep-days", metavar="D", type=click.IntRange(min=1), help=N_("Keep those younger than D days."))
@click.option("--dry-run", is_flag=True, help=N_("Only say what would happen."))
@click.option("--json", "as_json", is_flag=True, help=N_("JSON for a program."))
@printing_options
def expire(
    folder: str,
    points: tuple[str, ...],
    keep_points: int | None,
    keep_days: int | None,
    dry_run: bool,
    as_json: bool,
) -> int:
    from vbtui.engine.repository.retention import plan
    from vbtui.render.json_text import json_text
    from vbtui.render.printing import printable
    from vbtui.render.repository_sheets import expire_document, expire_sheet

    session = current()
    rule = _rule(points, keep_points, keep_days)
    repository = repository_in(folder)
    now_ms = time.time_ns() // 1_000_000
    planned = plan(repository.points(), rule, now_ms)
    _check_named(planned, points)
    decisions: tuple[Decision, ...] = planned.decisions
    removed: tuple[str, ...] = ()
    if not dry_run:
        decisions, removed = _perform(repository, planned, rule, now_ms)
    facts = tuple(_facts(one) for one in decisions)
    if as_json:
        session.write_text(json_text(expire_document(facts, removed, dry_run=dry_run)))
        return Exit.DONE
    count = len(planned.steps) if dry_run else len(removed)
    if dry_run:
        text = session.say.plural(
            "{count} restore point in {folder} would go", "{count} restore points in {folder} would go", count
        )
    else:
        text = session.say.plural(
            "{count} restore point in {folder} went", "{count} restore points in {folder} went", count
        )
    heading = text.format(count=session.say.number(count), folder=printable(folder))
    session.write_sheets([expire_sheet(session.say, heading, facts)])
    return Exit.DONE


def _rule(points: tuple[str, ...], keep_points: int | None, keep_days: int | None) -> Retention | Named:
    """Raises InputError."""
    from vbtui.engine.repository.retention import Named, Retention

    by_rule = keep_points is not None or keep_days is not None
    if points and by_rule:
        raise InputError(N_("either name restore points, or give --keep-points or --keep-days"))
    if not points and not by_rule:
        raise InputError(N_("name the restore points that are to go, or give --keep-points or --keep-days"))
    return Retention(keep_points, keep_days) if by_rule else Named(frozenset(points))


def _check_named(planned: Plan, points: Sequence[str]) -> None:
    """Raises UnknownPoint, InputError if one that was named must stay."""
    from vbtui.engine.errors import UnknownPoint
    from vbtui.engine.repository.retention import Fate
    from vbtui.render.repository_sheets import REASONS

    decided = {one.point: one for one in planned.decisions}
    for point in points:
        if point not in decided:
            raise UnknownPoint(point)
        if decided[point].fate is Fate.KEEP:
            why = "; ".join(current().say(REASONS[reason]) for reason in decided[point].reasons)
            raise InputError(N_("nothing was removed: {point} has to stay: {why}"), point=point, why=why)


def _perform(
    repository: Repository, planned: Plan, rule: Retention | Named, now_ms: int
) -> tuple[tuple[Decision, ...], tuple[str, ...]]:
    """Do it for every VM that has something to go; what became of all points, and the removed ones in their order."""
    decisions: list[Decision] = []
    removed: list[str] = []
    sessions: list[Session] = []
    moving = {one.vm for one in planned.steps}
    try:
        # Files that do not say whose they are come first, as in the plan.
        for vm in dict.fromkeys(one.vm for one in planned.decisions):
            if vm not in moving:
                decisions += (one for one in planned.decisions if one.vm == vm)
                continue
            found, gone = _of_one_vm(repository, vm, rule, now_ms, sessions)
            decisions += found
            removed += gone
    finally:
        if sessions:
            refresh(repository, sessions)
    return tuple(decisions), tuple(removed)


def _of_one_vm(
    repository: Repository, vm: str | None, rule: Retention | Named, now_ms: int, sessions: list[Session]
) -> tuple[tuple[Decision, ...], tuple[str, ...]]:
    """The plan, made again under the VM's lock and performed. Adds a session, however it ends."""
    from vbtui.engine import EngineError
    from vbtui.engine.repository.catalogue import Operation, Session
    from vbtui.engine.repository.retention import apply

    outcome = "failed"
    try:
        with contextlib.ExitStack() as held:
            if vm is not None:
                held.enter_context(repository.lock(vm))
            moved = held.enter_context(progress_bar(vm or repository.path.name))
            found, report = apply(repository, vm, rule, now_ms, on_progress=moved)
        outcome = "done"
    except EngineError as error:
        outcome = error.code
        raise
    finally:
        if vm is not None:
            sessions.append(Session(Operation.EXPIRE, vm, None, now_ms, time.time_ns() // 1_000_000, outcome))
    return found.decisions, report.removed


def _facts(one: Decision) -> FateFacts:
    from vbtui.render.repository_sheets import FateFacts

    reasons = tuple(str(reason) for reason in one.reasons)
    return FateFacts(one.point, one.vm, one.created_ms, one.bytes, str(one.fate), reasons, one.into)
