"""The key that asks why: everything about the event, or about what is pointed at.

Decided here: what is inspected, what is simulated for it at once and what in a thread, and where a person lands who
goes on from the sheet.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from vbtui.firewall import Policy
from vbtui.render import Messages, Symbols
from vbtui.topology import Topology
from vbtui.trace import Event, Trace
from vbtui.ui.screens.walkthrough.walk_screen import WalkScreen

if TYPE_CHECKING:  # needed when somebody asks, and the first picture does not wait for them
    from vbtui.render.told import Link, Section
    from vbtui.ui.screens.inspection import Left, Sheet

AT_ONCE: Final = 1_000
"""Events of a trace that is simulated once more before the sheet opens: so few take no time that one would notice."""


class InspectKeys(WalkScreen):
    """What tells why. The screen is the inspector of its own sheet."""

    _edited: bool
    _policy: Policy | None = None

    def action_inspect(self) -> None:
        self.inspect(self.sight.cursor)

    def inspect(self, name: str | None) -> None:
        """Tell everything about a node, VM or datastore; with None, or a name that is none of them, about the event."""
        from vbtui.ui.screens.inspection import Exit, InspectionScreen, event_link, machine_link

        link = machine_link(name) if name is not None and self._is_known(name) else event_link(self.walk.event.id)
        self.hold()

        def left(how: Left | None) -> None:
            if how is None or how.exit is Exit.CLOSED:
                return
            if how.exit is Exit.FIREWALL:
                self.show_rules(self._about(how.at))
            elif how.exit is Exit.GO:
                self.go_to_link(how.at)

        self.app.push_screen(InspectionScreen(self._messages.translator, self, link), left)

    def told(self, link: Link) -> Sheet:
        """What the sheet tells about an event or a machine."""
        from vbtui.render.told import LinkKind

        return self._about_event(link.name) if link.kind is LinkKind.EVENT else self._about_machine(link.name)

    def go_to_link(self, link: Link) -> None:
        """To an event, or point at a machine."""
        from vbtui.render.told import LinkKind

        if link.kind is LinkKind.EVENT:
            self.go(self.walk.at_event(link.name))
        else:
            self.sight = self.sight.at(link.name)
            self.show_moment()

    def _about(self, link: Link) -> Event | str:
        """The event or the name of the machine that was looked at."""
        from vbtui.render.told import LinkKind

        return self.walk.trace.by_id[link.name] if link.kind is LinkKind.EVENT else link.name

    # ---- parts ------------------------------------------------------------------------------------------------------

    def _is_known(self, name: str) -> bool:
        return name in self._loaded.topology.placed_names

    def _about_event(self, identifier: str) -> Sheet:
        from vbtui.render.inspection_texts import event_sections, event_title, source_sections
        from vbtui.ui.screens.inspection import Sheet
        from vbtui.walk.inspection import can_differ, event_facts

        messages, symbols, trace = self._messages, self.looks.symbols, self.walk.trace
        event = trace.by_id[identifier]
        facts = event_facts(trace, event, None if self._edited else self._loaded)
        sections = event_sections(messages, facts, symbols, story=self.moment().story(event))
        title = event_title(messages, trace, event)
        sources = source_sections(messages, event)
        if not can_differ(event):
            return Sheet(title, (*sections, *sources))
        otherwise = partial(_otherwise, messages, symbols, self._loaded.topology, trace, event)
        if len(trace) <= AT_ONCE:
            return Sheet(title, (*sections, otherwise(), *sources))
        return Sheet(title, sections, otherwise, sources)

    def _about_machine(self, name: str) -> Sheet:
        # Planning comes with both, and the first picture need not wait for that.
        from vbtui.render.machine_texts import machine_sections, machine_title
        from vbtui.ui.screens.inspection import Sheet
        from vbtui.walk.machine_facts import machine_facts, machine_now

        if self._policy is None:
            self._policy = Policy(self._loaded.topology)
        loaded = None if self._edited else self._loaded
        facts = machine_facts(self._policy, self._job, name, profile=self.walk.trace.profile, loaded=loaded)
        now = machine_now(self.moment().state, self.walk.trace, self._loaded.topology, name)
        sections = machine_sections(self._messages, facts, now, self.looks.symbols)
        return Sheet(machine_title(self._messages, facts), sections)


def _otherwise(messages: Messages, symbols: Symbols, topology: Topology, trace: Trace, event: Event) -> Section:
    from vbtui.render.inspection_texts import otherwise_section
    from vbtui.walk.inspection import otherwise

    found = otherwise(topology, trace, event)
    assert found is not None  # it was asked whether it can differ
    return otherwise_section(messages, found, symbols)
