"""Moving through a trace: where the playhead stands, how it moves, and how it follows a live run. No screen, no clock.

In: a trace, keys as verbs, seconds that have passed, the position of a run. Out: a new `Walk` each time; nothing is
ever changed in place, so going back is as cheap and as safe as going forward. Begin to read in `walk`.
`landmarks` are the places that keys jump to, `pace` is how long an event takes. `breakpoints` say before what playing
stops, `focus` what is followed while the rest stands back, `listing` which events are listed, `find` what has the words
that somebody types. `inspection` has everything about an event, `machine_facts` about a machine. `what_if` knows what
can be changed at an event, `forks` what was forked from what, and lays two traces side by side.
For the figures of a job `disk_lines`, `block_cells` and `history` bring what was counted down to the size of a screen.
A firewall planner moves the same way through rules, on a workbench without a screen: `plan` has the edits, undone and
done again, `reports` what the jobs come to under them, `matrix` the connections by hop, `filters` which of them are
shown, `desk` where the cursor is, `rule_text` what is typed for a rule. In: a topology, its policy. Out: a new `Plan`
or `Desk` each time.
Never here: what is drawn, text, real time. Moving never simulates; only `inspection.otherwise` does, when it is asked
what would have happened.
"""

from vbtui.walk.breakpoints import NO_BREAKPOINTS, Breakpoints
from vbtui.walk.focus import Focus, FocusKind, Followed
from vbtui.walk.landmarks import Landmarks
from vbtui.walk.pace import FASTEST, NORMAL, SLOWEST, SPEEDS, seconds_of
from vbtui.walk.walk import Playhead, Walk

__all__ = [
    "FASTEST",
    "NORMAL",
    "NO_BREAKPOINTS",
    "SLOWEST",
    "SPEEDS",
    "Breakpoints",
    "Focus",
    "FocusKind",
    "Followed",
    "Landmarks",
    "Playhead",
    "Walk",
    "seconds_of",
]
