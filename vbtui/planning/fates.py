"""What becomes of each VM of a job: its worst goal, and everything that is lost for it.

In: the goals with their VMs. Out: a `VmVerdict` for every VM. VMs with the same goals share everything but the name.
Never here: what a goal's verdict is.
"""

from __future__ import annotations

from collections.abc import Iterable

from vbtui.planning.assembling import AboutVms
from vbtui.planning.folding import Members, Roster
from vbtui.planning.report import Goal, VmVerdict, worst
from vbtui.vocabulary import GoalVerdict


def vm_verdicts(vms: Roster, judged: Iterable[AboutVms]) -> tuple[VmVerdict, ...]:
    """The verdict of every VM. `judged` are the goals of all steps in the order of the process."""
    fates: list[tuple[Members, tuple[Goal, ...]]] = [(vms.everyone, ())]
    for one in judged:
        if one.goal.verdict is GoalVerdict.OK:
            continue
        # A goal without VMs is the whole job's.
        mine = one.vms or vms.everyone
        parts: list[tuple[Members, tuple[Goal, ...]]] = []
        for members, goals in fates:
            if both := members & mine:
                parts.append((both, (*goals, one.goal)))
            if rest := members & ~mine:
                parts.append((rest, goals))
        fates = parts
    found: dict[str, VmVerdict] = {}
    for members, goals in fates:
        verdict = worst(tuple(goal.verdict for goal in goals))
        effects = tuple(dict.fromkeys(goal.effect for goal in goals if goal.effect is not None))
        losses = tuple(dict.fromkeys(goal.loss for goal in goals if goal.loss is not None))
        for name in vms.members(members):
            found[name] = VmVerdict(name, verdict, goals, effects, losses)
    return tuple(found[name] for name in vms.names)
