"""The sheet that tells everything about one event or machine, shown over the walkthrough.

Decided here: how one gets from one thing to the next without leaving the sheet, and back. What is told comes from an
`Inspector`; a part of it that takes long is computed in a thread and added when it is there, if the sheet still shows
the same thing by then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from textual.app import ComposeResult
from textual.events import Click
from textual.message import Message

from vbtui.i18n import N_, Translator
from vbtui.render.told import Link, LinkKind, Section, in_lines
from vbtui.ui.keys import Key, bindings, said_keys
from vbtui.ui.looks import looks_of
from vbtui.ui.screens.dialogue import TextDialogue
from vbtui.ui.text import one_cell
from vbtui.ui.told_rows import ToldRows, told_rows
from vbtui.ui.widgets.lines_view import RowsView

INSPECTION_KEYS: Final = (
    Key(
        tuple((str(number), f"follow({number})") for number in range(1, 10)),
        "1-9",
        N_("look at it"),
        N_("look at the event or machine that has this number"),
    ),
    Key((("backspace,left", "back"),), "←", N_("back"), N_("back to what was looked at before")),
    Key((("enter,g", "go"),), "Enter", N_("go there"), N_("close, and go to what is looked at")),
    Key((("f2", "firewall"),), "F2", N_("firewall"), N_("close, and show the firewall rules")),
    Key((("y", "copy"),), "y", N_("copy"), N_("send the text to the terminal's clipboard")),
    Key((("escape,q,i", "close"),), "Esc", N_("close"), N_("close; the walk stays where it is")),
)

_SCROLLS: Final = (
    ("up", -1),
    ("down", 1),
    ("pageup", -10),
    ("pagedown,space", 10),
    ("home", -1_000_000),
    ("end", 1_000_000),
)


class Exit(StrEnum):
    """How the sheet was left."""

    CLOSED = "closed"
    GO = "go"
    """To what was looked at last."""
    FIREWALL = "firewall"


@dataclass(frozen=True, slots=True)
class Left:
    exit: Exit
    at: Link
    """What was looked at last."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is told about one thing."""

    title: str
    sections: tuple[Section, ...]
    slow: Callable[[], Section] | None = None
    """Makes one more section, in a thread; it touches nothing of the screen."""
    after: tuple[Section, ...] = ()
    """What is told behind that section."""


class Inspector(Protocol):
    """Knows what there is to tell."""

    def told(self, link: Link) -> Sheet:
        """About an event or machine of the run."""


class InspectionView(RowsView):
    """The text."""

    class Followed(Message):
        """A line with a link was clicked."""

        def __init__(self, link: Link) -> None:
            super().__init__()
            self.link = link

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.told = ToldRows((), (), {})

    def tell(self, told: ToldRows) -> None:
        self.told = told
        self.show_rows(told.rows)

    def on_click(self, event: Click) -> None:
        y = self.row_under(event)
        if y is not None and (link := self.told.at.get(y)) is not None:
            self.post_message(self.Followed(link))


class InspectionScreen(TextDialogue[Left]):
    """Everything about one thing; Escape closes it."""

    CSS_PATH = Path(__file__).with_suffix(".tcss")
    KEY_TABLE = INSPECTION_KEYS
    KEY_NAME = "inspection"
    BINDINGS = [
        *bindings(INSPECTION_KEYS, "inspection"),
        *((names, f"scroll({rows})", "") for names, rows in _SCROLLS),
    ]

    def __init__(self, say: Translator, inspector: Inspector, link: Link) -> None:
        super().__init__()
        self.say, self._inspector = say, inspector
        self._way = [link]
        self._sheet = inspector.told(link)
        self._more: tuple[Section, ...] = ()

    @property
    def link(self) -> Link:
        """What is looked at."""
        return self._way[-1]

    def compose(self) -> ComposeResult:
        yield InspectionView(id="inspection")

    def on_mount(self) -> None:
        self._begin()

    def text_lines(self) -> tuple[str, ...]:
        """All of it, for a file or the clipboard."""
        return (self._sheet.title, "", *in_lines(self._sections))

    # ---- keys -------------------------------------------------------------------------------------------------------

    def action_follow(self, number: int) -> None:
        links = self.query_one(InspectionView).told.links
        if number <= len(links):
            self._look(links[number - 1])

    def on_inspection_view_followed(self, message: InspectionView.Followed) -> None:
        self._look(message.link)

    def action_back(self) -> None:
        if len(self._way) > 1:
            self._way.pop()
            self._show()

    def action_go(self) -> None:
        self.dismiss(Left(Exit.GO, self.link))

    def action_firewall(self) -> None:
        self.dismiss(Left(Exit.FIREWALL, self.link))

    def action_close(self) -> None:
        self.dismiss(Left(Exit.CLOSED, self.link))

    def action_copy(self) -> None:
        # A notice in somebody else's app would be in the way of what that app says.
        send = getattr(self.app, "send", self.app.copy_to_clipboard)
        send("\n".join(self.text_lines()) + "\n")

    # ---- parts ------------------------------------------------------------------------------------------------------

    def _look(self, link: Link) -> None:
        if link != self.link:
            self._way.append(link)
            self._show()

    def _show(self) -> None:
        self._sheet, self._more = self._inspector.told(self.link), ()
        self._begin()
        self.fill()
        self.query_one(InspectionView).scroll_to(y=0, animate=False, immediate=True)

    @property
    def _sections(self) -> tuple[Section, ...]:
        return (*self._sheet.sections, *self._more, *self._sheet.after)

    def _begin(self) -> None:
        slow, sheet = self._sheet.slow, self._sheet
        if slow is None:
            return

        def work() -> None:
            section = slow()
            self.app.call_from_thread(self._add, sheet, section)

        self.run_worker(work, thread=True, exclusive=True)

    def _add(self, sheet: Sheet, section: Section) -> None:
        if sheet is self._sheet and self.is_attached:
            self._more = (section,)
            self.fill()

    def fill(self) -> None:
        view = self.query_one(InspectionView)
        view.entitle(one_cell(self._sheet.title))
        view.border_subtitle = self._hint(view.size.width - 6)
        view.tell(told_rows(self._sections, max(20, view.content_size.width - 2)))

    def _hint(self, width: int) -> str:
        """The keys, as many as have room; the way out always."""
        *parts, end = (f"{self._written(key)} {self.say(key.short)}" for key in INSPECTION_KEYS if self._offered(key))
        while parts and len(" · ".join((*parts, end))) > width:
            parts.pop()
        return " · ".join((*parts, end))

    def _written(self, key: Key) -> str:
        return said_keys(self.say, key.shown, plain=looks_of(self.app).ascii)

    def _offered(self, key: Key) -> bool:
        """Keys that are worth a place: the way back only where there is one."""
        return key.keys[0][1] != "back" or len(self._way) > 1


def event_link(event: str) -> Link:
    return Link(LinkKind.EVENT, event)


def machine_link(name: str) -> Link:
    return Link(LinkKind.MACHINE, name)
