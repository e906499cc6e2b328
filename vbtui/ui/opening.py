"""With what the app is opened: one value, made by the command line or a scene, read by the app."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vbtui.job import RunLog
from vbtui.topology import LoadedTopology
from vbtui.ui.keys.keymap import PLAIN_KEYMAP, Grievance, Keymap
from vbtui.ui.looks import PLAIN_LOOKS, Looks
from vbtui.ui.remembered import Place
from vbtui.vocabulary import Profile
from vbtui.workflow import Change, History


class Shown(StrEnum):
    """A screen that can be the first one."""

    WALKTHROUGH = "walkthrough"
    FIREWALL = "firewall"
    DATA = "data"
    START = "start"
    """The choice of a topology."""


@dataclass(frozen=True, slots=True, eq=False)
class Opening:
    """What is opened, and how."""

    loaded: LoadedTopology
    job: str | None = None
    """None: the first of the topology."""
    profile: Profile | None = None
    """None: the file's."""
    language: str = "en"
    place: str | None = None
    """Id of the event, or of the step, where the walk begins."""
    left: Place | None = None
    """Where an earlier walk was left, to go on there; not together with `place`."""
    history: History | None = None
    """Which VMs have a restore point already."""
    changes: tuple[Change, ...] = ()
    """What is changed on the way."""
    run_log: RunLog | None = None
    """A saved run, to be laid over the walk."""
    pace: str = "paced"
    predict: bool = False
    """Before some events it is asked what comes next."""
    present: bool = False
    """Speaker notes may follow from the beginning."""
    shown: Shown = Shown.WALKTHROUGH
    looks: Looks = PLAIN_LOOKS
    keymap: Keymap = PLAIN_KEYMAP
    complaints: tuple[Grievance, ...] = ()
    """What is wrong with the settings file, and is ignored."""
    encoding: str = "utf-8"
    """Of the terminal."""
