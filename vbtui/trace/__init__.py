"""What happened: immutable events in order, the trace they make, the state at a playhead, and the trace as JSON.

In: finished events from `workflow`. Out: lookups and states that never simulate again.
Never here: deciding anything, text for a person, real time.
"""

from vbtui.trace.as_json import to_json
from vbtui.trace.event import Endpoint, Event, EventKind, Value
from vbtui.trace.state import OpenConnection, State, States, Status, TaskState
from vbtui.trace.trace import RejectedMode, Task, Trace, VmResult

__all__ = [
    "Endpoint",
    "Event",
    "EventKind",
    "OpenConnection",
    "RejectedMode",
    "State",
    "States",
    "Status",
    "Task",
    "TaskState",
    "Trace",
    "Value",
    "VmResult",
    "to_json",
]
