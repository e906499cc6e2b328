"""The lines that tell who presents whether speaker notes can follow, in the language of the moment."""

from __future__ import annotations

from vbtui.i18n import N_
from vbtui.render import Messages
from vbtui.ui.moment import Notice, NoticeKind
from vbtui.ui.notes.channel import ChannelError
from vbtui.ui.outcome import Told


def presents(messages: Messages) -> Notice:
    """Speaker notes can follow."""
    text = N_("Presenting · speaker notes in another terminal: vbtui present --notes · P shows every pane again")
    return Notice(NoticeKind.LIVE, messages.translator(text))


def without_notes(error: ChannelError) -> Told:
    """Speaker notes cannot follow."""
    from vbtui.render.channel_texts import channel_sentence

    return lambda messages: Notice(
        NoticeKind.WARNING, channel_sentence(messages.translator, error.trouble, error.reason)
    )
