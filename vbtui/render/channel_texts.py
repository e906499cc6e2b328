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


FOLLOW_ANOTHER: Final = N_("Speaker notes follow another vbtui until it ends")
CANNOT_FOLLOW: Final = N_("Speaker notes cannot follow · P P tells why")


def aside(say: Translator, code: str) -> str:
    """A few words for as long as it is so: for who presents, but before an audience."""
    return say(FOLLOW_ANOTHER if code == "busy" else CANNOT_FOLLOW)


WAITING: Final = {
    "for-presenter": N_("waits for a presentation: vbtui present TOPOLOGY"),
    "not-understood": N_("the presentation is by another version of vbtui and is not understood"),
}
"""By the code of `ui.notes.channel.Waiting`."""


def waiting_sentence(say: Translator, code: str) -> str:
    """Why there is nothing to be shown now."""
    return say(WAITING[code])
