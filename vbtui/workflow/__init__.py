"""What happens: the process of a backup, played through in simulated time.

In: a topology, a job, a profile, what earlier runs left, and changes; or a trace and more changes. Out: a `Trace`.
The theory of operation stands in `simulation` (the clock and why forks are equal up to their change), `parties` (which
machine is meant), `slots` (who gets a proxy), `transport` (which mode and why not another), and in one file per part of
the process: `initialisation` (phase 1), `guest` (2 and 4), `machine` (3, 4, 6 of one VM), `transfer` (5).
Sources in brackets are keys of the catalogue's `sources.yaml`: SEED is the published description of the process.
Never here: real time, real bytes, chance, text for a person. The words of the process stand in `process.yaml`.
"""

from vbtui.workflow.acting import Lack, Objection, objection_to
from vbtui.workflow.changes import (
    CbtReset,
    Change,
    ConnectionSet,
    FailoverSet,
    ProcessKilled,
    RuleSet,
    ServiceSet,
    SlotsSet,
    WorldChange,
)
from vbtui.workflow.parties import Asked, Cast, Way, performers, proxies_of, vms_of
from vbtui.workflow.simulate import History, UnknownChangeError, forked, simulate

__all__ = [
    "Asked",
    "Cast",
    "CbtReset",
    "Change",
    "ConnectionSet",
    "FailoverSet",
    "History",
    "Lack",
    "Objection",
    "ProcessKilled",
    "RuleSet",
    "ServiceSet",
    "SlotsSet",
    "UnknownChangeError",
    "Way",
    "WorldChange",
    "forked",
    "objection_to",
    "performers",
    "proxies_of",
    "simulate",
    "vms_of",
]
