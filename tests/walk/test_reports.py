"""Reports are judged one after the other, the one that is looked at first, and are those of a check of all."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from vbtui.firewall import Policy
from vbtui.planning import check_all
from vbtui.topology import Topology, parse
from vbtui.topology.generate import CompanySize, generate
from vbtui.walk.desk import AT_ONCE, Desk
from vbtui.walk.plan import Plan
from vbtui.walk.reports import Reports


@cache
def company() -> Topology:
    text = generate(CompanySize(vms=120, hosts=12, proxies=6, repositories=8, rules=40), seed=5)
    found = parse(text, Path("company.yaml")).topology
    assert len(found.jobs) > AT_ONCE
    return found


def reports(topology: Topology) -> Reports:
    return Reports(topology, topology.profile, Policy(topology))


def test_the_asked_one_is_judged_first_and_the_others_follow_in_their_order() -> None:
    topology = company()
    names = [job.name for job in topology.jobs]
    found = reports(topology)
    assert not list(found.made)
    found.of(names[2])
    assert [one.job for one in found.made] == [names[2]]
    found.judge_next()
    assert [one.job for one in found.made] == [names[0], names[2]]
    while not found.complete:
        assert found.judge_next()
    assert not found.judge_next()
    assert found.made == check_all(topology)


def test_another_one_may_be_asked_for_on_the_way() -> None:
    topology = company()
    names = [job.name for job in topology.jobs]
    found = reports(topology)
    for name in (names[1], names[-1], names[0]):
        assert found.of(name).job == name
    assert found.made == check_all(topology)
    with pytest.raises(KeyError):
        found.of("no such job")


def test_after_an_edit_the_shown_job_is_known_at_once_and_the_rest_before_long() -> None:
    topology = company()
    firewall = topology.firewalls[0]
    desk = Desk.over(Plan.over(topology), topology.jobs[1].name)
    assert len(desk.plan.judged()) == 1
    edited = desk.edited(desk.plan.toggled(firewall.name, firewall.rules[0].name))
    assert [one.job for one in edited.plan.judged()] == [topology.jobs[1].name]
    assert edited.consequence is None
    steps = 0
    while not edited.plan.settled:
        assert edited.consequence is None
        edited = edited.judged_further()
        steps += 1
    assert 1 < steps <= 2 * len(topology.jobs)
    assert edited.consequence is not None
    assert edited.consequence == edited.plan.consequence()
    assert edited.plan.judged() == check_all(edited.plan.topology)


def test_going_back_finds_what_was_judged() -> None:
    topology = company()
    firewall = topology.firewalls[0]
    desk = Desk.over(Plan.over(topology), topology.jobs[0].name)
    desk = desk.edited(desk.plan.toggled(firewall.name, firewall.rules[0].name))
    while not desk.plan.settled:
        desk = desk.judged_further()
    back = desk.edited(desk.plan.undone())
    assert back.plan.settled
    assert back.consequence is not None
    assert back.report is back.plan.versions[0].report(topology.jobs[0].name)
