"""The JSON of a trace: the same bytes every time, and a set of keys that a reader can rely on."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from patience import PATIENCE
from strategies import examples, topologies

from vbtui.topology import Topology, load, resolve
from vbtui.trace import Trace, to_json
from vbtui.trace.as_json import SCHEMA_VERSION
from vbtui.workflow import Change, FailoverSet, simulate

SHIPPED = ("classroom", "small-office", "two-site", "locked-down")
KEYS = Path(__file__).parent / "golden" / "json-keys.txt"
"""Every key with the types of its values. A key that goes or changes its type raises the version."""


@cache
def run(name: str) -> Trace:
    topology = load(resolve(name)).topology
    return simulate(topology, topology.jobs[0])


def digests() -> list[str]:
    return [hashlib.sha256(to_json(run(name)).encode()).hexdigest() for name in SHIPPED]


@pytest.mark.parametrize("name", SHIPPED)
def test_two_runs_give_the_same_bytes(name: str) -> None:
    topology = load(resolve(name)).topology
    assert to_json(simulate(topology, topology.jobs[0])) == to_json(run(name))


@pytest.mark.parametrize("seed", ["0", "1", "4711"])
def test_the_order_of_sets_does_not_show(seed: str) -> None:
    script = (
        "import hashlib\n"
        "from vbtui.topology import load, resolve\n"
        "from vbtui.trace import to_json\n"
        "from vbtui.workflow import Change, FailoverSet, simulate\n"
        f"for name in {SHIPPED!r}:\n"
        "    topology = load(resolve(name)).topology\n"
        "    document = to_json(simulate(topology, topology.jobs[0]))\n"
        "    print(hashlib.sha256(document.encode()).hexdigest())\n"
    )
    environment = os.environ | {"PYTHONHASHSEED": seed}
    answer = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    assert answer.stdout.split() == digests()


@pytest.mark.parametrize("name", SHIPPED)
def test_the_document_is_plain_and_versioned(name: str) -> None:
    text = to_json(run(name))
    assert text.isascii() and text.endswith("}\n")
    document = json.loads(text, parse_float=lambda found: pytest.fail(f"a float: {found}"))
    assert (document["schema"], document["version"]) == ("vbtui-trace", SCHEMA_VERSION) == ("vbtui-trace", 1)
    assert [event["id"] for event in document["events"]] == [event.id for event in run(name)]
    assert [event["position"] for event in document["events"]] == list(range(len(run(name))))


def documented() -> dict[str, set[str]]:
    lines = (line.split(": ") for line in KEYS.read_text(encoding="ascii").splitlines())
    return {path: set(types.split(" | ")) for path, types in lines}


def assert_documented(document: object) -> set[str]:
    """Every key is documented with the type it has. Answers with the keys that occur."""
    found: dict[str, set[str]] = {}
    for path, kind in keys(document):
        found.setdefault(path, set()).add(kind)
    assert set(found) <= set(documented())
    assert {path: kinds for path, kinds in found.items() if not kinds <= documented()[path]} == {}
    return set(found)


def test_the_keys_are_the_documented_ones() -> None:
    topology = load(resolve("classroom")).topology
    change = Change("job/1.0/start", FailoverSet(False))
    changed = simulate(topology, topology.jobs[0], changes=[change])
    occurring = set[str]().union(
        *(assert_documented(json.loads(to_json(one))) for one in (changed, *map(run, SHIPPED)))
    )
    # No shipped topology has a rule that is not understood.
    occurring |= {"events[].verdict.unknown[][]"}
    assert occurring == set(documented()), "and every documented key occurs"


def keys(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Paths of all keys with the names of their values' types. Parameters of messages differ by code: they are `*`."""
    if isinstance(value, dict):
        for key, item in value.items():
            inner = f"{path}.{'*' if path.endswith('.params') else key}".lstrip(".")
            yield inner, "null" if item is None else type(item).__name__
            yield from keys(item, inner)
    elif isinstance(value, list):
        for item in value:
            if not isinstance(item, dict | list):
                yield f"{path}[]", type(item).__name__
            yield from keys(item, f"{path}[]")


@examples(30)
@given(topologies(opaque=True))
def test_random_runs_say_what_the_trace_says(topology: Topology) -> None:
    trace = simulate(topology, topology.jobs[0])
    document = json.loads(to_json(trace))
    assert_documented(document)
    assert document["result"] == trace.result and document["duration_ms"] == trace.duration_ms
    for written, event in zip(document["events"], trace, strict=True):
        assert (written["outcome"], written["start_ms"]) == (event.outcome, event.start_ms)
        assert (written["verdict"] is None) == (event.verdict is None)
        if event.verdict is not None and not event.verdict.allowed:
            assert written["verdict"]["decided_by"]["hop"]
            assert written["verdict"]["missing"] or written["verdict"]["unknown"]
    assert [(one["vm"], one["disk"], one["mode"]) for one in document["tasks"]] == [
        (task.vm, task.disk, task.mode) for task in trace.tasks
    ]
