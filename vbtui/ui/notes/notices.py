"""The lines that tell who presents whether speaker notes can follow, in the language of the moment."""

from __future__ import annotations

from typing import Final

from vbtui.i18n import N_
from vbtui.ui.moment import Notice, NoticeKind, Told, told
from vbtui.ui.notes.channel import ChannelError

PRESENTS: Final = told(
    NoticeKind.LIVE,
    N_("Presenting · speaker notes in another terminal: vbtui present --notes · P shows every pane again"),
)
"""Speaker notes can follow."""


def without_notes(error: ChannelError) -> Told:
    """Speaker notes cannot follow."""
    from vbtui.render.channel_texts import channel_sentence

    return lambda messages: Notice(
        NoticeKind.WARNING, channel_sentence(messages.translator, error.trouble, error.reason)
    )
