"""The keys and clicks that move the playhead of a walk, and select whose walk it is."""

from __future__ import annotations

from vbtui.ui.screens.walkthrough.walk_screen import WalkScreen
from vbtui.ui.widgets.event_table import EventTable
from vbtui.ui.widgets.scrubber import Scrubber
from vbtui.vocabulary import Phase


class WalkKeys(WalkScreen):
    """What moves the playhead."""

    def action_play(self) -> None:
        self.go(self.walk.toggled())

    def action_next_event(self) -> None:
        self.go(self.walk.next_event())

    def action_previous_event(self) -> None:
        self.go(self.walk.previous_event())

    def action_next_step(self) -> None:
        self.go(self.walk.next_step())

    def action_previous_step(self) -> None:
        self.go(self.walk.previous_step())

    def action_start(self) -> None:
        self.go(self.walk.start())

    def action_end(self) -> None:
        self.go(self.walk.end())

    def action_phase(self, phase: int) -> None:
        self.go(self.walk.phase(Phase(phase), self.vm or self.walk.event.vm))

    def action_faster(self) -> None:
        self.go(self.walk.faster())

    def action_slower(self) -> None:
        self.go(self.walk.slower())

    def action_select_vm(self) -> None:
        """The next VM; after the last one whichever the event belongs to."""
        names = [vm.vm for vm in self.walk.trace.vms]
        place = names.index(self.vm) + 1 if self.vm in names else 0
        self.vm = names[place] if place < len(names) else None
        self.go(self.walk)

    def on_event_table_chosen(self, message: EventTable.Chosen) -> None:
        self.go(self.walk.at(message.position))

    def on_scrubber_chosen(self, message: Scrubber.Chosen) -> None:
        self.go(self.walk.at(message.position))
