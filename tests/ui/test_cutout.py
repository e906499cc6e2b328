"""Of a large topology the walkthrough shows what takes part, says how many others there are, and is as quick to use."""

from __future__ import annotations

from functools import cache

import pytest
from pictures import Stage, company, loaded, perform

from vbtui.trace import Trace
from vbtui.ui.cutout import MOST, Cutouts
from vbtui.ui.scenery import Scenery
from vbtui.workflow import simulate


@cache
def walk() -> tuple[Trace, Scenery, Cutouts]:
    topology = company().topology
    trace = simulate(topology, topology.jobs[0])
    return trace, Scenery(topology, trace), Cutouts(topology, trace)


def test_only_a_large_topology_is_cut() -> None:
    topology = company().topology
    assert len(topology.nodes) + len(topology.vms) + len(topology.datastores) > MOST
    assert walk()[2].needed
    small = loaded().topology
    assert not Cutouts(small, simulate(small, small.jobs[0])).needed


def test_whatever_takes_part_is_shown_with_what_its_backup_needs() -> None:
    topology, (trace, scenery, cutouts) = company().topology, walk()
    for event in trace:
        acting = scenery.acting(event)
        found = cutouts.at(acting, () if event.vm is None else (event.vm,))
        assert {*acting, trace.tasks[0].repository} <= found.names, event.id
        if event.vm is not None:
            vm = topology.vm(event.vm)
            proxies = {task.proxy for task in trace.tasks if task.vm == vm.name and task.proxy is not None}
            assert {vm.name, vm.host, *proxies, *(disk.datastore for disk in vm.disks)} <= found.names, event.id
        assert len(found.names) < 40, event.id


def test_what_is_left_out_is_counted() -> None:
    topology, (trace, scenery, cutouts) = company().topology, walk()
    for event in trace.events[::25]:
        found = cutouts.at(scenery.acting(event), [trace.vms[0].vm])
        shown, folded = found.shown, found.folded
        assert len(shown.nodes) + sum(folded.roles.values()) == len(topology.nodes)
        assert len(shown.datastores) + folded.datastores == len(topology.datastores)
        for node in shown.nodes:
            there = sum(vm.host == node.name for vm in shown.vms)
            assert there + folded.guests.get(node.name, 0) == sum(vm.host == node.name for vm in topology.vms)


def test_the_same_machines_are_the_same_cutout() -> None:
    _, _, cutouts = walk()
    vm = company().topology.vms[0].name
    first = cutouts.at((), (vm,))
    assert cutouts.at((), (vm,)) is first
    other = cutouts.at((), ())
    assert other.names < first.names
    assert cutouts.at((), (vm,)) == first


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
def test_a_large_topology_is_walked_like_any_other(size: tuple[int, int]) -> None:
    async def scene(stage: Stage) -> None:
        vm, host = stage.screen.walk.vm, company().topology.vm(stage.screen.walk.vm or "").host
        picture = stage.text("#topology")
        assert {host, vm} <= set(picture.split())
        machines = len(company().topology.nodes) + len(company().topology.vms)
        assert f"of {machines} machines" in str(stage.app.screen.query_one("#topology").border_title)
        assert "+39 ESXi" in picture
        for key in ("right", "pagedown", "3", "5", "right", "v", "end", "home"):
            await stage.press(key)
        assert stage.place == (0, 1.0)
        assert stage.text("#topology").split()

    perform(scene, size=size, topology=company())
