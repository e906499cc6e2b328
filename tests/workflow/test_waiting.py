"""Task slots: who waits, who comes first, and how a run ends when no slot will ever be free."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from strategies import Document, document_of

from vbtui.topology import Topology
from vbtui.trace import Trace
from vbtui.vocabulary import Outcome, Result
from vbtui.workflow import CbtReset, Change, History, SlotsSet, simulate

Named = Callable[[str], Topology]
BUILT = "job/1.2/task-list"


def office(named: Named, **server: object) -> Document:
    """Small office: two VMs, three disks, one server that is proxy and repository."""
    document = document_of(named("small-office"))
    document["nodes"][0] |= server
    return document


def assigned(trace: Trace) -> list[str]:
    """Tasks in the order in which they got their slots."""
    return [str(event.task) for event in trace if event.code == "task.assigned"]


def test_with_one_slot_the_disks_of_a_vm_in_work_come_before_other_vms(named: Named) -> None:
    document = office(named, task_slots=1)
    document["jobs"][0]["vms"] = ["shop", "files"]
    document["vms"][1]["disks"].append({"name": "shop_1.vmdk", "datastore": "host-disks", "size": 2**20})
    topology = Topology.model_validate(document)
    trace = simulate(topology, topology.jobs[0])
    assert assigned(trace) == ["shop/shop.vmdk", "shop/shop_1.vmdk", "files/files.vmdk", "files/files_1.vmdk"]
    assert trace.result is Result.SUCCESS


def test_a_vm_that_waits_is_not_frozen_meanwhile(named: Named) -> None:
    topology = Topology.model_validate(office(named, task_slots=2))
    trace = simulate(topology, topology.jobs[0])
    slot = trace.by_id["shop/shop.vmdk/1.3/assigned"]
    assert all(event.start_ms >= slot.end_ms for event in trace if event.vm == "shop" and event.disk is None)


@pytest.mark.parametrize("node", ["px-vm", "repo01"])
def test_a_node_without_slots_ends_in_clear_failures_and_not_in_waiting(node: str, named: Named) -> None:
    topology = named("classroom")
    trace = simulate(topology, topology.jobs[0], changes=[Change(BUILT, SlotsSet(node, 0))])
    lost = {task.id for task in trace.tasks if task.result is Result.ERROR}
    none = {event.task: event for event in trace if event.code == "task.no-slot"}
    # the physical proxy has network mode for every disk, and slots for four
    assert lost == ({task.id for task in trace.tasks} if node == "repo01" else set())
    assert set(none) == lost
    assert all(event.outcome is Outcome.FAIL for event in none.values())
    if lost:
        assert not any(event.code == "snapshot.created" for event in trace)
        assert all(vm.reasons for vm in trace.vms)


def test_slots_that_come_back_in_mid_run_are_taken(named: Named) -> None:
    topology = named("small-office")
    nothing = Change(BUILT, SlotsSet("backup", 0))
    back = Change("job/1.7/metadata/esx", SlotsSet("backup", 2))
    trace = simulate(topology, topology.jobs[0], changes=[nothing, back])
    assert trace.result is Result.SUCCESS
    assert trace.by_id["files/files.vmdk/1.3/assign"].outcome is Outcome.WAITING
    assert trace.by_id["files/files.vmdk/1.3/assigned"].start_ms >= trace.by_id[back.event].start_ms


def test_tasks_that_hold_a_slot_keep_it_when_slots_are_taken_away(named: Named) -> None:
    topology = named("small-office")
    trace = simulate(topology, topology.jobs[0], changes=[Change("files/3/snapshot", SlotsSet("backup", 0))])
    assert [task.result for task in trace.tasks] == [Result.SUCCESS, Result.SUCCESS, Result.ERROR]
    assert [vm.result for vm in trace.vms] == [Result.SUCCESS, Result.ERROR]


def test_a_failed_task_frees_its_slot_when_it_has_ended_and_not_before(named: Named) -> None:
    document = office(named, task_slots=1, share="nas")
    document["nodes"].append({"name": "nas", "roles": ["share"], "zone": "hosts", "address": "192.168.20.99"})
    topology = Topology.model_validate(document)
    trace = simulate(topology, topology.jobs[0])
    failed = [event for event in trace if event.code == "task.failed"]
    given = [event for event in trace if event.code == "task.assigned"]
    assert [event.task for event in failed] == assigned(trace) == [task.id for task in trace.tasks]
    assert all(end.end_ms <= begin.start_ms for end, begin in zip(failed, given[1:], strict=False))


def test_a_full_reads_what_is_used_and_an_incremental_what_has_changed(named: Named) -> None:
    topology, seen = named("classroom"), History(frozenset({"sql01"}))
    job = topology.jobs[0]
    full, more = simulate(topology, job), simulate(topology, job, history=seen)
    reset = Change("sql01/3/snapshot", CbtReset("sql01"))
    blind = simulate(topology, job, history=seen, changes=[reset])
    disk = topology.vm("sql01").disks[0]
    task = ("sql01", disk.name)
    assert full.task(*task).read == disk.used
    assert 0 < more.task(*task).read < full.task(*task).read
    assert blind.task(*task).read == disk.size
    assert blind.task(*task).transferred == more.task(*task).transferred, "what is sent is still only what has changed"


def test_a_snapshot_from_before_keeps_changed_block_tracking_from_being_enabled(named: Named) -> None:
    document = document_of(named("classroom"))
    document["vms"][0]["snapshots"] = 1
    topology = Topology.model_validate(document)
    first = simulate(topology, topology.jobs[0])
    later = simulate(topology, topology.jobs[0], history=History(frozenset({"sql01"})))
    assert (first.tasks[0].read, later.tasks[0].read < first.tasks[0].read) == (topology.vms[0].disks[0].size, True)
