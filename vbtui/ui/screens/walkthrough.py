"""The walkthrough: the screen that holds a walk, turns keys and time into walks, and shows each one to every view.

Decided here: what a key does, when the clock runs, which views a size has room for, and how a live run takes the
playhead along. The walk itself knows where it may go; the views know how they look.
The clock runs only while something moves, and the run is polled only while there is one: at rest nothing is done at
all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import ActiveBinding
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.timer import Timer

from vbtui.i18n import LANGUAGES, translator
from vbtui.job import RunLog
from vbtui.render import RICH, Messages
from vbtui.topology import Job, LoadedTopology
from vbtui.trace import States, Trace
from vbtui.ui.figures import Copies
from vbtui.ui.keys import KEYS, bindings, in_language
from vbtui.ui.live import StartRun
from vbtui.ui.live_run import LiveRun
from vbtui.ui.measures import FRAMES_PER_SECOND, LEAST, POLLS_PER_SECOND, ROOMY, WIDE
from vbtui.ui.moment import Moment
from vbtui.ui.outcome import edits_first, rules_wait
from vbtui.ui.resumed import Resumed
from vbtui.ui.scenery import Scenery
from vbtui.ui.screens.firewall import FirewallScreen, Left
from vbtui.ui.screens.firewall_dialogues import ask_quit
from vbtui.ui.screens.help import HelpScreen
from vbtui.ui.screens.question import own_images_question
from vbtui.ui.screens.walk_keys import WalkKeys
from vbtui.ui.tabs import Tab
from vbtui.ui.widgets.event_line import EventLine
from vbtui.ui.widgets.event_table import EventTable
from vbtui.ui.widgets.header_line import HeaderLine
from vbtui.ui.widgets.key_line import KeyLine, TabLine
from vbtui.ui.widgets.process_tree import ProcessTree, rows_needed
from vbtui.ui.widgets.scrubber import Scrubber
from vbtui.ui.widgets.step_pane import StepPane
from vbtui.ui.widgets.too_small import TOO_SMALL, TooSmall
from vbtui.ui.widgets.topology_canvas import TopologyCanvas
from vbtui.walk import Walk
from vbtui.walk.plan import Plan, changed_firewalls
from vbtui.workflow import History

if TYPE_CHECKING:  # both bring the engine with them
    from vbtui.ui.keeping import Keeping
    from vbtui.ui.screens.data import DataLeft, DataScreen


class WalkthroughScreen(WalkKeys):
    """One job of one topology, walked through."""

    @dataclass
    class Rewalked(Message):
        """Rules or restore points are others: a walkthrough with them has to take this one's place."""

        resumed: Resumed
        language: str
        run_on: History | None = None
        """What the next run builds on; it begins at once then. None: as before."""

    CSS_PATH = Path(__file__).with_suffix(".tcss")
    AUTO_FOCUS = None
    BINDINGS = [*bindings(KEYS, "walkthrough")]

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
        step: str | None = None,
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
        self._own_images, self._keep = own_images, keep
        self.data: DataScreen | None = None
        """The Data screen while it stands over this one: what goes on is shown there."""
        self._start_run = start_run
        self._clock, self._ticker = clock, ticker
        self._profile = trace.profile
        self._speak(language)
        self._states = States(trace)
        self._copies = Copies(trace)
        self._scenery = Scenery(loaded.topology, trace)
        self.walk = Walk.over(trace).opened_at(step) if before is None else before.onto(trace)
        self.vm = None if resumed is None else resumed.vm
        self._started = step is not None or before is not None
        self._tab = Tab.TOPOLOGY if resumed is None else resumed.tab
        self._live = LiveRun(trace, run_log)
        self._fitted: frozenset[str] = frozenset()
        self._last = 0.0
        self._frames: Timer | None = None
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
        yield Scrubber(id="scrubber")
        yield KeyLine(id="keys")
        yield TooSmall(id="too-small")

    def on_mount(self) -> None:
        self._frames = self.set_interval(1 / FRAMES_PER_SECOND, self.tick, pause=True)
        self._polls = self.set_interval(1 / POLLS_PER_SECOND, self.poll, pause=True)
        self._fit(self.size.width, self.size.height)

    def on_resize(self, event: events.Resize) -> None:
        self._fit(event.size.width, event.size.height)

    def _fit(self, width: int, height: int) -> None:
        """Choose the views for a size; they are shown once they have theirs."""
        small = width < LEAST[0] or height < LEAST[1]
        wide = width >= WIDE[0] and height >= WIDE[1]
        if small:
            text = self._messages.translator(TOO_SMALL)
            self.query_one(TooSmall).say(text.format(columns=LEAST[0], rows=LEAST[1]))
        size = "-small" if small else "-wide" if wide else "-narrow"
        roomy = ("-roomy",) if width >= ROOMY else ()
        rows = rows_needed(self.walk.trace) + 2
        self.query_one(ProcessTree).styles.height = min(rows, height * 11 // 20) if wide else None
        classes = frozenset((size, f"-{self._tab}", *roomy))
        if classes != self._fitted:
            self._fitted = classes
            self.set_classes(classes)
        self.call_after_refresh(self.show_moment)

    # ---- time -------------------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Let the time pass that has passed."""
        now = self._clock()
        passed, self._last = now - self._last, now
        self.go(self.walk.tick(passed), steered=False)

    def go(self, walk: Walk, *, steered: bool = True, show: bool = True) -> None:
        """Take over a walk and show it, unless that comes anyway; start or stop the clock."""
        before, self.walk = self.walk, walk
        if steered:
            self._started = True
            if walk.live is None:
                self._live.steered()
        if walk.moving and not before.moving:
            self._last = self._clock()
        if self._frames is not None and self._ticker:
            (self._frames.resume if walk.moving else self._frames.pause)()
        if show and (walk is not before or steered):
            self.show_moment()

    # ---- showing ----------------------------------------------------------------------------------------------------

    def moment(self) -> Moment:
        """Everything that is shown now."""
        index, fraction, progress = self.walk.index, self.walk.playhead.fraction, self._live.progress
        if progress is not None and self.walk.following and index == self._copies.place(progress):
            # Held at a copy; what the run has begun meanwhile has happened all the same.
            index = max(index, self._copies.begun(progress))
        totals = self._copies.totals(progress, self._live.log)
        return Moment(
            walk=self.walk,
            state=self._states.at(index, fraction),
            copies=self._copies,
            vm=self.vm or self.walk.vm,
            messages=self._messages,
            symbols=RICH,
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
        )

    def show_moment(self) -> None:
        """Show everything. Views draw only what differs from what they showed before."""
        if self.data is not None or not self.is_mounted or self.has_class("-small"):
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
            self.query_one(Scrubber).show(moment)
            self.query_one(KeyLine).show(moment)

    def _speak(self, language: str) -> None:
        self._language = language
        self._messages = Messages(translator(language), self._loaded.topology, self._profile)

    # ---- keys: looking ----------------------------------------------------------------------------------------------

    def action_next_tab(self) -> None:
        self._choose(self._tab.following)

    def action_previous_tab(self) -> None:
        self._choose(self._tab.preceding)

    def _choose(self, tab: Tab) -> None:
        self._tab = tab
        self._fit(self.size.width, self.size.height)

    def action_read(self, rows: int) -> None:
        self.query_one(StepPane).read_on(rows)

    def action_pan(self, columns: int, rows: int) -> None:
        self.query_one(TopologyCanvas).pan(columns, rows)

    def action_language(self) -> None:
        self._speak(LANGUAGES[(LANGUAGES.index(self._language) + 1) % len(LANGUAGES)])
        self.show_moment()

    def action_help(self) -> None:
        if self.walk.playing:
            self.go(self.walk.toggled())
        self.app.push_screen(HelpScreen(self._messages.translator, RICH))

    # ---- the rules --------------------------------------------------------------------------------------------------

    def action_firewall(self) -> None:
        """Show the rules; what a live run was allowed to do stands, so they are not to be changed meanwhile."""
        if self._live.alive:
            self._live.refuse(rules_wait)
            self.show_moment()
            return
        if self.walk.playing:
            self.go(self.walk.toggled())
        plan = self._plan or Plan.over(self._loaded.topology, self._profile)
        screen = FirewallScreen(plan, self._loaded, self._job.name, language=self._language)
        self.app.push_screen(screen, self._returned)

    def _returned(self, left: Left | None) -> None:
        """Take over what the Firewall screen has left; with other rules the job is walked anew."""
        if left is None:
            return
        before = self._loaded.topology if self._plan is None else self._plan.topology
        self._plan = left.plan
        self._speak(left.language)
        if left.quit:
            self.app.exit(0)
        elif changed_firewalls(before, left.plan.topology):
            resumed = Resumed(left.plan, self.walk, self.vm, self._tab, left.data)
            self.post_message(self.Rewalked(resumed, left.language))
        elif left.data:
            self.action_data()
        else:
            self.show_moment()

    # ---- the data ---------------------------------------------------------------------------------------------------

    def action_data(self) -> None:
        """Show the disks, their blocks and the restore points, also while a run goes on."""
        from vbtui.ui.screens.data import DataScreen

        if self.walk.playing:
            self.go(self.walk.toggled())
        self.data = DataScreen(
            self._loaded.topology, self.walk.trace, self._live, self._keep(), language=self._language,
            ticker=self._ticker, pace=self._pace, own_images=self._own_images,
            perform=self.action_run, look=self.poll,
        )  # fmt: skip
        self._poll_here(False)
        self.app.push_screen(self.data, self._back_from_data)

    def _back_from_data(self, left: DataLeft | None) -> None:
        self.data = None
        self._poll_here(self._live.alive)
        if left is None:
            return
        self._speak(left.language)
        self.show_moment()
        if left.quit:
            self.action_quit()
        elif left.firewall:
            self.action_firewall()

    def _poll_here(self, here: bool) -> None:
        """Poll the run from this screen, or leave that to the one over it."""
        if self._polls is not None and self._ticker:
            (self._polls.resume if here else self._polls.pause)()

    # ---- the run ----------------------------------------------------------------------------------------------------

    def action_run(self) -> None:
        """Perform the job for real: at once on sample disks, on a person's own images after a question."""
        if self._live.alive:
            return
        if self._edited:
            self._live.refuse(edits_first)
            self.show_moment()
        elif (history := self._live.next_history(self._loaded.topology, self._job)) is not None:
            self._run_on(history)
        elif self._own_images:
            question = own_images_question(self._messages.translator)
            self.app.push_screen(question, lambda answer: self._begin_run() if answer else None)
        else:
            self._begin_run()

    def _run_on(self, history: History) -> None:
        """The next run is another one than the one shown: incremental, where there is a point to build on."""
        plan = self._plan or Plan.over(self._loaded.topology, self._profile)
        resumed = Resumed(plan, None, self.vm, self._tab, data=self.data is not None)
        if self.data is not None:
            self.data.action_back()
        self.post_message(self.Rewalked(resumed, self._language, history))

    def _begin_run(self) -> None:
        self._started = True
        if not self._live.begin(lambda: self._start_run(self._loaded, self.walk.trace, pace=self._pace)):
            self.show_moment()
            return
        if self.data is None:
            self._poll_here(True)
        else:
            self.data.begun()
        self.poll()

    def poll(self) -> None:
        """Look at the run once and follow it."""
        progress = self._live.look()
        if progress is None:
            return
        if not progress.finished:
            self.go(self.walk.joined(self._copies.place(progress)), steered=False, show=False)
            self.show_moment()
            return
        self._poll_here(False)
        if self._live.leaving:
            # Without markup: a folder may be called anything.
            self.app.exit(0, message=Text(self._live.outcome(self._messages)))
            return
        to_the_end = self.walk.following and progress.error is None and not progress.cancelled
        walk = self.walk.left()
        self.go(walk.end() if to_the_end else walk, steered=False, show=False)
        self.show_moment()

    def action_quit(self) -> None:
        """Leave; a live run is asked to stop first, and waited for; edits that are in no file are asked about."""
        if not self._live.alive:
            ask_quit(self.app, self._messages.translator, self._plan, lambda: self.app.exit(0))
            return
        self._live.stop()
        self.show_moment()

    # ---- Textual ----------------------------------------------------------------------------------------------------

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """The bindings with their descriptions in the language of the moment."""
        return in_language(super().active_bindings, self._messages.translator)
