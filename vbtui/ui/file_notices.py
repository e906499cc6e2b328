"""What is told about the file of a walk and the place in it, in whatever language is shown when it is drawn."""

from __future__ import annotations

from vbtui.i18n import N_
from vbtui.render import Messages
from vbtui.ui.moment import Notice, NoticeKind
from vbtui.ui.outcome import Told
from vbtui.ui.remembered import Trouble


def resumed_at(number: int, count: int) -> Told:
    """The walk goes on where it was left."""
    text = N_("You are where you were: event {number} of {count} · Home begins anew · O opens another topology")
    return lambda messages: Notice(NoticeKind.DONE, messages.translator(text).format(number=number, count=count))


def read_again(messages: Messages) -> Notice:
    """The file has become another one, and is shown."""
    return Notice(NoticeKind.DONE, messages.translator(N_("The file was read again; the place is the same.")))


def moved_on(messages: Messages) -> Notice:
    """The file has become another one, in which the walk does not come by where it was."""
    text = N_("The file was read again; the walk does not come by here any more, so this is the last event before it.")
    return Notice(NoticeKind.WARNING, messages.translator(text))


def unchanged(messages: Messages) -> Notice:
    """The file says what it said."""
    return Notice(NoticeKind.DONE, messages.translator(N_("The file says the same as before.")))


def changes_gone(messages: Messages) -> Notice:
    """What was changed on the way is nowhere to be changed now."""
    text = N_("The file was read again; what was changed on the way does not exist in it any more and was dropped.")
    return Notice(NoticeKind.WARNING, messages.translator(text))


def file_waits(messages: Messages) -> Notice:
    """A person wants another topology, or the file once more, while a run goes on."""
    text = N_("A run of this topology is going on; its file is left alone until it has ended.")
    return Notice(NoticeKind.WARNING, messages.translator(text))


def edits_in_the_way(messages: Messages) -> Notice:
    """A person wants the file once more, and the rules on the screen are in no file."""
    text = N_("The edited rules are in no file yet and would be lost: F2 and s save them.")
    return Notice(NoticeKind.WARNING, messages.translator(text))


def not_remembered(trouble: Trouble) -> Told:
    """Earlier walks are not known."""
    from vbtui.ui.topology_list import trouble_text  # the start screen's, which need not come first

    return lambda messages: Notice(NoticeKind.WARNING, trouble_text(messages.translator, trouble))
