"""The lines that say why a run cannot be forked now, or why a fork cannot be taken back."""

from __future__ import annotations

from vbtui.i18n import N_
from vbtui.render import Messages
from vbtui.ui.moment import Notice, NoticeKind


def what_if_waits(messages: Messages) -> Notice:
    """A person wants to change what is being performed."""
    text = N_("A run is going on as it began; w changes it when it has ended.")
    return Notice(NoticeKind.WARNING, messages.translator(text))


def change_impossible(messages: Messages) -> Notice:
    """With one change more, an earlier one would have no event to be bound to."""
    text = N_("With this change, another one that was made before would never come to act; u takes that back.")
    return Notice(NoticeKind.WARNING, messages.translator(text))


def nothing_to_take_back(messages: Messages) -> Notice:
    """There is no fork."""
    text = N_("There is no what-if to take back; w tries one.")
    return Notice(NoticeKind.WARNING, messages.translator(text))


def what_if_gone(messages: Messages) -> Notice:
    """Under other rules, or on other restore points, the event of a change does not happen."""
    text = N_("What was changed on the way never comes to act in this run, and was dropped.")
    return Notice(NoticeKind.WARNING, messages.translator(text))


def in_the_fork(messages: Messages) -> Notice:
    """A person walks on in the changed run."""
    return Notice(
        NoticeKind.DONE, messages.translator(N_("This is the changed run; u goes back to the run before it."))
    )


def taken_back(messages: Messages) -> Notice:
    """A person walks in the run from before the last what-if."""
    return Notice(NoticeKind.DONE, messages.translator(N_("The what-if is taken back.")))
