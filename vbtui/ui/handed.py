"""What the walkthrough asks of the app: another topology in its place, or its file once more, which is read by then.

The walk that is left is known to the app, so a message says only what is wanted.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from vbtui.topology import LoadedTopology
from vbtui.ui.remembered import Place
from vbtui.ui.resumed import Resumed


@dataclass
class Opened(Message):
    """A person has chosen a topology on the start screen."""

    loaded: LoadedTopology
    place: Place | None
    """Where to go on; None: at the beginning."""
    language: str


@dataclass
class Reread(Message):
    """The file was read again: go on in it at the same place."""

    loaded: LoadedTopology
    resumed: Resumed
    """How the walk stands, under the rules as they were."""
    language: str
