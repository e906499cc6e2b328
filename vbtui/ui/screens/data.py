"""The Data screen: the disks of a job as they are copied, the blocks of one of them, and the restore points they leave.

Decided here: what a key does, which views a size has room for, and how often is looked at what goes on. What a row, a
cell or a chart says is decided in `walk` and `render`; what goes on belongs to others (`LiveRun`, `Keeping`) and goes
on without this screen.
In: a trace, its live run, the restore points. Out, when it is left: the language.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from textual import events
from textual.app import ComposeResult
from textual.binding import ActiveBinding
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.timer import Timer

from vbtui.i18n import LANGUAGES, Translator, translator
from vbtui.job import PointInfo, RunLog, RunProgress
from vbtui.render import Messages
from vbtui.topology import Topology
from vbtui.trace import Trace
from vbtui.ui.data_bench import DataBench, DataLeft, DataView, KeptList, points_of
from vbtui.ui.keeping import Keeping
from vbtui.ui.keys import bindings, in_language
from vbtui.ui.keys.data import DATA_KEYS
from vbtui.ui.keys.keyed import keys_of, possible_keys
from vbtui.ui.live_run import LiveRun
from vbtui.ui.looks import looks_of
from vbtui.ui.moment import Notice, NoticeKind
from vbtui.ui.run_notices import RULES_WAIT
from vbtui.ui.screens.help import HelpScreen, data_signs
from vbtui.ui.screens.point_keys import PointKeys
from vbtui.ui.widgets.block_map import BlockMapView
from vbtui.ui.widgets.chain_view import ChainView
from vbtui.ui.widgets.data_lines import DataHeader, DataOutcome
from vbtui.ui.widgets.disk_table import DiskTable
from vbtui.ui.widgets.key_line import KeyLine
from vbtui.ui.widgets.throughput import FiguresView
from vbtui.ui.widgets.too_small import TooSmall
from vbtui.ui.widgets.view_line import ViewLine
from vbtui.walk.disk_lines import DiskLine, disk_lines, snapshot_line

LOOKS_PER_SECOND = 5
"""At what goes on."""
WIDE = (110, 34)
"""Columns and rows from which all views stand together."""
ROOMY = (150, 50)


class DataScreen(PointKeys):
    """A job's disks and restore points."""

    @dataclass
    class Listed(Message):
        """The folder of the restore points has been looked at."""

        points: tuple[PointInfo, ...]
        error: OSError | None

    CSS_PATH = Path(__file__).with_suffix(".tcss")
    AUTO_FOCUS = None
    KEY_TABLE = DATA_KEYS
    KEY_NAME = "data"
    BINDINGS = [*bindings(KEY_TABLE, KEY_NAME)]

    def __init__(
        self,
        topology: Topology,
        trace: Trace,
        live: LiveRun,
        keeping: Keeping,
        *,
        language: str,
        ticker: bool,
        pace: str,
        own_images: bool,
        perform: Callable[[], None],
        look: Callable[[], None],
    ) -> None:
        """`perform` begins a run of the trace, perhaps after a question; `look` looks at it once."""
        super().__init__()
        self._topology, self._trace, self._live, self._keeping = topology, trace, live, keeping
        self._language, self._ticker, self._pace, self._own_images = language, ticker, pace, own_images
        self._perform, self._look_at_run = perform, look
        self._messages = self._make_messages()
        self._place = self._point_place = 0
        self._view, self._wide, self._all_disks = DataView.DISKS, True, False
        self._lines: tuple[DiskLine, ...] = ()
        self._made_from: tuple[RunProgress | None, RunLog | None] | None = None
        """What the lines were made from: making them takes a while in a large job."""
        self._notice: Notice | None = None
        self._listed: tuple[PointInfo, ...] = ()
        self._list_known = False
        self._list_error: OSError | None = None
        self._going_on = (False, False)
        """The run, and the work on a restore point."""
        self._fitted: frozenset[str] = frozenset()
        self._looks: Timer | None = None

    # ---- building ---------------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield DataHeader(id="header")
        yield ViewLine(id="views")
        with Vertical(id="body"):
            yield DiskTable(id="disks")
            with Horizontal(id="middle"):
                yield BlockMapView(id="map")
                yield FiguresView(id="figures")
            yield ChainView(id="points")
        yield DataOutcome(id="outcome")
        yield KeyLine(id="keys")
        yield TooSmall(id="too-small")

    def on_mount(self) -> None:
        self._looks = self.set_interval(1 / LOOKS_PER_SECOND, self.look, pause=True)
        self._list()
        self.keep_looking()
        self._fit(self.size.width, self.size.height)

    def on_resize(self, event: events.Resize) -> None:
        self._fit(event.size.width, event.size.height)

    def _fit(self, width: int, height: int) -> None:
        """Choose the views for a size; they are shown once they have theirs."""
        small = self.query_one(TooSmall).covers(width, height, self._messages.translator)
        self._wide = wide = width >= WIDE[0] and height >= WIDE[1]
        if wide and self._view in (DataView.MAP, DataView.FIGURES):
            self._view = DataView.DISKS  # both stand beside it there
        # The disks get what they need, up to a third of the screen.
        rows = len(self._trace.tasks) + (3 if wide else 1)
        self.query_one(DiskTable).styles.height = max(4, min(rows, height // 3))
        size = "-small" if small else "-wide" if wide else "-narrow"
        roomy = ("-roomy",) if width >= ROOMY[0] and height >= ROOMY[1] else ()
        classes = frozenset((size, f"-{self._view}", *roomy))
        if classes != self._fitted:
            self._fitted = classes
            self.set_classes(classes)
        self.call_after_refresh(self.show_bench)

    # ---- time -------------------------------------------------------------------------------------------------------

    def keep_looking(self) -> None:
        """Look regularly as long as something goes on; at rest nothing is done at all."""
        self._going_on = (self._live.alive, self._keeping.busy)
        if self._looks is not None and self._ticker:
            (self._looks.resume if any(self._going_on) else self._looks.pause)()

    def look(self) -> None:
        """Look once at what goes on."""
        before = self._going_on
        if self._live.alive:
            self._look_at_run()
        self.keep_looking()
        if any(was and not is_now for was, is_now in zip(before, self._going_on, strict=True)):
            self._list()
        self.show_bench()

    # ---- showing ----------------------------------------------------------------------------------------------------

    def bench(self) -> DataBench:
        """Everything that is shown now."""
        live = self._live
        made_from = self._made_from
        if made_from is None or made_from[0] is not live.last or made_from[1] is not live.log:
            self._lines, self._made_from = disk_lines(self._trace, live.last, live.log), (live.last, live.log)
        lines = self._lines
        line = lines[self._place] if lines else None
        points = points_of(None if line is None else line.vm, self._listed)
        return DataBench(
            topology=self._trace.topology,
            job=self._trace.job,
            messages=self._messages,
            symbols=looks_of(self.app).symbols,
            lines=lines,
            place=self._place,
            states=b"" if line is None else live.block_map(line.id),
            snapshot=None if line is None else snapshot_line(line.vm, live.last, live.log),
            history=live.history,
            kept=KeptList(self._keeping.folder, points, self._list_known, self._list_error),
            point_place=min(self._point_place, max(0, len(points) - 1)),
            work=self._keeping.progress(),
            progress=live.last,
            view=self._view,
            wide=self._wide,
            all_disks=self._all_disks,
            own_images=self._own_images,
            notice=self._notice,
            run_notice=live.told(self._messages, at_last=True),
            pace=self._pace,
        )

    def show_bench(self) -> None:
        """Show everything that has a place. Views draw only what differs from what they showed before."""
        if not self.stands or self.has_class("-small"):
            return
        bench = self.bench()
        with self.app.batch_update():
            self.query_one(DataHeader).show(bench)
            if not self._wide:
                self.query_one(ViewLine).show(bench.say, ((one.heading, one is bench.view) for one in DataView))
            panes = (
                self.query_one(DiskTable),
                self.query_one(BlockMapView),
                self.query_one(FiguresView),
                self.query_one(ChainView),
            )
            for pane in panes:
                if pane.size.width and pane.size.height:
                    pane.show(bench)
            self.query_one(DataOutcome).show(bench)
            self.query_one(KeyLine).show_keys(bench.say, possible_keys(self, keys_of(self))[0])

    def _make_messages(self) -> Messages:
        return Messages(translator(self._language), self._topology, self._trace.profile)

    def tell(self, kind: NoticeKind, text: str) -> None:
        """Say something in the language of the moment, until the next key."""
        self._notice = Notice(kind, text)
        self.show_bench()

    def _steered(self) -> None:
        """A person has pressed a key: what is no longer news goes."""
        self._notice = None
        self._keeping.forget()
        self._live.steered()
        self.show_bench()

    # ---- the restore points -----------------------------------------------------------------------------------------

    def _list(self) -> None:
        """List the folder, in a thread: it may be a share that answers slowly."""
        self.run_worker(self._listing, thread=True, exclusive=True, group="points")

    def _listing(self) -> None:
        try:
            message = self.Listed(self._keeping.points.points(), None)
        except OSError as error:
            message = self.Listed((), error)
        self.post_message(message)

    def on_data_screen_listed(self, message: Listed) -> None:
        self._listed, self._list_error, self._list_known = message.points, message.error, True
        self.show_bench()

    # ---- keys: moving -----------------------------------------------------------------------------------------------

    def action_move(self, rows: int) -> None:
        if self._view is DataView.FIGURES:
            self.query_one(FiguresView).read_on(rows)
        elif self._view is DataView.POINTS:
            self._choose_point(self._point_place + rows)
        else:
            self._choose_disk(self._place + rows)

    def action_disk(self, by: int) -> None:
        self._choose_disk(self._place + by)

    def _choose_disk(self, place: int) -> None:
        before, count = self._place, len(self._trace.tasks)
        self._place = max(0, min(place, count - 1))
        if count and self._trace.tasks[before].vm != self._trace.tasks[self._place].vm:
            self._point_place = 0
        self._steered()

    def _choose_point(self, place: int) -> None:
        self._point_place = max(0, min(place, len(self.bench().kept.points) - 1))
        self._steered()

    def action_read(self, rows: int) -> None:
        self.query_one(FiguresView).read_on(rows)

    def action_next_view(self) -> None:
        self._turn(1)

    def action_previous_view(self) -> None:
        self._turn(-1)

    def _turn(self, by: int) -> None:
        views = (DataView.DISKS, DataView.POINTS) if self._wide else tuple(DataView)
        self._view = views[(views.index(self._view) + by) % len(views)]
        self._fit(self.size.width, self.size.height)

    def on_disk_table_chosen(self, message: DiskTable.Chosen) -> None:
        self._choose_disk(message.place)

    def on_chain_view_chosen(self, message: ChainView.Chosen) -> None:
        self._choose_point(message.place)

    def action_all_disks(self) -> None:
        self._all_disks = not self._all_disks
        self._steered()

    # ---- keys: doing ------------------------------------------------------------------------------------------------

    def action_run(self) -> None:
        self._steered()
        self._perform()
        self.keep_looking()
        self.show_bench()

    def action_reload(self) -> None:
        self._list()
        self._steered()

    @property
    def say(self) -> Translator:
        return self._messages.translator

    def redraw(self) -> None:
        """Show everything by the looks of the app."""
        self._fit(self.size.width, self.size.height)

    # ---- keys: language, help, leaving ------------------------------------------------------------------------------

    def action_language(self) -> None:
        self._language = LANGUAGES[(LANGUAGES.index(self._language) + 1) % len(LANGUAGES)]
        self._messages, self._notice = self._make_messages(), None
        self.show_bench()

    def action_copy(self) -> None:
        """The selected row with its head, as text."""
        if self._view is DataView.POINTS:
            self._send(self.query_one(ChainView).copied(self._point_place))
        else:
            self._send(self.query_one(DiskTable).copied(self._place))

    def tell_done(self, text: str, *, well: bool = True) -> None:
        self.tell(NoticeKind.DONE if well else NoticeKind.WARNING, text)

    def is_of_use(self, action: str) -> bool:
        """The action would do something now, and not only tell why it does nothing."""
        match action:
            case "cancel":
                return self._keeping.busy or (self._live.alive and not self._live.stopping)
            case "verify" | "health" | "restore":
                return not self._keeping.busy and self.bench().point is not None
            case "run" | "firewall":
                return not self._live.alive
            case _:
                return True

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(self, data_signs))

    def action_back(self) -> None:
        self.dismiss(DataLeft(self._language))

    def action_firewall(self) -> None:
        if self._live.alive:
            self._live.tell(RULES_WAIT)
            self.show_bench()
            return
        self.dismiss(DataLeft(self._language, firewall=True))

    def action_quit(self) -> None:
        self.dismiss(DataLeft(self._language, quit=True))

    # ---- Textual ----------------------------------------------------------------------------------------------------

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """The bindings with their descriptions in the language of the moment."""
        return in_language(super().active_bindings, self._messages.translator)
