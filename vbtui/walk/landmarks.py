"""The places in a trace that keys jump to: where steps and phases begin. Found once per trace.

Phase 1 is prepared once for the job; every VM goes through phases 2 to 6 on its own. So a phase begins once per VM, and
a step begins where a VM, or the job, does something of that step for the first time.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter

from vbtui.trace import Trace
from vbtui.vocabulary import Phase, StepId


class Landmarks:
    """Where steps and phases of one trace begin, as positions of events."""

    def __init__(self, trace: Trace) -> None:
        steps: dict[tuple[str | None, StepId], int] = {}
        phases: dict[tuple[str | None, Phase], int] = {}
        for event in trace.events:
            scope = None if event.step.phase is Phase.INITIALISATION else event.vm
            steps.setdefault((scope, event.step), event.position)
            phases.setdefault((scope, event.step.phase), event.position)
        self.steps: tuple[int, ...] = tuple(sorted(set(steps.values())))
        """In rising order."""
        self.phase_starts: frozenset[int] = frozenset(
            start
            for (vm, phase), start in phases.items()
            if vm is not None or phase is Phase.INITIALISATION  # the job's own result begins nothing
        )
        """Where a VM enters a phase, or the job its first."""
        self._phases = phases
        reached = Counter(vm for vm, _ in phases if vm is not None)
        self.farthest: str | None = max((vm.vm for vm in trace.vms), key=lambda vm: reached[vm], default=None)
        """The VM that goes through the most phases, of several the first in the job; None in a job without VMs."""

    def step_after(self, index: int) -> int | None:
        """Where the next step begins behind `index`."""
        place = bisect_right(self.steps, index)
        return self.steps[place] if place < len(self.steps) else None

    def step_before(self, index: int) -> int | None:
        """Where the step begins that was last entered before `index`."""
        place = bisect_left(self.steps, index)
        return self.steps[place - 1] if place > 0 else None

    def phase(self, phase: Phase, vm: str | None) -> int | None:
        """Where a phase begins: for `vm`, otherwise for the first VM that reaches it; None if nobody does."""
        if phase is Phase.INITIALISATION:
            return self._phases.get((None, phase))
        if vm is not None and (own := self._phases.get((vm, phase))) is not None:
            return own
        starts = [start for (scope, one), start in self._phases.items() if one is phase and scope is not None]
        return min(starts, default=self._phases.get((None, phase)))

    def bounds(self, vm: str | None) -> dict[Phase, int]:
        """Where each phase begins for `vm`, or for anybody if None, in the order of the phases; phases that are
        never reached are not named."""
        found = {}
        for phase in Phase:
            if phase is Phase.INITIALISATION:
                start = self._phases.get((None, phase))
            elif vm is not None:
                start = self._phases.get((vm, phase))
            else:
                start = self.phase(phase, None)
            if start is not None:
                found[phase] = start
        return found
