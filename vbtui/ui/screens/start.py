"""The start screen: where one was, what comes with vbtui, a file of one's own; with a picture of what is selected.

Decided here: what a key does, and when a file is read: those that come with vbtui at once, others when they are
selected, all beside the screen, so that a large or bad file never holds up a key. Out: what was picked, read and
sound; a file with problems is shown with them, and nothing else changes.
Never here: which walk goes on behind this screen (`app`), what is kept of it (`remembered`).
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
from textual.screen import Screen

from vbtui.drawing import Picture
from vbtui.i18n import LANGUAGES, N_, Translator, translator
from vbtui.render.symbols import Symbols
from vbtui.topology import LoadedTopology, TopologyError, shipped
from vbtui.ui.inks import Row, Span, Tone
from vbtui.ui.keys import bindings, in_language
from vbtui.ui.keys.keyed import keys_of, possible_keys
from vbtui.ui.keys.start import START_KEYS
from vbtui.ui.lasting import Lasting
from vbtui.ui.looks import looks_of
from vbtui.ui.measures import ROOMY, WIDE
from vbtui.ui.remembered import Memory, Place, Recalled
from vbtui.ui.screens.file_reading import Reads, beside, is_large, look_at
from vbtui.ui.screens.open_file import OpenFileScreen
from vbtui.ui.screens.problems import problems_screen
from vbtui.ui.text import spread
from vbtui.ui.topology_list import Item, Look, Section, fact_rows, items, list_rows, trouble_text
from vbtui.ui.widgets.key_line import KeyLine
from vbtui.ui.widgets.lines_view import RowsView
from vbtui.ui.widgets.picture_canvas import PictureCanvas
from vbtui.ui.widgets.too_small import TooSmall
from vbtui.ui.widgets.top_line import TopLine, language_spans

MOST_DRAWN = 2000
"""Machines up to which a picture is made of what is selected: beyond, it would hold up the next key."""


@dataclass(frozen=True, slots=True, eq=False)
class Picked:
    """What a person has chosen."""

    loaded: LoadedTopology
    place: Place | None
    """Where to go on; None: at the beginning."""
    language: str


@dataclass
class Read(Message):
    """A file was read, beside the screen."""

    source: str
    look: Look


@dataclass
class Taken(Message):
    """A large file was read that somebody wants to open."""

    item: Item
    place: Place | None
    look: Look


class StartList(RowsView):
    """What can be selected."""

    @dataclass
    class Clicked(Message):
        """A row was clicked."""

        row: int

    def on_click(self, event: events.Click) -> None:
        if (y := self.row_under(event)) is not None:
            self.post_message(self.Clicked(y))


class StartFacts(RowsView):
    """What is known of what is selected."""


class Thumbnail(PictureCanvas):
    """Its picture, as far as there is room."""


class StartScreen(Reads, Lasting, Screen[Picked | None]):
    """Answers with what was picked; None to go back to what was shown before."""

    CSS_PATH = Path(__file__).with_suffix(".tcss")
    AUTO_FOCUS = None
    KEY_TABLE = START_KEYS
    KEY_NAME = "start"
    BINDINGS = [*bindings(KEY_TABLE, KEY_NAME)]

    def __init__(
        self,
        memory: Memory | None,
        *,
        language: str,
        quit_behind: Callable[[], None] | None = None,
        here: Place | None = None,
    ) -> None:
        """`memory` knows earlier walks. `quit_behind` leaves the program from the walk that this screen stands over,
        and `here` is where that walk is; None: there is none to go back to."""
        super().__init__()
        self._memory, self.language, self._quit_behind = memory, language, quit_behind
        self._here = here if here is not None and here.is_worth_keeping else None
        self._recall()
        self._selected = 0
        self._known: dict[str, Look] = {}
        self._wanted: set[str] = set()
        self._taking: Item | None = None
        """What is being opened."""
        self._drawn: object = None

    # ---- building ---------------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield TopLine(id="header")
        with Horizontal(id="body"):
            yield StartList(id="list", classes="pane")
            with Vertical(id="preview", classes="pane"):
                yield StartFacts(id="facts")
                yield Thumbnail(id="thumbnail")
        yield KeyLine(id="keys")
        yield TooSmall(id="too-small")

    def on_mount(self) -> None:
        self.redraw()
        self._read(*shipped())

    def on_resize(self) -> None:
        self.redraw()

    def redraw(self) -> None:
        """Choose the views for the size, and show them once they have theirs."""
        width, height = self.size
        small = self.query_one(TooSmall).covers(width, height, self.say)
        wide = width >= WIDE[0]
        roomy = ["-roomy"] if width >= ROOMY else []
        self.set_classes(["-small" if small else "-wide" if wide else "-narrow", *roomy])
        self.query_one(StartList).styles.height = None if wide else min(len(self._items) + 7, height * 11 // 20)
        self._drawn = None
        self.call_after_refresh(self._show)

    # ---- showing ----------------------------------------------------------------------------------------------------

    @property
    def say(self) -> Translator:
        return translator(self.language)

    @property
    def symbols(self) -> Symbols:
        return looks_of(self.app).symbols

    @property
    def item(self) -> Item:
        """What is selected."""
        return self._items[self._selected]

    def _show(self) -> None:
        if not self.stands or self.has_class("-small"):
            return
        say, item = self.say, self.item
        look = self._known.get(item.source)
        self.query_one("#header", RowsView).show_rows([self._header(self.size.width)])
        view = self.query_one(StartList)
        listed = list_rows(say, self.symbols, self._items, self._selected, self._known, view.content_size.width - 1)
        view.entitle(say(N_("Topologies")))
        view.show_rows(listed.rows)
        view.reveal(listed.places[self._selected])
        facts = self.query_one(StartFacts)
        rows = fact_rows(say, self.symbols, item, look, max(20, facts.size.width - 1))
        if facts.styles.height is None or facts.styles.height.value != len(rows) + 1:
            facts.styles.height = len(rows) + 1
        facts.show_rows(rows)
        self.query_one(KeyLine).show_keys(say, possible_keys(self, keys_of(self))[0])
        if look is None and item.section is Section.LEFT and not item.missing and item is not self._taking:
            self._read(item.source)
        self.call_after_refresh(self._draw, item, look)

    def _draw(self, item: Item, look: Look | None) -> None:
        """The picture of what is selected, once its view has a size."""
        view = self.query_one(Thumbnail)
        drawn = (item.source, look, self.language, view.content_size)
        if not view.content_size or drawn == self._drawn:
            return
        self._drawn = drawn
        if isinstance(look, LoadedTopology) and _machines(look) <= MOST_DRAWN:
            view.place(look.topology, (), self.say)
            view.draw(Picture(), renewed=True)
        else:
            view.clear_picture()

    def _header(self, width: int) -> Row:
        say = self.say
        left: list[Span] = [(" vbtui", Tone.STRONG), ("   ", Tone.BAR)]
        if self._recalled.trouble is None:
            left.append((say(N_("watch a VMware backup happen")), Tone.BAR))
        else:
            left.append((f"{self.symbols.warning} {trouble_text(say, self._recalled.trouble)}", Tone.WARN))
        return Row(spread(left, (*language_spans(say), (" ", Tone.BAR)), width), Tone.BAR)

    def _recall(self) -> None:
        """List earlier walks, and before them the one that is open, where it is now: it is kept when it is left."""
        recalled = Recalled() if self._memory is None else self._memory.recall()
        self._recalled = recalled if self._here is None else recalled.led_by(self._here)
        self._items = items(self._recalled)

    # ---- files ------------------------------------------------------------------------------------------------------

    @property
    def reading(self) -> bool:
        return not self._wanted <= self._known.keys()

    def _read(self, *sources: str) -> None:
        """Read topologies beside the screen; what comes of it arrives as messages."""
        wanted = [item for item in self._items if item.source in sources and item.source not in self._wanted]
        files = {item.source: item.file for item in wanted}
        self._wanted.update(files)
        if files:
            beside(lambda: self._read_all(files))

    def _read_all(self, files: dict[str, Path]) -> None:
        for source, file in files.items():
            self.post_message(Read(source, look_at(file)))

    def on_read(self, message: Read) -> None:
        self._known[message.source] = message.look
        self._show()

    # ---- keys -------------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what would do something is offered."""
        if action == "back":
            return self._quit_behind is not None
        if action == "forget":
            return self.item.place is not None and self.item.place is not self._here
        if action == "anew":
            return self.item.section is not Section.FILE
        return super().check_action(action, parameters)

    def action_move(self, rows: int) -> None:
        self._selected = min(max(0, self._selected + rows), len(self._items) - 1)
        self.refresh_bindings()
        self._show()

    def action_take(self) -> None:
        if self.item.section is Section.FILE:
            self.action_open_file()
        else:
            place = self.item.place or self._recalled.of(self.item.source)
            if place is not None and place.is_over:
                self._take(None)
            elif place is not None and place is self._here:
                self.dismiss(None)  # it stands behind this screen, with all that was done to it
            else:
                self._take(place)

    def action_anew(self) -> None:
        self._take(None)

    def _take(self, place: Place | None) -> None:
        """Read the file, again, since it may be another one by now, and open it; a key more does nothing meanwhile."""
        item = self.item
        if self._taking is not None:
            return
        if not is_large(item.file):
            self._open(item, place, look_at(item.file))
            return
        self._taking = item
        self._known.pop(item.source, None)
        self._show()
        beside(lambda: self.post_message(Taken(item, place, look_at(item.file))))

    def on_taken(self, message: Taken) -> None:
        self._taking = None
        self._open(message.item, message.place, message.look)

    def _open(self, item: Item, place: Place | None, look: Look) -> None:
        """Whoever has gone on to another topology, or to another screen, does not want this one any more."""
        self._known[item.source] = look
        self._show()
        if item is not self.item or not self.is_current:
            return
        if isinstance(look, TopologyError):
            self.app.push_screen(problems_screen(self.say, look))
        else:
            self.dismiss(Picked(look, place, self.language))

    def action_open_file(self) -> None:
        def opened(loaded: LoadedTopology | None) -> None:
            if loaded is not None:
                self.dismiss(Picked(loaded, None, self.language))

        self.app.push_screen(OpenFileScreen(self.say), opened)

    def action_forget(self) -> None:
        place = self.item.place
        if place is None or self._memory is None:
            return
        self._memory.forget(place)
        self._recall()
        self.action_move(0)

    def action_back(self) -> None:
        if self._quit_behind is not None:
            self.dismiss(None)

    def action_language(self) -> None:
        self.language = LANGUAGES[(LANGUAGES.index(self.language) + 1) % len(LANGUAGES)]
        self._show()

    def action_help(self) -> None:
        from vbtui.ui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self, lambda symbols: ((symbols.fail, Tone.FAIL, N_("cannot be opened")),)))

    def action_quit(self) -> None:
        """Leave; the walk behind this screen may have something to ask first."""
        if self._quit_behind is None:
            self.app.exit(0)
        else:
            self.dismiss(None)
            self._quit_behind()

    def on_start_list_clicked(self, message: StartList.Clicked) -> None:
        """The first click selects, a click on what is selected opens it."""
        listed = list_rows(self.say, self.symbols, self._items, self._selected, self._known, 40)
        if message.row not in listed.places:
            return
        number = listed.places.index(message.row)
        if number == self._selected:
            self.action_take()
        else:
            self.action_move(number - self._selected)

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """The bindings with their descriptions in the language of the moment."""
        return in_language(super().active_bindings, self.say)


def _machines(loaded: LoadedTopology) -> int:
    return len(loaded.topology.nodes) + len(loaded.topology.vms)
