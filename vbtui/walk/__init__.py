"""Moving through a trace: where the playhead stands, how it moves, and how it follows a live run. No screen, no clock.

In: a trace, keys as verbs, seconds that have passed, the position of a run. Out: a new `Walk` each time; nothing is
ever changed in place, so going back is as cheap and as safe as going forward.
Never here: what is drawn, text, real time, and simulating anything again.
"""

from vbtui.walk.landmarks import Landmarks
from vbtui.walk.pace import FASTEST, NORMAL, SLOWEST, SPEEDS, seconds_of
from vbtui.walk.walk import Playhead, Walk

__all__ = ["FASTEST", "NORMAL", "SLOWEST", "SPEEDS", "Landmarks", "Playhead", "Walk", "seconds_of"]
