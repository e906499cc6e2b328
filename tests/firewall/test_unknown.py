"""Statement 7 of `vbtui.firewall.policy`: what opaque rules and unknown defaults do to an answer."""

from __future__ import annotations

from typing import Any

import pytest

from vbtui.firewall import Policy, Reason, Verdict
from vbtui.topology import Topology
from vbtui.vocabulary import Action, Service

ANY = {"any": True}
ALLOW, DENY, REJECT, OPAQUE = (
    {"name": word, "source": ANY, "destination": ANY, "services": ["any"], "action": word}
    for word in ("allow", "deny", "reject", "unknown")
)


def at(rule: dict[str, Any], *services: str) -> dict[str, Any]:
    return rule | {"services": services}


def stage(
    core: list[dict[str, Any]], edge: list[dict[str, Any]] | None = None, *, nat: bool = False, **more: Any
) -> Topology:
    """A zone on each side of `core`, and of `edge` if there is one. `more` is core's."""
    names = ["core"] if edge is None else ["core", "edge"]
    return Topology.model_validate(
        {
            "version": 1,
            "name": "unknown",
            "zones": [{"name": "a", "cidrs": ["10.0.0.0/24"]}, {"name": "b", "cidrs": ["10.0.1.0/24"]}],
            "datastores": [{"name": "store"}],
            "nodes": [
                {"name": "a1", "roles": ["proxy"], "zone": "a", "address": "10.0.0.1"},
                {"name": "a2", "roles": ["proxy"], "zone": "a", "address": "10.0.0.2"},
                {"name": "b1", "roles": ["repository"], "zone": "b", "address": "10.0.1.1"},
            ],
            "vms": [{"name": "v", "host": "a1", "disks": [{"name": "d", "datastore": "store", "size": "1MiB"}]}],
            "firewalls": [{"name": "core", "rules": core} | more, {"name": "edge", "rules": edge or []}],
            "paths": [{"from": "a", "to": "b", "via": names, "nat": nat}],
            "defaults": {"same_zone": "unknown"},
            "jobs": [{"name": "daily", "vms": ["v"], "repository": "b1"}],
        }
    )


def ask(
    core: list[dict[str, Any]], edge: list[dict[str, Any]] | None = None, service: str = "tcp/10-30", **more: Any
) -> Verdict:
    """From one side to the other."""
    return Policy(stage(core, edge, **more)).evaluate("a1", "b1", Service.parse(service))


def short(verdict: Verdict) -> str:
    assert verdict.hop is not None and verdict.segment is not None
    return f"{verdict.action} by {verdict.segment.rule or 'default'} of {verdict.hop.name} {verdict.hop.where}"


@pytest.mark.parametrize(
    ("rules", "first_match", "deny_overrides", "allow_list"),
    [
        ([OPAQUE], "unknown", "unknown", "unknown"),
        ([OPAQUE, ALLOW], "unknown", "unknown", "allow"),
        ([ALLOW, OPAQUE], "allow", "unknown", "allow"),
        ([OPAQUE, DENY], "unknown", "deny", "unknown"),
        ([OPAQUE, REJECT, ALLOW], "unknown", "reject", "allow"),
        ([DENY, OPAQUE], "deny", "deny", "unknown"),
        ([OPAQUE | {"enabled": False}], "deny", "deny", "deny"),
        ([at(OPAQUE, "tcp/31")], "deny", "deny", "deny"),
    ],
)
def test_which_rule_wins_over_an_opaque_one(
    rules: list[dict[str, Any]], first_match: str, deny_overrides: str, allow_list: str
) -> None:
    for evaluation, action in zip(
        ("first-match", "deny-overrides", "allow-list"), (first_match, deny_overrides, allow_list), strict=True
    ):
        assert ask(rules, evaluation=evaluation).action == action, evaluation


@pytest.mark.parametrize(
    ("core", "edge", "expected", "missing", "unknown"),
    [
        ([OPAQUE], [ALLOW], "unknown by unknown of core path", (), ((10, 30),)),
        ([ALLOW], [OPAQUE], "unknown by unknown of edge path", (), ((10, 30),)),
        ([OPAQUE], [DENY], "deny by deny of edge path", ((10, 30),), ()),
        ([OPAQUE], [REJECT], "reject by reject of edge path", ((10, 30),), ()),
        ([REJECT], [OPAQUE], "reject by reject of core path", ((10, 30),), ()),
        ([OPAQUE], [OPAQUE], "unknown by unknown of core path", (), ((10, 30),)),
        ([at(OPAQUE, "tcp/10-19"), ALLOW], [ALLOW], "unknown by unknown of core path", (), ((10, 19),)),
        (
            [at(OPAQUE, "tcp/10-19"), ALLOW],
            [at(DENY, "tcp/15-20"), ALLOW],
            "deny by deny of edge path",
            ((15, 20),),
            ((10, 14),),
        ),
        (
            [at(OPAQUE, "tcp/12"), ALLOW],
            [at(OPAQUE, "tcp/13"), ALLOW],
            "unknown by unknown of core path",
            (),
            ((12, 13),),
        ),
    ],
)
def test_unknown_ports_go_on_and_may_still_be_refused(
    core: list[dict[str, Any]],
    edge: list[dict[str, Any]],
    expected: str,
    missing: tuple[tuple[int, int], ...],
    unknown: tuple[tuple[int, int], ...],
) -> None:
    verdict = ask(core, edge)
    assert (short(verdict), verdict.missing, verdict.unknown) == (expected, missing, unknown)
    assert not verdict.allowed
    passing = 21 - sum(high - low + 1 for low, high in (*missing, *unknown))
    assert verdict.partial == (passing > 0)


BACK = {"source": {"zone": "b"}}


@pytest.mark.parametrize(
    ("rules", "expected", "missing", "unknown"),
    [
        ([OPAQUE | BACK, ALLOW], "unknown by unknown of core reply", (), ((10, 30),)),
        ([at(OPAQUE, "tcp/5000") | BACK, ALLOW], "unknown by unknown of core reply", (), ((10, 30),)),
        ([at(OPAQUE, "tcp/1023") | BACK, ALLOW], "allow by allow of core path", (), ()),
        (
            [at(OPAQUE, "tcp/5000") | BACK, at(REJECT, "tcp/6000") | BACK, ALLOW],
            "deny by reject of core reply",
            ((10, 30),),
            (),
        ),
        ([at(OPAQUE, "tcp/20"), ALLOW], "unknown by unknown of core path", (), ((20, 20),)),
    ],
)
def test_a_reply_that_is_unknown_makes_all_ports_unknown(
    rules: list[dict[str, Any]],
    expected: str,
    missing: tuple[tuple[int, int], ...],
    unknown: tuple[tuple[int, int], ...],
) -> None:
    verdict = ask(rules, stateful=False)
    assert (short(verdict), verdict.missing, verdict.unknown) == (expected, missing, unknown)


def test_a_default_may_be_unknown() -> None:
    verdict = ask([], default="unknown")
    assert (short(verdict), verdict.unknown) == ("unknown by default of core path", ((10, 30),))
    policy = Policy(
        Topology.model_validate(
            {
                "version": 1,
                "name": "same",
                "zones": [{"name": "a", "cidrs": ["10.0.0.0/24"]}],
                "datastores": [{"name": "store"}],
                "nodes": [
                    {"name": f"a{n}", "roles": ["proxy", "repository"], "zone": "a", "address": f"10.0.0.{n}"}
                    for n in (1, 2)
                ],
                "vms": [{"name": "v", "host": "a1", "disks": [{"name": "d", "datastore": "store", "size": "1MiB"}]}],
                "defaults": {"same_zone": "unknown"},
                "jobs": [{"name": "daily", "vms": ["v"], "repository": "a1"}],
            }
        )
    )
    answer = policy.evaluate("a1", "a2", Service.parse("udp/53"))
    assert (short(answer), answer.unknown) == ("unknown by default of same_zone path", ((53, 53),))


@pytest.mark.parametrize("rules", [[], [ALLOW], [DENY], [OPAQUE]])
@pytest.mark.parametrize(("source", "destination"), [("a1", "b1"), ("b1", "a1")])
def test_what_a_path_with_address_translation_lets_through_is_not_known(
    rules: list[dict[str, Any]], source: str, destination: str
) -> None:
    """Not even a refusal is certain: it may be meant for other addresses than those of the packet."""
    verdict = Policy(stage(rules, nat=True)).evaluate(source, destination, Service.parse("tcp/10-30"))
    assert (verdict.action, verdict.missing, verdict.unknown) == (Action.UNKNOWN, (), ((10, 30),))
    assert [(hop.name, hop.segments[0].reason) for hop in verdict.hops] == [("translated", Reason.TRANSLATED)]
