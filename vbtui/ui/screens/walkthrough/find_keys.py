"""The keys that find a place and that choose what is listed: by number, by words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vbtui.i18n import N_
from vbtui.ui.screens.walkthrough.walk_screen import WalkScreen
from vbtui.ui.tabs import Tab
from vbtui.ui.text import clip, one_cell
from vbtui.walk.listing import Index, Listing, listing, words_of

if TYPE_CHECKING:  # needed when somebody looks for something, and the first picture does not wait for them
    from vbtui.walk.find import Findings, Found

_LONGEST = 40
"""Characters of what was typed that are said again."""


class FindKeys(WalkScreen):
    """What a person looks for."""

    _tab: Tab
    words: str = ""
    """What listed events must have."""
    _searched: str = ""
    """What was looked for last."""
    _index: Index | None = None
    _index_language: str = ""
    _listing: Listing | None = None
    _listing_for: tuple[object, ...] = ()

    @property
    def index(self) -> Index:
        """By what events are found in the language of the moment; made when somebody looks for something first."""
        if self._index is None or self._index_language != self._language:
            from vbtui.render.find_words import find_words

            self._index, self._index_language = Index(self.walk.trace, find_words(self._messages)), self._language
        return self._index

    @property
    def listing(self) -> Listing:
        """The events that are listed now."""
        # By identity: what is followed may have hundreds of thousands of places.
        followed = self.walk.followed
        made_for = (followed, self.words, self._language if self.words else "")
        if self._listing is None or made_for != self._listing_for:
            self._listing_for = made_for
            self._listing = listing(self.walk.trace, self.index if self.words else None, followed, self.words)
        return self._listing

    def action_go_to(self) -> None:
        """Ask for an event's number or id, or a step's number, and go there."""
        from vbtui.ui.screens.prompt import PromptScreen
        from vbtui.walk.find import event_at

        self.hold()
        say, count = self._messages.translator, len(self.walk.trace)

        def check(text: str) -> str | None:
            place = event_at(self.walk.trace, text)
            if place is not None:
                self.go(self.walk.at(place))
                return None
            typed = clip(one_cell(text.strip()), _LONGEST)
            if not typed:
                return say(N_("A number, an id or a step is needed."))
            if typed.lstrip("-").isdigit():
                wrong = N_("There is no event {typed}: this walk has the events 1 to {count}.")
                return say(wrong).format(typed=typed, count=say.number(count))
            return say(N_("No event and no step is called {typed}.")).format(typed=typed)

        explanation = N_("The number of an event, 1 to {count}; its id, such as {id}; or a step, such as 5.1.")
        text = say(explanation).format(count=say.number(count), id=one_cell(self.walk.event.id))
        number = str(self.walk.index + 1)
        self.app.push_screen(PromptScreen(say, say(N_("Go to")), text, number, check, proposed=True))

    def action_find(self) -> None:
        """Ask for words, and go to what is chosen of what has them."""
        from vbtui.ui.screens.find import FindScreen
        from vbtui.walk.find import search

        self.hold()
        topology, trace = self._loaded.topology, self.walk.trace

        def found(text: str) -> Findings:
            self._searched = text
            return search(topology, trace, self.index, text)

        screen = FindScreen(self._messages, topology, trace, found, self._searched)
        self.app.push_screen(screen, self._go_to_found)

    def _go_to_found(self, found: Found | None) -> None:
        from vbtui.walk.find import FoundKind

        if found is None:
            return
        if found.kind is FoundKind.NODE:
            self.sight = self.sight.at(found.name)
            if any(vm.vm == found.name for vm in self.walk.trace.vms):
                self.vm = found.name
            self._tab = Tab.TOPOLOGY
            self.fit()
            self.go(self.walk)
        elif found.position is not None:
            self.go(self.walk.at(found.position))

    def action_filter(self) -> None:
        """Ask for the words that listed events must have."""
        from vbtui.ui.screens.prompt import PromptScreen

        self.hold()
        say = self._messages.translator

        def check(text: str) -> str | None:
            if words_of(text) and not self.index.positions(text):
                return say(N_("No event has all of these words."))
            self.words = text.strip()
            self._tab = Tab.EVENTS
            self.fit()
            return None

        explanation = N_(
            "Words that an event must have, all of them: machine, VM, disk, step, port, kind, verdict. Empty lists all."
        )
        title = say(N_("List only events with"))
        self.app.push_screen(PromptScreen(say, title, say(explanation), self.words, check, proposed=True))

    def release(self) -> bool:
        """Esc lists all events again."""
        if super().release():
            return True
        if not self.words:
            return False
        self.words = ""
        self.show_moment()
        return True
