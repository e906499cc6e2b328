"""`forked`: a run once more with more changes, everything else of it taken over."""

from __future__ import annotations

import pytest

from vbtui.topology import Topology, load, resolve, shipped
from vbtui.vocabulary import Profile
from vbtui.workflow import Change, History, UnknownChangeError, forked, simulate

NFC = "legacy01/legacy01.vmdk/5.3/nfc/px-vm/esx02/tcp-902"
LATER = Change.parse(f"{NFC}:block=px-vm,esx02,tcp/902")
EARLIER = Change.parse("job/1.4/transport-service-repository/vbr01/repo01/tcp-6162:block=vbr01,repo01,tcp/6162")
"""Ends the job, so that what is bound to a later event never comes."""


@pytest.fixture
def classroom() -> Topology:
    return load(resolve("classroom")).topology


@pytest.mark.parametrize("name", shipped())
def test_without_a_change_it_is_the_same_run(name: str) -> None:
    topology = load(resolve(name)).topology
    for job in topology.jobs:
        trace = simulate(topology, job, profile=Profile.V12, history=History.of_every_vm(topology))
        assert forked(topology, trace) == trace


def test_everything_of_the_run_is_taken_over_and_the_change_comes_last(classroom: Topology) -> None:
    job, history = classroom.jobs[0], History(frozenset({"sql01"}))
    reset = Change.parse("job/1.0/start:failover=off")
    trace = simulate(classroom, job, profile=Profile.V12, history=history, changes=(reset,))
    expected = simulate(classroom, job, profile=Profile.V12, history=history, changes=(reset, LATER))
    assert forked(classroom, trace, LATER) == expected
    assert expected.changes == (str(reset), str(LATER))


def test_a_change_whose_event_does_not_happen_any_more_is_named_and_can_be_left_out(classroom: Topology) -> None:
    trace = simulate(classroom, classroom.jobs[0], changes=(LATER,))
    with pytest.raises(UnknownChangeError) as caught:
        forked(classroom, trace, EARLIER)
    assert caught.value.changes == (NFC,)
    expected = simulate(classroom, classroom.jobs[0], changes=(EARLIER,))
    assert forked(classroom, trace, EARLIER, without=caught.value.changes) == expected
