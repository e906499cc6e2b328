"""`check --observed`: saved probes held against the plan.

In: the files of `probe --save`. Out: comparisons of all of them, and what in them no job asks for.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vbtui.cli.options import unknown_machine
from vbtui.cli.usage import InputError
from vbtui.i18n import N_

if TYPE_CHECKING:
    from vbtui.firewall import Policy
    from vbtui.planning.probe import Comparison, Observation
    from vbtui.topology import Job, Topology
    from vbtui.vocabulary import Profile


def observed(
    topology: Topology, jobs: Sequence[Job], files: Sequence[str], profile: Profile, policy: Policy
) -> tuple[tuple[Comparison, ...], tuple[Observation, ...]]:
    """Plan against observation, by source in the order of the files; and the observations that nothing asks for.

    Raises BadObservationsError, and InputError for a probe of another topology or of a node that is gone.
    """
    from vbtui.job.observations import read_observations
    from vbtui.planning import UnknownMachineError
    from vbtui.planning.probe import compared, probe_plans, strangers

    probes = [read_observations(Path(file)) for file in files]
    for file, one in zip(files, probes, strict=True):
        if one.topology != topology.name:
            text = N_("{path} was observed for topology {found}, not for {topology}")
            raise InputError(text, path=file, found=one.topology, topology=topology.name)
    sources = list(dict.fromkeys(one.source for one in probes))
    try:
        plans = probe_plans(topology, jobs, sources, profile=profile, policy=policy)
    except UnknownMachineError as error:
        raise unknown_machine(error, topology) from error
    observations = [entry for one in probes for entry in one.observations]
    found = tuple(entry for plan in plans for entry in compared(plan, observations))
    return found, strangers(plans, observations)
