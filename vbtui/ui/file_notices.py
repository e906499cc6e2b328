"""What is told about the file of a walk and the place in it, in whatever language is shown when it is drawn."""

from __future__ import annotations

from typing import Final

from vbtui.i18n import N_
from vbtui.ui.moment import Notice, NoticeKind, Told, told
from vbtui.ui.remembered import Trouble

READ_AGAIN: Final = told(NoticeKind.DONE, N_("The file was read again; the place is the same."))
"""The file has become another one, and is shown."""

MOVED_ON: Final = told(
    NoticeKind.WARNING,
    N_("The file was read again; the walk does not come by here any more, so this is the last event before it."),
)
"""The file has become another one, in which the walk does not come by where it was."""

UNCHANGED: Final = told(NoticeKind.DONE, N_("The file says the same as before."))
"""The file says what it said."""

CHANGES_GONE: Final = told(
    NoticeKind.WARNING,
    N_("The file was read again; what was changed on the way does not exist in it any more and was dropped."),
)
"""What was changed on the way is nowhere to be changed now."""

FILE_WAITS: Final = told(
    NoticeKind.WARNING, N_("A run of this topology is going on; its file is left alone until it has ended.")
)
"""A person wants another topology, or the file once more, while a run goes on."""

EDITS_IN_THE_WAY: Final = told(
    NoticeKind.WARNING, N_("The edited rules are in no file yet and would be lost: F2 and s save them.")
)
"""A person wants the file once more, and the rules on the screen are in no file."""


def resumed_at(number: int, count: int) -> Told:
    """The walk goes on where it was left: at the event with that number, from 1, of so many."""
    text = N_("You are where you were: event {number} of {count} · Home begins anew · O opens another topology")
    return told(NoticeKind.DONE, text, number=number, count=count)


def not_remembered(trouble: Trouble) -> Told:
    """Earlier walks are not known."""
    from vbtui.ui.topology_list import trouble_text  # the start screen's, which need not come first

    return lambda messages: Notice(NoticeKind.WARNING, trouble_text(messages.translator, trouble))
