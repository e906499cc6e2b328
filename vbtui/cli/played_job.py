"""What `play` walks through: a job of a file, with everything that the command line says about its run.

In: words of the command line. Out: a `PlayedJob`, in which every word stands for something that exists; or an error
with what is known instead. Never here: what is shown of it (`play_forms`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vbtui.cli.changes import read_changes, simulated
from vbtui.cli.options import DEFAULT_TOPOLOGY, chosen_job, chosen_profile, load_topology
from vbtui.cli.session import Session
from vbtui.cli.usage import InputError
from vbtui.i18n import N_

if TYPE_CHECKING:
    from vbtui.job import RunLog
    from vbtui.topology import Job, LoadedTopology
    from vbtui.trace import Trace
    from vbtui.vocabulary import Profile, StepId
    from vbtui.workflow import Change, History


@dataclass(frozen=True, slots=True)
class PlayedJob:
    """A job to walk through. It is not simulated yet, so that its changes may still be of what does not exist."""

    loaded: LoadedTopology
    job: Job
    profile: Profile
    changes: tuple[Change, ...] = ()
    step: StepId | None = None
    """Where the walk begins; None for its beginning."""
    history: History | None = None
    log: RunLog | None = None
    """A saved run of this job, to be laid over the walk."""

    def simulated(self) -> Trace:
        """The job as it goes. Raises InputError for what is wrong with the changes."""
        return simulated(self.loaded, self.job, self.profile, self.changes, self.history)

    def without_changes(self) -> PlayedJob:
        return replace(self, changes=())


def played_job(
    session: Session,
    topology: str | None,
    *,
    job_name: str | None = None,
    profile: str | None = None,
    changes: tuple[str, ...] = (),
    step: str | None = None,
    incremental: bool = False,
    run_file: str | None = None,
) -> PlayedJob:
    """Look up what is to be walked through: of `topology`, otherwise of the file that the run log is about, otherwise
    of the default one. A run log also says which job, profile, changes and history its run had.

    Raises InputError, TopologyError, and BadRunLog for a run log that is none.
    """
    log = None if run_file is None else _read_log(session, run_file)
    if topology is None:
        topology = DEFAULT_TOPOLOGY if log is None else log.source
    loaded = load_topology(topology)
    if log is not None:
        if log.topology != loaded.topology.name:
            raise InputError(
                N_("the run log belongs to topology {found}, not to {name}"),
                found=log.topology,
                name=loaded.topology.name,
            )
        job_name, profile, changes = log.job, log.profile, log.changes
    chosen = chosen_profile(profile, loaded.topology)
    job = chosen_job(loaded.topology, job_name)
    first = _step(step)
    past = _history(loaded, log, incremental=incremental)
    return PlayedJob(loaded, job, chosen, read_changes(loaded, job, chosen, changes, past), first, past, log)


def _read_log(session: Session, file: str) -> RunLog:
    from vbtui.job import read_run_log

    session.run_log = Path(file)
    try:
        return read_run_log(session.run_log)
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) or "null byte" in str(error):
            reason = getattr(error, "strerror", None) or str(error)
            raise InputError(N_("{file} cannot be read: {reason}"), file=file, reason=reason) from error
        raise


def _history(loaded: LoadedTopology, log: RunLog | None, *, incremental: bool) -> History | None:
    """What the run builds on: what the log's run had, or for every VM a restore point where one is asked for."""
    from vbtui.workflow import History

    if log is not None:
        return History(frozenset(log.history))
    return History.of_every_vm(loaded.topology) if incremental else None


def _step(text: str | None) -> StepId | None:
    """Raises InputError for what is no step of the process."""
    from vbtui.topology.problems import suggestion
    from vbtui.vocabulary import StepId

    if text is None:
        return None
    if text not in set(StepId):
        known = tuple(StepId)
        raise InputError(
            N_("there is no step '{step}'; steps are {known}"),
            suggestion=suggestion(text, known),
            step=text,
            known=", ".join(known),
        )
    return StepId(text)
