"""The app opened from the command line, and what is told when it ends otherwise than by a person's key.

Decided here: the exit code of the app, and where a fault of our own is written down. In: an `Opening`. Out: the code.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vbtui import __version__
from vbtui.cli.exits import Exit
from vbtui.cli.looks import LooksWanted, appearance
from vbtui.cli.usage import shown
from vbtui.i18n import N_

if TYPE_CHECKING:
    from vbtui.cli.session import Session
    from vbtui.ui import Opening

SIGNALS = 128
"""An exit code of the app above it: a signal has ended it."""
REPORT = "fault.txt"
"""In the folder of vbtui's state; the last fault only."""


def open_app(session: Session, opening: Opening, wanted: LooksWanted, *, large: bool = False) -> int:
    """Run the app with the looks and keys that are wanted; gives the exit code. Raises InputError before it opens."""
    from vbtui.ui import run_app

    how = appearance(session, wanted, large=large or opening.looks.large)
    opening = replace(
        opening, looks=how.looks, keymap=how.keymap, complaints=how.complaints, encoding=how.encoding,
        predict=opening.predict or session.settings.predict is True,
    )  # fmt: skip
    return ended(session, lambda: run_app(opening))


def ended(session: Session, perform: Callable[[], int]) -> int:
    """The exit code of an app that is performed to its end, whichever app it is; a fault of its own is told."""
    from vbtui.ui.base_app import FaultError

    try:
        code = perform()
    except FaultError as error:
        session.complain(*_told(session, error.report))
        return Exit.FAILED
    return Exit.INTERRUPTED if code > SIGNALS else code


def _told(session: Session, report: str) -> tuple[str, ...]:
    """What a person is told of a fault: its last line, and where the rest is."""
    say = session.say
    last = shown(report.strip().splitlines()[-1]) if report.strip() else ""
    lines = [say(N_("vbtui has failed, which is a fault of its own: {fault}")).format(fault=last)]
    with contextlib.suppress(OSError, ValueError):
        file = _written(session, report)
        lines.append(say(N_("What its developers need is in {file}.")).format(file=shown(file)))
    return tuple(lines)


def _written(session: Session, report: str) -> Path:
    from vbtui.job import Places

    places = Places.of(session.environment)
    file: Path = places.make(places.root) / REPORT
    text = f"vbtui {__version__}, Python {sys.version.split()[0]}, {sys.platform}\n\n{report}"
    file.write_text(text, encoding="utf-8")
    return file
