"""How one walkthrough hands over to the next: under other firewall rules the job is walked anew from the same place.

A screen with another trace takes the place of the old one, so that nothing of the old trace can be left in a view.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from vbtui.job import RunLog
from vbtui.ui.moment import Told
from vbtui.ui.sight import PLAIN_SIGHT, Sight
from vbtui.ui.tabs import Tab
from vbtui.walk import NO_BREAKPOINTS, Breakpoints, Walk
from vbtui.walk.forks import Fork
from vbtui.workflow import Change, History

if TYPE_CHECKING:  # the first picture need not wait for planning
    from vbtui.walk.plan import Plan


@dataclass(frozen=True, slots=True, eq=False)
class Resumed:
    """How a walkthrough was left."""

    plan: Plan
    """The rules to walk with, and the edits that led to them."""
    walk: Walk | None = None
    """Where it stood, on the old trace; None if nothing was walked yet."""
    vm: str | None = None
    """The VM that was selected."""
    tab: Tab = Tab.TOPOLOGY
    tabbed: bool = False
    """That view was chosen where all stand side by side, so that it is marked."""
    sight: Sight = PLAIN_SIGHT
    """How the topology was looked at."""
    data: bool = False
    """Its data are to be shown at once."""
    changes: tuple[Change, ...] = ()
    """What is changed on the way."""
    breaks: Breakpoints = NO_BREAKPOINTS
    """Where playing stops; what is followed goes with `walk`, as it is a place too."""
    words: str = ""
    """What the listed events must have."""
    fork: Fork | None = None
    """What is to be walked, simulated already; None: it has to be simulated, with `changes`."""
    place: str | None = None
    """Id of the event to stand at, where that is another one than `walk` stands at."""
    run_log: RunLog | None = None
    """A saved run of the same rules and changes, to be laid over the walk."""
    told: Told | None = None
    """What is said first."""


@dataclass
class Rewalked(Message):
    """Rules, changes or restore points are others: a walkthrough with them has to take this one's place."""

    resumed: Resumed
    language: str
    run_on: History | None = None
    """What the next run builds on; it begins at once then. None: as before."""
