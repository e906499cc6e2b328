"""What is tried from a node, and what plan and answer say together."""

from __future__ import annotations

import pytest

from vbtui.planning import UnknownMachineError
from vbtui.planning.probe import (
    Agreement,
    Answer,
    Attempt,
    NotTried,
    Observation,
    ProbePlan,
    agreement,
    compared,
    probe_plans,
    strangers,
)
from vbtui.topology import Topology, load, resolve
from vbtui.vocabulary import Action


@pytest.fixture(scope="module")
def locked_down() -> Topology:
    return load(resolve("locked-down")).topology


def plan_of(topology: Topology, source: str) -> ProbePlan:
    (plan,) = probe_plans(topology, topology.jobs, [source])
    return plan


def attempt(planned: Action, *, on_demand: bool = False) -> Attempt:
    found = plan_of(load(resolve("locked-down")).topology, "px12").attempts[0]
    values = {name: getattr(found, name) for name in Attempt.__slots__}
    return Attempt(**{**values, "planned": planned, "on_demand": on_demand})


def test_a_proxy_tries_what_it_opens_in_a_run(locked_down: Topology) -> None:
    tried = {(one.destination, one.port): one.planned for one in plan_of(locked_down, "px12").attempts}
    assert tried[("vc11", 443)] is Action.ALLOW
    assert tried[("esx11", 902)] is Action.ALLOW
    assert tried[("esx12", 902)] is Action.DENY
    assert ("db11", 445) not in tried  # the backup server opens that


def test_of_a_range_every_part_with_an_answer_of_its_own_is_tried_at_both_ends(locked_down: Topology) -> None:
    found = [one for one in plan_of(locked_down, "px11").attempts if one.destination == "repo11"]
    assert [(one.port, one.planned) for one in found] == [
        (2500, Action.ALLOW),
        (2600, Action.ALLOW),
        (2601, Action.DENY),
        (3300, Action.DENY),
    ]
    assert all(one.on_demand for one in found)


def test_udp_is_left_out_and_listed(locked_down: Topology) -> None:
    plan = plan_of(locked_down, "px12")
    assert {(one.destination, str(one.service), one.reason) for one in plan.left_out} == {
        ("dns11", "udp/53", NotTried.UDP)
    }
    assert "dns11" not in plan.destinations


def test_the_order_is_the_file_s(locked_down: Topology) -> None:
    machines = [*(one.name for one in locked_down.nodes), *(one.name for one in locked_down.vms)]
    plan = plan_of(locked_down, "bk11")
    assert [one.key for one in plan.attempts] == sorted(
        (one.key for one in plan.attempts), key=lambda key: (machines.index(key[0]), key[1])
    )
    assert plan.destinations == tuple(name for name in machines if name in plan.destinations)


def test_an_unknown_node_is_refused_with_the_closest_name(locked_down: Topology) -> None:
    with pytest.raises(UnknownMachineError) as caught:
        plan_of(locked_down, "esx1")
    assert caught.value.suggestion in ("esx11", "esx12")


@pytest.mark.parametrize(
    ("planned", "on_demand", "answer", "expected"),
    [
        (Action.ALLOW, False, Answer.OPEN, Agreement.AGREES),
        (Action.ALLOW, False, Answer.REFUSED, Agreement.NOT_LISTENING),
        (Action.ALLOW, True, Answer.REFUSED, Agreement.PATH_OPEN),
        (Action.ALLOW, True, Answer.TIMED_OUT, Agreement.BLOCKED),
        (Action.ALLOW, False, Answer.UNREACHABLE, Agreement.BLOCKED),
        (Action.DENY, False, Answer.TIMED_OUT, Agreement.AGREES),
        (Action.DENY, False, Answer.REFUSED, Agreement.BLOCKED_OTHERWISE),
        (Action.DENY, False, Answer.UNREACHABLE, Agreement.BLOCKED_OTHERWISE),
        (Action.DENY, True, Answer.REFUSED, Agreement.OPEN_UNPLANNED),
        (Action.DENY, False, Answer.OPEN, Agreement.OPEN_UNPLANNED),
        (Action.REJECT, False, Answer.REFUSED, Agreement.AGREES),
        (Action.REJECT, False, Answer.UNREACHABLE, Agreement.AGREES),
        (Action.REJECT, True, Answer.REFUSED, Agreement.AGREES),
        (Action.REJECT, False, Answer.TIMED_OUT, Agreement.BLOCKED_OTHERWISE),
        (Action.REJECT, False, Answer.OPEN, Agreement.OPEN_UNPLANNED),
        (Action.UNKNOWN, False, Answer.OPEN, Agreement.LEARNED),
        (Action.UNKNOWN, False, Answer.TIMED_OUT, Agreement.LEARNED),
        (Action.ALLOW, False, Answer.NAME_NOT_FOUND, Agreement.NO_NAME),
        (Action.DENY, False, Answer.NAME_ELSEWHERE, Agreement.NO_NAME),
    ],
)
def test_plan_and_answer(planned: Action, on_demand: bool, answer: Answer, expected: Agreement) -> None:
    assert agreement(attempt(planned, on_demand=on_demand), answer) is expected


def test_observations_of_others_are_strangers(locked_down: Topology) -> None:
    plan = plan_of(locked_down, "px12")
    ours = Observation("px12", "esx12", 902, Answer.OPEN)
    theirs = Observation("px11", "esx12", 902, Answer.OPEN)
    odd = Observation("px12", "esx12", 903, Answer.OPEN)
    (found,) = compared(plan, (ours, theirs, odd))
    assert (found.attempt.key, found.agreement) == (("esx12", 902), Agreement.OPEN_UNPLANNED)
    assert strangers([plan], (ours, theirs, odd)) == (theirs, odd)
    assert strangers([plan, plan_of(locked_down, "px11")], (ours, theirs, odd)) == (odd,)
