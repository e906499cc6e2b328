"""What a question is: asked before an event is shown, with every answer that could be meant and the right one.

Codes and parameters throughout: the words stand in the question files and are put together in `render`.
Never here: which moments are worth a question (`questions`), and what somebody answered (`predictions`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vbtui.firewall import Verdict
from vbtui.trace import RejectedMode, Value

Params = tuple[tuple[str, Value], ...]
"""What the placeholders of a text stand for, by name."""


class QuestionKind(StrEnum):
    """What is asked, in the order of importance: a run that gives reason for more than a person wants to be asked
    keeps the first ones. The values stand in the question files and in the ids of questions."""

    PORT = "port"
    """On which port a proxy reads from a host."""
    MODE = "mode"
    """Which transport mode a proxy chooses."""
    OPENER = "opener"
    """Who has a data mover started, and so opens the connection."""
    DATA_MOVERS = "data-movers"
    """Who opens the connection that the backup data takes."""
    METADATA = "metadata"
    """Who is asked for metadata, and that no guest is."""
    BLOCKED = "blocked"
    """What becomes of a connection that has just been blocked."""
    WHAT_IF = "what-if"
    """What would come of it if this connection were blocked."""
    RELEASE = "release"
    """When the guest writes again."""
    AMOUNT = "amount"
    """How much of a disk is read: all of it, what is used, or what has changed."""
    TASKS = "tasks"
    """How many tasks a job has."""
    COMMIT = "commit"
    """When a snapshot is removed."""
    PROXY = "proxy"
    """Which proxy gets a task."""
    VERDICT = "verdict"
    """What the firewalls on the way do to a connection that is about to be blocked."""
    DATA_PATH = "data-path"
    """Which way the data takes to the proxy."""
    WAITING = "waiting"
    """What becomes of a task without a free slot."""
    SCRIPT = "script"
    """What becomes of a script that needs root, over VIX."""
    RESULT = "result"
    """How the job ends."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that can be given. No two choices of a question are equal."""

    code: str
    """Which answer of its kind in the question files: the text, the explanation and the sources."""
    params: Params = ()
    row: str | None = None
    """Catalogue row whose purpose belongs to the explanation, with its sources: the field `purpose`."""
    rejected: RejectedMode | None = None
    """Why a transport mode is not taken: the field `objection`."""
    verdict: Verdict | None = None
    """What the firewalls say: the field `verdict`."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question about one event."""

    id: str
    """Stable like the event's: kind and event id."""
    kind: QuestionKind
    event: str
    """Id of the event that must not be shown before the question has been asked."""
    position: int
    """Place of that event in the trace."""
    params: Params
    choices: tuple[Choice, ...]
    """From two to four."""
    answer: int
    """Place of the right one."""

    @property
    def right(self) -> Choice:
        return self.choices[self.answer]
