"""What is told about forks of a run: why there can be none now, which run is shown, and what became of a change."""

from __future__ import annotations

from typing import Final

from vbtui.i18n import N_
from vbtui.ui.moment import NoticeKind, told

WHAT_IF_WAITS: Final = told(NoticeKind.WARNING, N_("A run is going on as it began; w changes it when it has ended."))
"""A person wants to change what is being performed."""

CHANGE_IMPOSSIBLE: Final = told(
    NoticeKind.WARNING,
    N_("With this change, another one that was made before would never come to act; u takes that back."),
)
"""With one change more, an earlier one would have no event to be bound to."""

NOTHING_TO_TAKE_BACK: Final = told(NoticeKind.WARNING, N_("There is no what-if to take back; w tries one."))
"""There is no fork."""

WHAT_IF_GONE: Final = told(
    NoticeKind.WARNING, N_("What was changed on the way never comes to act in this run, and was dropped.")
)
"""Under other rules, or on other restore points, the event of a change does not happen."""

IN_THE_FORK: Final = told(NoticeKind.DONE, N_("This is the changed run; u goes back to the run before it."))
"""A person walks on in the changed run."""

TAKEN_BACK: Final = told(NoticeKind.DONE, N_("The what-if is taken back."))
"""A person walks in the run from before the last what-if."""
