"""Classes of machines against the obvious evaluator, which compares every rule with every flow.

Both read the same compiled rules, so this is about folding and remembering; `test_reference` is about what rules mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples, topologies

from vbtui.firewall import Flow, Hop, Policy, Reason, Segment, Verdict
from vbtui.firewall.class_evaluation import checkpoints_between
from vbtui.firewall.evaluation import decision, traverse
from vbtui.firewall.path import PathsBetweenZones, Routing
from vbtui.firewall.rules import compile_firewalls
from vbtui.topology import Rule, Topology
from vbtui.topology.graph import zone_paths
from vbtui.vocabulary import Action, Service

Scene = tuple[Topology, PathsBetweenZones]
RandomScene = Callable[..., Scene]

SERVICES = [
    Service.parse(text)
    for text in ("tcp/99-301", "tcp/150-200", "tcp/200", "tcp/201", "udp/99-202", "tcp/1-65535", "tcp/2500-3300")
]


class Obvious:
    """What `Policy` promises, with every rule asked about every flow."""

    def __init__(self, topology: Topology, paths: PathsBetweenZones) -> None:
        self.topology = topology
        self.routing = Routing(topology, paths)
        self.firewalls = compile_firewalls(topology)

    def evaluate(self, source: str, destination: str, service: Service) -> Verdict:
        ours, theirs = self.routing.machines[source], self.routing.machines[destination]
        if source == destination:
            own = next(iter(ours.addresses), None)
            return Verdict(source, destination, service, own, own, Action.ALLOW, None, None, ())
        route = self.routing.route(ours.shape, theirs.shape)
        if route is None:
            refusal = Segment(service.low, service.high, Action.DENY, Reason.NO_ADDRESS, None, None)
            nowhere = Hop("no_address", "path", (refusal,))
            missing = ((service.low, service.high),)
            return Verdict(source, destination, service, None, None, Action.DENY, nowhere, refusal, (nowhere,), missing)
        here, there = ours.addresses[route.source], theirs.addresses[route.destination]
        flow = Flow(
            source,
            here,
            ours.shape[route.source][0],
            destination,
            there,
            theirs.shape[route.destination][0],
            service,
        )
        checkpoints = checkpoints_between(self.topology, self.firewalls, route, ours.firewall, theirs.firewall)
        passed = traverse(flow, checkpoints)
        action, hop, segment = decision(passed.hops)
        return Verdict(
            source,
            destination,
            service,
            here,
            there,
            action,
            hop,
            segment,
            passed.hops,
            passed.missing,
            passed.unknown,
        )


def _scene(rng: Random, random_scene: RandomScene) -> Scene:
    return random_scene(rng, boxes=rng.choice([1, 2]), hosts=rng.random() < 0.6, opaque=rng.random() < 0.7)


def _names(topology: Topology) -> list[str]:
    return [*(node.name for node in topology.nodes), *(vm.name for vm in topology.vms)]


def _with_rules(topology: Topology, firewall: str, rules: tuple[Rule, ...]) -> Topology:
    return topology.model_copy(
        update={
            "firewalls": tuple(
                one.model_copy(update={"rules": rules}) if one.name == firewall else one for one in topology.firewalls
            )
        }
    )


def _toggled(topology: Topology, firewall: str, rule: str) -> Topology:
    rules = topology.firewall(firewall).rules
    switched = (one.model_copy(update={"enabled": not one.enabled}) if one.name == rule else one for one in rules)
    return _with_rules(topology, firewall, tuple(switched))


def test_every_flow_of_random_scenes(random_scene: RandomScene, pytestconfig: pytest.Config) -> None:
    """60,000 flows and more; some millions in a long run. Half of the scenes have a rule switched meanwhile."""
    wanted = 5_000_000 if pytestconfig.getoption("--long") else 60_000
    flows = seed = 0
    while flows < wanted:
        seed += 1
        rng = Random(seed)
        topology, paths = _scene(rng, random_scene)
        policy = Policy(topology, paths=paths)
        names = _names(topology)
        services = rng.sample(SERVICES, 4)
        if seed % 2:
            # The answers from before the switch are there, and must not be believed where the rule has a say.
            for source, destination, service in product(names[::2], names, services):
                policy.evaluate(source, destination, service)
            firewall = rng.choice([one for one in topology.firewalls if one.rules])
            rule = rng.choice(firewall.rules)
            policy = policy.with_rule(firewall.name, rule.name, not rule.enabled)
            topology = _toggled(topology, firewall.name, rule.name)
        obvious = Obvious(topology, paths)
        for source, destination, service in product(names, names, services):
            expected = obvious.evaluate(source, destination, service)
            assert policy.evaluate(source, destination, service) == expected, (seed, source, destination, service)
            assert policy.addresses(source, destination) == (expected.source_address, expected.destination_address)
            flows += 1


@examples(60)
@given(topologies(opaque=True), st.data())
def test_every_flow_of_random_files(topology: Topology, data: st.DataObject) -> None:
    paths = zone_paths(topology)
    policy, obvious = Policy(topology, paths=paths), Obvious(topology, paths)
    names = _names(topology)
    service = data.draw(st.sampled_from([*SERVICES, Service.parse("tcp/22"), Service.parse("udp/2049")]))
    for source, destination in product(names, names):
        assert policy.evaluate(source, destination, service) == obvious.evaluate(source, destination, service)


def _anonymous(verdict: Verdict) -> tuple[object, ...]:
    return verdict.action, verdict.hop, verdict.segment, verdict.hops, verdict.missing, verdict.unknown


def _unlike(scene: Scene, policy: Policy) -> Iterator[str]:
    """Machines of one group that the obvious evaluator tells apart."""
    obvious = Obvious(*scene)
    names = _names(scene[0])
    groups: dict[int, list[str]] = {}
    for name in names:
        groups.setdefault(policy.group_of(name), []).append(name)
    for members in groups.values():
        first = members[0]
        for other, third in product(members[1:], names):
            if third in (first, other):
                continue
            for service in SERVICES[:3]:
                for pair, twin in (((first, third), (other, third)), ((third, first), (third, other))):
                    answers = [_anonymous(obvious.evaluate(*one, service)) for one in (pair, twin)]
                    if answers[0] != answers[1]:
                        yield f"{pair} and {twin}: {service}"


def test_members_of_a_group_are_alike(random_scene: RandomScene, pytestconfig: pytest.Config) -> None:
    shared = 0
    for seed in range(400 if pytestconfig.getoption("--long") else 25):
        scene = _scene(Random(seed), random_scene)
        policy = Policy(scene[0], paths=scene[1])
        assert list(_unlike(scene, policy)) == []
        names = _names(scene[0])
        groups = [policy.group_of(name) for name in names]
        assert set(groups) == set(range(len(set(groups)))), "numbered from 0 without holes"
        shared += len(names) - len(set(groups))
    assert shared, "some machines fall into one group"


def test_switching_a_rule_keeps_the_groups(random_scene: RandomScene) -> None:
    for seed in range(20):
        topology, paths = _scene(Random(seed), random_scene)
        policy = Policy(topology, paths=paths)
        for firewall in topology.firewalls:
            for rule in firewall.rules:
                switched = policy.with_rule(firewall.name, rule.name, not rule.enabled)
                fresh = Policy(switched_file := _toggled(topology, firewall.name, rule.name), paths=paths)
                names = _names(switched_file)
                assert [switched.group_of(name) for name in names] == [policy.group_of(name) for name in names]
                assert [fresh.group_of(name) for name in names] == [policy.group_of(name) for name in names]


def test_any_run_of_edits_ends_as_the_edited_file(random_scene: RandomScene, pytestconfig: pytest.Config) -> None:
    """Rules switched, lists replaced, in any order, with questions in between that fill what is kept."""
    for seed in range(300 if pytestconfig.getoption("--long") else 25):
        rng = Random(seed)
        topology, paths = _scene(rng, random_scene)
        policy, file = Policy(topology, paths=paths), topology
        names = _names(topology)
        for _ in range(6):
            firewall = rng.choice([one for one in file.firewalls if one.rules])
            if rng.random() < 0.5:
                rule = rng.choice(firewall.rules)
                policy = policy.with_rule(firewall.name, rule.name, not rule.enabled)
                file = _toggled(file, firewall.name, rule.name)
            else:
                rules = tuple(rng.sample(firewall.rules, rng.randint(1, len(firewall.rules))))
                extra = rng.choice(rng.choice(file.firewalls).rules or rules).model_copy(update={"name": f"new{seed}"})
                rules = (*(one for one in rules if one.name != extra.name), extra)
                policy = policy.with_rules(firewall.name, rules)
                file = _with_rules(file, firewall.name, rules)
                assert policy.topology.firewall(firewall.name).rules == rules
            fresh = Policy(file, paths=paths)
            for _ in range(60):
                asked = (rng.choice(names), rng.choice(names), rng.choice(SERVICES))
                assert policy.evaluate(*asked) == fresh.evaluate(*asked), (seed, asked)


def test_lists_of_rules_that_are_replaced(random_scene: RandomScene) -> None:
    topology, paths = random_scene(Random(5), boxes=2, hosts=True)
    policy = Policy(topology, paths=paths)
    core, edge = topology.firewall("core"), topology.firewall("edge")
    switched = policy.with_rule("edge", edge.rules[0].name, not edge.rules[0].enabled)
    switched = switched.with_rule("core", core.rules[0].name, not core.rules[0].enabled)
    replaced = switched.with_rules("core", core.rules)
    # What was switched at another firewall stays switched; the new list is as it says itself.
    assert replaced.toggled_rules == (("edge", edge.rules[0].name, not edge.rules[0].enabled),)
    emptied = policy.with_rules("core", ())
    assert emptied.topology.firewall("core").rules == () and policy.topology is topology
    with pytest.raises(KeyError):
        policy.with_rules("nothing", ())
    with pytest.raises(KeyError):
        policy.group_of("nobody")
    with pytest.raises(KeyError):
        policy.addresses("nobody", "left0")


def test_every_wrong_folding_is_caught(random_scene: RandomScene, class_mutant: str) -> None:
    for seed in range(300):
        rng = Random(seed)
        topology, paths = _scene(rng, random_scene)
        policy, obvious = Policy(topology, paths=paths), Obvious(topology, paths)
        names = _names(topology)
        for _ in range(60):
            asked = (rng.choice(names), rng.choice(names), rng.choice(SERVICES))
            if policy.evaluate(*asked) != obvious.evaluate(*asked):
                return
    pytest.fail(f"not caught: {class_mutant}")
