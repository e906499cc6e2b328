"""The keys for breakpoints: before the kind of event that is shown, and the list of all of them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from vbtui.i18n import N_
from vbtui.render import Messages
from vbtui.trace import EventKind, Trace
from vbtui.ui.moment import Notice, NoticeKind, Told
from vbtui.ui.screens.walkthrough.walk_screen import WalkScreen
from vbtui.ui.text import one_cell
from vbtui.walk import NO_BREAKPOINTS, Breakpoints, Walk
from vbtui.walk.breakpoints import is_failure

if TYPE_CHECKING:  # needed for the list, and the first picture does not wait for it
    from vbtui.ui.screens.switches import Switch


class BreakKeys(WalkScreen):
    """What stops playing."""

    def action_break(self) -> None:
        """A breakpoint before events of the kind that is shown, or none any more; said in words."""
        kind = self.walk.event.kind
        breaks = self.walk.breaks.kind_switched(kind)
        self.go(self.walk.breaking(breaks))
        self.tell_notice(_switched(kind, on=kind in breaks.kinds))

    def action_breaks(self) -> None:
        """The list of breakpoints, each to be switched."""
        from vbtui.ui.screens.switches import SwitchesScreen

        self.hold()
        say = self._messages.translator
        switches = break_switches(self._messages, self.walk)

        def switch(place: int | None) -> tuple[Switch, ...]:
            breaks = NO_BREAKPOINTS if place is None else switched(self.walk, place)
            self.go(self.walk.breaking(breaks))
            return break_switches(self._messages, self.walk)

        title = say(N_("Playing stops before"))
        self.app.push_screen(SwitchesScreen(say, title, switches, switch))


_KINDS = tuple(kind for kind in EventKind if kind is not EventKind.CONNECT)
"""The kinds that come after the presets; before each connection is one of those."""


def switched(walk: Walk, place: int) -> Breakpoints:
    """The breakpoints when the switch at a place of the list is turned."""
    breaks = walk.breaks
    match place:
        case 0:
            return breaks.kind_switched(EventKind.CONNECT)
        case 1:
            return breaks.failures_switched()
        case 2:
            return breaks.phases_switched()
    place -= 3
    if place < len(_events(walk)):
        return breaks.event_switched(_events(walk)[place])
    return breaks.kind_switched(_KINDS[place - len(_events(walk))])


def _events(walk: Walk) -> tuple[str, ...]:
    """Ids of the events that can be switched one by one: the one that is shown, and those that are on already."""
    known = sorted(walk.breaks.events & walk.trace.by_id.keys(), key=lambda one: walk.trace.by_id[one].position)
    return tuple(dict.fromkeys((walk.event.id, *known)))


def break_switches(messages: Messages, walk: Walk) -> tuple[Switch, ...]:
    """Everything that playing can stop before: the presets, single events, the kinds of events."""
    from vbtui.ui.screens.switches import Switch

    say, breaks, trace = messages.translator, walk.breaks, walk.trace
    kinds = Counter(event.kind for event in trace.events)
    failures = sum(is_failure(event) for event in trace.events)

    def held(count: int) -> str:
        return say.plural("{count} event", "{count} events", count).format(count=say.number(count))

    presets = (
        Switch(say(N_("each connection")), held(kinds[EventKind.CONNECT]), EventKind.CONNECT in breaks.kinds),
        Switch(say(N_("what fails or is blocked")), held(failures), breaks.failures),
        Switch(say(N_("each phase of a VM")), held(len(walk.landmarks.phase_starts)), breaks.phases),
    )
    events = tuple(
        Switch(_event_text(messages, trace, one), held(1), one in breaks.events, group=say(N_("One event")))
        for one in _events(walk)
    )
    of_kind = say(N_("Every event of a kind"))
    return (
        *presets,
        *events,
        *(Switch(messages.kind(kind), held(kinds[kind]), kind in breaks.kinds, group=of_kind) for kind in _KINDS),
    )


def _event_text(messages: Messages, trace: Trace, event: str) -> str:
    found = trace.by_id[event]
    return one_cell(f"{found.position + 1}  {messages.event(found)}")


def _switched(kind: EventKind, *, on: bool) -> Told:
    text = N_("Playing stops before every event of this kind: {kind} · B lists all breakpoints")
    if not on:
        text = N_("Playing no longer stops before events of this kind: {kind}")
    return lambda messages: Notice(NoticeKind.DONE, messages.translator(text).format(kind=messages.kind(kind)))
