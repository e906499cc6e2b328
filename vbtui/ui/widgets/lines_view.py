"""The base of every view here: rows of inked characters, drawn line by line, with only changed rows drawn again.

Decided here: how rows become strips, what is kept, and which part of the screen is dirty after a change. One dirty
region per row, since a region costs its whole row anyway. Nothing here takes the focus, so no key is ever taken from
the screen.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.content import Content
from textual.events import Click
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from vbtui.ui.inks import BLANK, LOOKS, RAISED, AnyInk, InkLook, Row, Tone
from vbtui.ui.text import ELLIPSIS


class LinesView(ScrollView, can_focus=False):
    """A scrolling view of rows. Subclasses say what a row is and tell which ones changed."""

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._styles_of: dict[AnyInk, Style] = {}
        self._strips: dict[int, Strip] = {}
        self._title: str | None = None

    # ---- for subclasses ---------------------------------------------------------------------------------------------

    def row_at(self, y: int) -> Row:
        """The row at a place of the whole view; blank beyond its end."""
        raise NotImplementedError

    def changed(self, rows: Iterable[int]) -> None:
        """Draw these rows again, as far as they can be seen."""
        top, height = self.scroll_offset.y, self.scrollable_content_region.height
        width = self.scrollable_content_region.width
        visible = []
        for y in rows:
            self._strips.pop(y, None)
            if 0 <= y - top < height:
                visible.append(Region(0, y - top, width, 1))
        if visible:
            self.refresh(*visible)

    def renewed(self, width: int, height: int) -> None:
        """Draw everything again, with a new size of the whole view in cells."""
        self._strips.clear()
        self.virtual_size = Size(width, height)
        self.refresh()

    def forget(self) -> None:
        """Draw everything again: the rows are made of other characters, and their size is the same."""
        self._strips.clear()
        self.refresh()

    def entitle(self, title: str) -> None:
        """Set the title in the frame. Textual draws the whole view again for it, so only when it is another one."""
        if not self.styles.border_left[0]:
            title = f" {title} "  # a frame that is only a line above sets no blanks itself
        if title != self._title:
            self._title = title
            self.border_title = Content(title)

    def row_under(self, click: Click) -> int | None:
        """The row of the whole view that a click has met; None for the frame around them."""
        offset = click.get_content_offset(self)
        return None if offset is None else offset.y + self.scroll_offset.y

    def reveal(self, top: int, bottom: int | None = None) -> None:
        """Scroll as little as needed to see the rows from `top` to `bottom`, with one more on either side."""
        bottom = top if bottom is None else bottom
        height, now = self.scrollable_content_region.height, self.scroll_offset.y
        if height <= 0:
            return  # It has no size yet; whoever gives it one shows it again.
        wanted = now
        if bottom + 1 >= now + height:
            wanted = bottom + 2 - height
        if top - 1 < wanted:
            wanted = top - 1
        wanted = max(0, min(wanted, self.virtual_size.height - height))
        if wanted != now:
            # Forced, because a view that has just got its rows has no scroll bar yet: its first picture would show
            # their beginning. The scroll bar follows by itself only once it is shown.
            self.scroll_to(y=wanted, animate=False, immediate=True, force=True)
            if not self.show_vertical_scrollbar:
                self.vertical_scrollbar.position = self.scroll_y

    # ---- Textual ----------------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        left, top = self.scroll_offset
        strip = self._strips.get(y + top)
        if strip is None:
            strip = self._strips[y + top] = self._strip(self.row_at(y + top))
        if left + self.virtual_size.width <= width:  # nobody can scroll to what is cut
            strip = _told_cut(strip, width)
        filling = Style(bgcolor=strip._segments[-1].style.bgcolor) if strip._segments[-1].style else None
        return strip.crop_extend(left, left + width, filling)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles_of.clear()
        self._strips.clear()

    def _strip(self, row: Row) -> Strip:
        fill = self._style(row.fill)
        plain = row.fill is Tone.TEXT
        segments = []
        for text, ink in row.spans:
            if text:
                style = self._style(ink if plain else RAISED.get(ink, ink))
                segments.append(Segment(text, style if plain else style + Style(bgcolor=fill.bgcolor)))
        segments.append(Segment(" ", fill))
        return Strip(segments).simplify()

    def _style(self, ink: AnyInk) -> Style:
        style = self._styles_of.get(ink)
        if style is None:
            style = self._styles_of[ink] = self._look(LOOKS[ink])
        return style

    def _look(self, look: InkLook) -> Style:
        colours = self.app.theme_variables
        own = self.rich_style.bgcolor
        return Style(
            color=Color.parse(colours[f"ink-{look.colour}"]).rich_color,
            bgcolor=own if look.ground is None else Color.parse(colours[f"ink-{look.ground}"]).rich_color,
            bold=look.bold or None,
        )


def _told_cut(strip: Strip, width: int) -> Strip:
    """A strip of which text is cut off at a width says so, as all texts do; views that know what matters most of a row
    cut it themselves."""
    if strip.cell_length - 1 <= width or width < 1 or not strip.crop(width).text.strip():
        return strip
    kept, last = strip.crop(0, width - 1), strip.crop(width - 1, width)
    style = next((one.style for one in last if one.text), None)
    return Strip([*kept, Segment(ELLIPSIS, style)])


class RowsView(LinesView):
    """A view of rows that are all known; it finds out itself which of them changed."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.rows: tuple[Row, ...] = ()

    def row_at(self, y: int) -> Row:
        return self.rows[y] if 0 <= y < len(self.rows) else BLANK

    def show_rows(self, rows: Iterable[Row]) -> None:
        """Take over new rows; those that differ are drawn again."""
        old, self.rows = self.rows, tuple(rows)
        if not self._measured():
            self.changed(y for y, (a, b) in enumerate(zip_longest(old, self.rows)) if a != b)

    def on_resize(self) -> None:
        """In a lower view there may be something to scroll now."""
        self._measured()

    def _measured(self) -> bool:
        """Tell Textual how many rows there are, which has it draw everything again; False where it need not know: it
        knows already, or all of them can be seen, and then it would lay out the whole screen anew for nothing."""
        count, height = len(self.rows), self.scrollable_content_region.height
        seen = max(count, self.virtual_size.height) <= height and not self.styles.is_auto_height
        if seen or count == self.virtual_size.height:
            return False
        # The width is left to the view: text is wrapped for it and never scrolls sideways.
        self.renewed(0, count)
        return True
