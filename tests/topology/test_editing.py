"""Changing a file's text: it says what it should afterwards, and nothing else in it is different."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from vbtui.topology import (
    AddressRange,
    Firewall,
    HostDefault,
    Rule,
    Selector,
    TopologyError,
    load,
    parse,
    resolve,
    shipped,
)
from vbtui.topology.editing import EditError, add_firewall, replace_all_rules, replace_rules, rules_text
from vbtui.topology.yaml_events import read_document
from vbtui.vocabulary import Action, Role, Service

FILE = Path("topology.yaml")
NETWORKS = {
    "partners": (ip_network("192.0.2.0/28"), AddressRange(ip_address("2001:db8::1"), ip_address("2001:db8::9"))),
    "no": (ip_network("198.51.100.7/32"),),
}

# rules, and how a person may have written them

words = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.just(" "), max_size=12)
hostile = st.sampled_from(
    ["no", "22:22", "1_000", "~", "- x", "a: b", "a #b", "#", "{", "]", "'", '"', "\\n", "%x", "@", "&a", "*a", "!t",
     "|", ">", "? x", "---", "...", "2027-01-01", "0x1f", ".inf", "a,b", " lead", "trail ", "x" * 300, "😀", "=1+1"]
)  # fmt: skip
texts = hostile | words.filter(str.isprintable)
names = st.sampled_from(["no", "22", "a.b-c_d", "1e3", "true", "_x", "0x1", "x" * 60, "r1", "r2", "r3", "r4", "y"])

selectors = st.sampled_from(
    [
        Selector(any=True),
        Selector(role=Role.PROXY),
        Selector(role=Role.ESXI_HOST, zone="lan"),
        Selector(node="server"),
        Selector(zone="mgmt"),
        Selector(cidr=ip_network("10.2.0.0/24")),
        Selector(cidr=ip_network("fd00:2::/64")),
        Selector(range=AddressRange(ip_address("10.2.0.1"), ip_address("10.2.0.9"))),
        Selector(range=AddressRange(ip_address("fd00:2::1"), ip_address("fd00:2::9"))),
    ]
)
sides = st.lists(selectors, min_size=1, max_size=5).map(tuple)
rules = st.builds(
    Rule,
    name=names,
    source=sides,
    destination=sides,
    services=st.lists(st.sampled_from(["any", "movers", "tcp/22", "udp/1-65535"]), min_size=1, max_size=3).map(tuple),
    action=st.sampled_from(Action),
    enabled=st.booleans(),
    owner=texts,
    ticket=texts,
    expires=st.sampled_from([None, date(2027, 1, 31)]),
    comment=texts,
    origin=texts,
    raw=texts,
)
lists_of_rules = st.lists(rules, max_size=5, unique_by=lambda rule: rule.name)


class Quoting(yaml.SafeDumper):
    """PyYAML leaves text plain that YAML 1.2 reads as numbers."""


Quoting.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="'"))


def written(rule: Rule, style: str, indent: str) -> str:
    """A rule by another writer: JSON in one line, JSON values in a block, PyYAML in a block or in braces."""
    data = json.loads(rule.model_dump_json(exclude_defaults=True))
    match style:
        case "json":
            return json.dumps(data, ensure_ascii=False)
        case "block":
            lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}  # of {key}" for key, value in data.items()]
        case "deep":
            lines = yaml.dump(data, Dumper=Quoting, allow_unicode=True, sort_keys=False, width=1000).splitlines()
        case _:
            dumped = yaml.dump(data, Dumper=Quoting, allow_unicode=True, width=60, default_flow_style=True)
            lines = dumped.splitlines()
    return f"\n{indent}  ".join(lines)


@dataclass(frozen=True)
class File:
    """A topology file with a firewall that is to be changed, and the text around it."""

    before: str
    firewall: str
    after: str
    rules: tuple[Rule, ...]
    bodies: tuple[str, ...]

    @property
    def text(self) -> str:
        return self.before + self.firewall + self.after


STYLES = ("json", "block", "deep", "flow")


@st.composite
def files(draw: st.DrawFn) -> File:
    old = tuple(draw(lists_of_rules))
    flow = draw(st.booleans())
    indent = draw(st.sampled_from(["    ", "      "]))
    bodies = tuple(written(rule, draw(st.sampled_from(("json",) if flow else STYLES)), indent) for rule in old)
    if flow:
        gap = draw(st.sampled_from([", ", ",\n       ", " ,  # and\n       "]))
        opening = draw(st.sampled_from(["[", "[ ", "[ # first\n       "]))
        head = f"    rules: {opening}{gap.join(bodies)}]  # in brackets\n"
    elif old:
        head = "    rules:  # one by one\n" + "".join(
            draw(st.sampled_from(["", f"{indent}# about it\n", "\n", "# at the edge\n"])) + f"{indent}- {body}\n"
            for body in bodies
        )
    else:
        head = draw(st.sampled_from(["", "    rules: []\n", "    rules: [ ]  # none yet\n"]))
    last = draw(st.sampled_from(["", "    default: reject  # nothing else\n"]))
    firewall = "  - name: core\n    connects: [mgmt, lan]\n" + (head + last if draw(st.booleans()) else last + head)
    after = "  # the host's\n  - {name: windows, kind: host, evaluation: deny-overrides}\n# the end\n"
    if draw(st.booleans()):
        before, after = SOUND + JOBS + "firewalls:\n", after if draw(st.booleans()) else ""
    else:
        before, after = SOUND + "firewalls:\n# of the network\n", after + JOBS
    if draw(st.booleans()):
        before, firewall, after = (part.replace("\n", "\r\n") for part in (before, firewall, after))
    if not after and draw(st.booleans()):
        firewall = firewall.rstrip("\r\n")
    return File(before, firewall, after, old, bodies)


SOUND = """\
# a file of a person with habits
version: 1
name: "sound"   # in quotes
zones:
  - {name: mgmt, cidrs: [10.1.0.0/24]}
  - {name: lan, cidrs: [10.2.0.0/24, "fd00:2::/64"]}
datastores: [{name: lun}]
services: {movers: [tcp/6162]}
nodes:
- name: server
  roles: [backup_server, proxy, repository]
  zone: mgmt
  address: 10.1.0.10
- {name: host, roles: [esxi_host], zone: mgmt, address: 10.1.0.30, datastores: [lun]}
vms:
  - {name: guest, host: host, zone: lan, address: 10.2.0.10, description: "äöü 😀",
     disks: [{name: d, datastore: lun, size: 1MiB}]}

"""
JOBS = """\
# what is done
jobs:
  - {name: daily, vms: [guest], repository: server}
"""


@st.composite
def changes(draw: st.DrawFn, old: Sequence[Rule]) -> tuple[Rule, ...]:
    """Some of the old rules in some order, some of them different, and some new ones."""
    kept = draw(st.lists(st.sampled_from(old), unique_by=lambda rule: rule.name)) if old else []
    new: list[Rule] = []
    for rule in kept:
        update: dict[str, Any] = {}
        if draw(st.integers(0, 2)) == 0:
            update["enabled"] = not rule.enabled
        if draw(st.integers(0, 3)) == 0:
            other = draw(rules)
            update |= {key: getattr(other, key) for key in draw(st.lists(st.sampled_from(KEYS), max_size=4))}
        new.append(rule.model_copy(update=update) if update else rule)
    added = draw(lists_of_rules) if draw(st.booleans()) else []
    new += [rule for rule in added if rule.name not in {one.name for one in new}]
    return tuple(new)


KEYS = tuple(key for key in Rule.model_fields if key not in ("name", "direction"))


@given(st.data())
@examples(60)
def test_a_firewall_gets_other_rules_and_nothing_else_changes(data: st.DataObject) -> None:
    file = data.draw(files())
    new = data.draw(changes(file.rules))
    before = parse(file.text, FILE).topology
    assert before.firewall("core").rules == file.rules
    text = replace_rules(file.text, "core", new)
    after = parse(text, FILE).topology
    assert after.firewall("core").rules == new
    assert after == before.model_copy(update={"firewalls": after.firewalls})
    assert after.firewalls[1:] == before.firewalls[1:]
    # around the firewall
    assert text.startswith(file.before)
    assert text.endswith(file.after)
    assert ("\r\n" in file.text) == ("\r\n" in text)
    assert "\r\n" not in file.text or "\n" not in text.replace("\r\n", "")
    # inside, what did not change is as it was
    for rule, body in zip(file.rules, file.bodies, strict=True):
        if rule in new:
            assert (body.replace("\n", "\r\n") if "\r\n" in file.text else body) in text
    assert file.rules != new or text == file.text


@given(lists_of_rules)
@examples(40)
def test_printed_rules_are_a_list_of_these_rules(new: list[Rule]) -> None:
    text = rules_text(new)
    data = read_document(text).data if new else []
    assert tuple(Rule.model_validate(item) for item in data) == tuple(new)
    # to a reader of YAML 1.1 they are the same words
    old_reader = yaml.safe_load(text.replace("expires: 2027-01-31", 'expires: "2027-01-31"')) if new else []
    assert old_reader == data
    assert all(len(line) <= 120 or line.lstrip("- ").split(":")[0] in ("comment", "raw", "owner", "ticket", "origin")
               for line in text.splitlines())  # fmt: skip


def test_the_words_of_a_person() -> None:
    """A golden text: short rules in one line, long ones in several, only what is not the default."""
    some = [
        Rule(name="nfc", source=(Selector(role=Role.PROXY),), destination=(Selector(zone="esx"),),
             services=("tcp/902",), action=Action.ALLOW),
        Rule(name="no", source=(Selector(network="partners"), Selector(cidr=ip_network("fd00::/8"))),
             destination=(Selector(any=True),), services=("any",), action=Action.UNKNOWN, enabled=False,
             expires=date(2027, 1, 31), comment="22:22", origin="edge.nft:12", raw='meta mark 0x1 "accept"'),
    ]  # fmt: skip
    assert (
        rules_text(some)
        == """\
- {name: nfc, source: {role: proxy}, destination: {zone: esx}, services: [tcp/902], action: allow}
- name: "no"
  source: [{network: partners}, {cidr: "fd00::/8"}]
  destination: {any: true}
  services: [any]
  action: unknown
  enabled: false
  expires: 2027-01-31
  comment: "22:22"
  origin: "edge.nft:12"
  raw: "meta mark 0x1 \\"accept\\""
"""
    )
    assert rules_text([]) == ""


@pytest.mark.parametrize("name", shipped())
def test_a_switched_rule_of_a_shipped_topology_is_one_changed_line(name: str) -> None:
    loaded = load(resolve(name))
    text = loaded.file.read_text()
    for firewall in loaded.topology.firewalls:
        for at, rule in enumerate(firewall.rules):
            switched = rule.model_copy(update={"enabled": not rule.enabled})
            new = replace_rules(text, firewall.name, [*firewall.rules[:at], switched, *firewall.rules[at + 1 :]])
            assert len(set(new.splitlines()) - set(text.splitlines())) <= 1
            assert replace_rules(text, firewall.name, firewall.rules) == text


def test_several_firewalls_at_once_are_the_same_as_one_after_the_other() -> None:
    loaded = load(resolve("locked-down"))
    text = loaded.file.read_text()
    new = {one.name: one.rules[::-1] for one in loaded.topology.firewalls}
    after = replace_all_rules(text, new)
    for name, its in new.items():
        text = replace_rules(text, name, its)
    assert after == text
    assert {one.name: one.rules for one in parse(after, FILE).topology.firewalls} == new


# groups


FIREWALLS = "firewalls:\n  - {name: core, connects: [mgmt, lan]}\n"
ODD = Rule(
    name="odd", source=(Selector(network="no"),), destination=(Selector(network="partners"),), services=("web",),
    action=Action.DENY,
)  # fmt: skip
WEB = {"web": (Service.parse("tcp/80"), Service.parse("tcp/8080-8089"))}


def as_json(text: str) -> str:
    return json.dumps(read_document(text).data, ensure_ascii=False)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(SOUND + FIREWALLS + JOBS, id="no networks"),
        pytest.param(SOUND + JOBS + FIREWALLS.rstrip(), id="firewalls at the end, without a line break"),
        pytest.param(SOUND + "networks: {}\n" + FIREWALLS + JOBS, id="empty networks"),
        pytest.param(SOUND + "networks: {mine: [10.0.0.0/8]}\n" + FIREWALLS + JOBS, id="networks in braces"),
        pytest.param(SOUND + "networks:\n    mine: [10.0.0.0/8] # ours\n# next\n" + FIREWALLS + JOBS, id="in a block"),
        pytest.param(SOUND + "networks:\n  partners: [192.0.2.0/28, '2001:db8::1-2001:db8::9']\n" + FIREWALLS + JOBS,
                     id="one of them is there"),
        pytest.param(as_json(SOUND + FIREWALLS + JOBS), id="JSON"),
        pytest.param("\ufeff" + SOUND + FIREWALLS + JOBS, id="a byte order mark"),
        pytest.param("---\n" + SOUND + FIREWALLS + JOBS + "...\n", id="document markers"),
        pytest.param((SOUND + FIREWALLS + JOBS).replace("\n", "\r\n"), id="other line breaks"),
    ],
)  # fmt: skip
def test_groups_that_the_rules_need_are_added(text: str) -> None:
    before = parse(text.removeprefix("\ufeff"), FILE).topology
    for new in (
        replace_rules(text, "core", [ODD], networks=NETWORKS, services=WEB),
        add_firewall(text, EDGE, networks=NETWORKS, services=WEB),
    ):
        after = parse(new.removeprefix("\ufeff"), FILE).topology
        assert after.networks == {**before.networks, **NETWORKS}
        assert after.services == {**before.services, **WEB}
        assert after.firewalls[-1].rules == (ODD,)
        kept = [line for line in text.splitlines() if line not in new.splitlines()]
        assert len(kept) <= (1 if len(text.splitlines()) == 1 else 4), kept


def test_a_group_with_other_members_is_not_replaced() -> None:
    text = SOUND + "networks: {partners: [10.0.0.0/8]}\n" + FIREWALLS + JOBS
    with pytest.raises(EditError) as caught:
        replace_rules(text, "core", [ODD], networks=NETWORKS, services=WEB)
    assert (caught.value.code, caught.value.found) == ("group-differs", "partners")


# firewalls

EDGE = Firewall(name="edge", kind="host", default=HostDefault(), rules=(ODD,))
HOST = Firewall(
    name="on", kind="host", evaluation="deny-overrides", stateful=False, default=HostDefault(inbound=Action.REJECT),
    rules=(ODD.model_copy(update={"direction": "inbound"}),),
)  # fmt: skip


@pytest.mark.parametrize("firewall", [HOST, HOST.model_copy(update={"default": Action.DENY}),
                                      HOST.model_copy(update={"rules": (), "default": HostDefault()})])  # fmt: skip
@pytest.mark.parametrize(
    "firewalls",
    ["", "firewalls: []\n", "firewalls: []  # none\n", FIREWALLS, "firewalls: [{name: core, connects: [mgmt, lan]}]\n",
     "firewalls:\n- name: core\n  connects:\n  - mgmt\n  - lan # both\n  # that is all\n"],
)  # fmt: skip
def test_a_firewall_is_added_behind_the_others(firewalls: str, firewall: Firewall) -> None:
    paths = "" if "core" in firewalls else "paths: [{from: mgmt, to: lan, via: []}]\n"
    text = SOUND + firewalls + paths + JOBS
    before = parse(text, FILE).topology
    after = parse(add_firewall(text, firewall, networks=NETWORKS, services=WEB), FILE).topology
    assert after.firewalls == (*before.firewalls, firewall)


# what cannot be done


def test_an_unknown_firewall() -> None:
    with pytest.raises(EditError) as caught:
        replace_rules(SOUND + FIREWALLS + JOBS, "cor", [])
    assert (caught.value.code, caught.value.found) == ("no-firewall", "cor")


def test_a_firewall_that_is_there() -> None:
    with pytest.raises(EditError) as caught:
        add_firewall(SOUND + FIREWALLS + JOBS, EDGE.model_copy(update={"name": "core"}))
    assert caught.value.code == "firewall-exists"


def test_rules_that_would_make_the_file_unsound() -> None:
    with pytest.raises(EditError) as caught:
        replace_rules(SOUND + FIREWALLS + JOBS, "core", [ODD], services=WEB)
    assert caught.value.code == "not-sound"
    assert [problem.param("found") for problem in caught.value.problems] == ["no", "partners"]


def test_a_rule_that_no_text_can_say() -> None:
    """Such as one that was built without checks: the text is proved before it is handed out."""
    odd = ODD.model_copy(update={"source": (Selector(any=True),), "comment": "\x1b[2J", "services": ("any",)})
    with pytest.raises(EditError) as caught:
        replace_rules(SOUND + FIREWALLS + JOBS, "core", [odd], networks=NETWORKS)
    assert caught.value.code == "not-sound"


def test_text_that_is_no_topology() -> None:
    with pytest.raises(TopologyError):
        replace_rules("rules: []", "core", [])
