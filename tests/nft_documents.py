"""Documents as `nft -j list ruleset` writes them, for tests."""

from __future__ import annotations

import json
from typing import Any

ACCEPT = {"accept": None}
DROP = {"drop": None}


def match(left: Any, right: Any, op: str = "==") -> dict[str, Any]:
    return {"match": {"op": op, "left": left, "right": right}}


def payload(protocol: str, field: str) -> dict[str, Any]:
    return {"payload": {"protocol": protocol, "field": field}}


DPORT = payload("tcp", "dport")
SADDR = payload("ip", "saddr")
STATE = {"ct": {"key": "state"}}
ESTABLISHED = [match(STATE, ["established", "related"], "in"), ACCEPT]


def ruleset(
    *rules: list[Any],
    chains: dict[str, list[list[Any]]] | None = None,
    policy: str = "drop",
    extra: tuple[dict[str, Any], ...] = (),
    family: str = "inet",
    hook: str = "forward",
) -> bytes:
    """A table with a base chain that begins by letting replies through, and other chains."""
    listed: list[dict[str, Any]] = [
        {"metainfo": {"json_schema_version": 1}},
        {"table": {"family": family, "name": "t"}},
    ]
    base = {"type": "filter", "hook": hook, "prio": 0, "policy": policy}
    listed.append({"chain": {"family": family, "table": "t", "name": "base", "handle": 1, **base}})
    listed += [{"chain": {"family": family, "table": "t", "name": name}} for name in chains or {}]
    listed += extra
    handle = 10
    for name, lines in {"base": [ESTABLISHED, *rules], **(chains or {})}.items():
        for line in lines:
            body = {"family": family, "table": "t", "chain": name, "handle": handle, "expr": line}
            listed.append({"rule": body})
            handle += 1
    return json.dumps({"nftables": listed}).encode()
