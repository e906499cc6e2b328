"""What is told about a live run that has not ended: that it begins or stops, and what has to wait for its end.

What came of a run that is over is told by `outcome`.
"""

from __future__ import annotations

from typing import Final

from vbtui.i18n import N_
from vbtui.render.failures import system_failure
from vbtui.ui.moment import Notice, NoticeKind, Told, told

GETTING_READY: Final = told(NoticeKind.LIVE, N_("The run is getting its disks ready."))
"""The run has not come to its first event yet."""

BEING_STOPPED: Final = told(NoticeKind.LIVE, N_("The run is being stopped; what is finished stays."))
"""A person wants no more of it."""

BEING_STOPPED_TO_LEAVE: Final = told(NoticeKind.LIVE, N_("The run is being stopped; vbtui closes when it has stopped."))
"""A person wants to leave, and the run ends first."""

NO_RUN: Final = told(NoticeKind.WARNING, N_("No run is going on."))
"""A person wants to stop one."""

RULES_WAIT: Final = told(
    NoticeKind.WARNING, N_("A run is going on under these rules; F2 shows them when it has ended.")
)
"""A person wants to see the rules while a run goes on."""

EDITS_FIRST: Final = told(
    NoticeKind.WARNING,
    N_("A run is recorded for its file, which does not have these rules: F2 and s save them as one that has."),
)
"""A person wants to perform a job under edited rules. The log of a run names its file, and would be replayed under
rules that it did not run under."""


def not_begun(error: OSError) -> Told:
    """The run could not begin."""
    text = N_("The run could not begin: {reason}")
    return lambda messages: Notice(
        NoticeKind.ERROR,
        messages.translator(text).format(reason=system_failure(messages.translator, error)),
    )
