"""The workbench: edits are versions, undo and redo move among them, and every move tells what it has changed."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from vbtui.firewall import Policy
from vbtui.planning import CheckReport, check
from vbtui.topology import Rule, Topology, load, resolve
from vbtui.vocabulary import Action, GoalVerdict
from vbtui.walk.plan import EditKind, Move, Plan, changed_firewalls


@cache
def topology(name: str = "locked-down") -> Topology:
    return load(resolve(name)).topology


@pytest.fixture
def plan() -> Plan:
    return Plan.over(topology())


def test_a_new_plan_has_nothing_to_undo_or_save(plan: Plan) -> None:
    assert plan.topology is topology()
    assert (plan.can_undo, plan.can_redo, plan.unsaved, plan.edited) == (False, False, False, False)
    assert plan.undone() is plan
    assert plan.redone() is plan
    assert plan.reverted() is plan
    assert plan.consequence() is None
    assert plan.last_edit is None


def test_a_toggled_rule_is_the_only_thing_that_differs(plan: Plan) -> None:
    after = plan.toggled("main", "nfc-esx12")
    assert after.rule("main", "nfc-esx12").enabled
    assert not plan.rule("main", "nfc-esx12").enabled
    assert [one.name for one in changed_firewalls(plan.topology, after.topology)] == ["main"]
    assert after.topology.vms is plan.topology.vms
    assert after.toggled("main", "nfc-esx12").topology.firewalls == topology().firewalls


def test_a_missing_rule_or_firewall_is_a_key_error(plan: Plan) -> None:
    for call in (
        lambda: plan.toggled("main", "nothing"),
        lambda: plan.toggled("nothing", "names"),
        lambda: plan.report("nothing"),
        lambda: plan.number("main", "nothing"),
    ):
        with pytest.raises(KeyError):
            call()


def test_what_a_toggle_gains_and_loses_is_told_in_flows_and_jobs(plan: Plan) -> None:
    gained = plan.toggled("main", "nfc-esx12").consequence()
    assert gained is not None
    assert (gained.gained, gained.lost, gained.jobs) == (2, 0, ())
    lost = plan.toggled("main", "nfc-esx11").consequence()
    assert lost is not None
    assert (lost.gained, lost.lost) == (0, 2)
    nothing = plan.toggled("secure-filter", "answers-out").toggled("secure-filter", "answers-out")
    told = nothing.consequence()
    assert told is not None
    assert (told.gained, told.lost) == (0, 3)


def test_the_jobs_of_locked_down_come_right_when_all_proposals_are_taken_over(plan: Plan) -> None:
    after = plan.accepted(plan.proposals())
    assert {report.verdict for report in after.reports()} == {GoalVerdict.OK}
    assert after.proposals() == ()
    told = after.consequence()
    assert told is not None
    assert [(one.job, one.before, one.after) for one in told.jobs] == [
        ("nightly", GoalVerdict.FAIL, GoalVerdict.OK),
        ("nightly-strict", GoalVerdict.FAIL, GoalVerdict.OK),
    ]
    assert after.last_edit is not None
    assert after.last_edit.kind is EditKind.ACCEPTED
    assert after.undone().topology is plan.topology


def test_undo_and_redo_go_through_the_very_versions(plan: Plan) -> None:
    one = plan.toggled("main", "nfc-esx12")
    two = one.toggled("secure-filter", "answers-out")
    back = two.undone()
    assert back.topology is one.topology
    assert back.move is Move.UNDO
    assert back.last_edit == two.last_edit
    assert back.redone().topology is two.topology
    assert back.undone().topology is plan.topology
    assert two.reverted().topology is plan.topology
    # An edit after undo drops what was undone.
    other = back.toggled("main", "names")
    assert not other.can_redo
    assert [version.edit.rules for version in other.versions if version.edit] == [("nfc-esx12",), ("names",)]


def test_a_rule_is_removed_and_comes_back(plan: Plan) -> None:
    names = [rule.name for rule in plan.topology.firewall("main").rules]
    after = plan.removed("main", "nfc-esx11")
    assert [rule.name for rule in after.topology.firewall("main").rules] == [one for one in names if one != "nfc-esx11"]
    told = after.consequence()
    assert told is not None
    assert (told.gained, told.lost) == (0, 2)
    assert after.last_edit is not None
    assert (after.last_edit.kind, after.last_edit.rules) == (EditKind.REMOVED, ("nfc-esx11",))
    assert after.undone().topology is plan.topology
    with pytest.raises(KeyError):
        after.removed("main", "nfc-esx11")


def test_a_rule_is_moved_within_its_list_and_no_further(plan: Plan) -> None:
    names = [rule.name for rule in plan.topology.firewall("main").rules]
    after = plan.shifted("main", names[2], -1)
    assert [rule.name for rule in after.topology.firewall("main").rules][:3] == [names[0], names[2], names[1]]
    assert after.number("main", names[2]) == 2
    assert not after.shifted("main", names[2], 1).edited
    assert after.last_edit is not None
    assert after.last_edit.kind is EditKind.MOVED
    assert plan.shifted("main", names[0], -1) is plan
    assert plan.shifted("main", names[-1], 1) is plan
    assert plan.shifted("main", names[0], 1000).number("main", names[0]) == len(names)
    # Under a policy that is made anew the jobs come to the same.
    fresh = Plan.over(after.topology)
    assert [one.verdict for one in fresh.reports()] == [one.verdict for one in after.reports()]


def test_reports_are_made_once_for_each_version(plan: Plan) -> None:
    first = plan.report("nightly")
    back = plan.toggled("main", "names").undone()
    assert back.report("nightly") is first


def test_unsaved_means_that_no_file_has_these_rules(plan: Plan) -> None:
    edited = plan.toggled("main", "names")
    assert (edited.unsaved, edited.edited) == (True, True)
    saved = edited.kept()
    assert (saved.unsaved, saved.edited) == (False, True)
    # What was loaded is in its file, whatever was written since.
    assert (saved.undone().unsaved, saved.undone().edited) == (False, False)
    assert saved.toggled("main", "names").undone().undone().unsaved is False
    assert saved.toggled("main", "nfc-esx11").unsaved
    assert not saved.undone().redone().unsaved
    # The same rules by another way are in the file too.
    assert not saved.toggled("main", "nfc-esx11").toggled("main", "nfc-esx11").unsaved
    assert not edited.toggled("main", "names").unsaved
    # The version that was saved is gone.
    assert saved.undone().toggled("main", "nfc-esx11").unsaved


def test_a_changed_rule_keeps_its_place_and_an_equal_one_changes_nothing(plan: Plan) -> None:
    rule = plan.rule("main", "no-host-api")
    assert plan.changed("main", "no-host-api", rule.model_copy()) is plan
    after = plan.changed("main", "no-host-api", rule.model_copy(update={"action": Action.ALLOW}))
    assert after.number("main", "no-host-api") == 4
    assert after.policy.evaluate("bk11", "esx11", after.report("nightly").connections[0].asked.service) is not None
    told = after.consequence()
    assert told is not None
    assert told.gained == 1


def test_a_new_rule_stands_where_it_was_put(plan: Plan) -> None:
    rule = Rule.model_validate(
        {"name": "new", "source": {"any": True}, "destination": {"any": True}, "services": ["any"], "action": "allow"}
    )
    assert plan.added("main", rule, 1).number("main", "new") == 1
    assert plan.added("main", rule, 4).number("main", "new") == 4
    assert plan.added("main", rule, 99).number("main", "new") == 10


def test_findings_are_by_rule_and_kept(plan: Plan) -> None:
    found = plan.findings()
    assert plan.findings() is found
    assert all(
        one.firewall == firewall and one.rule == rule for (firewall, rule), ones in found.items() for one in ones
    )
    assert ("secure-filter", "windows-in") in found


RULES = [(firewall.name, rule.name) for firewall in topology().firewalls for rule in firewall.rules]
STEPS = st.lists(st.one_of(st.sampled_from(RULES), st.sampled_from(["undo", "redo"])), max_size=8)


@given(STEPS)
@examples(25)
def test_however_edits_and_undo_are_mixed_the_reports_are_those_of_a_fresh_check(
    steps: list[tuple[str, str] | str],
) -> None:
    plan = Plan.over(topology())
    for step in steps:
        move = {"undo": plan.undone, "redo": plan.redone}.get(str(step))
        plan = plan.toggled(*step) if move is None else move()
    fresh = plan.topology
    for job in fresh.jobs:
        assert plan.report(job.name) == check(fresh, job, policy=Policy(fresh))
    before = plan.before
    told = plan.consequence()
    if before is not None and told is not None:
        old = {one for job in plan.jobs for one in _flows(before.report(job))}
        new = {one for job in plan.jobs for one in _flows(plan.report(job))}
        assert (told.gained, told.lost) == (len(new - old), len(old - new))


def _flows(report: CheckReport) -> set[tuple[str, str, str]]:
    """Every allowed flow, one by one."""
    return {
        (source, destination, str(one.asked.service))
        for one in report.connections
        if one.verdict.allowed
        for source in one.sources
        for destination in one.destinations
    }
