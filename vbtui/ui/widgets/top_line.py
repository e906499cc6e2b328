"""The first line of every screen, with the languages at its end: that of the moment, and those that a click takes.

Decided here: how the languages are written and where a click meets one. In: rows with `language_spans` in them. Out:
the action `language` of the screen. Never here: what else a first line says.
"""

from __future__ import annotations

from textual.events import Click

from vbtui.i18n import LANGUAGES, Translator
from vbtui.ui.inks import Span, Tone
from vbtui.ui.keys.keyed import Speaking
from vbtui.ui.widgets.lines_view import RowsView

_NAMES = {language.upper(): language for language in LANGUAGES}
_INKS = (Tone.STRONG, Tone.DIM)


def language_spans(say: Translator) -> list[Span]:
    """`EN|DE`, the language of the moment bright."""
    spans: list[Span] = []
    for name, language in _NAMES.items():
        spans += [("|", Tone.DIM)] if spans else []
        spans.append((name, Tone.STRONG if language == say.language else Tone.DIM))
    return spans


class TopLine(RowsView):
    """A click on the name of a language changes to it."""

    async def on_click(self, event: Click) -> None:
        found = event.get_content_offset(self)
        language = None if found is None else self.language_at(found.x, found.y)
        screen = self.screen
        if language is None or not isinstance(screen, Speaking):
            return
        for _ in LANGUAGES:
            if screen.say.language == language:
                break
            await self.app.run_action("language", default_namespace=screen)

    def language_at(self, x: int, y: int) -> str | None:
        """The language whose name stands at a cell of the line."""
        if not 0 <= y < len(self.rows):
            return None
        for text, ink in self.rows[y].spans:
            if 0 <= x < len(text):
                return _NAMES.get(text) if ink in _INKS else None
            x -= len(text)
        return None
