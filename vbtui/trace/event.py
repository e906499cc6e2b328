"""One event of a trace: everything that is known about one moment of the process, as codes and parameters."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vbtui.firewall import Verdict
from vbtui.vocabulary import Component, Outcome, Service, StepId


class EventKind(StrEnum):
    """What sort of thing happens; views draw by kind."""

    PROCESS = "process"
    """A process starts or is found gone, or a local component is called."""
    CONNECT = "connect"
    """A machine opens a connection: the only kind with a verdict."""
    REQUEST = "request"
    """A call over a connection that stands."""
    DECISION = "decision"
    """The scheduler or a data mover chooses: proxy, transport mode, guest channel; or a task has to wait."""
    SCRIPT = "script"
    FREEZE = "freeze"
    SNAPSHOT = "snapshot"
    THAW = "thaw"
    ATTACH = "attach"
    DETACH = "detach"
    TRANSFER = "transfer"
    """Disk data moves: the only kind with byte estimates."""
    COMMIT = "commit"
    RESULT = "result"
    """The end of a task, a VM or the job."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A component on a machine. `node` is a node's or VM's name, a datastore's where its own storage is read."""

    node: str
    component: Component


Value = str | int | float | bool | None | tuple[str, ...]
"""What a parameter may be: data for a message, never a sentence."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event. Order in a trace is (`start_ms`, `id`); a cause always stands before its effect."""

    position: int
    """Place in the trace, counted from 0."""
    id: str
    """Stable across forks and reloads, such as `VM/DISK/5.3/nfc/PROXY/HOST/tcp-902`."""
    step: StepId
    kind: EventKind
    code: str
    """Message code; `render` has its text in every language, with the names of `params` as fields."""
    params: tuple[tuple[str, Value], ...]
    outcome: Outcome
    start_ms: int
    duration_ms: int
    """Simulated time, at least 1 ms."""
    cause: str | None
    """Id of the event that led to this one; None only for the first."""
    vm: str | None = None
    disk: str | None = None
    """The task, if the event belongs to one disk of `vm`."""
    source: Endpoint | None = None
    destination: Endpoint | None = None
    services: tuple[Service, ...] = ()
    verdict: Verdict | None = None
    """Of the one service that was asked; None where no firewall has a say."""
    row: str | None = None
    """Id of the catalogue row that a connection stands on."""

    @property
    def end_ms(self) -> int:
        return self.start_ms + self.duration_ms

    @property
    def task(self) -> str | None:
        """`VM/DISK` of the task, if the event belongs to one."""
        return None if self.vm is None or self.disk is None else f"{self.vm}/{self.disk}"

    def param(self, name: str) -> Value:
        """The parameter of that name, None if there is none."""
        return dict(self.params).get(name)
