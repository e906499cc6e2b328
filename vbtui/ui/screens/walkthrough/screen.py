"""The walkthrough: the screen that holds a walk, lets time pass in it, and shows each one to every view.

Decided here: when the clock runs, which views a size has room for, and what of everything is shown now. What a key does
is for its group to say (the modules named `*_keys`), `run_keys` also how a live run takes the playhead along. The walk
itself knows where it may go; the views know how they look.
The clock runs only while something moves, and the run is polled only while there is one: at rest nothing is done at
all, once what the next keys may need is there (`foresight`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import ActiveBinding
from textual.containers import Horizontal, Vertical
from textual.timer import Timer

from vbtui.i18n import Translator, translator
from vbtui.job import RunLog
from vbtui.render import Messages
from vbtui.topology import Job, LoadedTopology
from vbtui.trace import States, Trace
from vbtui.ui.figures import Copies
from vbtui.ui.keys import WALKTHROUGH_KEYS, bindings, in_language
from vbtui.ui.live import StartRun
from vbtui.ui.live_run import LiveRun
from vbtui.ui.looks import Looks, Motion, looks_of
from vbtui.ui.measures import POLLS_PER_SECOND, ROOMY, STEPS_PER_SECOND, WIDE
from vbtui.ui.moment import Moment
from vbtui.ui.resumed import Resumed
from vbtui.ui.scenery import Scenery
from vbtui.ui.screens.walkthrough.break_keys import BreakKeys
from vbtui.ui.screens.walkthrough.find_keys import FindKeys
from vbtui.ui.screens.walkthrough.focus_keys import FocusKeys
from vbtui.ui.screens.walkthrough.foresight import Foresight
from vbtui.ui.screens.walkthrough.look_keys import LookKeys
from vbtui.ui.screens.walkthrough.neighbour_keys import NeighbourKeys
from vbtui.ui.screens.walkthrough.node_keys import NodeKeys
from vbtui.ui.screens.walkthrough.presenting_keys import PresentingKeys
from vbtui.ui.screens.walkthrough.question_keys import QuestionKeys
from vbtui.ui.screens.walkthrough.what_if_keys import WhatIfKeys
from vbtui.ui.sight import PLAIN_SIGHT
from vbtui.ui.tabs import Tab
from vbtui.ui.widgets.event_line import EventLine
from vbtui.ui.widgets.event_table import EventTable
from vbtui.ui.widgets.header_line import HeaderLine
from vbtui.ui.widgets.key_line import KeyLine, TabLine
from vbtui.ui.widgets.process_tree import ProcessTree, rows_needed
from vbtui.ui.widgets.scrubber import Scrubber
from vbtui.ui.widgets.stage_line import StageLine
from vbtui.ui.widgets.step_pane import StepPane
from vbtui.ui.widgets.too_small import TooSmall
from vbtui.ui.widgets.topology_canvas import TopologyCanvas
from vbtui.walk import Playhead, Walk
from vbtui.walk.forks import Fork
from vbtui.workflow import Change

if TYPE_CHECKING:  # both bring the engine with them
    from vbtui.ui.keeping import Keeping
    from vbtui.walk.plan import Plan


class WalkthroughScreen(
    PresentingKeys, QuestionKeys, LookKeys, FindKeys, NodeKeys, FocusKeys, BreakKeys, WhatIfKeys, NeighbourKeys,
    Foresight,
):  # fmt: skip
    """One job of one topology, walked through. Esc ends what the last of these begins first."""

    CSS_PATH = Path(__file__).with_suffix(".tcss")
    AUTO_FOCUS = None
    KEY_TABLE = WALKTHROUGH_KEYS
    KEY_NAME = "walkthrough"
    BINDINGS = [*bindings(KEY_TABLE, KEY_NAME)]

    def __init__(
        self,
        loaded: LoadedTopology,
        job: Job,
        trace: Trace,
        *,
        language: str,
        clock: Callable[[], float],
        ticker: bool,
        start_run: StartRun,
        own_images: bool,
        keep: Callable[[], Keeping],
        place: str | None = None,
        changes: tuple[Change, ...] = (),
        run_log: RunLog | None = None,
        pace: str = "paced",
        resumed: Resumed | None = None,
    ) -> None:
        """`keep` gives the restore points to work with; `resumed` is how another screen was left whose place this one
        takes."""
        super().__init__()
        self._loaded, self._job, self._pace = loaded, job, pace
        self._plan: Plan | None = None if resumed is None else resumed.plan
        self._edited = resumed is not None and resumed.plan.edited
        before = None if resumed is None else resumed.walk
        if resumed is not None:
            place, changes, run_log = resumed.place, resumed.changes, resumed.run_log
        self._changes = changes
        forked = None if resumed is None else resumed.fork
        self.fork = forked if forked is not None and forked.trace is trace else Fork(trace, self._changes)
        self._own_images, self._keep = own_images, keep
        self.data = None
        self._start_run = start_run
        self._clock, self._ticker = clock, ticker
        self._profile = trace.profile
        self.speak(language)
        self._states = States(trace)
        self._copies = Copies(trace)
        self._scenery = Scenery(loaded.topology, trace)
        self.walk = (Walk.over(trace) if before is None else before.onto(trace)).opened_at(place)
        if resumed is not None:
            self.walk, self.words = self.walk.breaking(resumed.breaks), resumed.words
        self.vm = None if resumed is None else resumed.vm
        self._started = place is not None or before is not None
        self.sight = PLAIN_SIGHT if resumed is None else resumed.sight
        self._tab = Tab.TOPOLOGY if resumed is None else resumed.tab
        self._tabbed = resumed is not None and resumed.tabbed
        self._live = LiveRun(trace, run_log)
        if resumed is not None and resumed.told is not None:
            self._live.tell(resumed.told)
        self._fitted: frozenset[str] = frozenset()
        self._last = 0.0
        self._frames: Timer | None = None
        self._rate = 0
        """Pictures a second that this timer is for."""
        self._polls: Timer | None = None

    # ---- building ---------------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield HeaderLine(id="header")
        yield TabLine(id="tabs")
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield ProcessTree(id="process", classes="pane")
                yield StepPane(id="step")
            with Vertical(id="right"):
                yield TopologyCanvas(self._loaded.topology, self.walk.trace, self._scenery, id="topology")
                yield EventTable(id="events")
        yield EventLine(id="now")
        yield StageLine(id="stage")
        yield Scrubber(id="scrubber")
        yield KeyLine(id="keys")
        yield TooSmall(id="too-small")

    def on_mount(self) -> None:
        self._polls = self.set_interval(1 / POLLS_PER_SECOND, self.poll, pause=True)
        self.fit()

    def on_resize(self) -> None:
        self.fit()

    def fit(self) -> None:
        """Choose the views for the size; they are shown once they have theirs."""
        width, height = self.size
        small = self.query_one(TooSmall).covers(width, height, self._messages.translator)
        wide = width >= WIDE[0] and height >= WIDE[1]
        self._pace_frames()
        size = "-small" if small else "-wide" if wide else "-narrow"
        roomy = ("-roomy",) if width >= ROOMY else ()
        rows = rows_needed(self.walk.trace) + 2
        self.query_one(ProcessTree).styles.height = min(rows, height * 11 // 20) if wide else None
        marked = ("-marked",) if self._tabbed else ()
        large = ("-large",) if self.looks.large else ()
        classes = frozenset((size, f"-{self._tab}", *roomy, *marked, *large))
        if classes != self._fitted:
            self._fitted = classes
            self.set_classes(classes)
        self.call_after_refresh(self.show_moment)

    # ---- time -------------------------------------------------------------------------------------------------------

    @property
    def _motion(self) -> Motion:
        """How much moves: nothing while a run copies as fast as it can, whose counters say more."""
        return Motion.NONE if self._live.alive and self._pace == "full" else self.looks.motion

    def _pace_frames(self) -> None:
        """Let the clock of the pictures run as fast as the looks say."""
        frames = self.looks.frames
        rate = frames if self.looks.motion is Motion.FULL else min(frames, STEPS_PER_SECOND)
        if rate == self._rate:
            return
        self._rate = rate
        if self._frames is not None:
            self._frames.stop()
        self._frames = self.set_interval(1 / rate, self.tick, pause=not (self._ticker and self.walk.moving))

    def tick(self) -> None:
        """Let the time pass that has passed."""
        now = self._clock()
        passed, self._last = now - self._last, now
        self.go(self.walk.tick(passed), steered=False)

    def go(self, walk: Walk, *, steered: bool = True, show: bool = True) -> None:
        """Take over a walk and show it, unless that comes anyway; start or stop the clock."""
        walk = self.admitted(walk, steered=steered)
        animated = self._motion is not Motion.NONE
        if walk.animated is not animated:
            walk = replace(walk, animated=animated)
        before, self.walk = self.walk, walk
        if steered:
            self._started = True
            if walk.live is None:
                self._live.steered()
        if walk.moving and not before.moving:
            self._last = self._clock()
        if self._frames is not None and self._ticker:
            (self._frames.resume if walk.moving else self._frames.pause)()
        if show and (steered or (walk is not before if animated else _still(walk) != _still(before))):
            self.show_moment()

    # ---- showing ----------------------------------------------------------------------------------------------------

    def moment(self) -> Moment:
        """Everything that is shown now."""
        motion = self._motion
        walk = _still(self.walk) if motion is Motion.NONE else self.walk
        index, fraction, progress = walk.index, walk.playhead.fraction, self._live.progress
        if progress is not None and self.walk.following and index == self._copies.place(progress):
            # Held at a copy; what the run has begun meanwhile has happened all the same.
            index = max(index, self._copies.begun(progress))
        totals = self._copies.totals(progress, self._live.log)
        return Moment(
            walk=walk,
            state=self._states.at(index, fraction),
            copies=self._copies,
            vm=self.vm or self.walk.vm,
            chosen=self.vm,
            messages=self._messages,
            symbols=self.looks.symbols,
            job=self._job.name,
            pace=self._pace,
            own_images=self._own_images,
            progress=progress,
            log=self._live.log,
            notice=self._live.told(self._messages, at_last=self.walk.index == len(self.walk.trace) - 1),
            started=self._started,
            figures=self._copies.figures(index, fraction, totals, progress),
            totals=totals,
            edited=self._edited,
            changes=self._changes,
            listing=self.listing,
            sight=self.sight,
            motion=motion,
            veil=self.veil,
        )

    def show_moment(self) -> None:
        """Show everything. Views draw only what differs from what they showed before."""
        if self.data is not None or not self.stands or self.has_class("-small"):
            return
        moment = self.moment()
        with self.app.batch_update():
            self.query_one(HeaderLine).show(moment)
            if self.has_class("-narrow"):
                self.query_one(TabLine).show(moment, self._tab)
            panes = (
                self.query_one(ProcessTree),
                self.query_one(StepPane),
                self.query_one(TopologyCanvas),
                self.query_one(EventTable),
            )
            for pane in panes:
                if pane.size.width and pane.size.height:
                    pane.show(moment)
            self.query_one(EventLine).show(moment)
            if self.looks.large:
                self.query_one(StageLine).show(moment, ascii=self.looks.ascii, aside=self.aside)
            self.query_one(Scrubber).show(moment)
            self.query_one(KeyLine).show(moment)
        self.present(moment)
        self.look_ahead(moment)

    @property
    def looks(self) -> Looks:
        return looks_of(self.app)

    @property
    def say(self) -> Translator:
        return self._messages.translator

    def redraw(self) -> None:
        self.fit()

    def speak(self, language: str) -> None:
        self._language = language
        self._messages = Messages(translator(language), self._loaded.topology, self._profile)

    # ---- Textual ----------------------------------------------------------------------------------------------------

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """The bindings with their descriptions in the language of the moment."""
        return in_language(super().active_bindings, self._messages.translator)


def _still(walk: Walk) -> Walk:
    """The walk with its event as it is shown at last: without motion there is one picture for every event."""
    return walk if walk.at_rest else replace(walk, playhead=Playhead(walk.index))
