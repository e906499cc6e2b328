"""Readers for just so much of vendors' languages as our exports use: configurations back into rules.

Written from what the vendors publish about their languages, apart from what wrote the configurations. In: text. Out:
rules as in a topology file, first match, the default as the last of them. Whatever is not understood fails the test.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from xml.etree import ElementTree

Rule = dict[str, Any]

ALL = ["any"]
PORT_NAMES = {"www": "80", "domain": "53", "https": "443", "ssh": "22"}


def _rule(number: int, sides: list[list[str]], services: list[str], action: str) -> Rule:
    source, destination = ([{"any": True} if word == "any" else {"cidr": word} for word in side] for side in sides)
    return {
        "name": f"line{number}",
        "source": source,
        "destination": destination,
        "services": services,
        "action": action,
    }


def cisco(text: str, *, inverted: bool) -> list[Rule]:
    """Access lists; `inverted` where a mask has the bits that do not matter, as everywhere but on ASA."""
    rules: list[Rule] = []
    version = 4
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["access-list"]:  # ASA writes the list's name on every line
            words = words[2:]
        if "access-list" in words:
            version = 6 if words[words.index("access-list") - 1] == "ipv6" else 4
            continue
        if not words or words[0] in ("remark", "exit"):
            continue
        if words[0] == "extended":
            words = words[1:]
        action = {"permit": "allow", "deny": "deny"}[words[0]]
        protocol, rest = words[1], words[2:]
        if protocol.startswith("icmp"):
            continue
        source, rest = _cisco_address(rest, version, inverted)
        destination, rest = _cisco_address(rest, version, inverted)
        if protocol in ("ip", "ipv4", "ipv6"):
            services = ALL
        else:
            ports = [PORT_NAMES.get(word, word) for word in rest[1:]]
            services = [f"{protocol}/{'-'.join(ports) if ports else '1-65535'}"]
            assert rest[:1] in ([], ["eq"], ["range"]), line
        rules.append(_rule(len(rules), [[source], [destination]], services, action))
    return rules


def _cisco_address(words: list[str], version: int, inverted: bool) -> tuple[str, list[str]]:
    if words[0] == "any":
        return ("0.0.0.0/0" if version == 4 else "::/0"), words[1:]
    if words[0] == "host":
        return str(ipaddress.ip_network(words[1])), words[2:]
    if "/" in words[0]:
        return words[0], words[1:]
    mask = int(ipaddress.IPv4Address(words[1]))
    length = 32 - (mask if inverted else mask ^ 0xFFFFFFFF).bit_length()
    return f"{words[0]}/{length}", words[2:]


def palo_alto(text: str) -> list[Rule]:
    root = ElementTree.fromstring(text)
    addresses = {_name(one): [one.findtext("ip-netmask", "")] for one in root.iterfind(".//address/entry")}
    for group in root.iterfind(".//address-group/entry"):
        addresses[_name(group)] = [
            cidr for one in group.iterfind("static/member") for cidr in addresses[one.text or ""]
        ]
    services = {"any": ALL}
    for entry in root.iterfind(".//service/entry"):
        protocol = entry.find("protocol")[0]  # type: ignore[index]
        ports = (protocol.findtext("port") or "").replace("0-65535", "1-65535").split(",")
        services[_name(entry)] = [f"{protocol.tag}/{one}" for one in ports]
    rules = []
    for number, entry in enumerate(root.iterfind(".//rules/entry")):
        sides = [
            [
                cidr
                for one in entry.iterfind(f"{side}/member")
                for cidr in addresses.get(one.text or "", [one.text or ""])
            ]
            for side in ("source", "destination")
        ]
        (service,) = (one.text or "" for one in entry.iterfind("service/member"))
        action = {"allow": "allow", "deny": "deny", "reset-client": "reject"}[entry.findtext("action", "")]
        rules.append(_rule(number, sides, services[service], action))
    return rules


def _name(entry: ElementTree.Element) -> str:
    return entry.attrib["name"]


def nsx_t(text: str) -> list[Rule]:
    rules = []
    for number, one in enumerate(json.loads(text)["rules"]):
        sides = [
            ["any" if word == "ANY" else word for word in one[f"{side}_groups"]] for side in ("source", "destination")
        ]
        services = [
            f"{entry['l4_protocol'].lower()}/{ports}"
            for entry in one.get("service_entries", ())
            for ports in entry.get("destination_ports", ["1-65535"])
        ]
        action = {"ALLOW": "allow", "DROP": "deny", "REJECT": "reject"}[one["action"]]
        rules.append(_rule(number, sides, services or ALL, action))
    return rules


def fortinet(text: str) -> list[Rule]:
    sections = dict(_sections(text))
    addresses: dict[str, list[str]] = {}
    for name, values in sections.get("firewall address", ()):
        addresses[f"4 {name}"] = [str(ipaddress.ip_network("/".join(values["subnet"])))]
    for name, values in sections.get("firewall address6", ()):
        addresses[f"6 {name}"] = values["ip6"]
    for version, section in (("4", "firewall addrgrp"), ("6", "firewall addrgrp6")):
        for name, values in sections.get(section, ()):
            addresses[f"{version} {name}"] = [
                cidr for one in values["member"] for cidr in addresses[f"{version} {one}"]
            ]
    addresses |= {"4 all": ["0.0.0.0/0"], "6 all": ["::/0"]}
    services = {"ALL": ALL}
    for name, values in sections.get("firewall service custom", ()):
        services[name] = [f"{key[:3]}/{ports}" for key, ranges in values.items() for ports in ranges]
    rules: list[Rule] = []
    for _, values in sections["firewall policy"]:
        (service,) = values["service"]
        action = "allow" if values.get("action") == ["accept"] else "deny"
        for version, ending in (("4", ""), ("6", "6")):
            if f"srcaddr{ending}" in values:
                sides = [
                    [cidr for name in values[f"{side}addr{ending}"] for cidr in addresses[f"{version} {name}"]]
                    for side in ("src", "dst")
                ]
                rules.append(_rule(len(rules), sides, services[service], action))
    return rules


Entries = list[tuple[str, dict[str, list[str]]]]


def _sections(text: str) -> Iterator[tuple[str, Entries]]:
    entries: Entries = []
    for line in text.splitlines():
        words = [word.strip('"') for word in re.findall(r'"[^"]*"|\S+', line)]
        match words:
            case ["config", *name]:
                entries = []
                yield " ".join(name), entries
            case ["edit", name]:
                entries.append((name, {}))
            case ["set", key, *values]:
                entries[-1][1][key] = values
            case _:
                assert words in ([], ["next"], ["end"]), line


def srx(text: str) -> list[Rule]:
    addresses: dict[str, list[str]] = {"any": ["any"]}
    for name, cidr in re.findall(r"address (\S+) (\S+/\d+);", text):
        addresses[name] = [cidr]
    for name, members in re.findall(r"address-set (\S+) \{([^}]*)\}", text):
        addresses[name] = [cidr for one in re.findall(r"address (\S+);", members) for cidr in addresses[one]]
    services: dict[str, list[str]] = {"any": ALL}
    for name, protocol, ports in re.findall(
        r"application (\S+) \{\s*term \S+ protocol (\w+)(?: destination-port ([\d-]+))?;", text
    ):
        services[name] = [f"{protocol}/{ports or '1-65535'}"]
    for name, members in re.findall(r"application-set (\S+) \{([^}]*)\}", text):
        services[name] = [one for member in re.findall(r"application (\S+);", members) for one in services[member]]
    policy = re.compile(
        r"policy \S+ \{\s*match \{\s*source-address (?:\[ )?(\S+?)(?: \])?;"
        r"\s*destination-address (?:\[ )?(\S+?)(?: \])?;\s*application (\S+);\s*\}\s*then \{\s*(\w+);"
    )
    actions = {"permit": "allow", "deny": "deny", "reject": "reject"}
    return [
        _rule(number, [addresses[source], addresses[destination]], services[application], actions[action])
        for number, (source, destination, application, action) in enumerate(policy.findall(text))
    ]


def junos(text: str) -> list[Rule]:
    """Filters of both families; each `from` that compares no address is every address of its family."""
    rules: list[Rule] = []
    for everything, part in zip(("0.0.0.0/0", "::/0"), re.split(r"family inet6", text), strict=True):
        for body in re.findall(r"term \S+ \{(.*?then (?:\{\s*)?\w+;)", part, re.DOTALL):
            protocol = re.search(r"(?:protocol|next-header) (\w+);", body)
            if protocol is not None and protocol[1].startswith("icmp"):
                continue
            sides = [
                found[1].replace(";", " ").split()
                if (found := re.search(rf"{side} \{{([^}}]*)\}}", body))
                else [everything]
                for side in ("source-address", "destination-address")
            ]
            ports = re.search(r"destination-port (?:\[ )?([\d -]+?)(?: \])?;", body)
            listed = ports[1].split() if ports else ["1-65535"]
            services = [f"{protocol[1]}/{one}" for one in listed] if protocol else ALL
            action = re.findall(r"then (?:\{\s*)?(\w+);", body)[-1]
            actions = {"accept": "allow", "discard": "deny", "reject": "reject"}
            rules.append(_rule(len(rules), sides, services, actions[action]))
    return rules


READERS: dict[str, Callable[[str], Iterable[Rule]]] = {
    "cisco-asa": lambda text: cisco(text, inverted=False),
    "cisco-ios": lambda text: cisco(text, inverted=True),
    "cisco-nxos": lambda text: cisco(text, inverted=True),
    "cisco-xr": lambda text: cisco(text, inverted=True),
    "juniper": junos,
    "juniper-srx": srx,
    "paloalto": palo_alto,
    "fortinet": fortinet,
    "nsx-t": nsx_t,
}
