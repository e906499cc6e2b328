"""What is on the screen as text or as a picture, for a clipboard or a file.

Decided here: what the text of a screen is, which form a file's ending asks for, and that no file is replaced unless a
person has said so twice. In: an app. Out: text; a file. Never here: what a view says.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from textual.app import App
from textual.screen import Screen

from vbtui.i18n import N_, Translator
from vbtui.ui.text import one_cell

PICTURE = ".svg"
"""The ending of a file that gets a picture; any other gets text."""


@runtime_checkable
class Written(Protocol):
    """A screen with a text of its own, longer than what can be seen of it."""

    def text_lines(self) -> tuple[str, ...]:
        """All of it, without trailing blanks."""


def screen_text(screen: Screen[Any]) -> str:
    """What a screen tells, line by line, with a newline at its end: its own text if it has one, else what can be
    seen."""
    lines = list(screen.text_lines()) if isinstance(screen, Written) else seen_lines(screen)
    while lines and not lines[-1]:
        lines.pop()
    return "\n".join(lines) + "\n"


def seen_lines(screen: Screen[Any]) -> list[str]:
    """What can be seen of a screen, frames and all, without trailing blanks."""
    return [strip.text.rstrip() for strip in screen._compositor.render_strips()]


def content_for(name: str, app: App[Any], screen: Screen[Any]) -> str:
    """The screen in the form that a file's ending asks for. Raises nothing."""
    if name.lower().endswith(PICTURE):
        return app.export_screenshot(title="vbtui")
    return screen_text(screen)


def writer(say: Translator, text_for: Callable[[str], str]) -> Callable[[str], str | None]:
    """Writes a file under the name that a person gives; says what is wrong, or None. A file that exists is replaced
    when the same name is given a second time."""
    # Here, because the first picture need not wait for them.
    from vbtui.render.failures import system_failure
    from vbtui.ui.saving import write_new

    asked: list[str] = []

    def write(given: str) -> str | None:
        name = given.strip()
        if not name:
            return say(N_("A file needs a name."))
        try:
            write_new(Path(name).expanduser(), text_for(name), over=asked[-1:] == [name])
        except FileExistsError:
            asked.append(name)
            if not Path(name).expanduser().is_file():
                return say(N_("{file} exists already; nothing was overwritten")).format(file=one_cell(name))
            text = N_("{file} exists already. Enter once more replaces it.")
            return say(text).format(file=one_cell(name))
        except OSError as error:
            return one_cell(system_failure(say, error))
        except (ValueError, RuntimeError):  # a NUL in it, or a home that nobody has
            return say(N_("This is no name of a file."))
        return None

    return write
