"""What every group of keys of the walkthrough may rely on: the walk, the moment, and the two ways to change them."""

from __future__ import annotations

from textual.message import Message
from textual.screen import Screen

from vbtui.render import Messages
from vbtui.topology import Job, LoadedTopology
from vbtui.trace import Event
from vbtui.ui.lasting import Lasting
from vbtui.ui.live_run import LiveRun
from vbtui.ui.looks import Looks
from vbtui.ui.moment import Moment, Told
from vbtui.ui.sight import Sight
from vbtui.walk import Walk


class WalkScreen(Lasting, Screen[int]):
    """A screen over a walk. The walkthrough holds it and shows it."""

    walk: Walk
    vm: str | None
    """The VM that a person has selected."""
    sight: Sight
    """How a person looks at the topology."""
    _loaded: LoadedTopology
    _job: Job
    _messages: Messages
    _language: str
    _live: LiveRun
    _gives_way = False

    @property
    def looks(self) -> Looks:
        """How everything is drawn; the app's."""
        raise NotImplementedError

    def go(self, walk: Walk, *, steered: bool = True, show: bool = True) -> None:
        """Take over a walk and show it; `steered` if a person asked for it."""
        raise NotImplementedError

    def admitted(self, walk: Walk, *, steered: bool) -> Walk:  # noqa: ARG002 - for the groups of keys
        """What of a walk is taken over: something may have to come before an event is shown."""
        return walk

    @property
    def veil(self) -> int | None:
        """Position from which on events are not told yet; None where nothing is held back."""
        return None

    def moment(self) -> Moment:
        """Everything that is shown now."""
        raise NotImplementedError

    def show_moment(self) -> None:
        """Show everything. Views draw only what differs from what they showed before."""
        raise NotImplementedError

    def tell_notice(self, told: Told) -> None:
        """Tell something where the run tells its things, until the next key that moves the walk."""
        self._live.tell(told)
        self.show_moment()

    def speak(self, language: str) -> None:
        """From now on everything is told in that language."""
        raise NotImplementedError

    def fit(self) -> None:
        """Choose the views anew: the size, the tab or the looks are others."""
        raise NotImplementedError

    def release(self) -> bool:
        """Esc: end the innermost thing that a person has begun here; False if there is none.

        Every group of keys that begins such a thing asks `super().release()` first, so that of several
        things that of the last of the screen's bases ends first.
        """
        return False

    def action_release(self) -> None:
        self.release()

    def show_rules(self, about: Event | str | None) -> None:
        """Show the rules, first those that are about the connection of an event, or about a machine; with None the
        first that are in the way."""
        raise NotImplementedError

    def action_inspect(self) -> None:
        """Tell everything about what is pointed at, or about the event."""
        raise NotImplementedError

    def give_way(self, message: Message) -> None:
        """Ask the app for another walkthrough in the place of this one, where nothing can be done from now on: what is
        typed before the other one is there would be done to a walk that nobody sees any more."""
        self._gives_way = True
        self.post_message(message)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return not self._gives_way and super().check_action(action, parameters)

    def hold(self) -> None:
        """Pause: something is shown over the walk. What was told before is no longer news then, and may be about keys
        that do something else there."""
        if self.walk.playing:
            self.go(self.walk.toggled())
        self.forget_told()

    def forget_told(self) -> None:
        """Take away what was told; a run that is being stopped is told of all the same."""
        if self._live.told(self._messages, at_last=False) is not None:
            self._live.steered()
            self.show_moment()
