"""The check speaks for every proxy and host that could be assigned, not only for those that a run would take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from vbtui.catalogue import Need
from vbtui.planning import Goal, check, required_connections
from vbtui.topology import Topology
from vbtui.vocabulary import GoalVerdict, Result
from vbtui.workflow import simulate

Document = dict[str, Any]
Built = Callable[..., Topology]


def failed(topology: Topology) -> list[Goal]:
    return [goal for goal in check(topology, topology.jobs[0]).goals if goal.verdict is GoalVerdict.FAIL]


def test_a_second_proxy_that_no_run_would_take_fails_all_the_same(build: Built) -> None:
    topology = build(({"node": "spare"}, {"node": "host1"}, "tcp/902"))
    trace = simulate(topology, topology.jobs[0])
    assert [task.proxy for task in trace.tasks] == ["better"]
    assert trace.result is Result.SUCCESS
    assert check(topology, topology.jobs[0]).verdict is GoalVerdict.FAIL
    (goal,) = failed(topology)
    assert (goal.need, goal.subject.proxies, goal.subject.tasks) == (Need.NFC, ("spare",), ("guest/disk.vmdk",))


def test_a_proxy_outside_the_job_is_nobody_s_concern(build: Built) -> None:
    def named(document: Document) -> None:
        document["jobs"][0]["proxies"] = ["better"]

    topology = build(({"node": "spare"}, {"node": "host1"}, "tcp/902"), change=named)
    assert check(topology, topology.jobs[0]).verdict is GoalVerdict.OK


def test_a_host_of_the_cluster_that_could_run_the_vm_counts(build: Built) -> None:
    topology = build(({"role": "proxy"}, {"node": "host2"}, "tcp/902"))
    assert simulate(topology, topology.jobs[0]).result is Result.SUCCESS
    assert {(goal.need, goal.subject.proxies, goal.subject.hosts) for goal in failed(topology)} == {
        (Need.NFC, ("better",), ("host2",)),
        (Need.NFC, ("spare",), ("host2",)),
    }


def other_cluster(document: Document) -> None:
    host2(document)["cluster"] = "other"


def other_datacenter(document: Document) -> None:
    host2(document)["datacenter"] = "other"


def no_cluster(document: Document) -> None:
    for name in ("host1", "host2"):
        del next(one for one in document["nodes"] if one["name"] == name)["cluster"]


def other_datastores(document: Document) -> None:
    host2(document)["datastores"] = []


def host2(document: Document) -> Document:
    found: Document = next(one for one in document["nodes"] if one["name"] == "host2")
    return found


@pytest.mark.parametrize("change", [other_cluster, other_datacenter, no_cluster, other_datastores])
def test_a_host_to_which_the_vm_cannot_move_does_not_count(build: Built, change: Callable[[Document], None]) -> None:
    topology = build(({"role": "proxy"}, {"node": "host2"}, "tcp/902"), change=change)
    assert check(topology, topology.jobs[0]).verdict is GoalVerdict.OK
    asked = {one.asked.destination.node for one in required_connections(topology, topology.jobs[0])}
    assert "host1" in asked
    assert "host2" not in asked


def test_vix_must_reach_every_host_that_could_run_the_vm(build: Built) -> None:
    """Ports for VIX: the guest interaction proxy to every host, since vMotion may have moved the VM."""
    topology = build(
        ({"node": "server"}, {"node": "guest"}, "tcp/445"), ({"node": "server"}, {"node": "host2"}, "tcp/443")
    )
    assert simulate(topology, topology.jobs[0]).result is Result.SUCCESS
    (goal,) = failed(topology)
    assert (goal.need, goal.subject.hosts) == (Need.GUEST_WINDOWS, ("host2",))
