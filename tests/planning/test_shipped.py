"""What the check says of the shipped topologies, as tables that a reader can hold against the files."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from vbtui.firewall import Policy
from vbtui.planning import CheckReport, Goal, check
from vbtui.topology import Topology, load, resolve
from vbtui.vocabulary import GoalVerdict, Profile, StepId

OK, FALLBACK, FAIL = GoalVerdict.OK, GoalVerdict.FALLBACK, GoalVerdict.FAIL


@dataclass(frozen=True)
class Expected:
    """The steps that are not ok; for each of their goals its subject and effect, then what is blocked by which rule."""

    topology: str
    job: str
    verdict: GoalVerdict
    ok: str
    """Steps that are ok, in order; a step that is in neither list is one that the job does not go through."""
    steps: dict[str, GoalVerdict]
    goals: tuple[tuple[str, ...], ...]


DB11 = (
    "2.1 guest-windows db11 effect.vm-fails",
    "tcp/445 secure-filter default",
    "tcp/135 secure-filter default",
    "tcp/49152-65535 secure-filter default",
    "tcp/443 main no-host-api",
)
RANGE = "tcp/2500-3300 px11-windows block-old-range"

TABLE = (
    Expected(
        "classroom",
        "daily",
        FALLBACK,
        "1.0 1.1 1.2 1.3 1.4 1.5 1.6 1.7 3 4 5.1 5.2 5.3 6",
        {"2.1": FALLBACK, "2.2": FALLBACK, "2.3": FALLBACK},
        (
            (
                "2.1 guest-windows legacy01 effect.next-way",
                "tcp/445 core default",
                "tcp/135 core default",
                "tcp/6173 core default",
            ),
            ("2.3 guest-linux app01 effect.crash-consistent script.not-elevated", "tcp/22 core dmz-no-ssh"),
        ),
    ),
    Expected(
        "locked-down",
        "nightly",
        FAIL,
        "1.0 1.1 1.2 1.3 1.4 1.5 1.7 2.3 3 4 5.1 5.2 6",
        {"1.6": FAIL, "2.1": FAIL, "2.2": FAIL, "5.3": FAIL},
        (
            ("1.6 data-movers db11,files11,erp11,web11 px11 effect.task-fails", RANGE),
            DB11,
            ("5.3 nfc files11 px11,px12 effect.task-fails", "tcp/902 main default", "tcp/902 main default"),
        ),
    ),
    Expected(
        "locked-down",
        "nightly-strict",
        FAIL,
        "1.0 1.1 1.2 1.3 1.4 1.5 1.7 2.3 3 4 5.1 5.2 6",
        {"1.6": FAIL, "2.1": FAIL, "2.2": FAIL, "5.3": FAIL},
        (
            ("1.6 data-movers erp11 px11 effect.task-fails", RANGE),
            DB11,
            ("5.3 nfc files11 px12 effect.task-fails", "tcp/902 main default"),
        ),
    ),
    Expected("small-office", "evening", OK, "1.0 1.1 1.2 1.3 1.4 1.5 1.6 1.7 2.1 2.3 3 4 5.3 6", {}, ()),
    Expected("two-site", "nightly", OK, "1.0 1.1 1.2 1.3 1.4 1.5 1.6 1.7 2.1 2.3 3 4 5.1 5.2 5.3 6", {}, ()),
)


def told(goal: Goal) -> tuple[str, ...]:
    subject = ",".join(goal.subject.vms) + (" " + ",".join(goal.subject.proxies) if goal.subject.proxies else "")
    obstacles = "".join(f" {text}" for way in goal.ways if (text := way.obstacle or way.shortfall))
    blocked = []
    for one in (one for way in goal.ways for one in way.blocked):
        assert one.verdict.hop and one.verdict.segment
        blocked.append(f"{one.asked.service} {one.verdict.hop.name} {one.verdict.segment.rule or 'default'}")
    return (f"{goal.steps[0]} {goal.need} {subject} {goal.effect}{obstacles}", *blocked)


def report_of(name: str, job: str) -> CheckReport:
    topology: Topology = load(resolve(name)).topology
    return check(topology, topology.job(job))


@pytest.mark.parametrize("expected", TABLE, ids=[f"{one.topology}-{one.job}" for one in TABLE])
def test_the_check_of_a_shipped_job(expected: Expected) -> None:
    report = report_of(expected.topology, expected.job)
    steps = {str(step.step): step.verdict for step in report.steps if step.step is not None}
    assert report.verdict is expected.verdict
    assert " ".join(step for step, verdict in steps.items() if verdict is OK) == expected.ok
    assert {step: verdict for step, verdict in steps.items() if verdict is not OK} == expected.steps
    assert tuple(told(goal) for goal in report.goals if goal.verdict is not OK) == expected.goals


@pytest.mark.parametrize(("name", "job"), [(one.topology, one.job) for one in TABLE])
def test_names_and_time_are_a_group_of_their_own_at_the_end(name: str, job: str) -> None:
    last = report_of(name, job).steps[-1]
    assert last.step is None
    assert last.verdict is OK
    assert all(goal.steps == () for goal in last.goals)


def test_the_rules_that_help_in_locked_down_are_there_switched_off() -> None:
    """With every rule of the file that stands in the way switched, nothing fails any more."""
    topology = load(resolve("locked-down")).topology
    policy = Policy(topology)
    for firewall, rule, enabled in (
        ("main", "nfc-esx12", True),
        ("secure-filter", "answers-out", True),
        ("px11-windows", "block-old-range", False),
    ):
        policy = policy.with_rule(firewall, rule, enabled)
    assert check(topology, topology.job("nightly"), policy=policy).verdict is OK


def test_another_profile_asks_for_other_ports() -> None:
    topology = load(resolve("classroom")).topology
    (job,) = topology.jobs
    movers = {
        profile: {
            str(one.asked.service)
            for goal in check(topology, job, profile=profile).step(StepId.DATA_MOVERS).goals
            for way in goal.ways
            for one in way.connections
        }
        for profile in Profile
    }
    assert movers == {
        Profile.DIAGRAM: {"tcp/2500-5000"},
        Profile.V12: {"tcp/2500-3300"},
        Profile.V13: {"tcp/6162", "tcp/2500-3300"},
    }


def test_the_report_is_the_same_every_time() -> None:
    assert report_of("locked-down", "nightly") == report_of("locked-down", "nightly")
