"""What the app can do on every screen: change how everything looks, find commands, write the screen to a file, and end
in good order whatever happens.

Decided here: what a change of looks draws anew, what happens when the process is told to stop, and what a person sees
of a fault of our own: where it is written down, and no traceback. Never here: which screen is shown (`app`).
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import traceback
from dataclasses import replace
from typing import Any, Final

from textual.app import App
from textual.binding import Binding
from textual.screen import Screen

from vbtui.i18n import N_, Translator, translator
from vbtui.ui.keys.keyed import Redrawn, Speaking, Telling, keys_of, single_actions
from vbtui.ui.keys.keymap import PLAIN_KEYMAP, Grievance, Keymap
from vbtui.ui.looks import PLAIN_LOOKS, Looks, Motion
from vbtui.ui.plain_characters import PlainCharacters
from vbtui.ui.text import one_cell
from vbtui.ui.themes import DARK, LIGHT
from vbtui.ui.widgets.lines_view import LinesView

_SIGNALS: Final = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))

_MOTIONS: Final = {
    Motion.FULL: N_("motion: full"),
    Motion.REDUCED: N_("motion: reduced, lines light up and nothing travels"),
    Motion.NONE: N_("motion: none, one still picture for each event"),
}


def _forget_drawn(screen: Screen[Any]) -> None:
    """Have every view draw all of its rows again. Which of them have marks, none needs to know."""
    for view in screen.query(LinesView):
        view.forget()


class FaultError(Exception):
    """The app has ended by a fault of its own. `report` is what a developer needs."""

    def __init__(self, report: str) -> None:
        super().__init__("the app has failed")
        self.report = report


class BaseApp(App[int]):
    """An app whose looks can change while it runs."""

    ENABLE_COMMAND_PALETTE = False  # ours is `PaletteScreen`, in the language of the moment and without moving parts
    # Both for everybody who has learned to leave a program with them; a live run is stopped cleanly all the same.
    BINDINGS = [Binding("ctrl+q,ctrl+c", "leave", show=False, priority=True)]

    def __init__(
        self,
        looks: Looks = PLAIN_LOOKS,
        *,
        language: str = "en",
        keymap: Keymap = PLAIN_KEYMAP,
        encoding: str = "utf-8",
    ) -> None:
        """`encoding` is that of the terminal: with plain characters only letters are drawn that it has."""
        super().__init__()
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.looks, self.keymap, self._first_language = looks, keymap, language
        self._plain = PlainCharacters(encoding, enabled=looks.ascii)
        self._filters.append(self._plain)
        self.theme = LIGHT.name if looks.light else DARK.name
        self.set_keymap(keymap.for_textual())
        self.complaints: tuple[Grievance, ...] = ()
        """What is wrong with the settings file."""
        self.fault: str | None = None
        """What a developer needs of the fault that ended the app."""
        self.signal: int | None = None
        """The number of the signal that ended it."""

    def on_ready(self) -> None:
        """What is wrong with the settings file is told once; the help has it all the time."""
        if self.complaints:
            say, count = self.say_on(), len(self.complaints)
            text = say.plural(
                "{count} entry of the settings file is ignored; ? tells which",
                "{count} entries of the settings file are ignored; ? tells which",
                count,
            )
            self.tell(text.format(count=count), well=False)

    def say_on(self) -> Translator:
        """The language of the moment: that of the topmost screen that has one."""
        for one in reversed(self.screen_stack):
            if isinstance(one, Speaking) and isinstance(one.say, Translator):
                return one.say
        return translator(self._first_language)

    # ---- looks ------------------------------------------------------------------------------------------------------

    def change_looks(self, looks: Looks) -> None:
        """Draw everything by other looks; nothing else changes."""
        before, self.looks = self.looks, looks
        if looks.ascii != before.ascii:
            self._plain.enabled = looks.ascii
            # Views keep the lines that they have drawn until their style is another one.
            self.refresh_css(animate=False)
        if looks.light != before.light:
            self.theme = LIGHT.name if looks.light else DARK.name
        for screen in self.screen_stack:
            if isinstance(screen, Redrawn):
                screen.redraw()
            screen.refresh(layout=True)
            if looks.ascii != before.ascii:
                # After what `redraw` has put off: until then views draw what they have by the characters from before.
                screen.call_after_refresh(_forget_drawn, screen)

    def action_theme(self) -> None:
        self.change_looks(replace(self.looks, light=not self.looks.light))

    def action_plain_characters(self) -> None:
        self.change_looks(replace(self.looks, ascii=not self.looks.ascii))

    def action_motion(self) -> None:
        looks = replace(self.looks, motion=self.looks.motion.following)
        self.change_looks(looks)
        self.tell(self.say_on()(_MOTIONS[looks.motion]))

    # ---- telling ----------------------------------------------------------------------------------------------------

    def tell(self, text: str, *, well: bool = True) -> None:
        """Tell something where the screen tells such things, or in a corner; it goes with the next key."""
        screen = self.screen
        if isinstance(screen, Telling):
            screen.tell_done(text, well=well)
        else:
            self.notify(text, timeout=4, markup=False, severity="information" if well else "warning")

    # ---- commands ---------------------------------------------------------------------------------------------------

    def action_palette(self) -> None:
        """Show every command that is possible on the screen."""
        from vbtui.ui.screens.palette import PaletteScreen, commands

        screen, say = self.screen, self.say_on()
        actions = [(action, key) for action, key in single_actions(screen, keys_of(screen)) if action != "app.palette"]

        async def chosen(action: str | None) -> None:
            if action is not None:
                await self.run_action(action, default_namespace=screen)

        self.push_screen(PaletteScreen(say, commands(say, actions, plain=self.looks.ascii)), chosen)

    # ---- paper ------------------------------------------------------------------------------------------------------

    def send(self, text: str) -> None:
        """To the terminal's clipboard, by OSC 52. Whether the terminal takes it cannot be known, so it is told to be
        sent."""
        self.copy_to_clipboard(text)
        self.tell(self.say_on()(N_("sent to the terminal's clipboard")))

    def action_write(self) -> None:
        """Ask for the name of a file, and write the screen to it."""
        from vbtui.ui.copying import PICTURE, content_for, screen_text, writer
        from vbtui.ui.screens.prompt import PromptScreen

        say, screen = self.say_on(), self.screen
        text, picture = screen_text(screen), content_for(PICTURE, self, screen)

        def done(name: str | None) -> None:
            if name is not None:
                self.tell(say(N_("written to {file}")).format(file=one_cell(name.strip())))

        hint = say(N_("The screen as text; as a picture if the name ends in .svg."))
        write = writer(say, lambda name: picture if name.lower().endswith(PICTURE) else text)
        self.push_screen(PromptScreen(say, say(N_("Write to a file")), hint, "vbtui.txt", write, proposed=True), done)

    # ---- the end ----------------------------------------------------------------------------------------------------

    def action_leave(self) -> None:
        """Leave whatever is shown."""
        self.exit(0)

    def on_load(self) -> None:
        """A process that is told to stop leaves the terminal as it was."""
        loop = asyncio.get_running_loop()
        for one in _SIGNALS:
            # Not on every system, and not where the app runs in a thread of its own.
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(one, self._stopped, int(one))

    def performed(self) -> int:
        """Run on the terminal until it is left; gives 0, or 128 and the number of the signal that ended it.

        Raises FaultError where the app has failed. Either way the terminal is as it was.
        """
        code = self.run()
        if self.fault is not None:
            raise FaultError(self.fault)
        return code or 0

    def _stopped(self, number: int) -> None:
        self.signal = number
        self.exit(128 + number)

    def _fatal_error(self) -> None:
        """A fault of our own: no traceback on the terminal; whoever has started the app tells where it is."""
        self.fault = traceback.format_exc()
        self._close_messages_no_wait()
