"""Random packet filters with chains that call each other, what they mean, and how nft and iptables write them.

The meaning is told packet by packet, as the kernel's manual has it: a list of rules, a stack of callers. It shares
nothing with the importers that are held against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from random import Random

Packet = tuple[str, str, str, int, str]
"""Source, destination, protocol, port, state."""

ADDRESSES = {
    4: ["10.1.0.0", "10.1.0.63", "10.1.0.64", "10.1.0.255", "10.2.0.1", "10.2.0.7", "10.2.0.8", "192.0.2.1"],
    6: ["fd00:a::", "fd00:a::3", "fd00:a::4", "fd00:b::7f", "fd00:b::80", "2001:db8::1"],
}
SIDES = {
    4: ["10.1.0.0/24", "10.1.0.64/26", "10.1.0.0-10.1.0.63", "10.2.0.0/29", "10.2.0.1-10.2.0.8", "10.0.0.0/8"],
    6: ["fd00:a::/126", "fd00:a::4/128", "fd00:b::-fd00:b::7f", "fd00::/8"],
}
PORTS = ["22", "80-90", "443", "1024", "2000-3000", "65535", "22,443", "2999-65535"]
PROBED_PORTS = [21, 22, 80, 90, 91, 443, 1024, 2000, 2999, 3000, 65535]
REPLY_PORTS = [1024, 1025, 1999, 2000, 2998, 2999, 3000, 3001, 65534, 65535]


@dataclass(frozen=True)
class Line:
    """One rule. `source`, `destination` and `ports` with a leading `!` are negated; empty asks for nothing."""

    verdict: str
    version: int = 0
    source: str = ""
    destination: str = ""
    protocol: str = ""
    ports: str = ""
    states: str = ""
    target: str = ""


@dataclass(frozen=True)
class Filter:
    """Chains by name; `bases` are name, IP versions, priority and policy of those that packets enter."""

    chains: dict[str, list[Line]]
    bases: list[tuple[str, tuple[int, ...], int, str]]


def _in(text: str, address: str) -> bool:
    if text.startswith("!"):
        return not _in(text[1:], address)
    asked = ip_address(address)
    low, dash, high = text.partition("-")
    if dash:
        first, last = ip_address(low), ip_address(high)
        return asked.version == first.version and int(first) <= int(asked) <= int(last)
    return asked in ip_network(text)


def _on(text: str, port: int) -> bool:
    if text.startswith("!"):
        return not _on(text[1:], port)
    runs = [run.partition("-") for run in text.split(",")]
    return any(int(low) <= port <= int(high or low) for low, _, high in runs)


def matches(line: Line, packet: Packet) -> bool:
    source, destination, protocol, port, state = packet
    version = ip_address(source).version
    return (
        line.version in (0, version)
        and (not line.source or _in(line.source, source))
        and (not line.destination or _in(line.destination, destination))
        and line.protocol in ("", protocol)
        and (not line.ports or _on(line.ports, port))
        and (not line.states or state in line.states.split(","))
    )


def fate(rules: Filter, packet: Packet) -> str:
    """allow, deny or reject."""
    version = ip_address(packet[0]).version
    for name, versions, _, policy in sorted(rules.bases, key=lambda base: base[2]):
        if version in versions:
            answer = _base_chain(rules, name, packet) or policy
            if answer != "accept":
                return {"drop": "deny", "reject": "reject"}[answer]
    return "allow"


def _base_chain(rules: Filter, name: str, packet: Packet) -> str | None:
    stack: list[list[Line]] = [list(rules.chains[name])]
    while stack:
        if not stack[-1]:
            stack.pop()
            continue
        line = stack[-1].pop(0)
        if not matches(line, packet) or line.verdict == "log":
            continue
        if line.verdict in ("accept", "drop", "reject"):
            return line.verdict
        if line.verdict in ("return", "goto"):
            stack.pop()
        if line.verdict in ("jump", "goto"):
            stack.append(list(rules.chains[line.target]))
    return None


def answer(rules: Filter, source: str, destination: str, protocol: str, port: int) -> str:
    """What an initiator notices: its first packet's fate, and silence where a reply may be lost."""
    first = fate(rules, (source, destination, protocol, port, "new"))
    if first != "allow":
        return first
    replies = {fate(rules, (destination, source, protocol, reply, "established")) for reply in REPLY_PORTS}
    return "allow" if replies == {"allow"} else "deny"


def random_filter(rng: Random, *, versions: tuple[int, ...], one_base: bool) -> Filter:
    names = ["vb_a", "vb_b", "vb_c"]
    chains = {
        name: [_line(rng, versions, names[place + 1 :], called=True) for _ in range(rng.randrange(1, 5))]
        for place, name in enumerate(names)
    }
    bases: list[tuple[str, tuple[int, ...], int, str]] = [("vb_fwd", versions, 0, rng.choice(["drop", "accept"]))]
    chains["vb_fwd"] = [_line(rng, versions, names, called=False) for _ in range(rng.randrange(3, 10))]
    if rng.random() < 0.6:
        chains["vb_fwd"].insert(0, Line("accept", states="established,related"))
    elif rng.random() < 0.5:
        chains["vb_fwd"].insert(rng.randrange(4), Line("accept", states="established", protocol="tcp"))
    if not one_base and rng.random() < 0.5:
        bases.append(("vb_late", versions, rng.choice([-5, 5]), rng.choice(["drop", "accept"])))
        chains["vb_late"] = [_line(rng, versions, [], called=False) for _ in range(rng.randrange(1, 5))]
        if rng.random() < 0.7:
            chains["vb_late"].insert(0, Line("accept", states="established,related"))
    return Filter(chains, bases)


def _line(rng: Random, versions: tuple[int, ...], targets: list[str], *, called: bool) -> Line:
    version = rng.choice(versions) if rng.random() < 0.7 else 0
    verdicts = ["accept", "accept", "accept", "drop", "reject", "log"]
    verdicts += ["jump", "jump", "goto"] if targets else []
    verdicts += ["return", "return"] if called else ["return"] if rng.random() < 0.3 else []
    verdict = rng.choice(verdicts)
    negated = "!" if rng.random() < 0.2 else ""
    protocol = rng.choice(["tcp", "tcp", "udp", ""])
    return Line(
        verdict,
        version=version,
        source=negated + rng.choice(SIDES[version]) if version and rng.random() < 0.5 else "",
        destination=rng.choice(SIDES[version]) if version and rng.random() < 0.5 else "",
        protocol=protocol,
        ports=rng.choice(["", "", "!"]) + rng.choice(PORTS) if protocol and rng.random() < 0.6 else "",
        states="new" if rng.random() < 0.1 else "",
        target=rng.choice(targets) if verdict in ("jump", "goto") else "",
    )


# --- as nft has it


def nft_text(rules: Filter) -> str:
    """One inet table; base chains of one IP version get a rule that lets the other pass."""
    text = "table inet vb {\n"
    for name in rules.chains:
        if all(name != base for base, *_ in rules.bases):
            text += f" chain {name} {{ }}\n"
    for name, lines in rules.chains.items():
        base = next((one for one in rules.bases if one[0] == name), None)
        text += f" chain {name} {{\n"
        if base is not None:
            text += f"  type filter hook forward priority {base[2]}; policy {base[3]};\n"
        text += "".join(f"  {_nft_line(line)}\n" for line in lines) + " }\n"
    return text + "}\n"


def _nft_line(line: Line) -> str:
    words = []
    family = {4: "ip", 6: "ip6"}.get(line.version, "")
    if line.version and not line.source and not line.destination:
        words.append(f"meta nfproto ipv{line.version}")
    for side, text in (("saddr", line.source), ("daddr", line.destination)):
        if text:
            words.append(f"{family} {side} {'!= ' if text.startswith('!') else ''}{text.lstrip('!')}")
    if line.ports:
        listed = line.ports.lstrip("!")
        listed = f"{{ {listed} }}" if "," in listed else listed
        words.append(f"{line.protocol} dport {'!= ' if line.ports.startswith('!') else ''}{listed}")
    elif line.protocol:
        words.append(f"meta l4proto {line.protocol}")
    if line.states:
        words.append(f"ct state {line.states}")
    words.append(f"{line.verdict} {line.target}".strip())
    return " ".join(words)


# --- as iptables has it


def iptables_text(rules: Filter, version: int) -> str:
    """The filter table of one IP version."""
    (_, _, _, policy) = rules.bases[0]
    text = "*filter\n:INPUT ACCEPT [0:0]\n"
    text += f":FORWARD {policy.upper()} [0:0]\n:OUTPUT ACCEPT [0:0]\n"
    text += "".join(f":{name} - [0:0]\n" for name in rules.chains if name != "vb_fwd")
    for name, lines in rules.chains.items():
        chain = "FORWARD" if name == "vb_fwd" else name
        text += "".join(f"-A {chain} {_iptables_line(line)}\n" for line in lines if line.version in (0, version))
    return text + "COMMIT\n"


def _iptables_line(line: Line) -> str:
    words = []
    for short, long, text in (("-s", "--src-range", line.source), ("-d", "--dst-range", line.destination)):
        if text:
            option = f"-m iprange {'! ' if text.startswith('!') else ''}{long}"
            plain = f"{'! ' if text.startswith('!') else ''}{short}"
            words.append(f"{option if '-' in text else plain} {text.lstrip('!')}")
    if line.protocol:
        words.append(f"-p {line.protocol}")
    if line.ports:
        negation = "! " if line.ports.startswith("!") else ""
        listed = line.ports.lstrip("!").replace("-", ":")
        multi = "," in listed
        words.append(f"-m {'multiport' if multi else line.protocol} {negation}--dport{'s' if multi else ''} {listed}")
    if line.states:
        words.append(f"-m conntrack --ctstate {line.states.upper()}")
    target = line.target or {"log": "LOG", "return": "RETURN"}.get(line.verdict, line.verdict.upper())
    words.append(f"{'-g' if line.verdict == 'goto' else '-j'} {target}")
    return " ".join(words)
