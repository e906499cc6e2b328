"""Why the notes of a presentation have no way to their second terminal, in a sentence."""

from __future__ import annotations

from typing import Final

from vbtui.i18n import N_, Translator

CHANNEL_TROUBLES: Final = {
    "busy": N_("Another vbtui presents already, and notes follow that one."),
    "unsupported": N_("This system has no Unix sockets, so that notes cannot follow in a second terminal."),
    "foreign": N_("The folder of the notes, or who listens there, belongs to somebody else."),
    "system": N_("Notes cannot follow in a second terminal: {reason}"),
}
"""By the code of `ui.notes.channel.Trouble`."""


def channel_sentence(say: Translator, code: str, reason: str) -> str:
    """The sentence for a code; `reason` is what the system says."""
    return say(CHANNEL_TROUBLES[code]).format(reason=reason)


WAITING: Final = {
    "for-presenter": N_("waits for a presentation: vbtui present TOPOLOGY"),
    "not-understood": N_("the presentation is by another version of vbtui and is not understood"),
}
"""By the code of `ui.notes.channel.Waiting`."""


def waiting_sentence(say: Translator, code: str) -> str:
    """Why there is nothing to be shown now."""
    return say(WAITING[code])
